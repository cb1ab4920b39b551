/* Copies into shared memory.
 *   copy memcpy BYTES COUNT    {"ns": nanoseconds a copy}
 */
#include "bench.h"

static int copy(size_t bytes, long count) {
  char *to = shared_pages(bytes);
  char *from = malloc(bytes);
  if (!from)
    die("malloc");
  memset(from, 1, bytes);
  memcpy(to, from, bytes);
  uint64_t start = now_ns();
  for (long i = 0; i < count; i++) {
    memcpy(to, from, bytes);
    __asm__ volatile("" : : "r"(to) : "memory");
  }
  printf("{\"ns\":%.3f}\n", (double)(now_ns() - start) / (double)count);
  return 0;
}

int main(int argc, char **argv) {
  if (is_command(argc, argv, "memcpy"))
    return copy((size_t)long_argument(argc, argv, 2), long_argument(argc, argv, 3));
  return unknown_command(argv);
}
