// Stores through read-only views: absorbed, counted and reported instead of killing the process. See fault.c.
#pragma once

#include <node_api.h>
#include <stddef.h>

enum { FAULT_MAX_VIEWS = 65536 }; // in a process; as many mappings as the default vm.max_map_count allows

// Installs the handlers, once in a process; any thread. fault_register calls it. 0 or an errno.
int fault_init(void);

// For each napi_env; adds
//
//   setFaultCallback(callback: (address, regionBase, offsetBytes, stores, exact) => void): number
//   takeFaults(): [address, regionBase, offsetBytes, stores, exact][]
//
// The callback runs on the event loop's next turn after a store, once for each view, with the first address stored to.
// What it throws becomes an uncaught exception. exact is false if there may have been more stores than were counted.
// takeFaults is for code that cannot wait for that turn, such as an exit listener. It puts the views right at once and
// answers what the callback would have been told; the callback is then not called for it.
napi_value fault_exports(napi_env env, napi_value exports);

// base: one MAP_SHARED, PROT_READ mapping, page-aligned. Called on the JavaScript thread of env, after fault_exports.
// 0, or an errno: ENOSPC with FAULT_MAX_VIEWS views, EINVAL for an env that is ending.
int fault_register(napi_env env, void *base, size_t length);

// Called before munmap, with what was registered; any thread. Puts the shared pages back. Stores not yet reported will
// still be reported.
void fault_unregister(void *base, size_t length);
