/* A signal there and one back between two processes on two cores.
 *   ping-pong spin COUNT             both sides spin; the fastest of several loops, for which of
 *                                    them is the fastest depends on the processor: a release store
 *                                    or compare-and-swap hands over, with more or fewer cycles
 *                                    between two looks
 *   ping-pong asleep COUNT PAUSE_NS  two auto-reset futex words; each side stays busy for PAUSE_NS
 *                                    before it signals, so that the other one sleeps by then;
 *                                    median of the round trip less the other side's pause
 * each {"ns": nanoseconds a round trip}; spin: median over chunks of the mean
 */
#include "bench.h"

#define CHUNK 1000

struct table {
  _Atomic uint32_t there __attribute__((aligned(APART)));
  _Atomic uint32_t back __attribute__((aligned(APART)));
  uint64_t paused __attribute__((aligned(APART)));
};

/* A loop: how it hands over, and how many dependent multiplications it makes between two looks. */
struct way {
  int swap;
  int pace;
};

static const struct way ways[] = {{0, 0}, {0, 8}, {1, 0}, {1, 3}, {1, 5}, {1, 8}, {1, 12}, {1, 20}};
#define WAYS (sizeof ways / sizeof *ways)

static void hand_over(_Atomic uint32_t *word, uint32_t number, struct way way) {
  uint32_t unset = 0;
  if (way.swap)
    atomic_compare_exchange_strong(word, &unset, 1);
  else
    atomic_store_explicit(word, number, memory_order_release);
}

static void take_over(_Atomic uint32_t *word, uint32_t number, struct way way) {
  static volatile uint64_t factor = 3;
  for (;;) {
    uint32_t seen = atomic_load_explicit(word, memory_order_acquire);
    if (!way.swap && seen == number)
      return;
    if (way.swap && seen && atomic_compare_exchange_strong(word, &seen, 0))
      return;
    uint64_t product = factor;
    for (int i = 0; i < way.pace; i++)
      product *= product;
    factor = product | 3;
  }
}

static double spin_one_way(long chunks, struct way way) {
  struct table *t = shared_pages(sizeof *t);
  pid_t child = fork();
  if (child < 0)
    die("fork");
  if (child == 0) {
    pin(1);
    for (uint32_t i = 1; i <= (uint32_t)(chunks * CHUNK); i++) {
      take_over(&t->there, i, way);
      hand_over(&t->back, i, way);
    }
    _exit(0);
  }
  pin(0);
  double *means = calloc((size_t)chunks, sizeof *means);
  uint32_t i = 0;
  for (long c = 0; c < chunks; c++) {
    uint64_t start = now_ns();
    for (int k = 0; k < CHUNK; k++) {
      hand_over(&t->there, ++i, way);
      take_over(&t->back, i, way);
    }
    means[c] = (double)(now_ns() - start) / CHUNK;
  }
  waitpid(child, NULL, 0);
  double result = median(means, (size_t)chunks);
  free(means);
  munmap(t, sizeof *t);
  return result;
}

static int spin(long count) {
  long chunks = count / CHUNK > 0 ? count / CHUNK : 1;
  double best = 0;
  for (size_t i = 0; i < WAYS; i++) {
    double ns = spin_one_way(chunks, ways[i]);
    if (i == 0 || ns < best)
      best = ns;
  }
  printf("{\"ns\":%.1f}\n", best);
  return 0;
}

static void wait_event(_Atomic uint32_t *word) {
  while (!atomic_exchange(word, 0))
    futex_wait(word, 0);
}

static void set_event(_Atomic uint32_t *word) {
  atomic_store(word, 1);
  futex_wake(word, 1);
}

static int asleep(long count, uint64_t pause) {
  struct table *t = shared_pages(sizeof *t);
  pid_t child = fork();
  if (child < 0)
    die("fork");
  if (child == 0) {
    pin(1);
    for (long i = 0; i < count; i++) {
      wait_event(&t->there);
      uint64_t woken = now_ns();
      busy_until(woken + pause);
      t->paused = now_ns() - woken;
      set_event(&t->back);
    }
    _exit(0);
  }
  pin(0);
  double *trips = calloc((size_t)count, sizeof *trips);
  for (long i = 0; i < count; i++) {
    busy_until(now_ns() + pause);
    uint64_t start = now_ns();
    set_event(&t->there);
    wait_event(&t->back);
    trips[i] = (double)(now_ns() - start - t->paused);
  }
  waitpid(child, NULL, 0);
  printf("{\"ns\":%.1f}\n", median(trips, (size_t)count));
  return 0;
}

int main(int argc, char **argv) {
  if (is_command(argc, argv, "spin"))
    return spin(long_argument(argc, argv, 2));
  if (is_command(argc, argv, "asleep"))
    return asleep(long_argument(argc, argv, 2), (uint64_t)long_argument(argc, argv, 3));
  return unknown_command(argv);
}
