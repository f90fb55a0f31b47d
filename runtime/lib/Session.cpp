//===- Session.cpp - a program with its state, threads and step -----------===//
//
// See Session.h. Losses are added in double and in the order of the samples, so
// sums do not depend on threads.
//
//===----------------------------------------------------------------------===//
#include "Session.h"

#include <cmath>
#include <cstring>

using namespace qnet::rt;

Status Session::allocate(Buffer &buffer, int64_t bytes, const char *what) {
  if (buffer.allocate(bytes))
    return Status::success();
  return failure("cannot allocate %lld bytes for the %s", (long long)bytes,
                 what);
}

static Status checkProgram(const qnet_program &program) {
  if (program.abi_version != QNET_ABI_VERSION)
    return failure("program has abi version %u, expected %u",
                   program.abi_version, QNET_ABI_VERSION);
  if (program.constants && !program.init && !program.train_step &&
      program.evaluate && program.predict)
    return Status::success(); // A predictor.
  if (!program.init || !program.train_step || !program.evaluate ||
      !program.predict)
    return failure("program lacks one of init, train_step, evaluate, predict");
  return Status::success();
}

Status Session::create(const qnet_program &source, unsigned threads) {
  program = &source;
  context.user = source.user;
  if (Status status = checkProgram(source); status.failed())
    return status;
  if (Status status = parseManifest(source.manifest, description);
      status.failed())
    return status;
  if (!description.codes.empty() && !source.codes)
    return failure("program lacks codes, which its manifest describes");
  if (source.fold && !description.inference)
    return failure("program manifest: 'inference' is missing");
  int64_t batch = description.batch;
  int64_t parameters = description.parameters.size();
  for (Status status :
       {allocate(state, description.stateBytes, "state"),
        allocate(arena, description.arenaBytes, "activations"),
        allocate(losses, 4 * batch, "losses"),
        allocate(predictions, 4 * batch, "predictions"),
        allocate(flags, 4 * parameters, "flags"), context.pool.start(threads)})
    if (status.failed())
      return status;
  info.seed = description.seed;
  if (source.constants) {
    memcpy(state.data(), source.constants, description.stateBytes);
    info.normalization = description.normalization;
  }
  return Status::success();
}

Status Session::checkTrains() const {
  if (!isPredictor())
    return Status::success();
  return failure("this program is a predictor: it holds a trained net, and has "
                 "neither training nor checkpoints");
}

void Session::init(uint32_t seed) {
  memset(state.data(), 0, state.size());
  program->init(&context, state.data(), arena.data(), seed);
  info = CheckpointInfo();
  info.seed = seed;
}

void Session::sum(const void *labels, int64_t valid,
                  BatchResult &result) const {
  result = BatchResult();
  for (int64_t i = 0; i < valid; ++i)
    result.lossSum += losses.as<float>()[i];
  if (!description.classification)
    return;
  auto *expected = static_cast<const int32_t *>(labels);
  for (int64_t i = 0; i < valid; ++i)
    result.errors += predictions.as<int32_t>()[i] != expected[i];
}

Status Session::trainStep(const float *inputs, const void *labels,
                          uint32_t epoch, BatchResult &result) {
  if (Status status = checkTrains(); status.failed())
    return status;
  if (info.step == UINT32_MAX)
    return failure("step %u: the step counter is exhausted", info.step);
  memset(flags.data(), 0, flags.size());
  program->train_step(&context, state.data(), arena.data(), inputs, labels,
                      info.seed, info.step, epoch, losses.as<float>(),
                      predictions.as<int32_t>(), flags.as<int32_t>());
  for (size_t i = 0; i < description.parameters.size(); ++i)
    if (flags.as<int32_t>()[i])
      return failure("step %u: update of parameter '%s' is not a number; its "
                     "weights were left unchanged",
                     info.step, description.parameters[i].name.c_str());
  sum(labels, description.batch, result);
  if (!std::isfinite(result.lossSum))
    return failure("step %u: the loss is not finite (%g)", info.step,
                   result.lossSum);
  ++info.step;
  return Status::success();
}

Status Session::evaluate(const float *inputs, const void *labels, int64_t valid,
                         BatchResult &result) {
  if (valid < 0 || valid > description.batch)
    return failure("expected 0 to %lld valid samples, got %lld",
                   (long long)description.batch, (long long)valid);
  program->evaluate(&context, state.data(), arena.data(), inputs, labels,
                    losses.as<float>(), predictions.as<int32_t>());
  sum(labels, valid, result);
  return Status::success();
}

void Session::predict(const float *inputs, float *outputs) {
  program->predict(&context, state.data(), arena.data(), inputs, outputs);
}

Status Session::save(const std::string &path) {
  if (Status status = checkTrains(); status.failed())
    return status;
  return saveCheckpoint(path, description, info, state.data());
}

Status Session::load(const std::string &path) {
  if (Status status = checkTrains(); status.failed())
    return status;
  return loadCheckpoint(path, description, info, state);
}

void Session::measureStatistics(const float *inputs, Buffer &block) {
  program->statistics(&context, state.data(), arena.data(), inputs,
                      block.data());
}

void Session::replaceTensor(const StateTensor &tensor, const void *data) {
  memcpy(state.data() + tensor.offset, data, tensor.bytes);
}

Status Session::foldConstants(Buffer &constants) {
  int64_t bytes = description.inference->constantsBytes;
  if (Status status = allocate(constants, bytes, "constants"); status.failed())
    return status;
  program->fold(&context, state.data(), arena.data(), constants.data());
  return Status::success();
}

bool Session::hasCodes() const { return !description.codes.empty(); }

void Session::readCodes(Buffer &codes) {
  program->codes(&context, state.data(), arena.data(), codes.data());
}

Status Session::readInitialCodes(Buffer &codes) {
  Buffer initial;
  if (Status status = allocate(initial, description.stateBytes, "state");
      status.failed())
    return status;
  program->init(&context, initial.data(), arena.data(), info.seed);
  program->codes(&context, initial.data(), arena.data(), codes.data());
  return Status::success();
}
