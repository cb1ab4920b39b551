/* Locks that nobody else wants, and one lock that two processes hammer.
 *   locks robust COUNT       pthread mutex, robust and process-shared: lock + unlock
 *   locks semaphore COUNT    sem_t, process-shared: take + post
 *   locks flag COUNT         what setting an event costs at least: one exchange and one load
 *                            each {"ns": nanoseconds an operation}
 *   locks contended MS       two processes, owner-tid futex lock that spins before it sleeps
 *                            {"ns": elapsed over operations, "shares": [..], "lost": counts lost}
 */
#include "bench.h"
#include <pthread.h>
#include <semaphore.h>

#define SPINS 200
#define CHECK_CLOCK_EVERY 256

static int report(uint64_t start, long count) {
  printf("{\"ns\":%.3f}\n", (double)(now_ns() - start) / (double)count);
  return 0;
}

static int robust(long count) {
  pthread_mutex_t *mutex = shared_pages(PAGE);
  pthread_mutexattr_t how;
  pthread_mutexattr_init(&how);
  pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
  if (pthread_mutex_init(mutex, &how))
    die("pthread_mutex_init");
  uint64_t start = now_ns();
  for (long i = 0; i < count; i++) {
    pthread_mutex_lock(mutex);
    pthread_mutex_unlock(mutex);
  }
  return report(start, count);
}

static int semaphore(long count) {
  sem_t *sem = shared_pages(PAGE);
  if (sem_init(sem, 1, 1))
    die("sem_init");
  uint64_t start = now_ns();
  for (long i = 0; i < count; i++) {
    sem_wait(sem);
    sem_post(sem);
  }
  return report(start, count);
}

static int flag(long count) {
  char *page = shared_pages(2 * APART);
  _Atomic uint32_t *state = (_Atomic uint32_t *)page;
  _Atomic uint32_t *waiters = (_Atomic uint32_t *)(page + APART);
  uint64_t start = now_ns();
  for (long i = 0; i < count; i++) {
    atomic_exchange(state, 1);
    if (atomic_load(waiters))
      futex_wake(state, 1);
  }
  return report(start, count);
}

struct hammered {
  _Atomic uint32_t word __attribute__((aligned(APART)));
  volatile uint64_t counter __attribute__((aligned(APART)));
  _Atomic uint32_t ready __attribute__((aligned(APART)));
  uint64_t operations[2];
  uint64_t end;
};

static void lock(_Atomic uint32_t *word, uint32_t tid) {
  uint32_t seen = 0;
  if (atomic_compare_exchange_strong(word, &seen, tid))
    return;
  for (int i = 0; i < SPINS; i++) {
    cpu_pause();
    if (atomic_load_explicit(word, memory_order_relaxed))
      continue;
    seen = 0;
    if (atomic_compare_exchange_strong(word, &seen, tid))
      return;
  }
  for (;;) {
    seen = atomic_load(word);
    if (!seen) {
      if (atomic_compare_exchange_strong(word, &seen, tid | FUTEX_WAITERS))
        return;
    } else if (seen & FUTEX_WAITERS || atomic_compare_exchange_strong(word, &seen, seen | FUTEX_WAITERS)) {
      futex_wait(word, seen | FUTEX_WAITERS);
    }
  }
}

static void unlock(_Atomic uint32_t *word) {
  if (atomic_exchange(word, 0) & FUTEX_WAITERS)
    futex_wake(word, 1);
}

static void hammer(struct hammered *h, int side) {
  uint32_t tid = (uint32_t)syscall(SYS_gettid);
  uint64_t operations = 0;
  pin(side);
  atomic_fetch_add(&h->ready, 1);
  while (atomic_load(&h->ready) < 3)
    cpu_pause();
  do {
    for (int i = 0; i < CHECK_CLOCK_EVERY; i++) {
      lock(&h->word, tid);
      h->counter = h->counter + 1;
      unlock(&h->word);
    }
    operations += CHECK_CLOCK_EVERY;
  } while (now_ns() < h->end);
  h->operations[side] = operations;
}

static int contended(long ms) {
  struct hammered *h = shared_pages(sizeof *h);
  pid_t child[2];
  for (int side = 0; side < 2; side++) {
    child[side] = fork();
    if (child[side] < 0)
      die("fork");
    if (child[side] == 0) {
      hammer(h, side);
      _exit(0);
    }
  }
  while (atomic_load(&h->ready) < 2)
    usleep(100);
  uint64_t start = now_ns();
  h->end = start + (uint64_t)ms * 1000000u;
  atomic_fetch_add(&h->ready, 1);
  for (int side = 0; side < 2; side++)
    waitpid(child[side], NULL, 0);
  double elapsed = (double)(now_ns() - start);
  uint64_t total = h->operations[0] + h->operations[1];
  printf("{\"ns\":%.3f,\"shares\":[%.4f,%.4f],\"lost\":%lld}\n", elapsed / (double)total,
         (double)h->operations[0] / (double)total, (double)h->operations[1] / (double)total,
         (long long)(total - h->counter));
  return 0;
}

int main(int argc, char **argv) {
  if (is_command(argc, argv, "robust"))
    return robust(long_argument(argc, argv, 2));
  if (is_command(argc, argv, "semaphore"))
    return semaphore(long_argument(argc, argv, 2));
  if (is_command(argc, argv, "flag"))
    return flag(long_argument(argc, argv, 2));
  if (is_command(argc, argv, "contended"))
    return contended(long_argument(argc, argv, 2));
  return unknown_command(argv);
}
