// Calls on directories and descriptors: opening, status, reading, writing, closing. It does not know what the names
// mean.
#include "native.h"

#include <fcntl.h>

static uint64_t nanoseconds(struct timespec t) { return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec; }

void put_stat(const struct stat *st, uint64_t *out, size_t bytes, int seals, size_t header_bytes) {
  const uint64_t fields[STAT_FIELDS] = {
      st->st_dev,  st->st_ino,   (uint64_t)st->st_size,           st->st_mode,
      st->st_uid,  st->st_nlink, seals < 0 ? 0 : (uint64_t)seals, nanoseconds(st->st_ctim),
      header_bytes};
  for (size_t i = 0; i < bytes / sizeof *out && i < STAT_FIELDS; i++)
    out[i] = fields[i];
}

// (path, create) -> fd of a directory that is not a symbolic link; made with mode 0700 if it is missing and create is 1
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

// (fd, mode) -> 0
static napi_value directory_mode(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  return make_result(env, fchmod(arg_int(env, args[0]), (mode_t)arg_int(env, args[1])));
}

// (fd, out) -> 0
static napi_value descriptor_stat(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  size_t bytes = 0;
  uint64_t *out = arg_bytes(env, args[1], &bytes);
  struct stat st;
  if (fstat(arg_int(env, args[0]), &st) < 0)
    return make_result(env, -1);
  put_stat(&st, out, bytes, -1, 0);
  return make_number(env, 0);
}

// (fd, bytes: Uint8Array, offset) -> bytes read
static napi_value descriptor_read(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  size_t bytes = 0;
  void *out = arg_bytes(env, args[1], &bytes);
  return make_result(env, pread(arg_int(env, args[0]), out, bytes, (off_t)arg_number(env, args[2])));
}

// (fd, bytes: Uint8Array, offset) -> bytes written
static napi_value descriptor_write(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  size_t bytes = 0;
  const void *from = arg_bytes(env, args[1], &bytes);
  return make_result(env, pwrite(arg_int(env, args[0]), from, bytes, (off_t)arg_number(env, args[2])));
}

static napi_value descriptor_close(napi_env env, napi_callback_info info) {
  napi_value args[1];
  get_args(env, info, 1, args);
  return make_result(env, close(arg_int(env, args[0])));
}

void directory_exports(napi_env env, napi_value exports) {
  add_function(env, exports, "directoryOpen", directory_open);
  add_function(env, exports, "directoryMode", directory_mode);
  add_function(env, exports, "descriptorStat", descriptor_stat);
  add_function(env, exports, "descriptorRead", descriptor_read);
  add_function(env, exports, "descriptorWrite", descriptor_write);
  add_function(env, exports, "descriptorClose", descriptor_close);
}
