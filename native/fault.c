// Stores through read-only views (PROT_READ, MAP_SHARED). The SIGSEGV handler lays a private copy of the page, a decoy,
// over the shared one and lets the store run again, so the store changes nothing that is shared. Then the shared page
// comes back:
//
//   one store     The thread's trap flag is set, so SIGTRAP comes right after the store and takes the decoy away. The
//                 view never shows a false byte, and the count is exact. Two signals a store, some 5 to 30 us.
//   many stores   After STEPS_A_TURN of those in one turn, or in a thread that is not the view's own
//                 (crypto.randomFill), or where SIGTRAP cannot be had, the decoy stays until the event loop's turn.
//                 Stores into it cost nothing and are not counted. A turn has DECOYS of them, growing with a sequential
//                 writer; a further one takes the oldest away. So a fill() over gigabytes needs bounded memory and
//                 mappings, and no descriptor.
//
// A private mapping of the whole file would instead need a descriptor for each view, and as much memory as was stored
// to. Foreign faults (V8's WebAssembly traps, real crashes) go to the handler that was there before, without taking our
// lock.
#include "native.h"

#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "fault-decoys.h"
#include "fault-views.h"

enum { STEPS_A_TURN = 256 };
enum { TRAP_FLAG = 0x100, ERROR_WRITE = 2 }; // bits of RFLAGS and of the page fault's error code

static struct sigaction previous_segv, previous_trap;
static bool installed;

// The process would be killed by a trap while SIGTRAP is blocked. With another SIGTRAP handler, the whole program would
// go on single-stepping.
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
  // Without this, a program with nothing more to do would end without its error. uv_ref is not meant for signal
  // handlers. But this one interrupted a store into a view, in the loop's thread, so it never interrupted libuv's own
  // book-keeping.
  if (own_thread)
    uv_ref((uv_handle_t *)&owner->wake);
  if (!owner->told)
    uv_async_send(&owner->wake);
  owner->told = true;
}

static bool absorb_in(view *v, uintptr_t address, ucontext_t *context) {
  fault_env *owner = v->owner;
  bool own_thread = owner->thread == fault_this_thread();
  // One instruction may store to two pages. It then faults again, and is still to be stepped.
  bool same_store = own_thread && owner->stepping && (*flags_of(context) & TRAP_FLAG) != 0;
  bool step = own_thread && may_step(owner, context);
  uintptr_t page = address & ~(uintptr_t)(page_bytes() - 1);
  if (decoy_at(owner, address) != NULL)
    step = false; // another thread has laid it meanwhile
  else if (!decoy_lay(owner, v, page, step))
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
      fault_find_view(address) == NULL)
    return false;
  fault_lock();
  view *v = fault_find_view(address);
  bool absorbed = v != NULL && absorb_in(v, address, context);
  fault_unlock();
  return absorbed;
}

static bool finish_step(const siginfo_t *info, ucontext_t *context) {
  if (info->si_code <= 0 || !(*flags_of(context) & TRAP_FLAG))
    return false;
  pid_t self = fault_this_thread();
  fault_lock();
  fault_env *owner = fault_envs;
  while (owner != NULL && !(owner->stepping && owner->thread == self))
    owner = owner->next;
  if (owner != NULL) {
    for (int i = 0; i < DECOYS; i++)
      if (owner->decoys[i].stepping)
        decoy_take_away(&owner->decoys[i]);
    owner->stepping = false;
    *flags_of(context) &= ~(long)TRAP_FLAG;
  }
  fault_unlock();
  return owner != NULL;
}

// Does what the kernel would have done without our handler.
static void pass_on(struct sigaction *previous, int signal, siginfo_t *info, ucontext_t *context) {
  struct sigaction action = *previous;
  bool sent = info->si_code <= 0; // by kill, not by an instruction
  if (action.sa_handler == SIG_IGN && sent)
    return;
  if (action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL) {
    struct sigaction fallback = {.sa_handler = SIG_DFL};
    sigaction(signal, &fallback, NULL);
    // A faulting instruction faults again, with the right address in the core dump. The other signals would not come
    // again.
    if (sent || signal != SIGSEGV)
      syscall(SYS_tgkill, getpid(), fault_this_thread(), signal);
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

static int install(int signal, void (*handler)(int, siginfo_t *, void *), struct sigaction *previous) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigfillset(&action.sa_mask);
  // The previous handler is read first, because our handler needs it from the moment it is installed.
  return sigaction(signal, NULL, previous) != 0 || sigaction(signal, &action, NULL) != 0 ? errno : 0;
}

// The handlers stay for the life of the process, so the addon is linked with -z nodelete. Otherwise Node would unload
// it with the last worker that loaded it, and the kernel would jump to where the handlers were.
int fault_init(void) {
  sigset_t before = fault_enter();
  int error = 0;
  if (!installed) {
    error = install(SIGTRAP, on_trap, &previous_trap);
    if (error == 0)
      error = install(SIGSEGV, on_segv, &previous_segv);
    installed = error == 0;
    decoys_refill_reserve();
  }
  fault_leave(before);
  return error;
}
