// Laying private copies of pages over a read-only view, and putting the shared pages back.
#include "native.h"

#include <string.h>
#include <sys/mman.h>

#include "fault-decoys.h"

enum { DECOY_MAX_BYTES = 1 << 20, RESERVE_PAGES = 64 };

static void *reserve;

void decoys_refill_reserve(void) {
  if (reserve != NULL)
    return;
  char *pages = mmap(NULL, RESERVE_PAGES * page_bytes(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED)
    return;
  for (int i = 1; i < RESERVE_PAGES; i += 2) // neighbours must differ, or the kernel keeps them as one mapping
    mprotect(pages + i * page_bytes(), page_bytes(), PROT_READ);
  reserve = pages;
}

static bool spend_reserve(void) {
  if (reserve == NULL)
    return false;
  munmap(reserve, RESERVE_PAGES * page_bytes());
  reserve = NULL;
  return true;
}

static void *move_over(void *from, uintptr_t to, size_t length) {
  return mremap(from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)to);
}

void decoy_take_away(decoy *d) {
  if (d->length == 0)
    return;
  if (move_over(d->shared, d->page, d->length) == MAP_FAILED &&
      (!spend_reserve() || move_over(d->shared, d->page, d->length) == MAP_FAILED))
    return; // it stays, and is tried again at the next turn or when the view goes
  d->length = 0;
}

void decoys_take_away(fault_env *owner, const view *of) {
  for (int i = 0; i < DECOYS; i++)
    if (of == NULL || owner->decoys[i].of == of)
      decoy_take_away(&owner->decoys[i]);
}

void decoys_forget(fault_env *owner, const view *of) {
  decoys_take_away(owner, of);
  for (int i = 0; i < DECOYS; i++) {
    decoy *d = &owner->decoys[i];
    if (d->length == 0 || (of != NULL && d->of != of))
      continue;
    munmap(d->shared, d->length); // they cannot be put back: the pages go with their view
    d->length = 0;
  }
}

// The copy is filled before it is moved, and moved in one system call, so another thread that reads the page never sees
// it missing or zero.
static bool lay(decoy *d) {
  void *page = (void *)d->page;
  // With an old size of 0, mremap makes a second mapping of shared pages without needing a descriptor.
  void *shared = mremap(page, 0, d->length, MREMAP_MAYMOVE);
  if (shared == MAP_FAILED)
    return false;
  void *copy = mmap(NULL, d->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (copy != MAP_FAILED) {
    memcpy(copy, shared, d->length);
    if (move_over(copy, d->page, d->length) != MAP_FAILED) {
      d->shared = shared;
      return true;
    }
    munmap(copy, d->length);
  }
  munmap(shared, d->length);
  return false;
}

decoy *decoy_at(fault_env *owner, uintptr_t address) {
  for (int i = 0; i < DECOYS; i++)
    if (address - owner->decoys[i].page < owner->decoys[i].length)
      return &owner->decoys[i];
  return NULL;
}

// Twice as long as the newest decoy for a store right behind it, but never past the view or into another decoy. Else
// one page.
static size_t decoy_length(fault_env *owner, const view *v, uintptr_t page) {
  const decoy *newest = &owner->decoys[owner->newest];
  if (newest->length == 0 || newest->of != v || newest->page + newest->length != page)
    return page_bytes();
  size_t length = 2 * newest->length < DECOY_MAX_BYTES ? 2 * newest->length : DECOY_MAX_BYTES;
  if (length > v->base + v->length - page)
    length = v->base + v->length - page;
  for (int i = 0; i < DECOYS; i++) {
    const decoy *d = &owner->decoys[i];
    if (d->length != 0 && d->page > page && d->page - page < length)
      length = d->page - page;
  }
  return length;
}

bool decoy_lay(fault_env *owner, view *v, uintptr_t page, bool step) {
  decoy next = {page, step ? page_bytes() : decoy_length(owner, v, page), NULL, v, step};
  unsigned slot = (owner->newest + 1) % DECOYS;
  decoy_take_away(&owner->decoys[slot]);
  if (owner->decoys[slot].length != 0)
    return false;
  if (!lay(&next)) {
    spend_reserve();
    munlock((void *)page, page_bytes()); // a locked view counts twice against RLIMIT_MEMLOCK
    next.length = page_bytes();
    if (!lay(&next))
      return false;
  }
  owner->decoys[slot] = next;
  owner->newest = slot;
  return true;
}
