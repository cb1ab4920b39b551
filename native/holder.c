// What the link of a holder leads to: its memory, opened without any effect on what else it could be, or the proof that
// the holder is gone.
#include "native.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/syscall.h>

#ifndef F_GET_SEALS
#define F_GET_SEALS 1034
#endif

// (directory or -100, path, out, page: Uint8Array, unheldOffset) -> a read-write fd of memory; out gets its status and
// seals, page its header. The path is first opened without any effect on what it names, because it may meanwhile lead
// to a terminal or a pipe. -ENXIO: it leads to something other than memory.
static napi_value memory_open(napi_env env, napi_callback_info info) {
  napi_value args[5];
  get_args(env, info, 5, args);
  char path[PATH_BYTES], again[64];
  size_t out_bytes = 0, page_length = 0;
  uint64_t *out = arg_bytes(env, args[2], &out_bytes);
  void *page = arg_bytes(env, args[3], &page_length);
  if (!arg_string(env, args[1], path, sizeof path))
    return make_number(env, -ENAMETOOLONG);
  int probe = openat(arg_int(env, args[0]), path, O_PATH | O_CLOEXEC);
  if (probe < 0)
    return make_result(env, -1);
  struct stat st;
  int fd = -1, error = 0;
  if (fstat(probe, &st) < 0) {
    error = errno;
  } else if (!S_ISREG(st.st_mode) || st.st_nlink != 0) {
    error = ENXIO; // not memory of ours: the descriptor number has a new meaning
  } else {
    snprintf(again, sizeof again, "/proc/self/fd/%d", probe);
    fd = open(again, O_RDWR | O_CLOEXEC);
    error = fd < 0 ? errno : 0;
  }
  close(probe);
  ssize_t header = error == 0 ? pread(fd, page, page_length, 0) : 0;
  if (header < 0) {
    error = errno;
    close(fd);
  }
  if (error != 0)
    return make_number(env, -error);
  note_unheld(arg_number(env, args[4]), fd);
  put_stat(&st, out, out_bytes, fcntl(fd, F_GET_SEALS), (size_t)header);
  return make_number(env, fd);
}

// (directory, name, out) -> 0; the status of what the link leads to
static napi_value link_stat(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  char name[NAME_MAX + 1];
  size_t bytes = 0;
  uint64_t *out = arg_bytes(env, args[2], &bytes);
  struct stat st;
  if (!arg_string(env, args[1], name, sizeof name))
    return make_number(env, -ENAMETOOLONG);
  if (fstatat(arg_int(env, args[0]), name, &st, 0) < 0)
    return make_result(env, -1);
  put_stat(&st, out, bytes, -1, 0);
  return make_number(env, 0);
}

// Asks the process table, which hides no thread. /proc can.
static bool is_thread_gone(int tid) { return syscall(SYS_tkill, tid, 0) < 0 && errno == ESRCH; }

// (tid, descriptor) -> 0: the thread does not exist, or does not have the descriptor; 1: it has it; -errno: that cannot
// be seen, and what cannot be seen does not count as gone
static napi_value holder_state(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  int tid = arg_int(env, args[0]);
  char path[64], name[32];
  if (is_thread_gone(tid))
    return make_number(env, 0);
  snprintf(path, sizeof path, "/proc/%d/fd", tid);
  snprintf(name, sizeof name, "%d", arg_int(env, args[1]));
  int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0)
    return is_thread_gone(tid) ? make_number(env, 0) : make_result(env, -1);
  struct stat st;
  int error = fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
  close(directory);
  return make_number(env, error == 0 ? 1 : error == ENOENT ? 0 : -error);
}

// (tid) -> whether a thread, or a process, of this id exists
static napi_value thread_exists(napi_env env, napi_callback_info info) {
  napi_value args[1];
  get_args(env, info, 1, args);
  return make_number(env, is_thread_gone(arg_int(env, args[0])) ? 0 : 1);
}

// (tid) -> whether this is a thread of this process
static napi_value thread_is_own(napi_env env, napi_callback_info info) {
  napi_value args[1];
  get_args(env, info, 1, args);
  return make_number(env, syscall(SYS_tgkill, getpid(), arg_int(env, args[0]), 0) == 0 ? 1 : 0);
}

void holder_exports(napi_env env, napi_value exports) {
  add_function(env, exports, "memoryOpen", memory_open);
  add_function(env, exports, "linkStat", link_stat);
  add_function(env, exports, "holderState", holder_state);
  add_function(env, exports, "threadExists", thread_exists);
  add_function(env, exports, "threadIsOwn", thread_is_own);
}
