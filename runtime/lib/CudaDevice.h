//===- CudaDevice.h - a GPU that a session trains on ------------*- C++ -*-===//
//
// One device, the program's kernels, and two streams. Everything is queued on
// the first in the order of the calls, but for batches, which come over the
// second while the first computes. An error is kept until finish or synchronize
// returns it: compiled code that launches kernels cannot stop in the middle.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_CUDADEVICE_H
#define QNET_RUNTIME_LIB_CUDADEVICE_H

#include "CudaOperations.h"
#include "qnet-runtime/qnet.h"

#include <unordered_map>

namespace qnet::rt {

class CudaStep;

class CudaDevice {
public:
  explicit CudaDevice(const qnet_gpu_program &program) : program(program) {}
  CudaDevice(const CudaDevice &) = delete;
  ~CudaDevice();

  Status open();
  bool isOpen() const { return stream && copies; }
  /// "NVIDIA H100 80GB HBM3"
  const std::string &name() const { return deviceName; }

  /// `what` names the memory in an error.
  Status allocate(int64_t bytes, const char *what, CudaAddress &address);
  void release(CudaAddress address);
  /// The most that was allocated at a time.
  int64_t peakBytes() const { return peak; }

  /// What other allocations have left.
  Status measureFree(int64_t &bytes);

  /// Memory of this side that copies read and write while this side goes on:
  /// the driver's, page-locked.
  Status allocateHost(int64_t bytes, const char *what, uint8_t *&memory);
  void releaseHost(uint8_t *memory);

  void upload(CudaAddress to, const void *from, int64_t bytes);
  void download(void *to, CudaAddress from, int64_t bytes);
  void zero(CudaAddress address, int64_t bytes);
  void launch(uint32_t kernel, uint32_t blocks, uint32_t threads,
              void **parameters);

  /// What is queued runs in order on this stream.
  CudaHandle queue() const { return stream; }
  /// Whether a library computes the program's operation.
  bool takes(uint32_t operation) const {
    return operations && operations->takes(operation);
  }
  void runOperation(uint32_t operation, const CudaAddress *buffers);
  /// What the libraries compute; empty for a program that needs none.
  std::string describeOperations() const {
    return operations ? operations->describe() : "";
  }

  /// Where qnet_gpu_launch puts the launches of compiled code.
  void setStep(CudaStep *step) { current = step; }
  CudaStep *step() const { return current; }

  /// A point in a stream, waited for after it was marked.
  Status createEvent(CudaHandle &event);
  void destroyEvent(CudaHandle event);
  /// Queued on the second stream; marks `event` behind itself.
  void uploadAhead(CudaAddress to, const void *from, int64_t bytes);
  void markUploaded(CudaHandle event);
  /// What is queued from here on waits for the event.
  void waitFor(CudaHandle event);
  void mark(CudaHandle event);

  /// Whether steps can be captured; no more after an attempt that failed.
  bool canCapture() const { return driver.hasGraphs() && !captureFailed; }
  /// What `queue` queues becomes a graph; null where that fails.
  template <typename Queue> CudaHandle capture(Queue queue) {
    if (!beginCapture())
      return nullptr;
    queue();
    return endCapture();
  }
  void launchGraph(CudaHandle graph);
  void destroyGraph(CudaHandle graph);

  /// Keeps an error of the caller's.
  void keep(const Status &status) {
    if (!error.failed())
      error = status;
  }
  /// Waits for all that was queued.
  void await();
  /// The first error since the last call of this or of the next two.
  Status takeError();
  /// Waits until the event has passed.
  Status finish(CudaHandle event);
  Status synchronize();

private:
  unsigned chip() const { return program.chip & ~QNET_GPU_CHIP_ALONE; }
  bool isAlone() const { return program.chip & QNET_GPU_CHIP_ALONE; }
  Status selectDevice();
  Status checkCapability();
  Status loadModule();
  Status findKernel(uint32_t kernel, CudaHandle &function);
  void keep(CudaResult result, const char *what);
  bool beginCapture();
  CudaHandle endCapture();

  const qnet_gpu_program &program;
  CudaDriver driver;
  std::string deviceName;
  int device = 0;
  CudaHandle context = nullptr, module = nullptr;
  CudaHandle stream = nullptr, copies = nullptr;
  CudaStep *current = nullptr;
  bool captureFailed = false;
  std::vector<CudaHandle> kernels;
  std::unordered_map<CudaAddress, int64_t> sizes; ///< of what is allocated
  int64_t allocated = 0, peak = 0;
  Status error;
  std::unique_ptr<CudaOperations> operations;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_CUDADEVICE_H
