//===- CudaStep.h - the launches of one call of a program -------*- C++ -*-===//
//
// Compiled code computes the scalars of a step on the CPU and names kernels and
// buffers; that becomes a list. From step to step only scalars change, and
// those are in memory of the device, not in the launches: so the second of two
// equal lists is captured as a graph, and from then on a step is one copy of
// scalars and a launch of the graph, itself one call of the driver. Where the
// driver cannot capture, the list is launched kernel by kernel.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_CUDASTEP_H
#define QNET_RUNTIME_LIB_CUDASTEP_H

#include "CudaDevice.h"

namespace qnet::rt {

class CudaStep {
public:
  CudaStep() = default;
  CudaStep(const CudaStep &) = delete;
  ~CudaStep();

  void create(CudaDevice &on) { device = &on; }
  /// Memory that is cleared before the launches, and copied to this side, to
  /// page-locked memory, behind them.
  void clearBefore(CudaAddress address, int64_t bytes) {
    cleared.push_back({address, nullptr, bytes});
  }
  void fetchAfter(CudaAddress address, uint8_t *to, int64_t bytes) {
    fetched.push_back({address, to, bytes});
  }

  /// Calls `compiled`, whose launches become the list, and queues them. The
  /// scalars of the step before must have been read by then.
  template <typename Compiled> void run(Compiled compiled) {
    begin();
    compiled();
    submit();
  }
  /// A launch of compiled code (qnet_gpu_launch).
  void add(uint32_t kernel, uint32_t blocks, uint32_t threads,
           const uint64_t *words, uint32_t numBuffers, uint32_t numScalars);
  /// A library's operation (qnet_gpu_compute).
  void addOperation(uint32_t operation, const uint64_t *words,
                    uint32_t numBuffers) {
    add(operationMark | operation, 0, 0, words, numBuffers, 0);
  }

private:
  /// In a launch's kernel: it is an operation's number.
  static constexpr uint32_t operationMark = uint32_t(1) << 31;
  struct Copy {
    CudaAddress address;
    uint8_t *host;
    int64_t bytes;
  };
  struct Launch {
    uint32_t kernel, blocks, threads;
    uint32_t firstBuffer, numBuffers, firstScalar, numScalars;
  };
  void begin();
  void submit();
  bool continuesAsBefore(const Launch &launch, const uint64_t *words) const;
  Status reserveScalars();
  void release();
  void queue();
  void queueLaunch(const Launch &launch);

  CudaDevice *device = nullptr;
  std::vector<Copy> cleared, fetched;
  std::vector<Launch> launches;
  std::vector<CudaAddress> buffers;
  std::vector<uint64_t> scalars;
  /// Of the list being made: its length, and whether it is the last one's
  /// beginning.
  size_t length = 0;
  bool isSame = false;
  /// Whether the last list was queued, and not as a graph.
  bool wasQueued = false;
  CudaHandle graph = nullptr;
  /// The scalars' places on both sides, in which `capacity` fit.
  uint8_t *hostScalars = nullptr;
  CudaAddress deviceScalars = 0;
  size_t capacity = 0;
  std::vector<void *> parameters;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_CUDASTEP_H
