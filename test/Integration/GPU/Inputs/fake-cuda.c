/*===- fake-cuda.c - A driver without a GPU -------------------------------===*
 *
 * Stands in for libcuda.so.1 (QNET_CUDA_LIBRARY): device memory is the host's,
 * at addresses that only kernels and copies may use, and a launch runs the
 * emulated kernel of that name from FAKE_CUDA_KERNELS, block by block, or does
 * nothing. It checks what a driver would refuse: kernels that the PTX lacks,
 * copies outside of an allocation, calls without a context or while a stream is
 * captured, leaks. fake-streams.h says when things run.
 *
 *   FAKE_CUDA_KERNELS  library that qnet-compile --emit=host-kernels wrote; or,
 *                      ending in '/', a folder with one for each program, PROGRAM.so
 *   FAKE_CUDA_LOG      file for the calls, one a line
 *   FAKE_CUDA_FAIL     FUNCTION=RESULT[@N]: its N-th call (1) gives RESULT
 *   FAKE_CUDA_FREE     bytes that are free (2^30)
 *   FAKE_CUDA_DEVICES, FAKE_CUDA_CAPABILITY (90)
 *   FAKE_CUDA_ORDER    descending: blocks and threads from the last to the first
 *   FAKE_CUDA_EARLY    number of the stream that runs at once
 *
 * Compiled with -DFAKE_CUDA_OLD it lacks graphs.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_LOG "FAKE_CUDA_LOG"
#define FAKE_LOG_MODE "w"
#define FAKE_FAIL "FAKE_CUDA_FAIL"
#include "fake-calls.h"
#include "fake-streams.h"

typedef uint64_t Address;
enum { Invalid = 1, NotFound = 500, NoContext = 201, Captured = 900 };

static int contexts, current, streams, modules, events, graphs;
static const char *ptx;
static struct Allocation {
  Address address;
  size_t bytes;
} allocations[512], locked[64];
enum { maxAllocations = 512, maxLocked = 64 };

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
/* What must not be called while a stream is captured. */
#define NEEDS_NO_CAPTURE()                                                     \
  do {                                                                         \
    for (int i_ = 0; i_ < maxStreams; ++i_)                                    \
      if (allStreams[i_].capturing)                                            \
        return Captured;                                                       \
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
  for (int i = 0; i < maxAllocations; ++i)
    left += allocations[i].address != 0;
  for (int i = 0; i < maxLocked; ++i)
    left += locked[i].address != 0;
  say("release: %d allocations, %d streams, %d modules, %d events, %d graphs "
      "left",
      left, streams, modules, events, graphs);
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
  for (int i = 0; i < maxStreams; ++i) {
    if (allStreams[i].isUsed)
      continue;
    allStreams[i].isUsed = 1;
    allStreams[i].number = i + 1;
    *stream = &allStreams[i];
    ++streams;
    return Ok;
  }
  return Invalid;
}
Result cuStreamDestroy_v2(void *stream) {
  runAll(stream);
  ((Stream *)stream)->isUsed = 0;
  --streams;
  return Ok;
}
Result cuStreamSynchronize(void *stream) {
  NEEDS_CONTEXT("cuStreamSynchronize");
  NEEDS_NO_CAPTURE();
  say("synchronize");
  runAll(stream);
  return Ok;
}
Result cuEventCreate(void **event, unsigned flags) {
  (void)flags;
  NEEDS_CONTEXT("cuEventCreate");
  *event = calloc(1, sizeof(Event));
  ++events;
  return Ok;
}
Result cuEventDestroy_v2(void *event) {
  if (hasWork())
    runAllStreams();
  free(event);
  --events;
  return Ok;
}
Result cuEventRecord(void *event, void *stream) {
  NEEDS_CONTEXT("cuEventRecord");
  Event *marked = event;
  marked->stream = stream;
  Work work = {.kind = RecordWork, .event = marked, .mark = ++marked->marked};
  queueWork(stream, &work);
  return Ok;
}
Result cuEventSynchronize(void *event) {
  NEEDS_CONTEXT("cuEventSynchronize");
  NEEDS_NO_CAPTURE();
  say("wait");
  Event *marked = event;
  runUntil(marked->stream, marked, marked->marked);
  return Ok;
}
Result cuStreamWaitEvent(void *stream, void *event, unsigned flags) {
  NEEDS_CONTEXT("cuStreamWaitEvent");
  if (flags)
    return Invalid;
  Event *marked = event;
  Work work = {.kind = WaitWork, .event = marked, .mark = marked->marked};
  queueWork(stream, &work);
  return Ok;
}

/* All takes a millisecond. */
Result cuEventElapsedTime(float *milliseconds, void *begin, void *end) {
  NEEDS_CONTEXT("cuEventElapsedTime");
  const Event *first = begin, *last = end;
  if (first->passed < first->marked || last->passed < last->marked)
    return 600;
  *milliseconds = 1;
  return Ok;
}

#ifndef FAKE_CUDA_OLD
static void clear(Queue *queue) {
  for (Work *work = queue->first, *next; work; work = next) {
    next = work->next;
    free(work);
  }
  memset(queue, 0, sizeof(*queue));
}

Result cuStreamBeginCapture_v2(void *stream, int mode) {
  NEEDS_CONTEXT("cuStreamBeginCapture");
  Stream *captured = stream;
  if (mode != 1 || captured->capturing)
    return Invalid;
  captured->capturing = 1;
  return Ok;
}
Result cuStreamEndCapture(void *stream, void **graph) {
  Stream *captured = stream;
  if (!captured->capturing)
    return Invalid;
  captured->capturing = 0;
  Queue *queue = malloc(sizeof(Queue));
  *queue = captured->captured;
  memset(&captured->captured, 0, sizeof(Queue));
  *graph = queue;
  ++graphs;
  Result result = injected("cuStreamEndCapture");
  if (result) {
    clear(queue);
    free(queue);
    *graph = NULL;
    --graphs;
  }
  return result;
}
Result cuGraphInstantiateWithFlags(void **executable, void *graph,
                                   unsigned long long flags) {
  NEEDS_CONTEXT("cuGraphInstantiate");
  if (flags)
    return Invalid;
  Queue *copy = calloc(1, sizeof(Queue));
  for (Work *work = ((Queue *)graph)->first; work; work = work->next)
    append(copy, work);
  *executable = copy;
  ++graphs;
  say("make a graph of %d", copy->size);
  return Ok;
}
Result cuGraphLaunch(void *executable, void *stream) {
  NEEDS_CONTEXT("cuGraphLaunch");
  say("launch a graph of %d", ((Queue *)executable)->size);
  for (Work *work = ((Queue *)executable)->first; work; work = work->next)
    queueWork(stream, work);
  return Ok;
}
Result cuGraphExecDestroy(void *executable) {
  clear(executable);
  free(executable);
  --graphs;
  return Ok;
}
Result cuGraphDestroy(void *graph) { return cuGraphExecDestroy(graph); }
#endif

Result cuModuleLoadDataEx(void **module, const void *image, unsigned count,
                          int *options, void **values) {
  NEEDS_CONTEXT("cuModuleLoadDataEx");
  NEEDS_NO_CAPTURE();
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
  NEEDS_NO_CAPTURE();
  if (!bytes)
    return Invalid;
  for (int i = 0; i < maxAllocations; ++i) {
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
  runAllStreams();
  for (int i = 0; i < maxAllocations; ++i)
    if (allocations[i].address == address) {
      free((void *)(address & ~mark));
      allocations[i].address = 0;
      return Ok;
    }
  return Invalid;
}
Result cuMemGetInfo_v2(size_t *free, size_t *total) {
  NEEDS_CONTEXT("cuMemGetInfo");
  *free = number("FAKE_CUDA_FREE", 1 << 30);
  *total = 1 << 30;
  return Ok;
}
static int inside(Address address, size_t bytes) {
  for (int i = 0; i < maxAllocations; ++i)
    if (allocations[i].address && address >= allocations[i].address &&
        address + bytes <= allocations[i].address + allocations[i].bytes)
      return 1;
  return 0;
}
Result cuMemHostAlloc(void **memory, size_t bytes, unsigned flags) {
  NEEDS_CONTEXT("cuMemHostAlloc");
  NEEDS_NO_CAPTURE();
  if (!bytes || flags)
    return Invalid;
  for (int i = 0; i < maxLocked; ++i) {
    if (locked[i].address)
      continue;
    *memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
    memset(*memory, 0xA5, bytes);
    locked[i].address = (Address)*memory;
    locked[i].bytes = bytes;
    return Ok;
  }
  return 2;
}
Result cuMemFreeHost(void *memory) {
  /* The driver does not promise to wait. */
  if (hasWork()) {
    fprintf(stderr, "fake-cuda: page-locked memory freed while it is used\n");
    exit(99);
  }
  for (int i = 0; i < maxLocked; ++i)
    if (locked[i].address == (Address)memory) {
      free(memory);
      locked[i].address = 0;
      return Ok;
    }
  return Invalid;
}
static int isLocked(const void *memory, size_t bytes) {
  for (int i = 0; i < maxLocked; ++i)
    if (locked[i].address && (Address)memory >= locked[i].address &&
        (Address)memory + bytes <= locked[i].address + locked[i].bytes)
      return 1;
  return 0;
}
Result cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes,
                            void *stream) {
  NEEDS_CONTEXT("cuMemcpyHtoDAsync");
  say("upload %zu bytes on stream %d", bytes, ((Stream *)stream)->number);
  if (!inside(to, bytes))
    return Invalid;
  Work work = {.kind = CopyWork, .to = (void *)(to & ~mark), .from = from,
               .bytes = bytes};
  /* Memory that is not page-locked is read before the driver returns. */
  if (!isLocked(from, bytes)) {
    if (((Stream *)stream)->capturing)
      return Captured;
    work.staged = malloc(bytes);
    memcpy(work.staged, from, bytes);
  }
  queueWork(stream, &work);
  return Ok;
}
Result cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes,
                            void *stream) {
  NEEDS_CONTEXT("cuMemcpyDtoHAsync");
  say("download %zu bytes", bytes);
  if (!inside(from, bytes))
    return Invalid;
  Work work = {.kind = CopyWork, .to = to,
               .from = (const void *)(from & ~mark), .bytes = bytes};
  if (((Stream *)stream)->capturing && !isLocked(to, bytes))
    return Captured;
  queueWork(stream, &work);
  return Ok;
}
Result cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes,
                            void *stream) {
  NEEDS_CONTEXT("cuMemcpyDtoDAsync");
  if (!inside(to, bytes) || !inside(from, bytes))
    return Invalid;
  Work work = {.kind = CopyWork, .to = (void *)(to & ~mark),
               .from = (const void *)(from & ~mark), .bytes = bytes};
  queueWork(stream, &work);
  return Ok;
}
Result cuMemsetD8Async(Address address, unsigned char value, size_t bytes,
                       void *stream) {
  NEEDS_CONTEXT("cuMemsetD8Async");
  if (!inside(address, bytes))
    return Invalid;
  Work work = {.kind = FillWork, .to = (void *)(address & ~mark),
               .bytes = bytes, .value = value};
  queueWork(stream, &work);
  return Ok;
}

typedef void (*Kernel)(void **parameters, int64_t block, int descending);

/* The library of emulated kernels. */
static const char *findLibrary(void) {
  static char path[512];
  const char *given = getenv("FAKE_CUDA_KERNELS");
  if (!given || !*given || given[strlen(given) - 1] != '/')
    return given;
  snprintf(path, sizeof(path), "%s%s.so", given, program_invocation_short_name);
  return path;
}

static Kernel findKernel(const char *name) {
  static void *library;
  const char *path = findLibrary();
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

/* The kernel's parameters, buffers all, as addresses of the host. How many there
 * are, the PTX says. */
static int translate(const char *name, void **parameters, uint64_t *values) {
  char entry[512];
  snprintf(entry, sizeof(entry), ".visible .entry %s(", name);
  const char *at = strstr(ptx, entry), *end = strchr(at, ')');
  at = strchr(at, '(');
  for (int count = 0; (at = strstr(at, ".param .")) && at < end; ++count) {
    at += strlen(".param .");
    if (count == maxParameters ||
        (strncmp(at, "u64", 3) && strncmp(at, "b64", 3)))
      return 0;
    values[count] = *(uint64_t *)parameters[count];
    if (!(values[count] & mark) || !inside(values[count], 1))
      return 0;
    values[count] &= ~mark;
  }
  return 1;
}

Result cuLaunchKernel(void *function, unsigned gridX, unsigned gridY,
                      unsigned gridZ, unsigned blockX, unsigned blockY,
                      unsigned blockZ, unsigned sharedBytes, void *stream,
                      void **parameters, void **extra) {
  (void)sharedBytes;
  NEEDS_CONTEXT("cuLaunchKernel");
  if (!gridX || gridY != 1 || gridZ != 1 || !blockX || blockX > 1024 ||
      blockY != 1 || blockZ != 1 || extra)
    return Invalid;
  say("launch %s in %u blocks of %u", (const char *)function, gridX, blockX);
  Work work = {.kind = LaunchWork, .blocks = gridX};
  if (!translate(function, parameters, work.parameters))
    return Invalid;
  work.kernel = findKernel(function);
  queueWork(stream, &work);
  return Ok;
}

/* For the fakes of libraries: work on a stream, of words of which the first are
 * addresses on the device. */
Result fakeCudaQueue(void *stream,
                     void (*kernel)(void **words, int64_t block,
                                    int descending),
                     const uint64_t *words, int numWords, int numAddresses) {
  Work work = {.kind = LaunchWork, .blocks = 1, .kernel = kernel};
  if (!stream || numWords > maxParameters)
    return Invalid;
  for (int i = 0; i < numWords; ++i) {
    work.parameters[i] = words[i];
    if (i >= numAddresses)
      continue;
    if (!(words[i] & mark) || !inside(words[i], 1))
      return Invalid;
    work.parameters[i] &= ~mark;
  }
  queueWork(stream, &work);
  return Ok;
}
int fakeCudaIsCapturing(void) {
  for (int i = 0; i < maxStreams; ++i)
    if (allStreams[i].capturing)
      return 1;
  return 0;
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
