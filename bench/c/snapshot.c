/* The library's sequence lock, with the same words and slots.
 *   snapshot read BYTES COUNT       copies of the newest value, nobody writes
 *   snapshot write BYTES COUNT      values published, nobody waits
 *   snapshot contended BYTES MS     copies while another process publishes as fast as it can
 *                                   each {"ns": nanoseconds an operation}
 */
#include "bench.h"

#define SLOTS 4
#define CHECK_CLOCK_EVERY 256

struct words {
  _Atomic uint32_t published;
  uint32_t unused[3];
  uint32_t version_high[SLOTS];
  uint32_t unused2[8];
  _Atomic uint32_t writer;
  uint32_t unused3[15];
};

struct snapshot {
  struct words *words;
  char *slots;
  size_t stride;
  size_t bytes;
  _Atomic uint32_t *waiters;
};

static struct snapshot make(size_t bytes) {
  size_t stride = (bytes + 127) / 128 * 128;
  char *memory = shared_pages(PAGE + sizeof(struct words) + SLOTS * stride);
  struct snapshot s = {(struct words *)(memory + PAGE), memory + PAGE + sizeof(struct words), stride, bytes,
                       (_Atomic uint32_t *)memory};
  return s;
}

static uint64_t read_into(const struct snapshot *s, char *target) {
  for (;;) {
    uint32_t low = atomic_load_explicit(&s->words->published, memory_order_acquire);
    uint32_t slot = low % SLOTS;
    uint32_t high = s->words->version_high[slot];
    memcpy(target, s->slots + slot * s->stride, s->bytes);
    atomic_thread_fence(memory_order_acquire);
    uint32_t since = atomic_load_explicit(&s->words->published, memory_order_relaxed) - low;
    if (since < SLOTS - 1 && s->words->version_high[slot] == high)
      return (uint64_t)high << 32 | low;
    __asm__ volatile("" : : : "memory");
  }
}

static uint64_t publish(const struct snapshot *s, const char *draft) {
  uint32_t before = atomic_load_explicit(&s->words->published, memory_order_relaxed);
  uint32_t low = before + 1;
  uint32_t slot = low % SLOTS;
  uint32_t high = s->words->version_high[before % SLOTS] + (low == 0);
  if (s->words->version_high[slot] != high)
    s->words->version_high[slot] = high;
  memcpy(s->slots + slot * s->stride, draft, s->bytes);
  atomic_store(&s->words->published, low);
  if (atomic_load(s->waiters))
    futex_wake(s->waiters, 1);
  return (uint64_t)high << 32 | low;
}

static int report(uint64_t start, long count) {
  printf("{\"ns\":%.3f}\n", (double)(now_ns() - start) / (double)count);
  return 0;
}

static int reading(size_t bytes, long count) {
  struct snapshot s = make(bytes);
  char *target = calloc(1, bytes);
  if (!target)
    die("calloc");
  uint64_t start = now_ns();
  for (long i = 0; i < count; i++) {
    read_into(&s, target);
    __asm__ volatile("" : : "r"(target) : "memory");
  }
  return report(start, count);
}

static int writing(size_t bytes, long count) {
  struct snapshot s = make(bytes);
  char *draft = calloc(1, bytes);
  if (!draft)
    die("calloc");
  uint64_t start = now_ns();
  for (long i = 0; i < count; i++) {
    __asm__ volatile("" : : "r"(draft) : "memory");
    publish(&s, draft);
  }
  return report(start, count);
}

static int contended(size_t bytes, long ms) {
  struct snapshot s = make(bytes);
  char *value = calloc(1, bytes);
  if (!value)
    die("calloc");
  uint64_t end = now_ns() + (uint64_t)ms * 1000000u;
  pid_t child = fork();
  if (child < 0)
    die("fork");
  if (child == 0) {
    pin(1);
    while (now_ns() < end) {
      for (int i = 0; i < CHECK_CLOCK_EVERY; i++)
        publish(&s, value);
    }
    _exit(0);
  }
  pin(0);
  while (read_into(&s, value) == 0) {
  }
  long count = 0;
  uint64_t start = now_ns();
  while (now_ns() < end) {
    for (int i = 0; i < CHECK_CLOCK_EVERY; i++) {
      read_into(&s, value);
      __asm__ volatile("" : : "r"(value) : "memory");
    }
    count += CHECK_CLOCK_EVERY;
  }
  report(start, count);
  waitpid(child, NULL, 0);
  return 0;
}

int main(int argc, char **argv) {
  if (is_command(argc, argv, "read"))
    return reading((size_t)long_argument(argc, argv, 2), long_argument(argc, argv, 3));
  if (is_command(argc, argv, "write"))
    return writing((size_t)long_argument(argc, argv, 2), long_argument(argc, argv, 3));
  if (is_command(argc, argv, "contended"))
    return contended((size_t)long_argument(argc, argv, 2), long_argument(argc, argv, 3));
  return unknown_command(argv);
}
