//===- Session.h - a program with its state, threads and step ---*- C++ -*-===//
//
// What stands behind qnet_session. The C functions of qnet.h are thin wraps of
// the members here; the trainer's loop uses the members, which give exact sums
// instead of means.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_SESSION_H
#define QNET_RUNTIME_LIB_SESSION_H

#include "Checkpoint.h"
#include "ThreadPool.h"

struct qnet_context {
  qnet::rt::ThreadPool pool;
  void *user = nullptr;
};

namespace qnet::rt {

/// Sums over the samples of one batch, added in the order of the samples.
struct BatchResult {
  double lossSum = 0;
  int64_t errors = 0;
};

class Session {
public:
  Status create(const qnet_program &program, unsigned threads);

  /// Fails where the program is a predictor; init must not be called then.
  Status checkTrains() const;
  void init(uint32_t seed);
  /// A failure names the step; the state is then of no use for training on.
  Status trainStep(const float *inputs, const void *labels, uint32_t epoch,
                   BatchResult &result);
  /// Counts the first `valid` samples only.
  Status evaluate(const float *inputs, const void *labels, int64_t valid,
                  BatchResult &result);
  void predict(const float *inputs, float *outputs);
  /// The classes that the last step or evaluation predicted.
  const int32_t *predicted() const { return predictions.as<int32_t>(); }
  Status save(const std::string &path);
  Status load(const std::string &path);

  /// Whether the program holds a trained net and trains none.
  bool isPredictor() const { return program->constants; }

  bool hasStatistics() const { return program->statistics; }
  /// Measures the statistics of one batch into a block laid out as the state.
  void measureStatistics(const float *inputs, Buffer &block);
  /// A tensor of the state as it is stored.
  const uint8_t *stateOf(const StateTensor &tensor) const {
    return state.data() + tensor.offset;
  }
  /// Replaces a tensor of the state.
  void replaceTensor(const StateTensor &tensor, const void *data);
  bool canExport() const { return program->fold; }
  /// Writes the constants of the inference graph.
  Status foldConstants(Buffer &constants);

  bool hasCodes() const;
  /// Writes the packed codes of the state, or of the state a seed starts from.
  void readCodes(Buffer &codes);
  Status readInitialCodes(Buffer &codes);

  const Manifest &manifest() const { return description; }
  ThreadPool &pool() { return context.pool; }

  /// Seed, step and what else a checkpoint holds beside the state.
  CheckpointInfo info;

private:
  Status allocate(Buffer &buffer, int64_t bytes, const char *what);
  void sum(const void *labels, int64_t valid, BatchResult &result) const;

  const qnet_program *program = nullptr;
  Manifest description;
  qnet_context context;
  Buffer state, arena, losses, predictions, flags;
};

} // namespace qnet::rt

struct qnet_session {
  qnet::rt::Session session;
  bool created = false;
  std::string error;
};

#endif // QNET_RUNTIME_LIB_SESSION_H
