// See relay.h.
#include "relay.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

enum { STACK_BYTES = 64 << 10 };

struct relay {
  relay *next;
  pthread_t thread;
  uint32_t *word;
  uint32_t expected;
  uint32_t *bell;
  const bool *quit;
  double slice_ms;
  bool done;
};

void bell_ring(uint32_t *bell) {
  __atomic_add_fetch(bell, 1, __ATOMIC_SEQ_CST);
  futex_wake(bell, INT32_MAX);
}

int start_quiet_thread(pthread_t *thread, size_t stack, void *(*main)(void *), void *argument) {
  pthread_attr_t attributes;
  sigset_t all, before;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack);
  sigfillset(&all); // signals are for the program's own threads
  sigdelset(&all, SIGSEGV);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(thread, &attributes, main, argument);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return error;
}

static void *relay_main(void *argument) {
  relay *r = argument;
  while (!__atomic_load_n(r->quit, __ATOMIC_ACQUIRE)) {
    futex_word word = {r->word, r->expected};
    int result = futex_wait(&word, 1, r->slice_ms);
    if (__atomic_load_n(r->word, __ATOMIC_SEQ_CST) == r->expected || result == -EFAULT)
      continue;
    // A death wakes one sleeper of a word, and another thread may sleep on this word too.
    futex_wake(r->word, INT32_MAX);
    bell_ring(r->bell);
    break;
  }
  __atomic_store_n(&r->done, true, __ATOMIC_RELEASE);
  return NULL;
}

void relays_reap(relay **list, bool all) {
  for (relay **at = list; *at != NULL;) {
    relay *r = *at;
    if (!all && !__atomic_load_n(&r->done, __ATOMIC_ACQUIRE)) {
      at = &r->next;
      continue;
    }
    if (all)
      futex_wake(r->word, INT32_MAX);
    pthread_join(r->thread, NULL);
    *at = r->next;
    free(r);
  }
}

void relay_add(relay **list, futex_word word, uint32_t *bell, const bool *quit, double slice_ms) {
  for (relay *r = *list; r != NULL; r = r->next)
    if (r->word == word.address && r->expected == word.expected && !__atomic_load_n(&r->done, __ATOMIC_ACQUIRE))
      return;
  relay *r = calloc(1, sizeof *r);
  if (r == NULL)
    return;
  r->bell = bell;
  r->quit = quit;
  r->slice_ms = slice_ms;
  r->word = word.address;
  r->expected = word.expected;
  if (start_quiet_thread(&r->thread, STACK_BYTES, relay_main, r) != 0) {
    free(r);
    return;
  }
  r->next = *list;
  *list = r;
}
