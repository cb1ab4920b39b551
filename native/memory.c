// Anonymous shared memory: making a sealed memfd, mapping it as an ArrayBuffer, detaching and unmapping that.
#include "native.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

enum { HUGE_PAGE = 2 << 20 };

typedef struct {
  void *base;
  size_t length;
  bool mapped;
  bool read_only;
  bool handed_over; // to a buffer, whose finalizer unmaps and frees
  bool finalized;   // before it was handed over: some versions of Node call the finalizer although they make no buffer
} mapping;

static int make_memfd(const char *name) {
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) // before Linux 6.3
    fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return fd;
}

static int populate_huge(int fd, size_t total) {
  void *base = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED)
    return -1;
  madvise(base, total, MADV_HUGEPAGE);
  int result = madvise(base, total, MADV_POPULATE_WRITE);
  int error = errno;
  munmap(base, total);
  errno = error;
  return result;
}

// (name, totalBytes, backedBytes, header: Uint8Array, hugePages, unheldOffset) -> fd. The first backedBytes get memory
// now, so that a full machine is an error here and not a SIGBUS at the first touch. The rest of totalBytes is address
// space. RLIMIT_FSIZE counts memfds too; Node ignores its signal, so it becomes the error EFBIG.
static napi_value memory_create(napi_env env, napi_callback_info info) {
  napi_value args[6];
  get_args(env, info, 6, args);
  char name[300];
  size_t header_bytes = 0;
  if (!arg_string(env, args[0], name, sizeof name))
    return make_number(env, -ENAMETOOLONG);
  off_t total = (off_t)arg_number(env, args[1]);
  off_t backed = (off_t)arg_number(env, args[2]);
  void *header = arg_bytes(env, args[3], &header_bytes);
  int fd = make_memfd(name);
  if (fd < 0)
    return make_result(env, -1);
  bool good = backed == total || ftruncate(fd, total) == 0;
  if (good && arg_int(env, args[4]) != 0) {
    good = ftruncate(fd, total) == 0;
    if (good)
      (void)!populate_huge(fd, (size_t)total); // best effort; fallocate below decides
  }
  good = good && (backed == 0 || fallocate(fd, 0, 0, backed) == 0);
  good = good && (header_bytes == 0 || pwrite(fd, header, header_bytes, 0) == (ssize_t)header_bytes);
  good = good && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0;
  if (!good) {
    int error = errno;
    close(fd);
    return make_number(env, -error);
  }
  note_unheld(arg_number(env, args[5]), fd);
  return make_number(env, fd);
}

// (fd, offset, length): gives memory to a part of a file that has a hole there
static napi_value memory_back(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  return make_result(
      env, fallocate(arg_int(env, args[0]), 0, (off_t)arg_number(env, args[1]), (off_t)arg_number(env, args[2])));
}

static void unmap_now(mapping *map) {
  if (!map->mapped)
    return;
  if (map->read_only)
    fault_unregister(map->base, map->length);
  munmap(map->base, map->length);
  map->mapped = false;
}

static void finalize_mapping(napi_env env, void *data, void *hint) {
  (void)env;
  (void)data;
  mapping *map = hint;
  if (!map->handed_over) {
    map->finalized = true;
    return;
  }
  unmap_now(map);
  free(map);
}

static size_t round_up(size_t bytes) { return (bytes + page_bytes() - 1) & ~(page_bytes() - 1); }

// A huge page can be mapped only where address and file offset agree modulo its size. mmap does not arrange that by
// itself.
static void *map_aligned(int fd, off_t offset, size_t length, int protection) {
  size_t reserve = length + HUGE_PAGE;
  char *area = mmap(NULL, reserve, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (area == MAP_FAILED)
    return MAP_FAILED;
  uintptr_t want = (uintptr_t)offset & (HUGE_PAGE - 1);
  char *at = (char *)((((uintptr_t)area - want + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1)) + want);
  void *base = mmap(at, length, protection, MAP_SHARED | MAP_FIXED, fd, offset);
  if (base == MAP_FAILED) {
    int error = errno;
    munmap(area, reserve);
    errno = error;
    return MAP_FAILED;
  }
  if (at > area)
    munmap(area, (size_t)(at - area));
  if (at + length < area + reserve)
    munmap(at + length, (size_t)(area + reserve - at - length));
  return base;
}

// (fd, offset, byteLength, writable, out: Float64Array[base, token]) -> ArrayBuffer of exactly byteLength, or -errno.
// Stores through a read-only mapping are caught (fault.c).
static napi_value memory_map(napi_env env, napi_callback_info info) {
  napi_value args[5];
  get_args(env, info, 5, args);
  int fd = arg_int(env, args[0]);
  off_t offset = (off_t)arg_number(env, args[1]);
  size_t bytes = (size_t)arg_number(env, args[2]);
  bool writable = arg_int(env, args[3]) != 0;
  size_t out_bytes = 0;
  double *out = arg_bytes(env, args[4], &out_bytes);
  if (out == NULL || out_bytes < 2 * sizeof *out || bytes == 0)
    return make_number(env, -EINVAL);
  size_t length = round_up(bytes);
  int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  mapping *map = calloc(1, sizeof *map);
  if (map == NULL)
    return make_number(env, -ENOMEM);
  void *base = length >= HUGE_PAGE ? map_aligned(fd, offset, length, protection)
                                   : mmap(NULL, length, protection, MAP_SHARED, fd, offset);
  int error = base == MAP_FAILED ? errno : 0;
  *map = (mapping){.base = base, .length = length, .mapped = error == 0};
  if (error == 0 && !writable) {
    error = fault_register(env, base, length);
    map->read_only = error == 0;
  }
  napi_value buffer = NULL;
  bool is_offered = error == 0;
  if (is_offered && napi_create_external_arraybuffer(env, base, bytes, finalize_mapping, map, &buffer) != napi_ok) {
    napi_value pending; // a length that this Node cannot hold throws; it becomes a code
    bool is_pending = false;
    if (napi_is_exception_pending(env, &is_pending) == napi_ok && is_pending)
      napi_get_and_clear_last_exception(env, &pending);
    error = EFBIG;
  }
  if (error != 0) {
    unmap_now(map);
    // If Node was offered the mapping and has not finalized it, it may still do so, and that frees it. If it does not,
    // these few bytes are lost.
    map->handed_over = true;
    if (!is_offered || map->finalized)
      free(map);
    return make_number(env, -error);
  }
  map->handed_over = true;
  out[0] = (double)(uintptr_t)base;
  out[1] = (double)(uintptr_t)map;
  return buffer;
}

// (buffer, token): detaches the buffer, so that its views have length 0, and gives the address space back
static napi_value memory_unmap(napi_env env, napi_callback_info info) {
  napi_value args[2];
  get_args(env, info, 2, args);
  mapping *map = (mapping *)(uintptr_t)arg_number(env, args[1]);
  void *data = NULL;
  size_t length = 0;
  if (map == NULL || napi_get_arraybuffer_info(env, args[0], &data, &length) != napi_ok)
    return make_number(env, -EINVAL);
  if (data == NULL || data != map->base || !map->mapped)
    return make_number(env, -EINVAL);
  // The pages stay until no view can reach them. The detach may run the finalizer, which frees the struct, so it is
  // copied first.
  mapping copy = *map;
  map->mapped = false;
  if (napi_detach_arraybuffer(env, args[0]) != napi_ok) {
    map->mapped = true;
    return make_number(env, -EPERM);
  }
  unmap_now(&copy);
  return make_number(env, 0);
}

enum { ADVISE_POPULATE_READ = 1, ADVISE_POPULATE_WRITE = 2, ADVISE_LOCK = 3 };

// (base, byteLength, kind) -> 0 or -errno. The caller must judge a refusal
static napi_value memory_advise(napi_env env, napi_callback_info info) {
  napi_value args[3];
  get_args(env, info, 3, args);
  void *base = (void *)(uintptr_t)arg_number(env, args[0]);
  size_t length = round_up((size_t)arg_number(env, args[1]));
  switch (arg_int(env, args[2])) {
    case ADVISE_POPULATE_READ:
      return make_result(env, madvise(base, length, MADV_POPULATE_READ));
    case ADVISE_POPULATE_WRITE:
      return make_result(env, madvise(base, length, MADV_POPULATE_WRITE));
    case ADVISE_LOCK:
      return make_result(env, mlock(base, length));
    default:
      return make_number(env, -EINVAL);
  }
}

void memory_exports(napi_env env, napi_value exports) {
  add_function(env, exports, "memoryCreate", memory_create);
  add_function(env, exports, "memoryBack", memory_back);
  add_function(env, exports, "memoryMap", memory_map);
  add_function(env, exports, "memoryUnmap", memory_unmap);
  add_function(env, exports, "memoryAdvise", memory_advise);
}
