/* A ring with the library's layout: one producer, one consumer, in two processes on two cores.
 *   ring small COUNT BATCH        32-byte messages, published BATCH at a time    {"ns": nanoseconds a message}
 *   ring copy BYTES COUNT SLOTS   byte messages, copied in and copied out        {"ns": nanoseconds a message}
 *   ring turns BYTES COUNT SLOTS  the same copies one after the other            {"inNs", "outNs": nanoseconds a copy}
 *   ring trip COUNT               32 bytes there and back, both sides spinning   {"ns": nanoseconds a round trip}
 */
#include "bench.h"

#define SMALL_SLOTS 4096
#define FIRST_SLOT 512

struct ring {
  _Atomic uint32_t tail;
  char apart[124];
  _Atomic uint32_t head;
};

struct small {
  uint32_t id, kind;
  double a, b, c;
};

static inline uint32_t wait_for(_Atomic uint32_t *word, uint32_t than, uint32_t at_most) {
  uint32_t seen;
  while (than - (seen = atomic_load_explicit(word, memory_order_acquire)) > at_most)
    cpu_pause();
  return seen;
}

static void produce_small(struct ring *ring, uint32_t count, uint32_t batch) {
  struct small *slots = (struct small *)((char *)ring + FIRST_SLOT);
  uint32_t tail = atomic_load(&ring->tail), head = tail;
  for (uint32_t done = 0; done < count;) {
    uint32_t n = count - done < batch ? count - done : batch;
    if (tail - head > SMALL_SLOTS - n)
      head = wait_for(&ring->head, tail, SMALL_SLOTS - n);
    for (uint32_t i = 0; i < n; i++) {
      struct small *slot = &slots[(tail + i) & (SMALL_SLOTS - 1)];
      slot->id = done + i;
      slot->kind = 1;
      slot->a = done;
      slot->b = i;
      slot->c = 2;
    }
    tail += n;
    done += n;
    atomic_store(&ring->tail, tail);
  }
}

static double consume_small(struct ring *ring, uint32_t count, uint32_t batch) {
  struct small *slots = (struct small *)((char *)ring + FIRST_SLOT);
  uint32_t head = atomic_load(&ring->head), tail = head;
  double sum = 0;
  for (uint32_t done = 0; done < count;) {
    while (tail == head) {
      tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
      if (tail == head)
        cpu_pause();
    }
    uint32_t n = tail - head < batch ? tail - head : batch;
    for (uint32_t i = 0; i < n; i++) {
      struct small *slot = &slots[(head + i) & (SMALL_SLOTS - 1)];
      sum += slot->id + slot->a + slot->c;
    }
    head += n;
    done += n;
    atomic_store(&ring->head, head);
  }
  return sum;
}

static int small(uint32_t count, uint32_t batch) {
  struct ring *ring = shared_pages(FIRST_SLOT + SMALL_SLOTS * sizeof(struct small));
  double *sink = shared_pages(PAGE);
  pid_t child = fork();
  if (child == 0) {
    pin(1);
    *sink = consume_small(ring, count, batch);
    _exit(0);
  }
  pin(0);
  produce_small(ring, count / 8, batch); /* the child is there once that has gone through */
  wait_for(&ring->head, atomic_load(&ring->tail), 0);
  uint64_t start = now_ns();
  produce_small(ring, count - count / 8, batch);
  waitpid(child, NULL, 0);
  printf("{\"ns\":%.3f}\n", (double)(now_ns() - start) / (double)(count - count / 8));
  return 0;
}

static char *large_slot(struct ring *ring, uint32_t position, uint32_t slots, size_t bytes) {
  return (char *)ring + FIRST_SLOT + (size_t)(position & (slots - 1)) * (bytes + 8) + 8;
}

static void produce_copies(struct ring *ring, const char *from, size_t bytes, uint32_t count, uint32_t slots) {
  uint32_t tail = atomic_load(&ring->tail);
  for (uint32_t done = 0; done < count; done++) {
    wait_for(&ring->head, tail, slots - 1);
    char *slot = large_slot(ring, tail, slots, bytes);
    *(uint32_t *)(slot - 4) = (uint32_t)bytes;
    memcpy(slot, from, bytes);
    atomic_store(&ring->tail, ++tail);
  }
}

static void consume_copies(struct ring *ring, char *to, size_t bytes, uint32_t count, uint32_t slots) {
  uint32_t head = atomic_load(&ring->head);
  for (uint32_t done = 0; done < count; done++) {
    while (atomic_load_explicit(&ring->tail, memory_order_acquire) == head)
      cpu_pause();
    char *slot = large_slot(ring, head, slots, bytes);
    memcpy(to, slot, *(uint32_t *)(slot - 4));
    __asm__ volatile("" : : "r"(to) : "memory");
    atomic_store(&ring->head, ++head);
  }
}

static char *filled(size_t bytes) {
  char *own = malloc(bytes);
  if (!own)
    die("malloc");
  return memset(own, 1, bytes);
}

static int copy(size_t bytes, uint32_t count, uint32_t slots) {
  struct ring *ring = shared_pages(FIRST_SLOT + slots * (bytes + 8));
  char *own = filled(bytes);
  pid_t child = fork();
  if (child == 0) {
    pin(1);
    consume_copies(ring, own, bytes, count, slots);
    _exit(0);
  }
  pin(0);
  produce_copies(ring, own, bytes, count / 8, slots);
  wait_for(&ring->head, atomic_load(&ring->tail), 0);
  uint64_t start = now_ns();
  produce_copies(ring, own, bytes, count - count / 8, slots);
  waitpid(child, NULL, 0);
  printf("{\"ns\":%.3f}\n", (double)(now_ns() - start) / (double)(count - count / 8));
  return 0;
}

/* A core copies in where the other has read, then the other copies out what the first has written. */
static int turns(size_t bytes, uint32_t count, uint32_t slots) {
  struct ring *ring = shared_pages(FIRST_SLOT + slots * (bytes + 8));
  uint64_t *out_ns = shared_pages(PAGE);
  uint64_t in_ns = 0;
  uint32_t warm = count / 8;
  char *own = filled(bytes);
  pid_t child = fork();
  if (child == 0) {
    pin(1);
    for (uint32_t i = 0; i < count; i++) {
      while (atomic_load_explicit(&ring->tail, memory_order_acquire) == i)
        cpu_pause();
      uint64_t start = now_ns();
      memcpy(own, large_slot(ring, i, slots, bytes), bytes);
      __asm__ volatile("" : : "r"(own) : "memory");
      *out_ns += i < warm ? 0 : now_ns() - start;
      atomic_store(&ring->head, i + 1);
    }
    _exit(0);
  }
  pin(0);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t start = now_ns();
    memcpy(large_slot(ring, i, slots, bytes), own, bytes);
    in_ns += i < warm ? 0 : now_ns() - start;
    atomic_store(&ring->tail, i + 1);
    while (atomic_load_explicit(&ring->head, memory_order_acquire) == i)
      cpu_pause();
  }
  waitpid(child, NULL, 0);
  double timed = count - warm;
  printf("{\"inNs\":%.3f,\"outNs\":%.3f}\n", (double)in_ns / timed, (double)*out_ns / timed);
  return 0;
}

static int trip(uint32_t count) {
  struct ring *there = shared_pages(FIRST_SLOT + SMALL_SLOTS * sizeof(struct small));
  struct ring *back = shared_pages(FIRST_SLOT + SMALL_SLOTS * sizeof(struct small));
  pid_t child = fork();
  if (child == 0) {
    pin(1);
    for (uint32_t i = 0; i < count; i++) {
      consume_small(there, 1, 1);
      produce_small(back, 1, 1);
    }
    _exit(0);
  }
  pin(0);
  uint64_t start = now_ns();
  for (uint32_t i = 0; i < count; i++) {
    produce_small(there, 1, 1);
    consume_small(back, 1, 1);
  }
  printf("{\"ns\":%.3f}\n", (double)(now_ns() - start) / (double)count);
  waitpid(child, NULL, 0);
  return 0;
}

int main(int argc, char **argv) {
  if (is_command(argc, argv, "small"))
    return small((uint32_t)long_argument(argc, argv, 2), (uint32_t)long_argument(argc, argv, 3));
  if (is_command(argc, argv, "copy"))
    return copy((size_t)long_argument(argc, argv, 2), (uint32_t)long_argument(argc, argv, 3),
                (uint32_t)long_argument(argc, argv, 4));
  if (is_command(argc, argv, "turns"))
    return turns((size_t)long_argument(argc, argv, 2), (uint32_t)long_argument(argc, argv, 3),
                 (uint32_t)long_argument(argc, argv, 4));
  if (is_command(argc, argv, "trip"))
    return trip((uint32_t)long_argument(argc, argv, 2));
  return unknown_command(argv);
}
