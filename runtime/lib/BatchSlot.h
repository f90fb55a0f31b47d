//===- BatchSlot.h - a batch on its way through a program -------*- C++ -*-===//
//
// All that one batch needs of its own. A session on a GPU has two: while the
// device computes on one, the next is gathered and uploaded to the other, and
// the results of the one before are read. A session on a CPU has one.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_BATCHSLOT_H
#define QNET_RUNTIME_LIB_BATCHSLOT_H

#include "CudaStep.h"
#include "Manifest.h"
#include "SessionMemory.h"

namespace qnet::rt {

/// A row of a batch whose samples are in a device's memory (qnet.h).
struct BatchPlace {
  int32_t sample, row, column, mirrored;
};

/// Memory of this side for a batch: for its inputs, or for where they are.
struct BatchMemory {
  float *inputs = nullptr;
  void *labels = nullptr;
  BatchPlace *places = nullptr;
};

struct DeviceSet;

class BatchSlot {
public:
  BatchSlot() = default;
  BatchSlot(const BatchSlot &) = delete;
  ~BatchSlot();
  /// `device` is null for a program on the CPU.
  Status create(CudaDevice *device, const Manifest &manifest);

  /// Where a batch is gathered for the device to read; null on a CPU, which
  /// reads it where the caller has it. Of a set that is on the device, `from`,
  /// only the places are.
  BatchMemory memory(const DeviceSet *from);
  /// Brings a batch to the program while the device computes on another.
  /// Without inputs it is the one whose places memory() gave room for.
  void sendAhead(const float *inputs, const void *labels);
  /// Brings inputs to the program in the order of all other calls.
  void send(const float *data) { inputs.sendFrom(data); }
  /// Where the program finds a batch that the caller gave.
  const float *inputsAt(const float *given) {
    return device ? inputs.as<float>() : given;
  }
  const void *labelsAt(const void *given) {
    return device ? labels.data() : given;
  }

  /// Calls compiled code, which writes losses, predictions and flags.
  template <typename Compiled> Status run(CudaStep &step, Compiled compiled) {
    if (!device) {
      compiled();
      return Status::success();
    }
    step.run(compiled);
    device->mark(done);
    return device->takeError();
  }
  /// Waits for what was run.
  Status finish() { return device ? device->finish(done) : Status::success(); }

  /// The results on this side.
  const float *lossesHere() const { return read<float>(losses); }
  const int32_t *predictionsHere() const { return read<int32_t>(predictions); }
  const int32_t *flagsHere() const { return read<int32_t>(flags); }

  CudaStep training, evaluation;
  SessionMemory inputs, labels, places; ///< with a device only
  /// Where the inputs come from, if they were not sent.
  const DeviceSet *source = nullptr;
  SessionMemory losses, predictions, flags;
  /// Of the batch that is under way: the step, or the samples that count; and
  /// the labels on this side.
  bool trains = false;
  uint32_t step = 0;
  int64_t valid = 0;
  const void *labelsHere = nullptr;

private:
  template <typename T> const T *read(const SessionMemory &memory) const {
    return reinterpret_cast<const T *>(memory.hostData());
  }

  CudaDevice *device = nullptr;
  CudaHandle uploaded = nullptr, done = nullptr;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_BATCHSLOT_H
