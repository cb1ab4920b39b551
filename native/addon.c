// The addon's entry point: every file's exports. The addon makes system calls and does not know names, handles or
// object types.
#include "native.h"

#include "fault.h"

NAPI_MODULE_INIT() {
  memory_exports(env, exports);
  directory_exports(env, exports);
  lock_exports(env, exports);
  link_exports(env, exports);
  holder_exports(env, exports);
  futex_exports(env, exports);
  companion_exports(env, exports);
  thread_end_exports(env, exports);
  process_exports(env, exports);
  fault_exports(env, exports);
  return exports;
}
