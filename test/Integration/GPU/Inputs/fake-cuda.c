/*===- fake-cuda.c - A driver without a GPU -------------------------------===*
 *
 * Stands in for libcuda.so.1 (QNET_CUDA_LIBRARY): device memory is the host's,
 * at addresses that only kernels and copies may use, and a launch runs the
 * emulated kernel of that name from FAKE_CUDA_KERNELS, block by block, or does
 * nothing. It checks what a driver would refuse: kernels that the PTX lacks,
 * copies outside of an allocation, calls without a context, leaks.
 *
 *   FAKE_CUDA_KERNELS  library that qnet-compile --emit=host-kernels wrote
 *   FAKE_CUDA_LOG      file for the calls, one a line
 *   FAKE_CUDA_FAIL     FUNCTION=RESULT[@N]: its N-th call (1) gives RESULT
 *   FAKE_CUDA_DEVICES, FAKE_CUDA_CAPABILITY (90)
 *   FAKE_CUDA_ORDER    descending: blocks and threads from the last to the first
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int Result;
typedef uint64_t Address;
enum { Ok = 0, Invalid = 1, NotFound = 500, NoContext = 201 };

static int contexts, current, streams, modules;
static const char *ptx;
static struct Allocation {
  Address address;
  size_t bytes;
} allocations[256];

static void say(const char *format, ...) {
  static FILE *file;
  const char *path = getenv("FAKE_CUDA_LOG");
  if (!path || (!file && !(file = fopen(path, "w"))))
    return;
  va_list values;
  va_start(values, format);
  vfprintf(file, format, values);
  va_end(values);
  fputc('\n', file);
  fflush(file);
}

/* What FAKE_CUDA_FAIL says of this call. */
static Result injected(const char *name) {
  static int calls;
  const char *text = getenv("FAKE_CUDA_FAIL");
  size_t length = strlen(name);
  if (!text || strncmp(text, name, length) || text[length] != '=')
    return Ok;
  const char *at = strchr(text, '@');
  return ++calls == (at ? atoi(at + 1) : 1) ? atoi(text + length + 1) : Ok;
}

static int number(const char *name, int otherwise) {
  const char *text = getenv(name);
  return text ? atoi(text) : otherwise;
}

#define CALL(name)                                                             \
  do {                                                                         \
    Result result_ = injected(name);                                           \
    if (result_)                                                               \
      return result_;                                                          \
  } while (0)
#define NEEDS_CONTEXT(name)                                                    \
  do {                                                                         \
    CALL(name);                                                                \
    if (!current)                                                              \
      return NoContext;                                                        \
  } while (0)

Result cuInit(unsigned flags) {
  (void)flags;
  CALL("cuInit");
  return number("FAKE_CUDA_DEVICES", 1) ? Ok : 100;
}
Result cuDriverGetVersion(int *version) {
  *version = 11040;
  return Ok;
}
Result cuDeviceGetCount(int *count) {
  *count = number("FAKE_CUDA_DEVICES", 1);
  return Ok;
}
Result cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return Ok;
}
Result cuDeviceGetName(char *name, int length, int device) {
  (void)device;
  snprintf(name, length, "Fake GPU");
  return Ok;
}
Result cuDeviceGetAttribute(int *value, int attribute, int device) {
  (void)device;
  int capability = number("FAKE_CUDA_CAPABILITY", 90);
  if (attribute != 75 && attribute != 76)
    return Invalid;
  *value = attribute == 75 ? capability / 10 : capability % 10;
  return Ok;
}
Result cuDevicePrimaryCtxRetain(void **context, int device) {
  (void)device;
  CALL("cuDevicePrimaryCtxRetain");
  ++contexts;
  *context = &contexts;
  return Ok;
}
Result cuDevicePrimaryCtxRelease_v2(int device) {
  (void)device;
  int left = 0;
  for (int i = 0; i < 256; ++i)
    left += allocations[i].address != 0;
  say("release: %d allocations, %d streams, %d modules left", left, streams,
      modules);
  --contexts;
  return Ok;
}
Result cuCtxSetCurrent(void *context) {
  current = context == &contexts;
  return Ok;
}
Result cuStreamCreate(void **stream, unsigned flags) {
  (void)flags;
  NEEDS_CONTEXT("cuStreamCreate");
  *stream = &streams;
  ++streams;
  return Ok;
}
Result cuStreamDestroy_v2(void *stream) {
  (void)stream;
  --streams;
  return Ok;
}
Result cuStreamSynchronize(void *stream) {
  (void)stream;
  NEEDS_CONTEXT("cuStreamSynchronize");
  say("synchronize");
  return Ok;
}
Result cuModuleLoadDataEx(void **module, const void *image, unsigned count,
                          int *options, void **values) {
  NEEDS_CONTEXT("cuModuleLoadDataEx");
  if (count != 2 || options[0] != 5 || !values)
    return Invalid;
  ptx = image;
  ++modules;
  *module = &modules;
  say("load a module");
  return Ok;
}
Result cuModuleUnload(void *module) {
  (void)module;
  --modules;
  return Ok;
}
Result cuModuleGetFunction(void **function, void *module, const char *name) {
  (void)module;
  NEEDS_CONTEXT("cuModuleGetFunction");
  char entry[512];
  snprintf(entry, sizeof(entry), ".visible .entry %s(", name);
  if (!strstr(ptx, entry))
    return NotFound;
  *function = strdup(name);
  return Ok;
}

/* Device addresses have their top bit set: the host cannot use them. */
static const Address mark = 1ull << 63;

Result cuMemAlloc_v2(Address *address, size_t bytes) {
  NEEDS_CONTEXT("cuMemAlloc");
  if (!bytes)
    return Invalid;
  for (int i = 0; i < 256; ++i) {
    if (allocations[i].address)
      continue;
    /* Not zero: memory that nobody wrote to must not look as if. */
    void *memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
    memset(memory, 0xA5, bytes);
    *address = (Address)memory | mark;
    allocations[i].address = *address;
    allocations[i].bytes = bytes;
    return Ok;
  }
  return 2;
}
Result cuMemFree_v2(Address address) {
  for (int i = 0; i < 256; ++i)
    if (allocations[i].address == address) {
      free((void *)(address & ~mark));
      allocations[i].address = 0;
      return Ok;
    }
  return Invalid;
}
static int inside(Address address, size_t bytes) {
  for (int i = 0; i < 256; ++i)
    if (allocations[i].address && address >= allocations[i].address &&
        address + bytes <= allocations[i].address + allocations[i].bytes)
      return 1;
  return 0;
}
Result cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes,
                            void *stream) {
  (void)stream;
  NEEDS_CONTEXT("cuMemcpyHtoDAsync");
  say("upload %zu bytes", bytes);
  if (!inside(to, bytes))
    return Invalid;
  memcpy((void *)(to & ~mark), from, bytes);
  return Ok;
}
Result cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes,
                            void *stream) {
  (void)stream;
  NEEDS_CONTEXT("cuMemcpyDtoHAsync");
  say("download %zu bytes", bytes);
  if (!inside(from, bytes))
    return Invalid;
  memcpy(to, (void *)(from & ~mark), bytes);
  return Ok;
}
Result cuMemsetD8Async(Address address, unsigned char value, size_t bytes,
                       void *stream) {
  (void)stream;
  NEEDS_CONTEXT("cuMemsetD8Async");
  if (!inside(address, bytes))
    return Invalid;
  memset((void *)(address & ~mark), value, bytes);
  return Ok;
}

typedef void (*Kernel)(void **parameters, int64_t block, int descending);

static Kernel findKernel(const char *name) {
  static void *library;
  const char *path = getenv("FAKE_CUDA_KERNELS");
  if (!path)
    return NULL;
  if (!library && !(library = dlopen(path, RTLD_NOW))) {
    fprintf(stderr, "fake-cuda: %s\n", dlerror());
    exit(99);
  }
  Kernel kernel = (Kernel)dlsym(library, name);
  if (!kernel) {
    fprintf(stderr, "fake-cuda: no emulated kernel '%s'\n", name);
    exit(99);
  }
  return kernel;
}

/* The kernel's parameters with device addresses made the host's. How many there
 * are and which are pointers, the PTX says. */
static int translate(const char *name, void **parameters, void **result,
                     uint64_t *values) {
  char entry[512];
  snprintf(entry, sizeof(entry), ".visible .entry %s(", name);
  const char *at = strstr(ptx, entry), *end = strchr(at, ')');
  at = strchr(at, '(');
  int count = 0;
  for (; (at = strstr(at, ".param .")) && at < end; ++count) {
    at += strlen(".param .");
    result[count] = parameters[count];
    if (strncmp(at, "u64", 3) && strncmp(at, "b64", 3))
      continue;
    values[count] = *(uint64_t *)parameters[count];
    if (!(values[count] & mark))
      continue;
    if (!inside(values[count], 1))
      return 0;
    values[count] &= ~mark;
    result[count] = &values[count];
  }
  return 1;
}

Result cuLaunchKernel(void *function, unsigned gridX, unsigned gridY,
                      unsigned gridZ, unsigned blockX, unsigned blockY,
                      unsigned blockZ, unsigned sharedBytes, void *stream,
                      void **parameters, void **extra) {
  (void)sharedBytes, (void)stream;
  NEEDS_CONTEXT("cuLaunchKernel");
  if (!gridX || gridY != 1 || gridZ != 1 || !blockX || blockX > 1024 ||
      blockY != 1 || blockZ != 1 || extra)
    return Invalid;
  say("launch %s in %u blocks of %u", (const char *)function, gridX, blockX);
  void *hostParameters[64];
  uint64_t values[64];
  if (!translate(function, parameters, hostParameters, values))
    return Invalid;
  Kernel kernel = findKernel(function);
  const char *order = getenv("FAKE_CUDA_ORDER");
  int descending = order && !strcmp(order, "descending");
  for (unsigned i = 0; kernel && i < gridX; ++i)
    kernel(hostParameters, descending ? gridX - 1 - i : i, descending);
  return Ok;
}

Result cuGetErrorName(Result result, const char **text) {
  *text = result == 2     ? "CUDA_ERROR_OUT_OF_MEMORY"
          : result == 222 ? "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"
          : result == 719 ? "CUDA_ERROR_LAUNCH_FAILED"
                          : "CUDA_ERROR_OF_THE_FAKE";
  return Ok;
}
Result cuGetErrorString(Result result, const char **text) {
  *text = result == 719 ? "unspecified launch failure" : "a fake failure";
  return Ok;
}
