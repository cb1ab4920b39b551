// What the files of the read-only views share: the table of views, the JavaScript threads that own them, and the lock
// of both.
#pragma once

#include <node_api.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "fault.h"

enum { DECOYS = 16 };

typedef struct fault_env fault_env;

// length is 0 while the slot is free, and after unregistering while stores are unreported. fault_find_view reads base
// and length without the lock; everything else is read and written under it.
typedef struct {
  uintptr_t base;
  size_t length;
  fault_env *owner;
  uintptr_t first; // address of the first unreported store
  uint64_t stores; // unreported
  bool exact;
} view;

typedef struct {
  uintptr_t page;
  size_t length; // 0: none here
  void *shared;  // the pages it hides
  view *of;
  bool stepping;
} decoy;

struct fault_env {
  fault_env *next;
  napi_env env;
  napi_ref callback;
  napi_async_cleanup_hook_handle hook;
  uv_async_t wake;
  pid_t thread; // 0: no thread may step
  bool told;    // wake was sent since the last turn
  bool stepping;
  unsigned steps; // in this turn
  unsigned newest;
  decoy decoys[DECOYS];
};

extern view fault_views[FAULT_MAX_VIEWS];
extern size_t fault_views_used; // no slot from here on was ever used; read without the lock
extern fault_env *fault_envs;   // a list, under the lock
extern fault_env fault_orphans; // owns views whose environment has ended: a pool thread may still store into one

// The calling thread's kernel id.
pid_t fault_this_thread(void);

// The lock for signal handlers, in which all signals are blocked already.
void fault_lock(void);
void fault_unlock(void);
// The lock for all other code. It blocks all signals, because a handler takes the lock too and must not interrupt a
// thread that has it.
sigset_t fault_enter(void);
void fault_leave(sigset_t before);

// Needs no lock. NULL if the address is in no view.
view *fault_find_view(uintptr_t address);
// Under the lock: the JavaScript thread of an environment, or NULL.
fault_env *fault_find_env(napi_env env);
// Under the lock: an unused slot, or NULL.
view *fault_free_slot(void);
// Under the lock: tells that the slot may be free now.
void fault_view_freed(const view *v);
