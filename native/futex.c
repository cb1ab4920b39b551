// Sleeping on shared words and waking those who sleep.
#include "native.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "futex.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

// The kernel's struct futex_waitv; older headers lack it.
struct waitv_entry {
  uint64_t value;
  uint64_t address;
  uint32_t flags;
  uint32_t reserved;
};
enum { WAITV_SIZE_U32 = 2 };

static bool has_many, is_refused;
static pthread_once_t probe_once = PTHREAD_ONCE_INIT;

static void probe(void) {
  // No words is an invalid argument to a kernel that has the call; one that lacks it (or a sandbox) says otherwise.
  has_many = syscall(SYS_futex_waitv, NULL, 0, 0, NULL, 0) < 0 && errno == EINVAL;
}

bool futex_has_many(void) {
  pthread_once(&probe_once, probe);
  return has_many && !__atomic_load_n(&is_refused, __ATOMIC_RELAXED);
}

int futex_wake(uint32_t *address, int count) {
  long woken = syscall(SYS_futex, address, FUTEX_WAKE, count, NULL, NULL, 0);
  return woken < 0 ? -errno : (int)woken;
}

static struct timespec deadline_in(double timeout_ms) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  int64_t ns = (int64_t)(timeout_ms * 1e6) + t.tv_nsec;
  t.tv_sec += ns / 1000000000;
  t.tv_nsec = ns % 1000000000;
  return t;
}

int futex_wait(const futex_word *words, size_t count, double timeout_ms) {
  struct timespec deadline = deadline_in(timeout_ms);
  if (count == 1 || !futex_has_many()) {
    long result = syscall(SYS_futex, words[0].address, FUTEX_WAIT_BITSET, words[0].expected, &deadline, NULL,
                          FUTEX_BITSET_MATCH_ANY);
    return result < 0 ? -errno : 0;
  }
  struct waitv_entry entries[FUTEX_MANY_MAX];
  if (count > FUTEX_MANY_MAX)
    count = FUTEX_MANY_MAX;
  for (size_t i = 0; i < count; i++)
    entries[i] = (struct waitv_entry){words[i].expected, (uintptr_t)words[i].address, WAITV_SIZE_U32, 0};
  long result = syscall(SYS_futex_waitv, entries, (unsigned)count, 0, &deadline, CLOCK_MONOTONIC);
  return result < 0 ? -errno : 0;
}

void futex_pass_on(const futex_word *words, size_t count) {
  for (size_t i = 1; i < count; i++)
    if (__atomic_load_n(words[i].address, __ATOMIC_SEQ_CST) != words[i].expected)
      futex_wake(words[i].address, INT32_MAX);
}

// (address, count) -> number woken
static napi_value wake(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  return make_number(env, futex_wake((uint32_t *)(uintptr_t)arg_number(env, args[0]), arg_int(env, args[1])));
}

// (base, offsets: Uint32Array, expected: Int32Array, count, timeoutMs) -> 0 or -errno; offsets in bytes from base
static napi_value wait_words(napi_env env, napi_callback_info info) {
  napi_value args[5];
  get_args(env, info, 5, args);
  char *base = (char *)(uintptr_t)arg_number(env, args[0]);
  size_t offset_bytes = 0, expected_bytes = 0;
  const uint32_t *offsets = arg_bytes(env, args[1], &offset_bytes);
  const uint32_t *expected = arg_bytes(env, args[2], &expected_bytes);
  size_t count = (size_t)arg_int(env, args[3]);
  if (count == 0 || count > FUTEX_MANY_MAX || count * 4 > offset_bytes || count * 4 > expected_bytes)
    return make_number(env, -EINVAL);
  futex_word words[FUTEX_MANY_MAX];
  for (size_t i = 0; i < count; i++)
    words[i] = (futex_word){(uint32_t *)(base + offsets[i]), expected[i]};
  int result = futex_wait(words, count, arg_number(env, args[4]));
  futex_pass_on(words, count);
  return make_number(env, result);
}

static napi_value has_many_words(napi_env env, napi_callback_info info) {
  (void)info;
  return make_number(env, futex_has_many() ? 1 : 0);
}

// (): from now on as on a kernel without futex_waitv
static napi_value refuse_many(napi_env env, napi_callback_info info) {
  (void)info;
  __atomic_store_n(&is_refused, true, __ATOMIC_RELAXED);
  return make_number(env, 0);
}

void futex_exports(napi_env env, napi_value exports) {
  add_function(env, exports, "futexWake", wake);
  add_function(env, exports, "futexWait", wait_words);
  add_function(env, exports, "futexHasMany", has_many_words);
  add_function(env, exports, "futexRefuseMany", refuse_many);
}
