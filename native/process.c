// Facts about this process and thread, and the block of zeroed memory that all its JavaScript threads share.
#include "native.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <pthread.h>
#include <unistd.h>

enum { BLOCK_BYTES = 8 << 20 }; // address space; only touched pages cost memory

static void *block;
static pthread_once_t block_once = PTHREAD_ONCE_INIT;

static void block_init(void) {
  void *memory = mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  block = memory == MAP_FAILED ? NULL : memory;
}

static void keep(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  (void)hint;
}

// () -> ArrayBuffer over the block, or -errno. Each JavaScript thread gets one, all over the same bytes
static napi_value process_block(napi_env env, napi_callback_info info) {
  (void)info;
  pthread_once(&block_once, block_init);
  napi_value out;
  if (block == NULL)
    return make_number(env, -ENOMEM);
  if (napi_create_external_arraybuffer(env, block, BLOCK_BYTES, keep, NULL, &out) != napi_ok)
    return make_number(env, -ENOTSUP);
  return out;
}

static napi_value process_id(napi_env env, napi_callback_info info) {
  (void)info;
  return make_number(env, getpid());
}

static napi_value thread_id(napi_env env, napi_callback_info info) {
  (void)info;
  return make_number(env, (double)syscall(SYS_gettid));
}

static napi_value user_id(napi_env env, napi_callback_info info) {
  (void)info;
  return make_number(env, geteuid());
}

// (status): ends the process at once; no JavaScript and no exit handler runs. A worker ends the whole process with this
static napi_value exit_now(napi_env env, napi_callback_info info) {
  napi_value args[1];
  get_args(env, info, 1, args);
  _exit(arg_int(env, args[0]));
}

void note_unheld(double offset, int fd) {
  if (block != NULL && offset >= 0 && offset <= BLOCK_BYTES - 4)
    __atomic_store_n((int32_t *)((char *)block + (uint32_t)offset), fd + 1, __ATOMIC_SEQ_CST);
}

static napi_value page_size(napi_env env, napi_callback_info info) {
  (void)info;
  return make_number(env, (double)page_bytes());
}

// Peers of the same user open this process's memory through /proc/<pid>/fd, which the kernel allows only for dumpable
// processes. A process that changes its user stops being dumpable.
static napi_value make_reachable(napi_env env, napi_callback_info info) {
  (void)info;
  return make_result(env, prctl(PR_SET_DUMPABLE, 1));
}

static void add_one(void *word) { __atomic_fetch_add((int32_t *)word, 1, __ATOMIC_SEQ_CST); }

// (offset) -> 0 or -errno: adds 1 to the block's word at this byte offset when the thread's environment ends, in
// whatever way. What was asked for later happens earlier.
static napi_value add_at_thread_end(napi_env env, napi_callback_info info) {
  napi_value args[1];
  get_args(env, info, 1, args);
  double offset = arg_number(env, args[0]);
  if (block == NULL || !(offset >= 0 && offset <= BLOCK_BYTES - 4) || (uint32_t)offset % 4 != 0)
    return make_number(env, -EINVAL);
  napi_status status = napi_add_env_cleanup_hook(env, add_one, (char *)block + (uint32_t)offset);
  return make_number(env, status == napi_ok ? 0 : -ENOMEM);
}

void process_exports(napi_env env, napi_value exports) {
  add_function(env, exports, "processBlock", process_block);
  add_function(env, exports, "processId", process_id);
  add_function(env, exports, "threadId", thread_id);
  add_function(env, exports, "userId", user_id);
  add_function(env, exports, "pageBytes", page_size);
  add_function(env, exports, "makeReachable", make_reachable);
  add_function(env, exports, "exitNow", exit_now);
  add_function(env, exports, "addAtThreadEnd", add_at_thread_end);
}
