/*===- fake-library.h - What the fakes of NVIDIA's libraries share --------===*
 *
 * Their work is queued on the streams of fake-cuda.c (QNET_CUDA_LIBRARY), which
 * runs it as late as it runs kernels. FAKE_LIBRARY_FAIL is FUNCTION=RESULT[@N]:
 * the N-th call (1) of the function gives RESULT. FAKE_LIBRARY_LOG is a file
 * for the calls, one a line.
 *
 *===----------------------------------------------------------------------===*/
#ifndef FAKE_LIBRARY_H
#define FAKE_LIBRARY_H

#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_LOG "FAKE_LIBRARY_LOG"
#define FAKE_LOG_MODE "a" /* several libraries write it */
#define FAKE_FAIL "FAKE_LIBRARY_FAIL"
#include "fake-calls.h"

/* How f32 factors are multiplied. */
enum { MathF32, MathTf32, MathBf16 };

static void *findInDriver(const char *name) {
  const char *path = getenv("QNET_CUDA_LIBRARY");
  void *driver = path ? dlopen(path, RTLD_NOW | RTLD_NOLOAD) : NULL;
  void *found = driver ? dlsym(driver, name) : NULL;
  if (found)
    return found;
  fprintf(stderr, "fake library: the driver is not the fake one\n");
  exit(99);
}

static int isCapturing(void) {
  return ((int (*)(void))findInDriver("fakeCudaIsCapturing"))();
}

#define CALL(name)                                                             \
  do {                                                                         \
    Result result_ = injected(name);                                           \
    if (result_)                                                               \
      return result_;                                                          \
  } while (0)
/* What allocates, which no capture may. */
#define CALL_BEFORE_CAPTURE(name, result)                                      \
  do {                                                                         \
    CALL(name);                                                                \
    if (isCapturing())                                                         \
      return result;                                                           \
  } while (0)

typedef void (*Kernel)(void **words, int64_t block, int descending);

/* Of `words`, the first are addresses on the device. Fails where they are not
 * allocated. */
static Result queue(void *stream, Kernel kernel, const uint64_t *words,
                    int numWords, int numAddresses) {
  typedef Result (*Queue)(void *, Kernel, const uint64_t *, int, int);
  return ((Queue)findInDriver("fakeCudaQueue"))(stream, kernel, words, numWords,
                                                numAddresses);
}

/* Word i of a kernel, as what it is. */
static int64_t number(void **words, int i) { return *(int64_t *)words[i]; }
static float *buffer(void **words, int i) { return *(float **)words[i]; }

/* The factor to the nearest of 11 or 8 significant bits. */
static float rounded(float factor, int64_t math) {
  if (math == MathF32)
    return factor;
  int bits = math == MathTf32 ? 13 : 16;
  uint32_t word;
  memcpy(&word, &factor, sizeof(word));
  word = (word + (1u << (bits - 1))) & ~((1u << bits) - 1);
  memcpy(&factor, &word, sizeof(word));
  return factor;
}

static float add(float sum, float left, float right, int64_t math) {
  return fmaf(rounded(left, math), rounded(right, math), sum);
}

#endif
