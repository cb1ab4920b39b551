// The flock of a file: opening it for one thread, taking it within a time, giving it back.
#include "native.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

static void close_lock(void *data) { close((int)(intptr_t)data); }

// (directory, name) -> fd of the lock file, for this thread only. It is closed when the thread's environment ends, in
// whatever way. So a worker that is terminated inside the lock cannot keep the whole namespace.
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

// (fd): closes a descriptor of lock_open before the thread ends
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

// A program that knows nothing of the lock can have emptied the directory that it protects.
typedef struct {
  int directory; // below 0: nothing to compare
  char stamp[NAME_MAX + 1], known[256], canary[NAME_MAX + 1];
} place;

enum { AS_KNOWN = 0, CHANGED = 1 };

static int check_place(const place *p) {
  char target[sizeof p->known];
  struct stat s;
  if (p->directory < 0)
    return AS_KNOWN;
  ssize_t length = readlinkat(p->directory, p->stamp, target, sizeof target);
  if (length < 0 || (size_t)length != strlen(p->known) || memcmp(target, p->known, (size_t)length) != 0)
    return CHANGED;
  if (p->canary[0] != 0 && fstatat(p->directory, p->canary, &s, AT_SYMLINK_NOFOLLOW) < 0)
    return CHANGED;
  return AS_KNOWN;
}

// The lock of a removed file does not exclude threads that come later, so it is given back.
static int check_linked(int fd, const place *p) {
  struct stat s;
  if (fstat(fd, &s) == 0 && s.st_nlink > 0)
    return check_place(p);
  flock(fd, LOCK_UN);
  return -ESTALE;
}

// (fd, operation, timeoutMs, directory, stamp, known, canary) -> 0: locked; 1: locked, but the link `stamp` in the
// directory (below 0: none) does not say `known`, or the link `canary` is missing; -EWOULDBLOCK: not in time; -ESTALE:
// the file has been removed. flock does not have a time-out, so it is tried again and again, ever more slowly.
static napi_value lock_take(napi_env env, napi_callback_info info) {
  napi_value args[7];
  get_args(env, info, 7, args);
  int fd = arg_int(env, args[0]);
  place p = {.directory = arg_int(env, args[3])};
  if (p.directory >= 0 &&
      !(arg_string(env, args[4], p.stamp, sizeof p.stamp) && arg_string(env, args[5], p.known, sizeof p.known) &&
        arg_string(env, args[6], p.canary, sizeof p.canary)))
    return make_number(env, -ENAMETOOLONG);
  int operation = arg_int(env, args[1]) | LOCK_NB;
  if (flock(fd, operation) == 0)
    return make_number(env, check_linked(fd, &p));
  double deadline = now_ms() + arg_number(env, args[2]);
  long pause_ns = 5000;
  while (errno == EWOULDBLOCK || errno == EINTR) {
    if (now_ms() >= deadline)
      return make_number(env, -EWOULDBLOCK);
    struct timespec pause = {0, pause_ns};
    nanosleep(&pause, NULL);
    pause_ns = pause_ns < 200000 ? pause_ns * 2 : pause_ns;
    if (flock(fd, operation) == 0)
      return make_number(env, check_linked(fd, &p));
  }
  return make_result(env, -1);
}

static napi_value lock_release(napi_env env, napi_callback_info info) {
  napi_value args[1];
  get_args(env, info, 1, args);
  return make_result(env, flock(arg_int(env, args[0]), LOCK_UN));
}

void lock_exports(napi_env env, napi_value exports) {
  add_function(env, exports, "lockOpen", lock_open);
  add_function(env, exports, "lockClose", lock_close);
  add_function(env, exports, "lockTake", lock_take);
  add_function(env, exports, "lockRelease", lock_release);
}
