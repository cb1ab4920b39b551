// Relays: without futex_waitv a thread can sleep on one word only. So one thread sleeps on each watched word, and tells
// its change to a bell.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futex.h"

typedef struct relay relay;

// Adds to a bell and wakes the threads that sleep on it.
void bell_ring(uint32_t *bell);

// Starts a thread that takes no signals but SIGSEGV, because signals are for the program's own threads. 0 or an errno.
int start_quiet_thread(pthread_t *thread, size_t stack, void *(*main)(void *), void *argument);

// Adds to `bell` once, when the word is no longer `expected`. Does nothing if a relay for this is there already.
void relay_add(relay **list, futex_word word, uint32_t *bell, const bool *quit, double slice_ms);

// Ends the relays that have done their job, or all of them; for all, *quit must be true.
void relays_reap(relay **list, bool all);
