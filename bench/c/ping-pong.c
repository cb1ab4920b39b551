/* A signal there and one back between two processes on two cores.
 *   ping-pong spin COUNT             one cache line a direction, both sides spin; median over
 *                                    chunks of the mean
 *   ping-pong asleep COUNT PAUSE_NS  two auto-reset futex words; each side stays busy for PAUSE_NS
 *                                    before it signals, so that the other one sleeps by then;
 *                                    median of the round trip less the other side's pause
 *                                    each {"ns": nanoseconds a round trip}
 */
#include "bench.h"

#define CHUNK 1000

struct table {
  _Atomic uint32_t there __attribute__((aligned(CACHE_LINE)));
  _Atomic uint32_t back __attribute__((aligned(CACHE_LINE)));
  uint64_t paused __attribute__((aligned(CACHE_LINE)));
};

static void spin_until(_Atomic uint32_t *word, uint32_t value) {
  while (atomic_load_explicit(word, memory_order_acquire) != value)
    cpu_pause();
}

static int spin(long count) {
  struct table *t = shared_pages(PAGE);
  long chunks = count / CHUNK > 0 ? count / CHUNK : 1;
  pid_t child = fork();
  if (child < 0)
    die("fork");
  if (child == 0) {
    pin(1);
    for (uint32_t i = 1; i <= (uint32_t)(chunks * CHUNK); i++) {
      spin_until(&t->there, i);
      atomic_store_explicit(&t->back, i, memory_order_release);
    }
    _exit(0);
  }
  pin(0);
  double *means = calloc((size_t)chunks, sizeof *means);
  uint32_t i = 0;
  for (long c = 0; c < chunks; c++) {
    uint64_t start = now_ns();
    for (int k = 0; k < CHUNK; k++) {
      atomic_store_explicit(&t->there, ++i, memory_order_release);
      spin_until(&t->back, i);
    }
    means[c] = (double)(now_ns() - start) / CHUNK;
  }
  waitpid(child, NULL, 0);
  printf("{\"ns\":%.1f}\n", median(means, (size_t)chunks));
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
  struct table *t = shared_pages(PAGE);
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
