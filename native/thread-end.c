// Whether a thread of any process has executed its last instruction, which /proc says.
#include "native.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum state { GONE, RUNNING, UNKNOWN };

// PF_EXITING of the kernel's task flags: the thread is on its way out and never comes back to user space.
enum { EXITING = 0x4 };

// The fields stand behind the last parenthesis, because a program can give itself a name with parentheses: state,
// ppid, pgrp, session, tty_nr, tpgid, flags. Waiting for state Z is not needed and takes milliseconds: the last thread
// of a process that leaves has to give back all its memory before.
static enum state state_of(int pid, int tid) {
  char path[64], text[512], state;
  unsigned flags;
  snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT && access("/proc/self/stat", F_OK) == 0 ? GONE : UNKNOWN;
  ssize_t length = read(fd, text, sizeof text - 1);
  int error = errno;
  close(fd);
  if (length <= 0)
    return error == ESRCH ? GONE : UNKNOWN;
  text[length] = '\0';
  const char *end = strrchr(text, ')');
  if (end == NULL || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
    return UNKNOWN;
  return state == 'Z' || state == 'X' || (flags & EXITING) != 0 ? GONE : RUNNING;
}

static void pause_ns(long ns) {
  struct timespec time = {ns / 1000000000, ns % 1000000000};
  nanosleep(&time, NULL);
}

// (pid, tid, boundMs, blindMs): returns when the thread has executed its last instruction, at the latest after boundMs;
// after blindMs where /proc does not say
static napi_value thread_await_end(napi_env env, napi_callback_info info) {
  napi_value args[4];
  get_args(env, info, 4, args);
  int pid = arg_int(env, args[0]), tid = arg_int(env, args[1]);
  double left_ns = arg_number(env, args[2]) * 1e6;
  for (long step = 10000; left_ns > 0; step = step < 1000000 ? step * 2 : step) {
    switch (state_of(pid, tid)) {
      case GONE:
        return make_number(env, 0);
      case UNKNOWN:
        pause_ns((long)(arg_number(env, args[3]) * 1e6));
        return make_number(env, 0);
      case RUNNING:
        pause_ns(step);
        left_ns -= step;
    }
  }
  return make_number(env, 0);
}

void thread_end_exports(napi_env env, napi_value exports) {
  add_function(env, exports, "threadAwaitEnd", thread_await_end);
}
