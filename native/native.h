// What the files of the addon share: argument helpers and the export functions, one a file.
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

// Every exported function answers a number: >= 0 a result, < 0 a negated errno.

double arg_number(napi_env env, napi_value value);
int arg_int(napi_env env, napi_value value);
// Copies at most size - 1 bytes of UTF-8; false if it did not fit or is no string.
bool arg_string(napi_env env, napi_value value, char *out, size_t size);
// Address and byte length of a typed array or ArrayBuffer; NULL if it is neither.
void *arg_bytes(napi_env env, napi_value value, size_t *length);
napi_value make_number(napi_env env, double value);
napi_value make_result(napi_env env, long result); // -1 becomes -errno

// Reads up to count arguments; missing ones are undefined.
void get_args(napi_env env, napi_callback_info info, size_t count, napi_value *args);

void add_function(napi_env env, napi_value exports, const char *name, napi_callback function);

void memory_exports(napi_env env, napi_value exports);
void directory_exports(napi_env env, napi_value exports);
void futex_exports(napi_env env, napi_value exports);
void companion_exports(napi_env env, napi_value exports);
void thread_end_exports(napi_env env, napi_value exports);
void process_exports(napi_env env, napi_value exports);
