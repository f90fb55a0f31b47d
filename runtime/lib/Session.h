//===- Session.h - a program with its state, threads and step ---*- C++ -*-===//
//
// What stands behind qnet_session. The C functions of qnet.h are thin wraps of
// the members here; the trainer's loop uses the members, which give exact sums
// instead of means.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_SESSION_H
#define QNET_RUNTIME_LIB_SESSION_H

#include "BatchSlot.h"
#include "Checkpoint.h"
#include "DeviceData.h"
#include "ThreadPool.h"

#include <initializer_list>

struct qnet_context {
  qnet::rt::ThreadPool pool;
  void *user = nullptr;
  /// Where the program's kernels run; null for a program on the CPU.
  std::unique_ptr<qnet::rt::CudaDevice> device;
};

namespace qnet::rt {

/// Sums over the samples of one batch, added in the order of the samples.
struct BatchResult {
  double lossSum = 0;
  int64_t errors = 0;
};

class Session {
public:
  Session() = default;
  ~Session();
  /// Without `runs`, only what needs no device: the manifest, checkpoints.
  Status create(const qnet_program &program, unsigned threads,
                bool runs = true);

  /// Fails where the program is a predictor; init must not be called then.
  Status checkTrains() const;
  Status init(uint32_t seed);
  /// A failure names the step; the state is then of no use for training on.
  Status trainStep(const float *inputs, const void *labels, uint32_t epoch,
                   BatchResult &result);
  /// Counts the first `valid` samples only.
  Status evaluate(const float *inputs, const void *labels, int64_t valid,
                  BatchResult &result);
  Status predict(const float *inputs, float *outputs);
  /// The classes that the last step or evaluation predicted.
  const int32_t *predicted() const { return collected->predictionsHere(); }

  /// The same in two halves, so that a device need not wait for this side: at
  /// most depth() batches are under way, none while another function but init,
  /// save or one that reads the state is called. `info.step` counts the steps
  /// that were started.
  int depth() const { return context.device ? 2 : 1; }
  int underWay() const { return numUnderWay; }
  /// Copies the inputs of both sets to the device; fails where they do not fit,
  /// or there is no device.
  Status keepData(const Dataset &data, const ByteTables &tables);
  /// Where the next batch, samples of `set`, is best gathered; null where the
  /// caller's memory is.
  BatchMemory nextBatch(const SampleSet *set) {
    return nextSlot().memory(kept.find(set));
  }
  /// The labels, and on a CPU the inputs, must stay until collect. The inputs are
  /// null where nextBatch gave room for their places.
  Status startStep(const float *inputs, const void *labels, uint32_t epoch);
  Status startEvaluation(const float *inputs, const void *labels,
                         int64_t valid);
  /// Waits for the oldest batch under way.
  Status collect(BatchResult &result);
  Status save(const std::string &path);
  /// Also writes, where `initialCodes` is given and the program has codes, those
  /// of the state that the checkpoint's seed starts from.
  Status load(const std::string &path, Buffer *initialCodes = nullptr);

  /// Whether the program holds a trained net and trains none.
  bool isPredictor() const { return program->constants; }

  bool hasStatistics() const { return program->statistics; }
  /// Measures the statistics of one batch into a block laid out as the state.
  Status measureStatistics(const float *inputs, Buffer &block);
  /// A tensor of the state as it is stored; the device's error, if reading it
  /// failed, is that of the next step.
  const uint8_t *stateOf(const StateTensor &tensor) const;
  /// Replaces a tensor of the state.
  Status replaceTensor(const StateTensor &tensor, const void *data);
  bool canExport() const { return program->fold; }
  /// Writes the constants of the inference graph.
  Status foldConstants(Buffer &constants);

  bool hasCodes() const;
  /// Writes the packed codes of the state.
  Status readCodes(Buffer &codes);

  /// "NVIDIA H100 80GB HBM3", empty for a program on the CPU.
  std::string describeDevice() const;
  /// What of the program's products NVIDIA's libraries compute; empty where it
  /// asks for none.
  std::string describeLibraries() const;
  /// The most memory that the session has had on a device, batches and the data
  /// kept there included; absent for a program on the CPU.
  std::optional<int64_t> deviceBytes() const;
  const Manifest &manifest() const { return description; }
  ThreadPool &pool() { return context.pool; }

  /// Seed, step and what else a checkpoint holds beside the state.
  CheckpointInfo info;

private:
  Status allocate(Buffer &buffer, int64_t bytes, const char *what) const;
  Status allocateMemory();
  Status finish(std::initializer_list<SessionMemory *> results);
  template <typename Run> void runOnce(Run run);
  template <typename Run> Status readInto(Buffer &result, Run run);
  void gather(BatchSlot &slot);
  BatchSlot &nextSlot() { return slots[(oldest + numUnderWay) % depth()]; }
  Status checkStep(const BatchSlot &slot, const BatchResult &result) const;
  void sum(const BatchSlot &slot, BatchResult &result) const;

  const qnet_program *program = nullptr;
  Manifest description;
  qnet_context context;
  mutable SessionMemory state;
  SessionMemory arena;
  SessionMemory outputs; ///< with a device only
  BatchSlot slots[2];
  DeviceData kept;
  int oldest = 0, numUnderWay = 0;
  const BatchSlot *collected = slots;
  /// Launches of everything but steps and evaluations.
  CudaStep once;
};

} // namespace qnet::rt

struct qnet_session {
  qnet::rt::Session session;
  bool created = false;
  std::string error;
};

#endif // QNET_RUNTIME_LIB_SESSION_H
