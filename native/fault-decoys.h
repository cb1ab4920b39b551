// Decoys: private copies of pages, laid over a read-only view so that a store lands in them. With the lock; system calls only, for
// the signal handlers come here.
#pragma once

#include "fault-views.h"

// Lays one over the page; for a single step, or as long as the sequence of stores before makes worth it. False: impossible.
bool decoy_lay(fault_env *owner, view *v, uintptr_t page, bool step);
decoy *decoy_at(fault_env *owner, uintptr_t address);
// Puts the shared pages back; what cannot be put back is tried again later.
void decoy_take_away(decoy *d);
void decoys_take_away(fault_env *owner, const view *of);
// Before the view's memory may become something else, over which no page of ours must be laid.
void decoys_forget(fault_env *owner, const view *of);
// Mappings held in reserve: a process at vm.max_map_count must still be able to absorb a store.
void decoys_refill_reserve(void);
