// Stores through read-only views: absorbed, counted and reported instead of killing the process. See fault.c.
#pragma once

#include <node_api.h>
#include <stddef.h>

enum { FAULT_MAX_VIEWS = 65536 }; // a process; as many mappings as the default vm.max_map_count allows

// Installs the handlers. Once a process, from any thread; fault_register does it by itself. 0 or an errno.
int fault_init(void);

// Per napi_env; adds
//   setFaultCallback(callback: (address, regionBase, offsetBytes, stores, exact) => void): number
//   takeFaults(): [address, regionBase, offsetBytes, stores, exact][]
// The callback runs on the event loop's next turn after a store, once a view, with the first address stored to. What it
// throws becomes an uncaught exception. exact is false if there may have been more stores than were counted.
// takeFaults is for code that cannot wait for that turn (a close, a blocking wait's slice, process.on("exit")): it puts
// the views right now and answers what the callback would have been told, which it then is not.
napi_value fault_exports(napi_env env, napi_value exports);

// base: one MAP_SHARED, PROT_READ mapping, page-aligned. JavaScript thread of env, after fault_exports.
// 0, or an errno: ENOSPC with FAULT_MAX_VIEWS views, EINVAL for an env that is ending.
int fault_register(napi_env env, void *base, size_t length);

// Before munmap, with what was registered; any thread. Puts the shared pages back. Stores not yet reported still will be.
void fault_unregister(void *base, size_t length);
