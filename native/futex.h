// Futex calls on shared words, for the JavaScript thread and for its companion.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FUTEX_MANY_MAX = 127 };

typedef struct {
  uint32_t *address;
  uint32_t expected;
} futex_word;

// True where futex_waitv exists (Linux 5.16) and futexRefuseMany was not called.
bool futex_has_many(void);
int futex_wake(uint32_t *address, int count);
// Sleep while every word has its expected value; 0 or -errno (-ETIMEDOUT, -EAGAIN: a word differs, -EINTR).
// Without futex_waitv only the first word is watched.
int futex_wait(const futex_word *words, size_t count, double timeout_ms);
// After futex_wait: the kernel wakes one of the threads that sleep on the word of a dead thread. Woken for another reason, this one may
// have been it: all others that sleep on a word that changed, but for the first, are woken.
void futex_pass_on(const futex_word *words, size_t count);
