//===- CudaBlas.h - products of matrices by cuBLAS --------------*- C++ -*-===//
//
// One call a product, on a stream and in a workspace that are given once: so it
// may be captured, and gives the same bits each time. cuBLAS chooses the kernel
// by the shape, from those that cuBLASLt has.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_CUDABLAS_H
#define QNET_RUNTIME_LIB_CUDABLAS_H

#include "CudaDriver.h"
#include "DynamicLibrary.h"
#include "qnet-runtime/qnet.h"

namespace qnet::rt {

class CudaBlas {
public:
  /// What NVIDIA recommends for the largest devices.
  static constexpr int64_t workspaceBytes = int64_t(32) << 20;

  CudaBlas() = default;
  CudaBlas(const CudaBlas &) = delete;
  ~CudaBlas() { close(); }
  /// Opens libcublas, or what $QNET_CUBLAS_LIBRARY names (for tests).
  Status open();
  /// Queues from here on on `stream`.
  Status start(CudaHandle stream, CudaAddress workspace);
  void close();
  Status multiply(const qnet_gpu_operation &operation,
                  const CudaAddress *buffers);

private:
  using Result = int;
  Status check(Result result, const char *what) const;

  DynamicLibrary library;
  CudaHandle handle = nullptr;
  Result (*create)(CudaHandle *handle);
  Result (*destroy)(CudaHandle handle);
  Result (*setStream)(CudaHandle handle, CudaHandle stream);
  Result (*setWorkspace)(CudaHandle handle, void *workspace, size_t bytes);
  Result (*gemm)(CudaHandle handle, int transposeA, int transposeB, int m,
                 int n, int k, const void *alpha, const void *a, int typeA,
                 int lda, const void *b, int typeB, int ldb, const void *beta,
                 void *c, int typeC, int ldc, int computeType, int algorithm);
  const char *(*getStatusString)(Result result);
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_CUDABLAS_H
