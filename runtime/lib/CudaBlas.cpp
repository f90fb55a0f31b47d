//===- CudaBlas.cpp - products of matrices by cuBLAS ----------------------===//
//
// See CudaBlas.h. Numbers are those of cuBLAS's stable ABI.
//
//===----------------------------------------------------------------------===//
#include "CudaBlas.h"

using namespace qnet::rt;

/// CUDA_R_32F; CUBLAS_GEMM_DEFAULT.
static constexpr int typeF32 = 0, defaultAlgorithm = -1;
/// CUBLAS_OP_N, CUBLAS_OP_T.
static constexpr int asStored = 0, transposed = 1;

/// CUBLAS_COMPUTE_32F, ..._FAST_TF32, ..._FAST_16BF: how f32 is multiplied.
static int computeTypeOf(int64_t math) {
  if (math == QNET_GPU_MATH_TF32)
    return 77;
  return math == QNET_GPU_MATH_BF16 ? 75 : 68;
}

Status CudaBlas::check(Result result, const char *what) const {
  if (!result)
    return Status::success();
  return failure("cuBLAS cannot %s: %s (%d)", what, getStatusString(result),
                 result);
}

Status CudaBlas::open() {
  if (Status status = library.open(
          "cuBLAS", "QNET_CUBLAS_LIBRARY",
          {"libcublas.so.13", "libcublas.so.12", "libcublas.so.11"});
      status.failed())
    return status;
  return library.find({{"cublasCreate_v2", &create},
                       {"cublasDestroy_v2", &destroy},
                       {"cublasSetStream_v2", &setStream},
                       {"cublasSetWorkspace_v2", &setWorkspace},
                       {"cublasGemmEx", &gemm},
                       {"cublasGetStatusString", &getStatusString}});
}

Status CudaBlas::start(CudaHandle stream, CudaAddress workspace) {
  if (Status status = check(create(&handle), "start"); status.failed()) {
    handle = nullptr;
    return status;
  }
  // A new stream would take the workspace away.
  if (Status status = check(setStream(handle, stream), "use a stream");
      status.failed())
    return status;
  return check(setWorkspace(handle, reinterpret_cast<void *>(workspace),
                            workspaceBytes),
               "use a workspace");
}

void CudaBlas::close() {
  if (handle)
    destroy(handle);
  handle = nullptr;
}

/// Matrices by rows are those by columns, transposed: the right factor is the
/// first.
Status CudaBlas::multiply(const qnet_gpu_operation &operation,
                          const CudaAddress *buffers) {
  const int64_t *sizes = operation.sizes;
  int m = int(sizes[0]), n = int(sizes[1]), k = int(sizes[2]);
  bool transposeLeft = sizes[3], transposeRight = sizes[4];
  float alpha = 1, beta = operation.accumulate ? 1 : 0;
  auto address = [&](int i) { return reinterpret_cast<void *>(buffers[i]); };
  Result result = gemm(
      handle, transposeRight ? transposed : asStored,
      transposeLeft ? transposed : asStored, n, m, k, &alpha, address(1),
      typeF32, transposeRight ? k : n, address(0), typeF32,
      transposeLeft ? m : k, &beta, address(2), typeF32, n,
      computeTypeOf(operation.math), defaultAlgorithm);
  return check(result,
               formatText("multiply %d x %d by %d x %d", m, k, k, n).c_str());
}
