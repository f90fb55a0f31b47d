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
  for (Status status : {state.allocate(device, description.stateBytes, "state"),
                        arena.allocate(device, description.arenaBytes,
                                       "activations", HostCopy::None)})
    if (status.failed())
      return status;
  for (int i = 0; i < depth(); ++i)
    if (Status status = slots[i].create(device, description); status.failed())
      return status;
  if (!device)
    return Status::success();
  once.create(*device);
  if (Status status = outputs.allocate(
          device, 4 * description.batch * description.outputSize(), "outputs",
          HostCopy::None);
      status.failed())
    return status;
  return device->synchronize();
}

/// What is under way must not outlive the memory that it uses.
Session::~Session() {
  if (context.device && context.device->isOpen())
    context.device->await();
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

/// Brings results here and waits for them; returns what went wrong since the
/// last time.
Status Session::finish(std::initializer_list<SessionMemory *> results) {
  if (!context.device)
    return Status::success();
  for (SessionMemory *result : results)
    result->fetch();
  return context.device->synchronize();
}

/// `run` calls an entry of the program.
template <typename Run> void Session::runOnce(Run run) {
  if (!context.device)
    return run();
  // The scalars of the last call have been read then.
  context.device->await();
  once.run(run);
}

/// `run` calls an entry that writes all of `result`, given where.
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
  runOnce([&] { run(block.data()); });
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
  runOnce([&] { program->init(&context, state.data(), arena.data(), seed); });
  info = CheckpointInfo();
  info.seed = seed;
  return finish({});
}

void Session::sum(const BatchSlot &slot, BatchResult &result) const {
  result = BatchResult();
  for (int64_t i = 0; i < slot.valid; ++i)
    result.lossSum += slot.lossesHere()[i];
  if (!description.classification)
    return;
  auto *expected = static_cast<const int32_t *>(slot.labelsHere);
  for (int64_t i = 0; i < slot.valid; ++i)
    result.errors += slot.predictionsHere()[i] != expected[i];
}

Status Session::keepData(const Dataset &data, const ByteTables &tables) {
  if (!context.device)
    return failure("this program runs on the CPU");
  return kept.create(*context.device, data, tables,
                     program->gpu->gather_bytes ? description.stateBytes : -1);
}

/// Launches what writes the inputs of a batch whose samples are on the device.
void Session::gather(BatchSlot &slot) {
  if (!slot.source)
    return;
  auto *places = slot.places.as<int32_t>();
  float *inputs = slot.inputs.as<float>();
  uint8_t *data = slot.source->inputs.data();
  if (slot.source->isBytes)
    program->gpu->gather_bytes(&context, data, places, kept.tables(),
                               kept.channels(), inputs);
  else
    program->gpu->gather_floats(&context, reinterpret_cast<float *>(data),
                                places, inputs);
}

Status Session::startStep(const float *inputs, const void *labels,
                          uint32_t epoch) {
  if (Status status = checkTrains(); status.failed())
    return status;
  if (info.step == UINT32_MAX)
    return failure("step %u: the step counter is exhausted", info.step);
  BatchSlot &slot = nextSlot();
  slot.trains = true;
  slot.step = info.step;
  slot.valid = description.batch;
  slot.sendAhead(inputs, labels);
  if (!context.device)
    slot.flags.clear();
  Status queued = slot.run(slot.training, [&] {
    gather(slot);
    program->train_step(&context, state.data(), arena.data(),
                        slot.inputsAt(inputs), slot.labelsAt(labels), info.seed,
                        info.step, epoch, slot.losses.as<float>(),
                        slot.predictions.as<int32_t>(),
                        slot.flags.as<int32_t>());
  });
  if (queued.failed())
    return failure("step %u: %s", info.step, queued.message().c_str());
  ++numUnderWay;
  ++info.step;
  return Status::success();
}

/// What a step that has run says of itself.
Status Session::checkStep(const BatchSlot &slot,
                          const BatchResult &result) const {
  for (size_t i = 0; i < description.parameters.size(); ++i)
    if (slot.flagsHere()[i])
      return failure("step %u: update of parameter '%s' is not a number; its "
                     "weights were left unchanged",
                     slot.step, description.parameters[i].name.c_str());
  if (!std::isfinite(result.lossSum))
    return failure("step %u: the loss is not finite (%g)", slot.step,
                   result.lossSum);
  return Status::success();
}

Status Session::collect(BatchResult &result) {
  BatchSlot &slot = slots[oldest];
  oldest = (oldest + 1) % depth();
  --numUnderWay;
  collected = &slot;
  if (Status status = slot.finish(); status.failed())
    return slot.trains
               ? failure("step %u: %s", slot.step, status.message().c_str())
               : status;
  sum(slot, result);
  return slot.trains ? checkStep(slot, result) : Status::success();
}

Status Session::trainStep(const float *inputs, const void *labels,
                          uint32_t epoch, BatchResult &result) {
  uint32_t step = info.step;
  Status status = startStep(inputs, labels, epoch);
  if (!status.failed())
    status = collect(result);
  if (status.failed())
    info.step = step;
  return status;
}

Status Session::startEvaluation(const float *inputs, const void *labels,
                                int64_t valid) {
  if (valid < 0 || valid > description.batch)
    return failure("expected 0 to %lld valid samples, got %lld",
                   (long long)description.batch, (long long)valid);
  BatchSlot &slot = nextSlot();
  slot.trains = false;
  slot.valid = valid;
  slot.sendAhead(inputs, labels);
  Status queued = slot.run(slot.evaluation, [&] {
    gather(slot);
    program->evaluate(&context, state.data(), arena.data(),
                      slot.inputsAt(inputs), slot.labelsAt(labels),
                      slot.losses.as<float>(), slot.predictions.as<int32_t>());
  });
  numUnderWay += !queued.failed();
  return queued;
}

Status Session::evaluate(const float *inputs, const void *labels, int64_t valid,
                         BatchResult &result) {
  Status status = startEvaluation(inputs, labels, valid);
  return status.failed() ? status : collect(result);
}

Status Session::predict(const float *inputs, float *results) {
  slots[0].send(inputs);
  runOnce([&] {
    program->predict(&context, state.data(), arena.data(),
                     slots[0].inputsAt(inputs),
                     context.device ? outputs.as<float>() : results);
  });
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

Status Session::load(const std::string &path, Buffer *initialCodes) {
  if (Status status = checkTrains(); status.failed())
    return status;
  // In the one state, before the checkpoint's takes its place.
  auto readInitialCodes = [&](const CheckpointInfo &stored) {
    if (!initialCodes || !hasCodes())
      return Status::success();
    Status status = init(stored.seed);
    return status.failed() ? status : readCodes(*initialCodes);
  };
  if (Status status = loadCheckpoint(path, description, info, state.host(),
                                     readInitialCodes);
      status.failed())
    return status;
  state.send();
  return finish({});
}

Status Session::measureStatistics(const float *inputs, Buffer &block) {
  slots[0].send(inputs);
  return readInto(block, [&](uint8_t *to) {
    program->statistics(&context, state.data(), arena.data(),
                        slots[0].inputsAt(inputs), to);
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

std::string Session::describeLibraries() const {
  return context.device ? context.device->describeOperations() : "";
}

std::optional<int64_t> Session::deviceBytes() const {
  if (!context.device)
    return std::nullopt;
  return context.device->peakBytes();
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
