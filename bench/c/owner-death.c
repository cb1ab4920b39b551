/* The owner of locks is killed while others sleep for them.
 *   owner-death robust WAITERS SETTLE_MS
 *      one process owns WAITERS robust process-shared pthread mutexes, each of as many others sleeps in
 *      pthread_mutex_lock of one of them; SETTLE_MS later the owner is killed: from before kill() until the first
 *      and until the last of them has returned EOWNERDEAD; {"first", "last": nanoseconds}
 * Killer and owner are on core 0, all waiters on core 1: what the kernel does for the dead keeps none of them
 * waiting.
 */
#include "bench.h"
#include <pthread.h>
#include <signal.h>

#define MOST_WAITERS 16
#define SETTLED_CHECK_US 200
/* A waiter that is never told must not keep the benchmark from ending. */
#define LIMIT_S 20

struct scene {
  pthread_mutex_t mutexes[MOST_WAITERS];
  _Atomic uint32_t owned, waiting, told_count, over;
  uint64_t told[MOST_WAITERS];
};

static void own(struct scene *s, long count) {
  pin(0);
  for (long i = 0; i < count; i++)
    if (pthread_mutex_lock(&s->mutexes[i]))
      die("pthread_mutex_lock");
  atomic_store(&s->owned, 1);
  for (;;)
    pause();
}

static void wait_for_death(struct scene *s, long i) {
  pin(1);
  atomic_fetch_add(&s->waiting, 1);
  int result = pthread_mutex_lock(&s->mutexes[i]);
  s->told[i] = now_ns();
  if (result != EOWNERDEAD) {
    fprintf(stderr, "pthread_mutex_lock: %d, not EOWNERDEAD\n", result);
    atomic_fetch_add(&s->told_count, 1);
    _exit(1);
  }
  pthread_mutex_consistent(&s->mutexes[i]);
  pthread_mutex_unlock(&s->mutexes[i]);
  atomic_fetch_add(&s->told_count, 1);
  while (
      !atomic_load(&s->over)) /* the end of a process takes longer than all the rest: not before all others are told */
    futex_wait(&s->over, 0);
  _exit(0);
}

static pid_t fork_or_die(void) {
  pid_t child = fork();
  if (child < 0)
    die("fork");
  return child;
}

static void settle(_Atomic uint32_t *word, uint32_t value) {
  while (atomic_load(word) != value)
    usleep(SETTLED_CHECK_US);
}

static int robust(long count, long settle_ms) {
  struct scene *s = shared_pages(sizeof *s);
  pid_t waiters[MOST_WAITERS];
  pthread_mutexattr_t how;
  if (count < 1 || count > MOST_WAITERS)
    return 2;
  pthread_mutexattr_init(&how);
  pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
  for (long i = 0; i < count; i++)
    if (pthread_mutex_init(&s->mutexes[i], &how))
      die("pthread_mutex_init");
  pin(0);
  pid_t owner = fork_or_die();
  if (owner == 0)
    own(s, count);
  settle(&s->owned, 1);
  for (long i = 0; i < count; i++) {
    waiters[i] = fork_or_die();
    if (waiters[i] == 0)
      wait_for_death(s, i);
  }
  settle(&s->waiting, (uint32_t)count);
  usleep((useconds_t)settle_ms * 1000);
  uint64_t killed = now_ns(), first = UINT64_MAX, last = 0;
  kill(owner, SIGKILL);
  settle(&s->told_count, (uint32_t)count);
  atomic_store(&s->over, 1);
  futex_wake(&s->over, INT32_MAX);
  int failed = 0;
  for (long i = 0; i < count; i++) {
    int status = 0;
    waitpid(waiters[i], &status, 0);
    failed |= status;
    first = s->told[i] < first ? s->told[i] : first;
    last = s->told[i] > last ? s->told[i] : last;
  }
  waitpid(owner, NULL, 0);
  printf("{\"first\":%.0f,\"last\":%.0f}\n", (double)(first - killed), (double)(last - killed));
  return failed ? 1 : 0;
}

int main(int argc, char **argv) {
  alarm(LIMIT_S);
  if (is_command(argc, argv, "robust"))
    return robust(long_argument(argc, argv, 2), long_argument(argc, argv, 3));
  return unknown_command(argv);
}
