/* A ring of many producers and consumers with the library's layout: slots with a turn, a state and an owner in one
 * word, and tail and head that anybody moves on. A process on each of two cores, a producer and a consumer.
 *   ring-many small COUNT BATCH   32-byte messages, claimed, committed, taken and released BATCH at a time
 *                                 {"ns": nanoseconds a message}
 * What a death would need is left out: nobody asks whether the owner of a slot that is in the way still lives.
 */
#include "bench.h"
#include <stddef.h>

#define SLOTS 4096u
#define SLOT_BITS 12
#define TURN_SHIFT 12
#define TURN_MASK 0xfffffu
#define STATE_MASK (3u << 10)
#define FREE 0u
#define CLAIMED (1u << 10)
#define FULL (2u << 10)
#define TAKEN (3u << 10)
#define MOST_BATCH 256

struct slot {
  _Atomic uint32_t state;
  uint32_t length;
  uint32_t id, kind;
  double a, b, c;
} __attribute__((aligned(64)));

struct ring {
  _Atomic uint32_t tail;
  char apart[124];
  _Atomic uint32_t head;
  char until_participants[380];
  _Atomic uint32_t participants[1024];
  struct slot slots[SLOTS];
};

_Static_assert(sizeof(struct slot) == 64 && offsetof(struct slot, id) == 8, "a slot of many");
_Static_assert(offsetof(struct ring, participants) == 512 && offsetof(struct ring, slots) == 4608, "a ring of many");

static inline uint32_t word(uint32_t turn, uint32_t state, uint32_t owner) {
  return (turn & TURN_MASK) << TURN_SHIFT | state | owner;
}

static inline struct slot *slot_of(struct ring *ring, uint32_t position) {
  return &ring->slots[position & (SLOTS - 1)];
}

static inline uint32_t turn_of(uint32_t position) { return position >> SLOT_BITS; }

static inline int swap(_Atomic uint32_t *at, uint32_t before, uint32_t after) {
  return atomic_compare_exchange_strong(at, &before, after);
}

/* Takes the slot at `hint` from state `from` to state `to`, in its turn. 0: it is not there now. */
static int acquire(struct ring *ring, _Atomic uint32_t *hint, uint32_t from, uint32_t to, uint32_t me,
                   uint32_t *position) {
  for (;;) {
    uint32_t at = atomic_load(hint), turn = turn_of(at);
    struct slot *slot = slot_of(ring, at);
    uint32_t seen = atomic_load(&slot->state), state = seen & STATE_MASK;
    uint32_t ahead = ((seen >> TURN_SHIFT) - turn) & TURN_MASK;
    if (ahead == 0 && state == from) {
      if (!swap(&slot->state, seen, word(turn, to, me)))
        continue;
      swap(hint, at, at + 1);
      *position = at;
      return 1;
    }
    if (ahead == TURN_MASK || (ahead == 0 && state < from))
      return 0; /* full or taken in the turn before; or free or claimed, and not full yet */
    swap(hint, at, at + 1);
  }
}

static uint32_t acquire_batch(struct ring *ring, _Atomic uint32_t *hint, uint32_t from, uint32_t to, uint32_t me,
                              uint32_t most, uint32_t *positions) {
  uint32_t n = 0;
  while (n < most && acquire(ring, hint, from, to, me, &positions[n]))
    n++;
  if (n == 0)
    cpu_pause();
  return n;
}

static void finish(struct ring *ring, uint32_t position, uint32_t before, uint32_t after) {
  if (!swap(&slot_of(ring, position)->state, before, after)) {
    fprintf(stderr, "slot of position %u was taken from its owner\n", position);
    exit(1);
  }
}

static void produce(struct ring *ring, uint32_t count, uint32_t batch, uint32_t me) {
  uint32_t positions[MOST_BATCH];
  for (uint32_t done = 0; done < count;) {
    uint32_t most = count - done < batch ? count - done : batch;
    uint32_t n = acquire_batch(ring, &ring->tail, FREE, CLAIMED, me, most, positions);
    for (uint32_t i = 0; i < n; i++) {
      struct slot *slot = slot_of(ring, positions[i]);
      slot->id = done + i;
      slot->kind = 1;
      slot->a = done;
      slot->b = i;
      slot->c = 2;
    }
    for (uint32_t i = 0; i < n; i++) {
      uint32_t turn = turn_of(positions[i]);
      finish(ring, positions[i], word(turn, CLAIMED, me), word(turn, FULL, 0));
    }
    done += n;
  }
}

static double consume(struct ring *ring, uint32_t count, uint32_t batch, uint32_t me) {
  uint32_t positions[MOST_BATCH];
  double sum = 0;
  for (uint32_t done = 0; done < count;) {
    uint32_t n = acquire_batch(ring, &ring->head, FULL, TAKEN, me, batch, positions);
    for (uint32_t i = 0; i < n; i++) {
      struct slot *slot = slot_of(ring, positions[i]);
      sum += slot->id + slot->a + slot->c;
    }
    for (uint32_t i = 0; i < n; i++) {
      uint32_t turn = turn_of(positions[i]);
      finish(ring, positions[i], word(turn, TAKEN, me), word(turn + 1, FREE, 0));
    }
    done += n;
  }
  return sum;
}

static uint32_t join(struct ring *ring, uint32_t thread) {
  uint32_t index = 1;
  while (!swap(&ring->participants[index], 0, thread))
    index++;
  return index;
}

static int small(uint32_t count, uint32_t batch) {
  if (batch < 1 || batch > MOST_BATCH)
    return 2;
  struct ring *ring = shared_pages(sizeof *ring);
  double *sink = shared_pages(PAGE);
  pid_t child = fork();
  if (child < 0)
    die("fork");
  if (child == 0) {
    pin(1);
    *sink = consume(ring, count, batch, join(ring, 2));
    _exit(0);
  }
  pin(0);
  uint32_t me = join(ring, 1), warm = count / 8;
  produce(ring, warm, batch, me); /* the child is there once that has gone through */
  while (atomic_load(&ring->head) != warm)
    cpu_pause();
  uint64_t start = now_ns();
  produce(ring, count - warm, batch, me);
  waitpid(child, NULL, 0);
  double ns = (double)(now_ns() - start) / (double)(count - warm);
  double ids = 0;
  for (int part = 0; part < 2; part++) {
    double n = part ? count - warm : warm;
    ids += n * (n - 1) / 2;
  }
  if (*sink < ids + 2.0 * count) {
    fprintf(stderr, "messages were lost: %.0f\n", *sink);
    return 1;
  }
  printf("{\"ns\":%.3f}\n", ns);
  return 0;
}

int main(int argc, char **argv) {
  if (is_command(argc, argv, "small"))
    return small((uint32_t)long_argument(argc, argv, 2), (uint32_t)long_argument(argc, argv, 3));
  return unknown_command(argv);
}
