// Relays: without futex_waitv one thread can sleep on one word only, so a thread sleeps on each watched word and passes its change on
// to a bell.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futex.h"

typedef struct relay relay;

// Changes a bell word and wakes all who sleep on it.
void bell_ring(uint32_t *bell);

// A thread that takes no signals but SIGSEGV: they are for the program's own threads. 0 or an errno.
int start_quiet_thread(pthread_t *thread, size_t stack, void *(*main)(void *), void *argument);

// Rings `bell` once when the word is no longer `expected`, unless a relay for this is there already.
void relay_add(relay **list, futex_word word, uint32_t *bell, const bool *quit, double slice_ms);

// Ends the threads that have done their job, or all of them: *quit is true then.
void relays_reap(relay **list, bool all);
