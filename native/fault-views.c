// The table of read-only views, and the lock that the signal handlers share with the JavaScript threads.
#include "native.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault-views.h"

view fault_views[FAULT_MAX_VIEWS];
size_t fault_views_used;
static size_t maybe_free; // no slot before it is free
fault_env *fault_envs;
fault_env fault_orphans;

pid_t fault_this_thread(void) { return (pid_t)syscall(SYS_gettid); }

static uint32_t lock_word; // 0 free, 1 taken, 2 taken and waited for

void fault_lock(void) {
  uint32_t seen = 0;
  if (__atomic_compare_exchange_n(&lock_word, &seen, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    return;
  while (__atomic_exchange_n(&lock_word, 2, __ATOMIC_ACQUIRE) != 0)
    syscall(SYS_futex, &lock_word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void fault_unlock(void) {
  if (__atomic_exchange_n(&lock_word, 0, __ATOMIC_RELEASE) == 2)
    syscall(SYS_futex, &lock_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

sigset_t fault_enter(void) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  fault_lock();
  return before;
}

void fault_leave(sigset_t before) {
  fault_unlock();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

view *fault_find_view(uintptr_t address) {
  size_t used = __atomic_load_n(&fault_views_used, __ATOMIC_ACQUIRE);
  for (view *v = fault_views; v < fault_views + used; v++) {
    size_t length = __atomic_load_n(&v->length, __ATOMIC_ACQUIRE);
    if (address - __atomic_load_n(&v->base, __ATOMIC_RELAXED) < length)
      return v;
  }
  return NULL;
}

fault_env *fault_find_env(napi_env env) {
  fault_env *e = fault_envs;
  while (e != NULL && e->env != env)
    e = e->next;
  return e;
}

view *fault_free_slot(void) {
  while (maybe_free < fault_views_used && (fault_views[maybe_free].length != 0 || fault_views[maybe_free].stores != 0))
    maybe_free++;
  return maybe_free < FAULT_MAX_VIEWS ? &fault_views[maybe_free] : NULL;
}

void fault_view_freed(const view *v) {
  size_t index = (size_t)(v - fault_views);
  if (v->length == 0 && v->stores == 0 && index < maybe_free)
    maybe_free = index;
}
