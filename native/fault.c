// Stores through read-only views (PROT_READ, MAP_SHARED). The SIGSEGV handler lays a private copy of the page, a decoy, over
// the shared one and lets the store run again, so it changes nothing that anyone shares; then the shared page comes back:
//
//   one store     the thread's trap flag is set, so SIGTRAP comes right after the store and takes the decoy away: the view
//                 never shows a false byte, and the count is exact. Two signals a store, some 5 to 30 us.
//   many stores   after STEPS_A_TURN of those in one turn, or in a thread that is not the view's own (crypto.randomFill), or
//                 where SIGTRAP cannot be had: the decoy stays until the event loop's turn. Stores into it cost nothing and
//                 are not counted. A turn has DECOYS of them, growing with a sequential writer; a further one takes the
//                 oldest away. So a fill() over gigabytes needs bounded memory and mappings, and no descriptor.
//
// A private mapping of the whole file instead would need a descriptor a view, and as much memory as was stored to.
// Foreign faults (V8's WebAssembly traps, real crashes) go to the handler that was there before, without taking our lock.
#include "native.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <uv.h>

#include "fault.h"

enum { PAGE = 4096, DECOYS = 16, DECOY_MAX_BYTES = 1 << 20, STEPS_A_TURN = 256, RESERVE_PAGES = 64 };
enum { TRAP_FLAG = 0x100, ERROR_WRITE = 2 }; // bits of RFLAGS and of the page fault's error code

typedef struct fault_env fault_env;

// length is 0 while the slot is free, and after unregistering while stores are unreported.
// base and length are read without the lock by find_view; everything else belongs to the lock.
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

static view views[FAULT_MAX_VIEWS];
static size_t views_used; // slots beyond were never used; read without the lock
static size_t maybe_free; // no slot before it is free
static fault_env *envs;
static fault_env orphans; // owns views whose environment has ended: a pool thread may still store into one
static struct sigaction previous_segv, previous_trap;
static bool installed;
static void *reserve;

static pid_t this_thread(void) { return (pid_t)syscall(SYS_gettid); }

// ---- The lock. A handler takes it, so nobody may be interrupted by a handler that stores into a view while holding it.

static uint32_t lock_word; // 0 free, 1 taken, 2 taken and waited for

static void lock(void) {
  uint32_t seen = 0;
  if (__atomic_compare_exchange_n(&lock_word, &seen, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
    return;
  while (__atomic_exchange_n(&lock_word, 2, __ATOMIC_ACQUIRE) != 0)
    syscall(SYS_futex, &lock_word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

static void unlock(void) {
  if (__atomic_exchange_n(&lock_word, 0, __ATOMIC_RELEASE) == 2)
    syscall(SYS_futex, &lock_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static sigset_t enter(void) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  lock();
  return before;
}

static void leave(sigset_t before) {
  unlock();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

// ---- Mappings held in reserve: a process at vm.max_map_count must still be able to absorb a store.

static void refill_reserve(void) {
  if (reserve != NULL)
    return;
  char *pages = mmap(NULL, RESERVE_PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED)
    return;
  for (int i = 1; i < RESERVE_PAGES; i += 2) // neighbours must differ, or the kernel keeps them as one mapping
    mprotect(pages + i * PAGE, PAGE, PROT_READ);
  reserve = pages;
}

static bool spend_reserve(void) {
  if (reserve == NULL)
    return false;
  munmap(reserve, RESERVE_PAGES * PAGE);
  reserve = NULL;
  return true;
}

// ---- Decoys. The lock is held. Only system calls: the handlers come here.

static void *move_over(void *from, uintptr_t to, size_t length) {
  return mremap(from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)to);
}

static void take_away(decoy *d) {
  if (d->length == 0)
    return;
  if (move_over(d->shared, d->page, d->length) == MAP_FAILED &&
      (!spend_reserve() || move_over(d->shared, d->page, d->length) == MAP_FAILED))
    return; // stays, to be tried again at the next turn or when the view goes
  d->length = 0;
}

static void take_away_all(fault_env *owner, const view *of) {
  for (int i = 0; i < DECOYS; i++)
    if (of == NULL || owner->decoys[i].of == of)
      take_away(&owner->decoys[i]);
}

// Before the view's memory may become something else, over which no page of ours must be laid.
static void forget_all(fault_env *owner, const view *of) {
  take_away_all(owner, of);
  for (int i = 0; i < DECOYS; i++) {
    decoy *d = &owner->decoys[i];
    if (d->length == 0 || (of != NULL && d->of != of))
      continue;
    munmap(d->shared, d->length); // no room to put them back: the pages go with their view
    d->length = 0;
  }
}

// Filled before it is moved, and moved in one system call: another thread that reads the page never sees it missing or zero.
static bool lay(decoy *d) {
  void *page = (void *)d->page;
  // An old size of 0 makes a second mapping of shared pages, for which no descriptor is needed.
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

static decoy *decoy_at(fault_env *owner, uintptr_t address) {
  for (int i = 0; i < DECOYS; i++)
    if (address - owner->decoys[i].page < owner->decoys[i].length)
      return &owner->decoys[i];
  return NULL;
}

// Twice as much as last time for a store right behind the newest decoy; never past the view or into another decoy.
static size_t decoy_length(fault_env *owner, const view *v, uintptr_t page) {
  const decoy *newest = &owner->decoys[owner->newest];
  if (newest->length == 0 || newest->of != v || newest->page + newest->length != page)
    return PAGE;
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

static bool lay_decoy(fault_env *owner, view *v, uintptr_t page, bool step) {
  decoy next = {page, step ? PAGE : decoy_length(owner, v, page), NULL, v, step};
  unsigned slot = (owner->newest + 1) % DECOYS;
  take_away(&owner->decoys[slot]);
  if (owner->decoys[slot].length != 0)
    return false;
  if (!lay(&next)) {
    spend_reserve();
    munlock((void *)page, PAGE); // a locked view counts twice against RLIMIT_MEMLOCK
    next.length = PAGE;
    if (!lay(&next))
      return false;
  }
  owner->decoys[slot] = next;
  owner->newest = slot;
  return true;
}

// ---- The handlers

static view *find_view(uintptr_t address) {
  size_t used = __atomic_load_n(&views_used, __ATOMIC_ACQUIRE);
  for (view *v = views; v < views + used; v++) {
    size_t length = __atomic_load_n(&v->length, __ATOMIC_ACQUIRE);
    if (address - __atomic_load_n(&v->base, __ATOMIC_RELAXED) < length)
      return v;
  }
  return NULL;
}

// A trap that comes while SIGTRAP is blocked or somebody else's would kill, or leave the whole program single-stepping.
static bool trap_is_ours(const ucontext_t *context);

static long *flags_of(ucontext_t *context) { return (long *)&context->uc_mcontext.gregs[REG_EFL]; }

static bool may_step(fault_env *owner, ucontext_t *context) {
  if (*flags_of(context) & TRAP_FLAG)
    return owner->stepping; // else a debugger steps
  return owner->steps < STEPS_A_TURN && trap_is_ours(context);
}

static void tell(fault_env *owner, bool own_thread) {
  if (owner->env == NULL)
    return;
  // Else a program with nothing more to do ends without its error. uv_ref is no call for signal handlers in general, but
  // this one interrupted a store into a view, in the loop's thread: never libuv's own book-keeping.
  if (own_thread)
    uv_ref((uv_handle_t *)&owner->wake);
  if (!owner->told)
    uv_async_send(&owner->wake);
  owner->told = true;
}

static bool absorb_in(view *v, uintptr_t address, ucontext_t *context) {
  fault_env *owner = v->owner;
  bool own_thread = owner->thread == this_thread();
  // One instruction may store to two pages: it faults again, still to be stepped.
  bool same_store = own_thread && owner->stepping && (*flags_of(context) & TRAP_FLAG) != 0;
  bool step = own_thread && may_step(owner, context);
  uintptr_t page = address & ~(uintptr_t)(PAGE - 1);
  if (decoy_at(owner, address) != NULL)
    step = false; // laid by another thread meanwhile
  else if (!lay_decoy(owner, v, page, step))
    return false;
  if (step) {
    *flags_of(context) |= TRAP_FLAG;
    owner->stepping = true;
  }
  if (v->stores == 0) {
    v->first = address;
    v->exact = true;
  }
  if (!same_store || v->stores == 0) {
    v->stores++;
    owner->steps += step;
  }
  v->exact = v->exact && step;
  tell(owner, own_thread);
  return true;
}

static bool absorb(const siginfo_t *info, ucontext_t *context) {
  uintptr_t address = (uintptr_t)info->si_addr;
  if (info->si_code != SEGV_ACCERR || !(context->uc_mcontext.gregs[REG_ERR] & ERROR_WRITE) ||
      find_view(address) == NULL)
    return false;
  lock();
  view *v = find_view(address);
  bool absorbed = v != NULL && absorb_in(v, address, context);
  unlock();
  return absorbed;
}

static bool finish_step(const siginfo_t *info, ucontext_t *context) {
  if (info->si_code <= 0 || !(*flags_of(context) & TRAP_FLAG))
    return false;
  pid_t self = this_thread();
  lock();
  fault_env *owner = envs;
  while (owner != NULL && !(owner->stepping && owner->thread == self))
    owner = owner->next;
  if (owner != NULL) {
    for (int i = 0; i < DECOYS; i++)
      if (owner->decoys[i].stepping)
        take_away(&owner->decoys[i]);
    owner->stepping = false;
    *flags_of(context) &= ~(long)TRAP_FLAG;
  }
  unlock();
  return owner != NULL;
}

// As the kernel would have done it had we not been here.
static void pass_on(struct sigaction *previous, int signal, siginfo_t *info, ucontext_t *context) {
  struct sigaction action = *previous;
  bool sent = info->si_code <= 0; // by kill, not by an instruction
  if (action.sa_handler == SIG_IGN && sent)
    return;
  if (action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL) {
    struct sigaction fallback = {.sa_handler = SIG_DFL};
    sigaction(signal, &fallback, NULL);
    // A faulting instruction faults again, with the right address in the core dump; the others do not come back.
    if (sent || signal != SIGSEGV)
      syscall(SYS_tgkill, getpid(), this_thread(), signal);
    return;
  }
  if (action.sa_flags & SA_RESETHAND)
    *previous = (struct sigaction){.sa_handler = SIG_DFL};
  sigset_t mask;
  sigorset(&mask, &context->uc_sigmask, &action.sa_mask);
  if (!(action.sa_flags & SA_NODEFER))
    sigaddset(&mask, signal);
  sigprocmask(SIG_SETMASK, &mask, NULL);
  if (action.sa_flags & SA_SIGINFO)
    action.sa_sigaction(signal, info, context);
  else
    action.sa_handler(signal);
}

static void on_segv(int signal, siginfo_t *info, void *context) {
  int error = errno;
  if (!absorb(info, context))
    pass_on(&previous_segv, signal, info, context);
  errno = error;
}

static void on_trap(int signal, siginfo_t *info, void *context) {
  int error = errno;
  if (!finish_step(info, context))
    pass_on(&previous_trap, signal, info, context);
  errno = error;
}

static bool trap_is_ours(const ucontext_t *context) {
  struct sigaction now;
  return !sigismember(&context->uc_sigmask, SIGTRAP) && sigaction(SIGTRAP, NULL, &now) == 0 &&
         now.sa_sigaction == on_trap;
}

// ---- Installing

static int install(int signal, void (*handler)(int, siginfo_t *, void *), struct sigaction *previous) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  // Read first: from the call that installs it on, the handler needs it.
  return sigaction(signal, NULL, previous) != 0 || sigaction(signal, &action, NULL) != 0 ? errno : 0;
}

// The handlers stay for the life of the process: the addon is linked with -z nodelete, else Node would unload it with the
// last worker that loaded it, and the kernel jump to where they were.
int fault_init(void) {
  sigset_t before = enter();
  int error = 0;
  if (!installed) {
    error = install(SIGTRAP, on_trap, &previous_trap);
    if (error == 0)
      error = install(SIGSEGV, on_segv, &previous_segv);
    installed = error == 0;
    refill_reserve();
  }
  leave(before);
  return error;
}

// ---- Registering

static fault_env *find_env(napi_env env) {
  fault_env *e = envs;
  while (e != NULL && e->env != env)
    e = e->next;
  return e;
}

static view *free_slot(void) {
  while (maybe_free < views_used && (views[maybe_free].length != 0 || views[maybe_free].stores != 0))
    maybe_free++;
  return maybe_free < FAULT_MAX_VIEWS ? &views[maybe_free] : NULL;
}

static void was_freed(const view *v) {
  size_t index = (size_t)(v - views);
  if (v->length == 0 && v->stores == 0 && index < maybe_free)
    maybe_free = index;
}

int fault_register(napi_env env, void *base, size_t length) {
  int error = fault_init();
  if (error != 0)
    return error;
  sigset_t before = enter();
  fault_env *owner = find_env(env);
  view *v = free_slot();
  if (owner == NULL || v == NULL) {
    leave(before);
    return owner == NULL ? EINVAL : ENOSPC;
  }
  v->owner = owner;
  __atomic_store_n(&v->base, (uintptr_t)base, __ATOMIC_RELAXED);
  __atomic_store_n(&v->length, length, __ATOMIC_RELEASE);
  if (v == views + views_used)
    __atomic_store_n(&views_used, views_used + 1, __ATOMIC_RELEASE);
  leave(before);
  return 0;
}

void fault_unregister(void *base, size_t length) {
  sigset_t before = enter();
  view *v = find_view((uintptr_t)base);
  if (v != NULL && v->base == (uintptr_t)base && v->length == length) {
    forget_all(v->owner, v);
    __atomic_store_n(&v->length, 0, __ATOMIC_RELEASE);
    if (v->owner == &orphans)
      v->stores = 0;
    was_freed(v);
  }
  leave(before);
}

// ---- Reporting, in the JavaScript thread

typedef struct {
  uintptr_t address;
  uintptr_t base;
  uint64_t stores;
  bool exact;
} report;

static void end_turn(fault_env *owner) {
  sigset_t before = enter();
  take_away_all(owner, NULL);
  owner->told = false;
  owner->stepping = false;
  owner->steps = 0;
  refill_reserve();
  leave(before);
  uv_unref((uv_handle_t *)&owner->wake);
}

// The next view at or behind *at with unreported stores.
static bool take_report(const fault_env *owner, size_t *at, report *out) {
  sigset_t before = enter();
  while (*at < views_used && !(views[*at].owner == owner && views[*at].stores != 0))
    ++*at;
  bool found = *at < views_used;
  if (found) {
    view *v = &views[(*at)++];
    *out = (report){v->first, v->base, v->stores, v->exact};
    v->stores = 0;
    was_freed(v);
  }
  leave(before);
  return found;
}

enum { REPORT_VALUES = 5 };

static void report_values(napi_env env, const report *r, napi_value *values) {
  values[0] = make_number(env, (double)r->address);
  values[1] = make_number(env, (double)r->base);
  values[2] = make_number(env, (double)(r->address - r->base));
  values[3] = make_number(env, (double)r->stores);
  napi_get_boolean(env, r->exact, &values[4]);
}

// What the callback throws is nobody's to catch: it goes where an error thrown in a timer goes. False if JavaScript is over.
static bool call_back(fault_env *owner, const report *r) {
  napi_env env = owner->env;
  napi_value global, callback, result, error, values[REPORT_VALUES];
  bool thrown = false;
  napi_get_global(env, &global);
  napi_get_reference_value(env, owner->callback, &callback);
  report_values(env, r, values);
  napi_status status = napi_make_callback(env, NULL, global, callback, REPORT_VALUES, values, &result);
  if (status == napi_ok)
    return true;
  if (napi_is_exception_pending(env, &thrown) != napi_ok || !thrown)
    return false;
  return napi_get_and_clear_last_exception(env, &error) == napi_ok && napi_fatal_exception(env, error) == napi_ok;
}

static void on_wake(uv_async_t *wake) {
  fault_env *owner = wake->data;
  napi_handle_scope scope;
  size_t at = 0;
  report next;
  end_turn(owner);
  if (owner->callback == NULL || napi_open_handle_scope(owner->env, &scope) != napi_ok)
    return; // setFaultCallback or takeFaults will ask
  while (take_report(owner, &at, &next) && call_back(owner, &next)) {
  }
  napi_close_handle_scope(owner->env, scope);
}

static fault_env *env_of(napi_env env) {
  sigset_t before = enter();
  fault_env *owner = find_env(env);
  leave(before);
  return owner;
}

static napi_value set_fault_callback(napi_env env, napi_callback_info info) {
  napi_value callback;
  napi_valuetype type;
  get_args(env, info, 1, &callback);
  fault_env *owner = env_of(env);
  if (owner == NULL || napi_typeof(env, callback, &type) != napi_ok || type != napi_function)
    return make_number(env, -EINVAL);
  if (owner->callback != NULL)
    napi_delete_reference(env, owner->callback);
  napi_create_reference(env, callback, 1, &owner->callback);
  uv_async_send(&owner->wake);
  return make_number(env, 0);
}

static napi_value take_faults(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value list, entry, values[REPORT_VALUES];
  size_t at = 0;
  uint32_t count = 0;
  report next;
  napi_create_array(env, &list);
  fault_env *owner = env_of(env);
  if (owner == NULL)
    return list;
  end_turn(owner);
  while (take_report(owner, &at, &next)) {
    report_values(env, &next, values);
    napi_create_array(env, &entry);
    for (uint32_t i = 0; i < REPORT_VALUES; i++)
      napi_set_element(env, entry, i, values[i]);
    napi_set_element(env, list, count++, entry);
  }
  return list;
}

// ---- Environments come and go

static void free_env(uv_handle_t *wake) {
  fault_env *owner = wake->data;
  napi_async_cleanup_hook_handle hook = owner->hook;
  free(owner);
  if (hook != NULL)
    napi_remove_async_cleanup_hook(hook);
}

static void orphan_views(const fault_env *owner) {
  for (view *v = views; v < views + views_used; v++) {
    if (v->owner != owner)
      continue;
    v->owner = &orphans;
    v->stores = 0;
    was_freed(v);
  }
}

static void on_env_cleanup(napi_async_cleanup_hook_handle hook, void *data) {
  fault_env *owner = data;
  owner->hook = hook;
  sigset_t before = enter();
  forget_all(owner, NULL);
  orphan_views(owner);
  fault_env **at = &envs;
  while (*at != owner)
    at = &(*at)->next;
  *at = owner->next;
  leave(before);
  uv_close((uv_handle_t *)&owner->wake, free_env);
}

static bool start_env(napi_env env) {
  uv_loop_t *loop;
  fault_env *owner = calloc(1, sizeof *owner);
  if (owner == NULL || napi_get_uv_event_loop(env, &loop) != napi_ok ||
      uv_async_init(loop, &owner->wake, on_wake) != 0) {
    free(owner);
    return false;
  }
  uv_unref((uv_handle_t *)&owner->wake);
  owner->wake.data = owner;
  owner->env = env;
  owner->thread = this_thread();
  sigset_t before = enter();
  owner->next = envs;
  envs = owner;
  leave(before);
  napi_add_async_cleanup_hook(env, on_env_cleanup, owner, &owner->hook);
  return true;
}

napi_value fault_exports(napi_env env, napi_value exports) {
  if (start_env(env)) {
    add_function(env, exports, "setFaultCallback", set_fault_callback);
    add_function(env, exports, "takeFaults", take_faults);
  }
  return exports;
}
