/* A wake-up that reaches an event loop in another process.
 *   wake eventfd COUNT GAP_NS    write to an eventfd -> epoll_wait has returned and the eventfd is
 *                                read; wakes are GAP_NS apart; {"ns": median one way}
 */
#include "bench.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

struct mark {
  _Atomic uint64_t sent __attribute__((aligned(APART)));
  _Atomic uint32_t done __attribute__((aligned(APART)));
};

static void loop(int fd, struct mark *m, long count) {
  double *ways = calloc((size_t)count, sizeof *ways);
  struct epoll_event interest = {.events = EPOLLIN, .data = {.fd = fd}}, got;
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest))
    die("epoll");
  for (long i = 0; i < count; i++) {
    uint64_t value;
    while (epoll_wait(epoll, &got, 1, -1) != 1) {
    }
    if (read(fd, &value, sizeof value) != sizeof value)
      die("read");
    ways[i] = (double)(now_ns() - atomic_load(&m->sent));
    atomic_store(&m->done, (uint32_t)i + 1);
  }
  printf("{\"ns\":%.1f}\n", median(ways, (size_t)count));
  fflush(stdout);
}

static int wake(long count, uint64_t gap) {
  struct mark *m = shared_pages(sizeof *m);
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0)
    die("eventfd");
  pid_t child = fork();
  if (child < 0)
    die("fork");
  if (child == 0) {
    pin(1);
    loop(fd, m, count);
    _exit(0);
  }
  pin(0);
  uint64_t one = 1;
  for (long i = 0; i < count; i++) {
    while (atomic_load(&m->done) != (uint32_t)i)
      cpu_pause();
    busy_until(now_ns() + gap);
    atomic_store(&m->sent, now_ns());
    if (write(fd, &one, sizeof one) != sizeof one)
      die("write");
  }
  waitpid(child, NULL, 0);
  return 0;
}

int main(int argc, char **argv) {
  if (is_command(argc, argv, "eventfd"))
    return wake(long_argument(argc, argv, 2), (uint64_t)long_argument(argc, argv, 3));
  return unknown_command(argv);
}
