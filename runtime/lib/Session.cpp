//===- Session.cpp - a program with its state, threads and step -----------===//
//
// See Session.h. Losses are added in double and in the order of the samples, so
// sums do not depend on threads.
//
//===----------------------------------------------------------------------===//
#include "Session.h"

#include <cmath>
#include <cstring>
#include <new>

using namespace qnet::rt;

Status Session::allocate(Buffer &buffer, int64_t bytes,
                         const char *what) const {
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

Status Session::allocateMemory() {
  CudaDevice *device = context.device.get();
  int64_t batch = description.batch;
  int64_t parameters = description.parameters.size();
  for (Status status :
       {state.allocate(device, description.stateBytes, "state"),
        arena.allocate(device, description.arenaBytes, "activations", true),
        losses.allocate(device, 4 * batch, "losses"),
        predictions.allocate(device, 4 * batch, "predictions"),
        flags.allocate(device, 4 * parameters, "flags")})
    if (status.failed())
      return status;
  if (!device)
    return Status::success();
  int64_t labels = description.classification ? 1 : description.targetSize();
  for (Status status :
       {batchInputs.allocate(device, 4 * batch * description.sampleSize(),
                             "inputs", true),
        batchLabels.allocate(device, 4 * batch * labels, "labels", true),
        outputs.allocate(device, 4 * batch * description.outputSize(),
                         "outputs", true)})
    if (status.failed())
      return status;
  return device->synchronize();
}

Status Session::create(const qnet_program &source, unsigned threads,
                       bool runs) {
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
  if (source.gpu && runs) {
    context.device.reset(new (std::nothrow) CudaDevice(*source.gpu));
    if (!context.device)
      return failure("out of memory");
    if (Status status = context.device->open(); status.failed())
      return status;
  }
  for (Status status : {allocateMemory(), context.pool.start(threads)})
    if (status.failed())
      return status;
  info.seed = description.seed;
  if (!source.constants)
    return Status::success();
  memcpy(state.host().data(), source.constants, description.stateBytes);
  info.normalization = description.normalization;
  state.send();
  return finish({});
}

/// Brings a batch to the program.
void Session::sendBatch(const float *inputs, const void *labels) {
  batchInputs.sendFrom(inputs);
  if (labels)
    batchLabels.sendFrom(labels);
}

/// Brings results here and waits for them; returns what went wrong since the
/// last time.
Status Session::finish(std::initializer_list<SessionMemory *> results) {
  if (!context.device)
    return Status::success();
  for (SessionMemory *result : results)
    result->fetch();
  return context.device->synchronize();
}

/// `run` is an entry that writes all of `result`, given where.
template <typename Run> Status Session::readInto(Buffer &result, Run run) {
  if (!context.device) {
    run(result.data());
    return Status::success();
  }
  SessionMemory block;
  if (Status status =
          block.allocate(context.device.get(), result.size(), "results");
      status.failed())
    return status;
  run(block.data());
  Status status = finish({&block});
  result.swap(block.host());
  return status;
}

Status Session::checkTrains() const {
  if (!isPredictor())
    return Status::success();
  return failure("this program is a predictor: it holds a trained net, and has "
                 "neither training nor checkpoints");
}

Status Session::init(uint32_t seed) {
  state.clear();
  program->init(&context, state.data(), arena.data(), seed);
  info = CheckpointInfo();
  info.seed = seed;
  return finish({});
}

void Session::sum(const void *labels, int64_t valid,
                  BatchResult &result) const {
  result = BatchResult();
  for (int64_t i = 0; i < valid; ++i)
    result.lossSum += losses.host().as<float>()[i];
  if (!description.classification)
    return;
  auto *expected = static_cast<const int32_t *>(labels);
  for (int64_t i = 0; i < valid; ++i)
    result.errors += predicted()[i] != expected[i];
}

Status Session::trainStep(const float *inputs, const void *labels,
                          uint32_t epoch, BatchResult &result) {
  if (Status status = checkTrains(); status.failed())
    return status;
  if (info.step == UINT32_MAX)
    return failure("step %u: the step counter is exhausted", info.step);
  flags.clear();
  sendBatch(inputs, labels);
  program->train_step(&context, state.data(), arena.data(), inputsAt(inputs),
                      labelsAt(labels), info.seed, info.step, epoch,
                      losses.as<float>(), predictions.as<int32_t>(),
                      flags.as<int32_t>());
  if (Status status = finish({&losses, &predictions, &flags}); status.failed())
    return failure("step %u: %s", info.step, status.message().c_str());
  for (size_t i = 0; i < description.parameters.size(); ++i)
    if (flags.host().as<int32_t>()[i])
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
  sendBatch(inputs, labels);
  program->evaluate(&context, state.data(), arena.data(), inputsAt(inputs),
                    labelsAt(labels), losses.as<float>(),
                    predictions.as<int32_t>());
  if (Status status = finish({&losses, &predictions}); status.failed())
    return status;
  sum(labels, valid, result);
  return Status::success();
}

Status Session::predict(const float *inputs, float *results) {
  sendBatch(inputs, nullptr);
  program->predict(&context, state.data(), arena.data(), inputsAt(inputs),
                   context.device ? outputs.as<float>() : results);
  outputs.fetchTo(results);
  return finish({});
}

Status Session::save(const std::string &path) {
  if (Status status = checkTrains(); status.failed())
    return status;
  if (Status status = finish({&state}); status.failed())
    return status;
  return saveCheckpoint(path, description, info, state.host().data());
}

Status Session::load(const std::string &path) {
  if (Status status = checkTrains(); status.failed())
    return status;
  if (Status status = loadCheckpoint(path, description, info, state.host());
      status.failed())
    return status;
  state.send();
  return finish({});
}

Status Session::measureStatistics(const float *inputs, Buffer &block) {
  sendBatch(inputs, nullptr);
  return readInto(block, [&](uint8_t *to) {
    program->statistics(&context, state.data(), arena.data(), inputsAt(inputs),
                        to);
  });
}

const uint8_t *Session::stateOf(const StateTensor &tensor) const {
  state.fetch(tensor.offset, tensor.bytes);
  if (context.device)
    context.device->await();
  return state.host().data() + tensor.offset;
}

Status Session::replaceTensor(const StateTensor &tensor, const void *data) {
  state.fetch();
  if (Status status = finish({}); status.failed())
    return status;
  memcpy(state.host().data() + tensor.offset, data, tensor.bytes);
  state.send();
  return finish({});
}

std::string Session::describeDevice() const {
  return context.device ? context.device->name() : "";
}

Status Session::foldConstants(Buffer &constants) {
  int64_t bytes = description.inference->constantsBytes;
  if (Status status = allocate(constants, bytes, "constants"); status.failed())
    return status;
  return readInto(constants, [&](uint8_t *to) {
    program->fold(&context, state.data(), arena.data(), to);
  });
}

bool Session::hasCodes() const { return !description.codes.empty(); }

Status Session::readCodes(Buffer &codes) {
  return readInto(codes, [&](uint8_t *to) {
    program->codes(&context, state.data(), arena.data(), to);
  });
}

Status Session::readInitialCodes(Buffer &codes) {
  SessionMemory initial;
  if (Status status = initial.allocate(context.device.get(),
                                       description.stateBytes, "state");
      status.failed())
    return status;
  program->init(&context, initial.data(), arena.data(), info.seed);
  return readInto(codes, [&](uint8_t *to) {
    program->codes(&context, initial.data(), arena.data(), to);
  });
}
