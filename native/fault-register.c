// Making a read-only mapping a view whose faults are caught, and ending that.
#include "native.h"

#include "fault-decoys.h"
#include "fault-views.h"

int fault_register(napi_env env, void *base, size_t length) {
  int error = fault_init();
  if (error != 0)
    return error;
  sigset_t before = fault_enter();
  fault_env *owner = fault_find_env(env);
  view *v = fault_free_slot();
  if (owner == NULL || v == NULL) {
    fault_leave(before);
    return owner == NULL ? EINVAL : ENOSPC;
  }
  v->owner = owner;
  __atomic_store_n(&v->base, (uintptr_t)base, __ATOMIC_RELAXED);
  __atomic_store_n(&v->length, length, __ATOMIC_RELEASE);
  if (v == fault_views + fault_views_used)
    __atomic_store_n(&fault_views_used, fault_views_used + 1, __ATOMIC_RELEASE);
  fault_leave(before);
  return 0;
}

void fault_unregister(void *base, size_t length) {
  sigset_t before = fault_enter();
  view *v = fault_find_view((uintptr_t)base);
  if (v != NULL && v->base == (uintptr_t)base && v->length == length) {
    decoys_forget(v->owner, v);
    __atomic_store_n(&v->length, 0, __ATOMIC_RELEASE);
    if (v->owner == &fault_orphans)
      v->stores = 0;
    fault_view_freed(v);
  }
  fault_leave(before);
}
