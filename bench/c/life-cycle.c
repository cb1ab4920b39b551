/* What making, opening and closing shared memory costs without the library.
 *   life-cycle named COUNT BYTES [DIRECTORY]
 *      phases over COUNT objects, each {"..": nanoseconds an object}, without and with (..Touch) a
 *      store to (create) or a load from (open) the first page:
 *      create shm_open+ftruncate+mmap, open shm_open+fstat+mmap, again mmap+munmap of what the process has open,
 *      close munmap+close,
 *      remove munmap+close+shm_unlink; with a symbolic link more or less in DIRECTORY at create, open, close and remove
 *   life-cycle unnamed COUNT BYTES
 *      memfd_create+fallocate+seal+mmap+touch+munmap+close; {"ns": nanoseconds a cycle}
 */
#include "bench.h"

static const char *link_directory = NULL;

struct held {
  int fd;
  char *at;
};

static void name_of(char *into, size_t room, long i) { snprintf(into, room, "/bench-%d-%ld", (int)getpid(), i); }

static struct held map(int fd, size_t bytes) {
  struct held h = {fd, mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)};
  if (h.at == MAP_FAILED)
    die("mmap");
  return h;
}

static void link_name(char *into, size_t room, long i, const char *which) {
  snprintf(into, room, "%s/%ld~%s", link_directory, i, which);
}

static void make_link(long i, const char *which) {
  char name[300];
  if (link_directory == NULL)
    return;
  link_name(name, sizeof name, i, which);
  if (symlink("/proc/self/fd/0", name))
    die("symlink");
}

static void remove_link(long i, const char *which) {
  char name[300];
  if (link_directory == NULL)
    return;
  link_name(name, sizeof name, i, which);
  if (unlink(name))
    die("unlink");
}

static double since(uint64_t start, long count) { return (double)(now_ns() - start) / (double)count; }

static void phases(long count, size_t bytes, int touch, const char *suffix) {
  struct held *first = calloc((size_t)count, sizeof *first);
  struct held *second = calloc((size_t)count, sizeof *second);
  struct held *third = calloc((size_t)count, sizeof *third);
  volatile char sink;
  char name[64];
  uint64_t start = now_ns();
  for (long i = 0; i < count; i++) {
    name_of(name, sizeof name, i);
    int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)bytes))
      die("shm_open");
    make_link(i, "0");
    first[i] = map(fd, bytes);
    if (touch)
      *first[i].at = 1;
  }
  double create = since(start, count);
  start = now_ns();
  for (long i = 0; i < count; i++) {
    struct stat s;
    name_of(name, sizeof name, i);
    int fd = shm_open(name, O_RDWR, 0);
    if (fd < 0 || fstat(fd, &s))
      die("shm_open");
    make_link(i, "1");
    second[i] = map(fd, (size_t)s.st_size);
    if (touch)
      sink = *second[i].at;
  }
  double open = since(start, count);
  start = now_ns();
  for (long i = 0; i < count; i++) {
    third[i] = map(first[i].fd, bytes);
    if (touch)
      sink = *third[i].at;
  }
  for (long i = 0; i < count; i++)
    munmap(third[i].at, bytes);
  double again = since(start, count);
  start = now_ns();
  for (long i = 0; i < count; i++) {
    munmap(second[i].at, bytes);
    remove_link(i, "1");
    close(second[i].fd);
  }
  double closed = since(start, count);
  start = now_ns();
  for (long i = 0; i < count; i++) {
    munmap(first[i].at, bytes);
    remove_link(i, "0");
    close(first[i].fd);
    name_of(name, sizeof name, i);
    shm_unlink(name);
  }
  double removed = since(start, count);
  (void)sink;
  printf("\"create%s\":%.1f,\"open%s\":%.1f,\"again%s\":%.1f,\"close%s\":%.1f,\"remove%s\":%.1f", suffix, create,
         suffix, open, suffix, again, suffix, closed, suffix, removed);
  free(first);
  free(second);
  free(third);
}

static int named(long count, size_t bytes, const char *directory) {
  link_directory = directory;
  printf("{");
  phases(count, bytes, 0, "");
  printf(",");
  phases(count, bytes, 1, "Touch");
  printf("}\n");
  return 0;
}

static int unnamed(long count, size_t bytes) {
  uint64_t start = now_ns();
  for (long i = 0; i < count; i++) {
    int fd = memfd_create("bench", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || fallocate(fd, 0, 0, (off_t)bytes))
      die("memfd_create");
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW))
      die("seal");
    struct held h = map(fd, bytes);
    *h.at = 1;
    munmap(h.at, bytes);
    close(fd);
  }
  printf("{\"ns\":%.1f}\n", since(start, count));
  return 0;
}

int main(int argc, char **argv) {
  if (is_command(argc, argv, "named"))
    return named(long_argument(argc, argv, 2), (size_t)long_argument(argc, argv, 3), argc > 4 ? argv[4] : NULL);
  if (is_command(argc, argv, "unnamed"))
    return unnamed(long_argument(argc, argv, 2), (size_t)long_argument(argc, argv, 3));
  return unknown_command(argv);
}
