// Decoys: private copies of pages, laid over a read-only view so that a store lands in them. The caller has the lock.
// System calls only, because signal handlers call these functions.
#pragma once

#include "fault-views.h"

// Lays a decoy over the page, for a single step or as long as the sequence of stores before makes worthwhile. False:
// impossible.
bool decoy_lay(fault_env *owner, view *v, uintptr_t page, bool step);
// The decoy that covers the address, or NULL.
decoy *decoy_at(fault_env *owner, uintptr_t address);
// Puts the shared pages back. If that fails, it is tried again later.
void decoy_take_away(decoy *d);
void decoys_take_away(fault_env *owner, const view *of);
// Called before the view's memory may become something else, because no decoy must lie over that.
void decoys_forget(fault_env *owner, const view *of);
// Keeps some mappings in reserve, because a process at vm.max_map_count must still be able to absorb a store.
void decoys_refill_reserve(void);
