// Calls on directories, links and descriptors: opening, locking, reading; no idea of what the names mean.
#include "native.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef F_GET_SEALS
#define F_GET_SEALS 1034
#endif

enum { PATH_BYTES = 4096 };

// Fills [dev, ino, size, mode, uid, nlink, seals]
static void put_stat(const struct stat *st, double *out, size_t count, double seals) {
  const double fields[] = {(double)st->st_dev,
                           (double)st->st_ino,
                           (double)st->st_size,
                           (double)st->st_mode,
                           (double)st->st_uid,
                           (double)st->st_nlink,
                           seals};
  for (size_t i = 0; i < count && i < sizeof fields / sizeof *fields; i++)
    out[i] = fields[i];
}

// (path, create) -> fd of a directory that is no symbolic link; made with mode 0700 when asked for and missing
static napi_value directory_open(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  char path[PATH_BYTES];
  if (!arg_string(env, args[0], path, sizeof path))
    return make_number(env, -ENAMETOOLONG);
  if (arg_int(env, args[1]) != 0 && mkdir(path, 0700) < 0 && errno != EEXIST)
    return make_result(env, -1);
  return make_result(env, open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// (fd, out: Float64Array) -> 0; out gets [dev, ino, size, mode, uid, nlink, seals]
static napi_value descriptor_stat(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  size_t bytes = 0;
  double *out = arg_bytes(env, args[1], &bytes);
  struct stat st;
  if (fstat(arg_int(env, args[0]), &st) < 0)
    return make_result(env, -1);
  put_stat(&st, out, bytes / sizeof *out, -1);
  return make_number(env, 0);
}

static void close_lock(void *data) { close((int)(intptr_t)data); }

// (directory, name) -> fd of a lock file of this thread's own. It is closed when the thread's environment ends, however it
// ends, so that a worker terminated inside the lock cannot keep the whole namespace.
static napi_value lock_open(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  char name[NAME_MAX + 1];
  if (!arg_string(env, args[1], name, sizeof name))
    return make_number(env, -ENAMETOOLONG);
  int fd = openat(arg_int(env, args[0]), name, O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd >= 0)
    napi_add_env_cleanup_hook(env, close_lock, (void *)(intptr_t)fd);
  return make_result(env, fd);
}

// (fd): closes a descriptor of lock_open before the thread's end
static napi_value lock_close(napi_env env, napi_callback_info info) {
  napi_value args[1];
  get_args(env, info, 1, args);
  int fd = arg_int(env, args[0]);
  napi_remove_env_cleanup_hook(env, close_lock, (void *)(intptr_t)fd);
  return make_result(env, close(fd));
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

// A lock on a file that was removed meanwhile excludes nobody who comes later: it is given back.
static int check_linked(int fd) {
  struct stat s;
  if (fstat(fd, &s) == 0 && s.st_nlink > 0)
    return 0;
  flock(fd, LOCK_UN);
  return -ESTALE;
}

// (fd, operation, timeoutMs) -> 0, -EWOULDBLOCK, or -ESTALE when the file has no name any more. flock has no time-out of its own,
// so it is asked again, ever more slowly.
static napi_value lock_take(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  int fd = arg_int(env, args[0]);
  int operation = arg_int(env, args[1]) | LOCK_NB;
  if (flock(fd, operation) == 0)
    return make_number(env, check_linked(fd));
  double deadline = now_ms() + arg_number(env, args[2]);
  long pause_ns = 5000;
  while (errno == EWOULDBLOCK || errno == EINTR) {
    if (now_ms() >= deadline)
      return make_number(env, -EWOULDBLOCK);
    struct timespec pause = {0, pause_ns};
    nanosleep(&pause, NULL);
    pause_ns = pause_ns < 200000 ? pause_ns * 2 : pause_ns;
    if (flock(fd, operation) == 0)
      return make_number(env, check_linked(fd));
  }
  return make_result(env, -1);
}

static napi_value lock_release(napi_env env, napi_callback_info info) {
  napi_value args[1];
  get_args(env, info, 1, args);
  return make_result(env, flock(arg_int(env, args[0]), LOCK_UN));
}

// (directory, name) -> target string, or -errno
static napi_value link_read(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  char name[NAME_MAX + 1], target[256];
  if (!arg_string(env, args[1], name, sizeof name))
    return make_number(env, -ENAMETOOLONG);
  ssize_t length = readlinkat(arg_int(env, args[0]), name, target, sizeof target);
  if (length < 0)
    return make_result(env, -1);
  napi_value out;
  napi_create_string_utf8(env, target, (size_t)length, &out);
  return out;
}

// (target, directory, name)
static napi_value link_create(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  char target[256], name[NAME_MAX + 1];
  if (!arg_string(env, args[0], target, sizeof target) || !arg_string(env, args[2], name, sizeof name))
    return make_number(env, -ENAMETOOLONG);
  return make_result(env, symlinkat(target, arg_int(env, args[1]), name));
}

// (directory, from, to): replaces `to`
static napi_value link_rename(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  char from[NAME_MAX + 1], to[NAME_MAX + 1];
  if (!arg_string(env, args[1], from, sizeof from) || !arg_string(env, args[2], to, sizeof to))
    return make_number(env, -ENAMETOOLONG);
  int directory = arg_int(env, args[0]);
  return make_result(env, renameat(directory, from, directory, to));
}

static napi_value link_remove(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  char name[NAME_MAX + 1];
  if (!arg_string(env, args[1], name, sizeof name))
    return make_number(env, -ENAMETOOLONG);
  return make_result(env, unlinkat(arg_int(env, args[0]), name, 0));
}

// (directory, name, out: Float64Array) -> 0; the status of what the link leads to
static napi_value link_stat(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  char name[NAME_MAX + 1];
  size_t bytes = 0;
  double *out = arg_bytes(env, args[2], &bytes);
  struct stat st;
  if (!arg_string(env, args[1], name, sizeof name))
    return make_number(env, -ENAMETOOLONG);
  if (fstatat(arg_int(env, args[0]), name, &st, 0) < 0)
    return make_result(env, -1);
  put_stat(&st, out, bytes / sizeof *out, -1);
  return make_number(env, 0);
}

// (directory or -100, path, out: Float64Array) -> a read-write fd of a regular file; out gets its status and seals. The path
// is first opened without any effect on what it names, for it may meanwhile lead to somebody's terminal or pipe.
static napi_value memory_open(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  char path[PATH_BYTES], again[64];
  size_t bytes = 0;
  double *out = arg_bytes(env, args[2], &bytes);
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
  if (error != 0)
    return make_number(env, -error);
  put_stat(&st, out, bytes / sizeof *out, fcntl(fd, F_GET_SEALS));
  return make_number(env, fd);
}

// (fd, bytes: Uint8Array, offset) -> bytes read
static napi_value descriptor_read(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  size_t bytes = 0;
  void *out = arg_bytes(env, args[1], &bytes);
  return make_result(env, pread(arg_int(env, args[0]), out, bytes, (off_t)arg_number(env, args[2])));
}

static napi_value descriptor_close(napi_env env, napi_callback_info info) {
  napi_value args[1];
  get_args(env, info, 1, args);
  return make_result(env, close(arg_int(env, args[0])));
}

void directory_exports(napi_env env, napi_value exports) {
  add_function(env, exports, "directoryOpen", directory_open);
  add_function(env, exports, "descriptorStat", descriptor_stat);
  add_function(env, exports, "descriptorRead", descriptor_read);
  add_function(env, exports, "descriptorClose", descriptor_close);
  add_function(env, exports, "lockOpen", lock_open);
  add_function(env, exports, "lockClose", lock_close);
  add_function(env, exports, "lockTake", lock_take);
  add_function(env, exports, "lockRelease", lock_release);
  add_function(env, exports, "linkRead", link_read);
  add_function(env, exports, "linkCreate", link_create);
  add_function(env, exports, "linkRename", link_rename);
  add_function(env, exports, "linkRemove", link_remove);
  add_function(env, exports, "linkStat", link_stat);
  add_function(env, exports, "memoryOpen", memory_open);
}
