// Telling JavaScript of stores through read-only views: the JavaScript threads that own views, their turns and ends.
#include "native.h"

#include <stdlib.h>

#include "fault-decoys.h"
#include "fault-views.h"

typedef struct {
  uintptr_t address;
  uintptr_t base;
  uint64_t stores;
  bool exact;
} report;

static void end_turn(fault_env *owner) {
  sigset_t before = fault_enter();
  decoys_take_away(owner, NULL);
  owner->told = false;
  owner->stepping = false;
  owner->steps = 0;
  decoys_refill_reserve();
  fault_leave(before);
  uv_unref((uv_handle_t *)&owner->wake);
}

// Finds the next view at or behind *at with unreported stores.
static bool take_report(const fault_env *owner, size_t *at, report *out) {
  sigset_t before = fault_enter();
  while (*at < fault_views_used && !(fault_views[*at].owner == owner && fault_views[*at].stores != 0))
    ++*at;
  bool found = *at < fault_views_used;
  if (found) {
    view *v = &fault_views[(*at)++];
    *out = (report){v->first, v->base, v->stores, v->exact};
    v->stores = 0;
    fault_view_freed(v);
  }
  fault_leave(before);
  return found;
}

enum { REPORT_VALUES = 5 };

static void report_values(napi_env env, const report *r, napi_value *values) {
  values[0] = make_number(env, (double)r->address);
  values[1] = make_number(env, (double)r->base);
  values[2] = make_number(env, (double)(r->address - r->base));
  values[3] = make_number(env, (double)r->stores);
  napi_get_boolean(env, r->exact, &values[4]);
}

// Nobody could catch what the callback throws, so it goes where an error thrown in a timer goes. False if JavaScript
// has ended.
static bool call_back(fault_env *owner, const report *r) {
  napi_env env = owner->env;
  napi_value global, callback, result, error, values[REPORT_VALUES];
  bool thrown = false;
  napi_get_global(env, &global);
  napi_get_reference_value(env, owner->callback, &callback);
  report_values(env, r, values);
  napi_status status = napi_make_callback(env, NULL, global, callback, REPORT_VALUES, values, &result);
  if (status == napi_ok)
    return true;
  if (napi_is_exception_pending(env, &thrown) != napi_ok || !thrown)
    return false;
  return napi_get_and_clear_last_exception(env, &error) == napi_ok && napi_fatal_exception(env, error) == napi_ok;
}

static void on_wake(uv_async_t *wake) {
  fault_env *owner = wake->data;
  napi_handle_scope scope;
  size_t at = 0;
  report next;
  end_turn(owner);
  if (owner->callback == NULL || napi_open_handle_scope(owner->env, &scope) != napi_ok)
    return; // setFaultCallback or takeFaults will ask
  while (take_report(owner, &at, &next) && call_back(owner, &next)) {
  }
  napi_close_handle_scope(owner->env, scope);
}

static fault_env *env_of(napi_env env) {
  sigset_t before = fault_enter();
  fault_env *owner = fault_find_env(env);
  fault_leave(before);
  return owner;
}

static napi_value set_fault_callback(napi_env env, napi_callback_info info) {
  napi_value callback;
  napi_valuetype type;
  get_args(env, info, 1, &callback);
  fault_env *owner = env_of(env);
  if (owner == NULL || napi_typeof(env, callback, &type) != napi_ok || type != napi_function)
    return make_number(env, -EINVAL);
  if (owner->callback != NULL)
    napi_delete_reference(env, owner->callback);
  napi_create_reference(env, callback, 1, &owner->callback);
  uv_async_send(&owner->wake);
  return make_number(env, 0);
}

static napi_value take_faults(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value list, entry, values[REPORT_VALUES];
  size_t at = 0;
  uint32_t count = 0;
  report next;
  napi_create_array(env, &list);
  fault_env *owner = env_of(env);
  if (owner == NULL)
    return list;
  end_turn(owner);
  while (take_report(owner, &at, &next)) {
    report_values(env, &next, values);
    napi_create_array(env, &entry);
    for (uint32_t i = 0; i < REPORT_VALUES; i++)
      napi_set_element(env, entry, i, values[i]);
    napi_set_element(env, list, count++, entry);
  }
  return list;
}

static void free_env(uv_handle_t *wake) {
  fault_env *owner = wake->data;
  napi_async_cleanup_hook_handle hook = owner->hook;
  free(owner);
  if (hook != NULL)
    napi_remove_async_cleanup_hook(hook);
}

static void orphan_views(const fault_env *owner) {
  for (view *v = fault_views; v < fault_views + fault_views_used; v++) {
    if (v->owner != owner)
      continue;
    v->owner = &fault_orphans;
    v->stores = 0;
    fault_view_freed(v);
  }
}

static void on_env_cleanup(napi_async_cleanup_hook_handle hook, void *data) {
  fault_env *owner = data;
  owner->hook = hook;
  sigset_t before = fault_enter();
  decoys_forget(owner, NULL);
  orphan_views(owner);
  fault_env **at = &fault_envs;
  while (*at != owner)
    at = &(*at)->next;
  *at = owner->next;
  fault_leave(before);
  uv_close((uv_handle_t *)&owner->wake, free_env);
}

static bool start_env(napi_env env) {
  uv_loop_t *loop;
  fault_env *owner = calloc(1, sizeof *owner);
  if (owner == NULL || napi_get_uv_event_loop(env, &loop) != napi_ok ||
      uv_async_init(loop, &owner->wake, on_wake) != 0) {
    free(owner);
    return false;
  }
  uv_unref((uv_handle_t *)&owner->wake);
  owner->wake.data = owner;
  owner->env = env;
  owner->thread = fault_this_thread();
  sigset_t before = fault_enter();
  owner->next = fault_envs;
  fault_envs = owner;
  fault_leave(before);
  napi_add_async_cleanup_hook(env, on_env_cleanup, owner, &owner->hook);
  return true;
}

napi_value fault_exports(napi_env env, napi_value exports) {
  if (start_env(env)) {
    add_function(env, exports, "setFaultCallback", set_fault_callback);
    add_function(env, exports, "takeFaults", take_faults);
  }
  return exports;
}
