/* What an object costs in memory without the library.
 *   footprint objects COUNT BYTES    memfd + fallocate + mmap + touch, COUNT times
 *                                    {"resident": private and shared bytes of this process an
 *                                    object, "shared": bytes of shared memory in the system}
 */
#include "bench.h"

static long kilobytes(const char *file, const char *field) {
  char line[256];
  long value = 0;
  FILE *f = fopen(file, "r");
  if (!f)
    die(file);
  while (fgets(line, sizeof line, f)) {
    if (strncmp(line, field, strlen(field)) == 0)
      value = strtol(line + strlen(field), NULL, 10);
  }
  fclose(f);
  return value;
}

static int objects(long count, size_t bytes) {
  long resident = kilobytes("/proc/self/status", "VmRSS:");
  long shared = kilobytes("/proc/meminfo", "Shmem:");
  for (long i = 0; i < count; i++) {
    int fd = memfd_create("bench", MFD_CLOEXEC);
    if (fd < 0 || fallocate(fd, 0, 0, (off_t)bytes))
      die("memfd_create");
    char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
      die("mmap");
    memset(at, 1, bytes);
  }
  resident = kilobytes("/proc/self/status", "VmRSS:") - resident;
  shared = kilobytes("/proc/meminfo", "Shmem:") - shared;
  printf("{\"resident\":%.1f,\"shared\":%.1f}\n", (double)resident * 1024 / (double)count,
         (double)shared * 1024 / (double)count);
  return 0;
}

int main(int argc, char **argv) {
  if (is_command(argc, argv, "objects"))
    return objects(long_argument(argc, argv, 2), (size_t)long_argument(argc, argv, 3));
  return unknown_command(argv);
}
