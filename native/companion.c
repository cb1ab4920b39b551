// A companion: one native thread beside each JavaScript thread that takes part in waits. It owns a robust list, so the kernel
// tells everybody when the JavaScript thread or its process is gone, and it sleeps on the thread's bell word for the event loop.
#include "native.h"

#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>
#include <signal.h>

#include "futex.h"
#include "relay.h"

enum { STACK_BYTES = 128 << 10 };

// Byte offsets into a thread record and the dispatcher: src/protocol/dispatcher-layout.ts.
enum { RECORD_BELL = 2 * 4, RECORD_TID = 6 * 4, LOCK = 1024 * 4 };

typedef struct companion companion;

struct companion {
  napi_env env;
  napi_ref callback;
  napi_async_cleanup_hook_handle hook;
  uv_async_t async;
  pthread_t thread;
  pthread_mutex_t lock; // guards watched, watched_count, relays
  char *area;           // private half, then the shared mapping; nodes lie at the words' places in the private half
  size_t half;
  struct robust_list_head robust;
  int tid;
  double slice_ms;
  uint32_t *bell;
  uint32_t *tid_word; // of the record: 0 once the JavaScript thread has executed its last instruction
  uint32_t seen;
  bool quit;
  sem_t started;
  sem_t listening; // posted by companionListen, or at the end
  bool stopped;
  futex_word watched[FUTEX_MANY_MAX - 1];
  size_t watched_count;
  relay *relays;
};

static char *shared_base(const companion *c) { return c->area + c->half; }

static void await(sem_t *semaphore) {
  while (sem_wait(semaphore) < 0 && errno == EINTR)
    ;
}

static size_t copy_words(companion *c, futex_word *words) {
  words[0] = (futex_word){c->bell, c->seen};
  pthread_mutex_lock(&c->lock);
  size_t count = c->watched_count;
  memcpy(words + 1, c->watched, count * sizeof *words);
  pthread_mutex_unlock(&c->lock);
  return count + 1;
}

static bool some_watched_changed(const futex_word *words, size_t count) {
  for (size_t i = 1; i < count; i++)
    if (__atomic_load_n(words[i].address, __ATOMIC_SEQ_CST) != words[i].expected)
      return true;
  return false;
}

// The holder of the dispatcher lock died: nobody is told of that, so it is looked for at each slice.
static bool lock_is_abandoned(const companion *c) {
  const uint32_t *lock = (const uint32_t *)(shared_base(c) + LOCK);
  return (__atomic_load_n(lock, __ATOMIC_SEQ_CST) & FUTEX_OWNER_DIED) != 0;
}

static void *companion_main(void *argument) {
  companion *c = argument;
  syscall(SYS_set_robust_list, &c->robust, sizeof c->robust);
  c->tid = (int)syscall(SYS_gettid);
  sem_post(&c->started);
  futex_word words[FUTEX_MANY_MAX];
  bool told = false; // of a watched word that changed: once, until the event loop gives another list
  await(&c->listening);
  while (!__atomic_load_n(&c->quit, __ATOMIC_ACQUIRE)) {
    size_t count = copy_words(c, words);
    bool changed = count > 1 && some_watched_changed(words, count);
    if (changed && !told) {
      told = true;
      uv_async_send(&c->async);
    }
    futex_wait(words, changed ? 1 : count, c->slice_ms);
    if (!changed)
      futex_pass_on(words, count);
    uint32_t now = __atomic_load_n(c->bell, __ATOMIC_SEQ_CST);
    if (now != c->seen || lock_is_abandoned(c)) {
      told = told && now == c->seen;
      c->seen = now;
      if (!__atomic_load_n(&c->quit, __ATOMIC_ACQUIRE))
        uv_async_send(&c->async);
    }
  }
  return NULL;
}

static void on_async(uv_async_t *async) {
  companion *c = async->data;
  napi_handle_scope scope;
  napi_value callback, receiver, result;
  if (c->stopped || napi_open_handle_scope(c->env, &scope) != napi_ok)
    return;
  if (napi_get_reference_value(c->env, c->callback, &callback) == napi_ok && callback != NULL) {
    napi_get_global(c->env, &receiver);
    if (napi_make_callback(c->env, NULL, receiver, callback, 0, NULL, &result) == napi_pending_exception) {
      napi_value error;
      if (napi_get_and_clear_last_exception(c->env, &error) == napi_ok)
        napi_fatal_exception(c->env, error);
    }
  }
  napi_close_handle_scope(c->env, scope);
}

static void free_companion(uv_handle_t *handle) {
  companion *c = handle->data;
  napi_async_cleanup_hook_handle hook = c->hook;
  pthread_mutex_destroy(&c->lock);
  sem_destroy(&c->started);
  sem_destroy(&c->listening);
  free(c);
  if (hook != NULL)
    napi_remove_async_cleanup_hook(hook);
}

// Ends the native thread. Words that still hold its id are marked by the kernel now, as for a process that dies.
static void stop_thread(companion *c) {
  if (c->stopped)
    return;
  c->stopped = true;
  // This is the JavaScript thread: it makes no store any more.
  if (c->tid_word != NULL)
    __atomic_store_n(c->tid_word, 0, __ATOMIC_SEQ_CST);
  __atomic_store_n(&c->quit, true, __ATOMIC_RELEASE);
  if (c->bell != NULL)
    bell_ring(c->bell);
  sem_post(&c->listening);
  pthread_join(c->thread, NULL);
  relays_reap(&c->relays, true);
  munmap(c->area, 2 * c->half);
  c->area = NULL;
}

static void on_env_cleanup(napi_async_cleanup_hook_handle hook, void *data) {
  companion *c = data;
  c->hook = hook;
  stop_thread(c);
  uv_close((uv_handle_t *)&c->async, free_companion);
}

static void leave_mapping(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  (void)hint; // the companion unmaps, after detaching
}

// Two halves of one reservation: private memory for robust-list nodes, then the file. A node lies one half before its word,
// so one futex_offset serves all of them and processes do not share nodes.
static int map_halves(companion *c, int fd) {
  char *area = mmap(NULL, 2 * c->half, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (area == MAP_FAILED)
    return errno;
  if (mmap(area + c->half, c->half, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
    int error = errno;
    munmap(area, 2 * c->half);
    return error;
  }
  c->area = area;
  return 0;
}

static int start_companion(companion *c, napi_env env, int fd) {
  uv_loop_t *loop;
  int error = map_halves(c, fd);
  if (error != 0)
    return error;
  c->robust.list.next = &c->robust.list;
  c->robust.futex_offset = (long)c->half;
  pthread_mutex_init(&c->lock, NULL);
  sem_init(&c->started, 0, 0);
  sem_init(&c->listening, 0, 0);
  if (napi_get_uv_event_loop(env, &loop) != napi_ok || uv_async_init(loop, &c->async, on_async) != 0)
    error = ENOMEM;
  else
    error = start_quiet_thread(&c->thread, STACK_BYTES, companion_main, c);
  if (error != 0)
    munmap(c->area, 2 * c->half);
  return error;
}

// (fd, byteLength, sliceMs, callback, out: Float64Array[base, token, tid]) -> ArrayBuffer over the file, or -errno.
// The thread exists from here on, with an empty robust list, and listens after companionListen.
static napi_value companion_start(napi_env env, napi_callback_info info) {
  napi_value args[5], buffer;
  get_args(env, info, 5, args);
  size_t out_bytes = 0;
  double *out = arg_bytes(env, args[4], &out_bytes);
  if (out == NULL || out_bytes < 3 * sizeof *out)
    return make_number(env, -EINVAL);
  companion *c = calloc(1, sizeof *c);
  if (c == NULL)
    return make_number(env, -ENOMEM);
  c->env = env;
  c->half = (size_t)arg_number(env, args[1]);
  c->slice_ms = arg_number(env, args[2]);
  c->async.data = c;
  int error = start_companion(c, env, arg_int(env, args[0]));
  if (error != 0) {
    if (c->async.loop != NULL)
      uv_close((uv_handle_t *)&c->async, free_companion);
    else
      free(c);
    return make_number(env, -error);
  }
  uv_unref((uv_handle_t *)&c->async);
  napi_create_reference(env, args[3], 1, &c->callback);
  napi_add_async_cleanup_hook(env, on_env_cleanup, c, &c->hook);
  await(&c->started);
  if (napi_create_external_arraybuffer(env, shared_base(c), c->half, leave_mapping, NULL, &buffer) != napi_ok)
    return make_number(env, -ENOTSUP);
  out[0] = (double)(uintptr_t)shared_base(c);
  out[1] = (double)(uintptr_t)c;
  out[2] = c->tid;
  return buffer;
}

static companion *companion_arg(napi_env env, napi_value value) {
  return (companion *)(uintptr_t)arg_number(env, value);
}

// (token, offset, count): the kernel marks each of the words from offset on, 8 bytes apart, with FUTEX_OWNER_DIED if it holds this
// companion's id when it ends. What is added last the kernel marks first.
static napi_value companion_robust(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  companion *c = companion_arg(env, args[0]);
  struct robust_list *node = (struct robust_list *)(c->area + (size_t)arg_number(env, args[1]));
  for (int left = arg_int(env, args[2]); left > 0; left--, node++) {
    node->next = c->robust.list.next;
    __atomic_store_n(&c->robust.list.next, node,
                     __ATOMIC_SEQ_CST); // one store: the kernel may read the list at any instant
  }
  return make_number(env, 0);
}

// (token, recordOffset): from now on every change of the record's bell calls back
static napi_value companion_listen(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  companion *c = companion_arg(env, args[0]);
  char *record = shared_base(c) + (size_t)arg_number(env, args[1]);
  c->bell = (uint32_t *)(record + RECORD_BELL);
  c->tid_word = (uint32_t *)(record + RECORD_TID);
  c->seen = __atomic_load_n(c->bell, __ATOMIC_SEQ_CST);
  sem_post(&c->listening);
  return make_number(env, 0);
}

// (token, offsets: Uint32Array, expected: Int32Array, count): further words whose change rings; replaces the list
static napi_value companion_watch(napi_env env, napi_callback_info info) {
  napi_value args[4];
  get_args(env, info, 4, args);
  companion *c = companion_arg(env, args[0]);
  size_t offset_bytes = 0, expected_bytes = 0;
  const uint32_t *offsets = arg_bytes(env, args[1], &offset_bytes);
  const uint32_t *expected = arg_bytes(env, args[2], &expected_bytes);
  size_t count = (size_t)arg_int(env, args[3]);
  if (count > FUTEX_MANY_MAX - 1 || count * 4 > offset_bytes || count * 4 > expected_bytes)
    return make_number(env, -EINVAL);
  pthread_mutex_lock(&c->lock);
  for (size_t i = 0; i < count; i++)
    c->watched[i] = (futex_word){(uint32_t *)(shared_base(c) + offsets[i]), expected[i]};
  c->watched_count = futex_has_many() ? count : 0;
  pthread_mutex_unlock(&c->lock);
  if (!futex_has_many()) {
    relays_reap(&c->relays, false);
    for (size_t i = 0; i < count; i++)
      relay_add(&c->relays, c->watched[i], c->bell, &c->quit, c->slice_ms);
  } else {
    bell_ring(c->bell); // the companion takes the new list up
  }
  return make_number(env, 0);
}

// (token, keepAlive): whether the companion keeps the event loop alive
static napi_value companion_ref(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  uv_handle_t *handle = (uv_handle_t *)&companion_arg(env, args[0])->async;
  if (arg_int(env, args[1]) != 0)
    uv_ref(handle);
  else
    uv_unref(handle);
  return make_number(env, 0);
}

// (token, buffer): ends the thread, detaches the buffer and unmaps the file
static napi_value companion_stop(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  companion *c = companion_arg(env, args[0]);
  napi_detach_arraybuffer(env, args[1]);
  stop_thread(c);
  napi_delete_reference(env, c->callback);
  napi_remove_async_cleanup_hook(c->hook);
  c->hook = NULL;
  uv_close((uv_handle_t *)&c->async, free_companion);
  return make_number(env, 0);
}

void companion_exports(napi_env env, napi_value exports) {
  add_function(env, exports, "companionStart", companion_start);
  add_function(env, exports, "companionRobust", companion_robust);
  add_function(env, exports, "companionListen", companion_listen);
  add_function(env, exports, "companionWatch", companion_watch);
  add_function(env, exports, "companionRef", companion_ref);
  add_function(env, exports, "companionStop", companion_stop);
}
