// Symbolic links in a directory: reading, making, renaming and removing them.
#include "native.h"

#include <limits.h>
#include <stdio.h>

enum { TARGET_BYTES = 256 };

// (directory, name) -> target string, or -errno
static napi_value link_read(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  char name[NAME_MAX + 1], target[TARGET_BYTES];
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
  char target[TARGET_BYTES], name[NAME_MAX + 1];
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

// (directory, base, first) -> the targets of base~first, base~first+1, ... up to the first that is missing
static napi_value links_read(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  char base[NAME_MAX + 1], name[NAME_MAX + 32], target[TARGET_BYTES];
  if (!arg_string(env, args[1], base, sizeof base))
    return make_number(env, -ENAMETOOLONG);
  int directory = arg_int(env, args[0]), first = arg_int(env, args[2]);
  napi_value out, text;
  napi_create_array(env, &out);
  for (uint32_t i = 0;; i++) {
    snprintf(name, sizeof name, "%s~%u", base, (unsigned)first + i);
    ssize_t length = readlinkat(directory, name, target, sizeof target);
    if (length < 0)
      return out;
    napi_create_string_utf8(env, target, (size_t)length, &text);
    napi_set_element(env, out, i, text);
  }
}

// (target, directory, base, slot) -> the slot taken: the first free one from `slot` on
static napi_value link_append(napi_env env, napi_callback_info info) {
  napi_value args[4];
  get_args(env, info, 4, args);
  char target[TARGET_BYTES], base[NAME_MAX + 1], name[NAME_MAX + 32], there[TARGET_BYTES];
  if (!arg_string(env, args[0], target, sizeof target) || !arg_string(env, args[2], base, sizeof base))
    return make_number(env, -ENAMETOOLONG);
  int directory = arg_int(env, args[1]), slot = arg_int(env, args[3]);
  for (;; slot++) {
    snprintf(name, sizeof name, "%s~%d", base, slot);
    if (symlinkat(target, directory, name) == 0)
      return make_number(env, slot);
    if (errno != EEXIST)
      return make_result(env, -1);
    if (readlinkat(directory, name, there, sizeof there) < 0)
      return make_number(env, -EEXIST); // not a link: a name that cannot be linked cannot be shared
  }
}

void link_exports(napi_env env, napi_value exports) {
  add_function(env, exports, "linkRead", link_read);
  add_function(env, exports, "linksRead", links_read);
  add_function(env, exports, "linkCreate", link_create);
  add_function(env, exports, "linkAppend", link_append);
  add_function(env, exports, "linkRename", link_rename);
  add_function(env, exports, "linkRemove", link_remove);
}
