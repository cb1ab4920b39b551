// Between JavaScript and C: arguments out of a call, results back into it, functions into the exports.
#include "native.h"

double arg_number(napi_env env, napi_value value) {
  double out = 0;
  napi_get_value_double(env, value, &out);
  return out;
}

int arg_int(napi_env env, napi_value value) {
  int32_t out = 0;
  napi_get_value_int32(env, value, &out);
  return out;
}

bool arg_string(napi_env env, napi_value value, char *out, size_t size) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok || length >= size)
    return false;
  return napi_get_value_string_utf8(env, value, out, size, &length) == napi_ok;
}

void *arg_bytes(napi_env env, napi_value value, size_t *length) {
  void *data = NULL;
  bool is = false;
  *length = 0;
  if (napi_is_typedarray(env, value, &is) == napi_ok && is) {
    napi_typedarray_type type;
    size_t count = 0;
    if (napi_get_typedarray_info(env, value, &type, &count, &data, NULL, NULL) != napi_ok)
      return NULL;
    static const uint8_t widths[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
    *length = count * (type < sizeof widths ? widths[type] : 1);
    return data;
  }
  if (napi_is_arraybuffer(env, value, &is) == napi_ok && is &&
      napi_get_arraybuffer_info(env, value, &data, length) == napi_ok)
    return data;
  return NULL;
}

napi_value make_number(napi_env env, double value) {
  napi_value out;
  napi_create_double(env, value, &out);
  return out;
}

napi_value make_result(napi_env env, long result) {
  napi_value out;
  napi_create_int64(env, result == -1 ? -errno : result, &out);
  return out;
}

void get_args(napi_env env, napi_callback_info info, size_t count, napi_value *args) {
  size_t given = count;
  napi_get_cb_info(env, info, &given, args, NULL, NULL);
}

void add_function(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value);
  napi_set_named_property(env, exports, name, value);
}
