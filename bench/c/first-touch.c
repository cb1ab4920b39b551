/* The first store to every page of a new memfd.
 *   first-touch plain BYTES    fallocate + mmap + one store a page
 *   first-touch huge BYTES     ftruncate + mmap + MADV_HUGEPAGE + MADV_POPULATE_WRITE + the stores;
 *                              transparent huge pages are used if the kernel allows them
 *                              each {"make": ns until mapped, "touch": ns of the stores, "ns": sum}
 */
#include "bench.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static int first_touch(size_t bytes, int huge) {
  uint64_t start = now_ns();
  int fd = memfd_create("bench", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0)
    die("memfd_create");
  if (huge ? ftruncate(fd, (off_t)bytes) : fallocate(fd, 0, 0, (off_t)bytes))
    die("size");
  volatile char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (p == MAP_FAILED)
    die("mmap");
  if (huge) {
    madvise((void *)p, bytes, MADV_HUGEPAGE);
    madvise((void *)p, bytes, MADV_POPULATE_WRITE);
  }
  uint64_t made = now_ns();
  for (size_t i = 0; i < bytes; i += PAGE)
    p[i] = 1;
  uint64_t touched = now_ns();
  printf("{\"make\":%llu,\"touch\":%llu,\"ns\":%llu}\n", (unsigned long long)(made - start),
         (unsigned long long)(touched - made), (unsigned long long)(touched - start));
  return 0;
}

int main(int argc, char **argv) {
  if (is_command(argc, argv, "plain"))
    return first_touch((size_t)long_argument(argc, argv, 2), 0);
  if (is_command(argc, argv, "huge"))
    return first_touch((size_t)long_argument(argc, argv, 2), 1);
  return unknown_command(argv);
}
