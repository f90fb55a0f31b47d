/*===- fake-cublas.c - cuBLAS without a GPU -------------------------------===*
 *
 * Stands in for libcublas (QNET_CUBLAS_LIBRARY): products are computed on the
 * host, each element as one chain of fma. It refuses what cuBLAS could not
 * capture or repeat: calls without a stream or a workspace.
 *
 *===----------------------------------------------------------------------===*/
#include "fake-library.h"

enum { NotInitialized = 1, InvalidValue = 7, NotSupported = 15 };

typedef struct Handle {
  void *stream;
  uint64_t workspace;
} Handle;

Result cublasCreate_v2(void **handle) {
  CALL_BEFORE_CAPTURE("cublasCreate", NotInitialized);
  *handle = calloc(1, sizeof(Handle));
  say("cublas: create");
  return Ok;
}
Result cublasDestroy_v2(void *handle) {
  free(handle);
  say("cublas: destroy");
  return Ok;
}
Result cublasSetStream_v2(void *handle, void *stream) {
  CALL("cublasSetStream");
  ((Handle *)handle)->stream = stream;
  ((Handle *)handle)->workspace = 0;
  return Ok;
}
Result cublasSetWorkspace_v2(void *handle, void *workspace, size_t bytes) {
  CALL("cublasSetWorkspace");
  say("cublas: a workspace of %zu bytes", bytes);
  ((Handle *)handle)->workspace = (uint64_t)workspace;
  return Ok;
}
#ifndef FAKE_CUBLAS_OLD
const char *cublasGetStatusString(Result result) {
  return result == 13 ? "the launch failed" : "a fake failure";
}
#endif

/* Words: a, b, c, workspace; m, n, k, transposed a and b, the three leading
 * dimensions, whether c is added to, the math. By columns. */
static void multiply(void **words, int64_t block, int descending) {
  (void)block, (void)descending;
  const float *a = buffer(words, 0), *b = buffer(words, 1);
  float *c = buffer(words, 2);
  int64_t m = number(words, 4), n = number(words, 5), k = number(words, 6);
  int64_t lda = number(words, 9), ldb = number(words, 10);
  int64_t ldc = number(words, 11);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      float sum = number(words, 12) ? c[i + j * ldc] : 0;
      for (int64_t l = 0; l < k; ++l)
        sum = add(sum, number(words, 7) ? a[l + i * lda] : a[i + l * lda],
                  number(words, 8) ? b[j + l * ldb] : b[l + j * ldb],
                  number(words, 13));
      c[i + j * ldc] = sum;
    }
}

Result cublasGemmEx(void *handle, int transposeA, int transposeB, int m, int n,
                    int k, const void *alpha, const void *a, int typeA, int lda,
                    const void *b, int typeB, int ldb, const void *beta,
                    void *c, int typeC, int ldc, int computeType,
                    int algorithm) {
  CALL("cublasGemmEx");
  const Handle *own = handle;
  int math = computeType == 77 ? MathTf32 : computeType == 75 ? MathBf16
                                                              : MathF32;
  float one = *(const float *)alpha, old = *(const float *)beta;
  if (!own->stream || !own->workspace)
    return NotInitialized;
  if (typeA || typeB || typeC || one != 1 || (old != 0 && old != 1) ||
      (math == MathF32 && computeType != 68) || algorithm != -1)
    return NotSupported;
  if (transposeA > 1 || transposeB > 1 || lda < (transposeA ? k : m) ||
      ldb < (transposeB ? n : k) || ldc < m)
    return InvalidValue;
  say("cublas: %d x %d x %d%s%s%s math %d", m, n, k, transposeA ? " a'" : "",
      transposeB ? " b'" : "", old ? " added" : "", math);
  uint64_t words[] = {(uint64_t)a, (uint64_t)b, (uint64_t)c, own->workspace,
                      m, n, k, transposeA, transposeB, lda, ldb, ldc,
                      old == 1, math};
  return queue(own->stream, multiply, words, 14, 4) ? InvalidValue : Ok;
}
