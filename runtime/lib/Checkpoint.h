//===- Checkpoint.h - the state of a training run in a file -----*- C++ -*-===//
//
// A checkpoint is a safetensors file (docs/checkpoints.md) with the tensors of
// the state block and, as metadata, what a resumed run needs to continue bit
// for bit. It holds no time, thread count or machine, so equal runs write equal
// bytes.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_CHECKPOINT_H
#define QNET_RUNTIME_LIB_CHECKPOINT_H

#include "Manifest.h"

#include <functional>
#include <optional>

namespace qnet::rt {

/// What the training loop knows beside the state: sums over the running epoch.
struct LoopRecord {
  int64_t batch = 0;        // Of the program that trained.
  int64_t trainSamples = 0; // Decides the order of the samples.
  uint32_t epoch = 0;       // Complete epochs.
  double lossSum = 0;
  int64_t errors = 0;
  std::string augment = "none"; // Of the training images.
};

struct CheckpointInfo {
  uint32_t seed = 0;
  uint32_t step = 0; // Steps done, hence the number of the next one.
  std::optional<Normalization> normalization;
  std::optional<LoopRecord> loop;
};

Status saveCheckpoint(const std::string &path, const Manifest &manifest,
                      const CheckpointInfo &info, const uint8_t *state);

/// Validates all but the values of the tensors before `info` and `state` change;
/// `beforeData` is called then, with what `info` will be. The tensors are read
/// into `state` where it has the size, so that there is only one state: it is of
/// no use where that read fails. All messages start with "checkpoint 'path': ".
Status loadCheckpoint(
    const std::string &path, const Manifest &manifest, CheckpointInfo &info,
    Buffer &state,
    const std::function<Status(const CheckpointInfo &)> &beforeData = {});

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_CHECKPOINT_H
