// What the files of the addon share: argument helpers (args.c), facts, and each file's export function.
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

// An exported function answers a number: >= 0 a result, < 0 a negated errno. Some answer a string, an array or an
// ArrayBuffer as the result.

double arg_number(napi_env env, napi_value value);
int arg_int(napi_env env, napi_value value);
// Copies at most size - 1 bytes of UTF-8; false if the value does not fit or is not a string.
bool arg_string(napi_env env, napi_value value, char *out, size_t size);
// Address and byte length of a typed array or ArrayBuffer; NULL if it is neither.
void *arg_bytes(napi_env env, napi_value value, size_t *length);
napi_value make_number(napi_env env, double value);
napi_value make_result(napi_env env, long result); // -1 becomes -errno

// Reads up to count arguments; missing ones are undefined.
void get_args(napi_env env, napi_callback_info info, size_t count, napi_value *args);

void add_function(napi_env env, napi_value exports, const char *name, napi_callback function);

static inline size_t page_bytes(void) { return (size_t)getpagesize(); }

enum { PATH_BYTES = 4096, STAT_FIELDS = 9 };

// Fills a BigUint64Array as StatField of src/native/load.ts says. Where the caller does not know seals or header bytes,
// it gives -1 and 0.
void put_stat(const struct stat *st, uint64_t *out, size_t bytes, int seals, size_t header_bytes);

// Writes a descriptor + 1 into the process block's word at this byte offset; below 0: nowhere. Done in C, because
// JavaScript can be terminated between the open and the note.
void note_unheld(double offset, int fd);

void memory_exports(napi_env env, napi_value exports);
void directory_exports(napi_env env, napi_value exports);
void lock_exports(napi_env env, napi_value exports);
void link_exports(napi_env env, napi_value exports);
void holder_exports(napi_env env, napi_value exports);
void futex_exports(napi_env env, napi_value exports);
void companion_exports(napi_env env, napi_value exports);
void thread_end_exports(napi_env env, napi_value exports);
void process_exports(napi_env env, napi_value exports);
