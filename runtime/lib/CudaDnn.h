//===- CudaDnn.h - convolutions by cuDNN ------------------------*- C++ -*-===//
//
// A convolution or gradient is prepared once: its shape is described, and an
// algorithm chosen, the first of cuDNN's own order that gives the same bits
// each time and whose workspace is not too large. Running it is then one call,
// which may be captured.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_CUDADNN_H
#define QNET_RUNTIME_LIB_CUDADNN_H

#include "CudaDriver.h"
#include "DynamicLibrary.h"
#include "qnet-runtime/qnet.h"

namespace qnet::rt {

/// What cuDNN knows of one operation.
struct CudaConvolution {
  CudaHandle input = nullptr, output = nullptr, weights = nullptr;
  CudaHandle convolution = nullptr;
  int algorithm = 0;
  int64_t workspaceBytes = 0;
};

class CudaDnn {
public:
  CudaDnn() = default;
  CudaDnn(const CudaDnn &) = delete;
  ~CudaDnn() { close(); }
  /// Opens libcudnn, or what $QNET_CUDNN_LIBRARY names (for tests).
  Status open();
  /// Queues from here on on `stream`.
  Status start(CudaHandle stream);
  void close();
  /// Fails where cuDNN has no algorithm for the operation.
  Status prepare(const qnet_gpu_operation &operation,
                 CudaConvolution &prepared);
  void release(CudaConvolution &prepared);
  Status run(const qnet_gpu_operation &operation,
             const CudaConvolution &prepared, const CudaAddress *buffers,
             CudaAddress workspace);

private:
  using Result = int;
  /// cudnnConvolution*AlgoPerf_t, which are alike.
  struct Choice {
    int algorithm;
    Result status;
    float time;
    size_t memory;
    int determinism, math;
    int reserved[3];
  };
  using Choose = Result (*)(CudaHandle handle, CudaHandle first,
                            CudaHandle second, CudaHandle convolution,
                            CudaHandle result, int wanted, int *found,
                            Choice *choices);
  using Run = Result (*)(CudaHandle handle, const void *alpha,
                         CudaHandle first, const void *firstData,
                         CudaHandle second, const void *secondData,
                         CudaHandle convolution, int algorithm,
                         void *workspace, size_t workspaceBytes,
                         const void *beta, CudaHandle result, void *resultData);
  Status check(Result result, const qnet_gpu_operation &operation) const;
  Status describe(const qnet_gpu_operation &operation,
                  CudaConvolution &prepared);
  Status choose(const qnet_gpu_operation &operation, CudaConvolution &prepared);

  DynamicLibrary library;
  CudaHandle handle = nullptr;
  Result (*create)(CudaHandle *handle);
  Result (*destroy)(CudaHandle handle);
  Result (*setStream)(CudaHandle handle, CudaHandle stream);
  const char *(*getErrorString)(Result result);
  Result (*createTensor)(CudaHandle *tensor);
  Result (*setTensor)(CudaHandle tensor, int format, int type, int n, int c,
                      int h, int w);
  Result (*destroyTensor)(CudaHandle tensor);
  Result (*createFilter)(CudaHandle *filter);
  Result (*setFilter)(CudaHandle filter, int type, int format, int k, int c,
                      int h, int w);
  Result (*destroyFilter)(CudaHandle filter);
  Result (*createConvolution)(CudaHandle *convolution);
  Result (*setConvolution)(CudaHandle convolution, int padRows, int padColumns,
                           int strideRows, int strideColumns, int dilationRows,
                           int dilationColumns, int mode, int type);
  Result (*setMath)(CudaHandle convolution, int math);
  Result (*destroyConvolution)(CudaHandle convolution);
  /// By the kind of operation, from QNET_GPU_CONV on.
  Choose chooseOf[3];
  Run runOf[3];
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_CUDADNN_H
