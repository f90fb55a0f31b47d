//===- CudaOperations.h - what NVIDIA's libraries compute -------*- C++ -*-===//
//
// The operations of a program (qnet_gpu_operation), each prepared before the
// first step, with one workspace for all: they run one after the other. An
// operation that no library takes is computed by the program's own kernels, or
// is an error where it has none.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_CUDAOPERATIONS_H
#define QNET_RUNTIME_LIB_CUDAOPERATIONS_H

#include "CudaBlas.h"
#include "CudaDnn.h"

namespace qnet::rt {

class CudaDevice;

class CudaOperations {
public:
  CudaOperations() = default;
  CudaOperations(const CudaOperations &) = delete;
  ~CudaOperations();

  /// Opens the libraries that the program's operations need.
  Status create(CudaDevice &device, const qnet_gpu_program &program);
  /// Whether a library computes the operation: always the same.
  bool takes(uint32_t operation) const {
    return operation < prepared.size() && prepared[operation].isTaken;
  }
  Status run(uint32_t operation, const CudaAddress *buffers);
  /// "12 operations by cuBLAS, 30 by cuDNN", and why others are not; empty for
  /// a program without operations.
  const std::string &describe() const { return description; }

private:
  struct Prepared {
    bool isTaken = false;
    CudaConvolution convolution;
  };
  Status prepareConvolutions();
  Status prepareProducts();
  Status refuse(bool isProduct, const Status &reason);
  void describeTaken();

  CudaDevice *device = nullptr;
  const qnet_gpu_operation *operations = nullptr;
  std::vector<Prepared> prepared; ///< one for each operation
  CudaBlas blas;
  CudaDnn dnn;
  CudaAddress workspace = 0;
  int64_t workspaceBytes = 0;
  std::string description, refusal;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_CUDAOPERATIONS_H
