//===- CudaDevice.h - a GPU that a session trains on ------------*- C++ -*-===//
//
// One device, one stream, the program's kernels. Everything is queued on the
// stream in the order of the calls; synchronize waits for it. An error of a
// launch is kept until synchronize returns it: compiled code that launches
// kernels cannot stop in the middle.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_CUDADEVICE_H
#define QNET_RUNTIME_LIB_CUDADEVICE_H

#include "CudaDriver.h"
#include "qnet-runtime/qnet.h"

namespace qnet::rt {

class CudaDevice {
public:
  explicit CudaDevice(const qnet_gpu_program &program) : program(program) {}
  CudaDevice(const CudaDevice &) = delete;
  ~CudaDevice();

  Status open();
  /// "NVIDIA H100 80GB HBM3"
  const std::string &name() const { return deviceName; }

  /// `what` names the memory in an error.
  Status allocate(int64_t bytes, const char *what, CudaAddress &address);
  void release(CudaAddress address);

  void upload(CudaAddress to, const void *from, int64_t bytes);
  void download(void *to, CudaAddress from, int64_t bytes);
  void zero(CudaAddress address, int64_t bytes);
  void launch(uint32_t kernel, uint32_t blocks, uint32_t threads,
              void **parameters);
  /// Waits for all that was queued.
  void await();
  /// The same; returns the first error since the last call.
  Status synchronize();

private:
  Status selectDevice();
  Status checkCapability();
  Status loadModule();
  Status findKernel(uint32_t kernel, CudaHandle &function);
  void keep(CudaResult result, const char *what);

  const qnet_gpu_program &program;
  CudaDriver driver;
  std::string deviceName;
  int device = 0;
  CudaHandle context = nullptr, stream = nullptr, module = nullptr;
  std::vector<CudaHandle> kernels;
  Status error;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_CUDADEVICE_H
