//===- ProgramHost.cpp - An interpreted program as a trainer --------------===//
//
// Arguments and results of an entry are found by their roles and states. The
// ABI has no way to say that interpreting failed, so the process ends there:
// its checkpoints are replaced atomically and stay whole.
//
//===----------------------------------------------------------------------===//

#include "ProgramHost.h"
#include "StateBlock.h"
#include "qnet-runtime/qnet.h"
#include "qnet/Interpreter/Interpreter.h"

#include <cstdlib>

using namespace mlir;
using namespace qnet;

namespace {

/// The buffers of one call, by role; null where the entry has no such role.
struct Buffers {
  const uint8_t *state = nullptr;
  uint8_t *newState = nullptr;
  const float *inputs = nullptr;
  const void *labels = nullptr;
  uint32_t seed = 0, step = 0, epoch = 0;
  float *losses = nullptr;
  int32_t *predictions = nullptr, *flags = nullptr;
  float *outputs = nullptr;
};

class Host {
public:
  explicit Host(ProgramDescription description)
      : description(std::move(description)) {
    for (const StateEntry &entry : this->description.state)
      entries[entry.attr.getName()] = &entry;
  }

  /// Calls an entry and writes its results to the buffers.
  void run(func::FuncOp function, const Buffers &buffers);
  void runCodes(const uint8_t *state, uint8_t *codes);
  void runFold(const uint8_t *state, uint8_t *constants);

  const ProgramDescription description;

private:
  Datum readArgument(func::FuncOp function, unsigned index,
                     const Buffers &buffers);
  SmallVector<Datum> call(func::FuncOp function, const Buffers &buffers);

  llvm::StringMap<const StateEntry *> entries;
};

} // namespace

static StringRef getRole(Attribute attr) {
  auto role = dyn_cast_or_null<StringAttr>(attr);
  return role ? role.getValue() : StringRef();
}

Datum Host::readArgument(func::FuncOp function, unsigned index,
                         const Buffers &buffers) {
  Type type = function.getArgumentTypes()[index];
  if (auto attr = function.getArgAttrOfType<StateAttr>(
          index, QnetDialect::kStateAttrName)) {
    const StateEntry &entry = *entries.lookup(attr.getName());
    return readTensor(entry.type, buffers.state + entry.offset);
  }
  StringRef role =
      getRole(function.getArgAttr(index, QnetDialect::kRoleAttrName));
  if (role == "inputs" || role == "labels") {
    const void *data = role == "inputs" ? buffers.inputs : buffers.labels;
    return readTensor(cast<RankedTensorType>(type),
                      static_cast<const uint8_t *>(data));
  }
  uint32_t number = role == "seed"   ? buffers.seed
                    : role == "step" ? buffers.step
                                     : buffers.epoch;
  return Datum(type, Scalar::ofInteger(int32_t(number)));
}

SmallVector<Datum> Host::call(func::FuncOp function, const Buffers &buffers) {
  SmallVector<Datum> arguments;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    arguments.push_back(readArgument(function, i, buffers));
  Interpreter interpreter;
  auto results = interpreter.call(function, arguments);
  if (failed(results))
    std::_Exit(EXIT_FAILURE);
  return *results;
}

void Host::run(func::FuncOp function, const Buffers &buffers) {
  SmallVector<Datum> results = call(function, buffers);
  for (auto [i, result] : llvm::enumerate(results)) {
    if (auto attr = function.getResultAttrOfType<StateAttr>(
            i, QnetDialect::kStateAttrName)) {
      writeTensor(result,
                  buffers.newState + entries.lookup(attr.getName())->offset);
      continue;
    }
    StringRef role =
        getRole(function.getResultAttr(i, QnetDialect::kRoleAttrName));
    void *data = role == "losses"        ? static_cast<void *>(buffers.losses)
                 : role == "predictions" ? buffers.predictions
                 : role == "flags"       ? buffers.flags
                 : role == "outputs"     ? static_cast<void *>(buffers.outputs)
                                         : nullptr;
    if (data)
      writeTensor(result, static_cast<uint8_t *>(data));
  }
}

void Host::runCodes(const uint8_t *state, uint8_t *codes) {
  Buffers buffers;
  buffers.state = state;
  SmallVector<Datum> results = call(description.codesEntry, buffers);
  for (auto [piece, result] : llvm::zip(description.codes, results))
    writeTensor(result, codes + piece.offset);
}

void Host::runFold(const uint8_t *state, uint8_t *constants) {
  Buffers buffers;
  buffers.state = state;
  SmallVector<Datum> results = call(description.foldEntry, buffers);
  for (auto [piece, result] : llvm::zip(description.constants, results))
    writeTensor(result, constants + piece.offset);
}

static Host &getHost(qnet_context *context) {
  return *static_cast<Host *>(qnet_context_user(context));
}

static void init(qnet_context *context, uint8_t *state, uint8_t *,
                 uint32_t seed) {
  Buffers buffers;
  buffers.newState = state;
  buffers.seed = seed;
  Host &host = getHost(context);
  host.run(host.description.init, buffers);
}

static void trainStep(qnet_context *context, uint8_t *state, uint8_t *,
                      const float *inputs, const void *labels, uint32_t seed,
                      uint32_t step, uint32_t epoch, float *losses,
                      int32_t *predictions, int32_t *flags) {
  Host &host = getHost(context);
  host.run(host.description.trainStep,
           {state, state, inputs, labels, seed, step, epoch, losses,
            predictions, flags, nullptr});
}

static void evaluate(qnet_context *context, const uint8_t *state, uint8_t *,
                     const float *inputs, const void *labels, float *losses,
                     int32_t *predictions) {
  Buffers buffers;
  buffers.state = state;
  buffers.inputs = inputs;
  buffers.labels = labels;
  buffers.losses = losses;
  buffers.predictions = predictions;
  Host &host = getHost(context);
  host.run(host.description.evaluate, buffers);
}

static void predict(qnet_context *context, const uint8_t *state, uint8_t *,
                    const float *inputs, float *outputs) {
  Buffers buffers;
  buffers.state = state;
  buffers.inputs = inputs;
  buffers.outputs = outputs;
  Host &host = getHost(context);
  host.run(host.description.predict, buffers);
}

static void codes(qnet_context *context, const uint8_t *state, uint8_t *,
                  uint8_t *codes) {
  getHost(context).runCodes(state, codes);
}

static void statistics(qnet_context *context, const uint8_t *state, uint8_t *,
                       const float *inputs, uint8_t *statistics) {
  Buffers buffers;
  buffers.state = state;
  buffers.newState = statistics;
  buffers.inputs = inputs;
  Host &host = getHost(context);
  host.run(host.description.statisticsEntry, buffers);
}

static void fold(qnet_context *context, const uint8_t *state, uint8_t *,
                 uint8_t *constants) {
  getHost(context).runFold(state, constants);
}

int runTrainer(ModuleOp module, const std::vector<char *> &command) {
  FailureOr<ProgramDescription> description = describeProgram(module);
  if (failed(description))
    return EXIT_FAILURE;
  std::string manifest =
      toManifest(*description, /*arenaBytes=*/0, "interpreter");
  Host host(std::move(*description));
  qnet_program program = {};
  program.abi_version = QNET_ABI_VERSION;
  program.manifest = manifest.c_str();
  program.user = &host;
  program.init = init;
  program.train_step = trainStep;
  program.evaluate = evaluate;
  program.predict = predict;
  if (!host.description.codes.empty())
    program.codes = codes;
  if (host.description.statisticsEntry)
    program.statistics = statistics;
  if (host.description.foldEntry)
    program.fold = fold;
  std::vector<char *> argv = {const_cast<char *>("qnet-interpret")};
  argv.insert(argv.end(), command.begin(), command.end());
  return qnet_trainer_main(argv.size(), argv.data(), &program);
}
