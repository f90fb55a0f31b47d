//===- CompiledProgram.cpp - A module, compiled and interpreted -----------===//
//
// The context of compiled code is this test's own: its parallel loop runs the
// ranges of a number of threads in descending order, so that iterations which
// are not independent show.
//
//===----------------------------------------------------------------------===//

#include "CompiledProgram.h"
#include "EmulatedKernels.h"
#include "StateBlock.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "qnet/Autodiff/Passes.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Driver/Driver.h"
#include "qnet/InitAll.h"
#include "qnet/Pipelines/Pipelines.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

//===----------------------------------------------------------------------===//
// What compiled code calls
//===----------------------------------------------------------------------===//

struct qnet_context {
  unsigned threads;
};

static void runParallelFor(qnet_context *context, int64_t count,
                           qnet_loop_body body, void *captures) {
  int64_t threads = context->threads;
  for (int64_t t = threads; t-- > 0;) {
    int64_t begin = count * t / threads, end = count * (t + 1) / threads;
    if (begin < end)
      body(captures, begin, end);
  }
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

static constexpr int64_t kGuard = 256;
static constexpr uint8_t kGuardByte = 0xA5;

StateBytes::StateBytes(int64_t size)
    : size(size), storage(size + 2 * kGuard + kStateAlignment, kGuardByte) {
  auto start = reinterpret_cast<uintptr_t>(storage.data()) + kGuard;
  offset = kGuard + (kStateAlignment - start % kStateAlignment);
  std::memset(data(), 0, size);
}

bool StateBytes::guardsAreIntact() const {
  for (int64_t i = 0, e = storage.size(); i < e; ++i)
    if ((i < offset || i >= offset + size) && storage[i] != kGuardByte)
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

MLIRContext &qnet::test::getContext() {
  static MLIRContext *context = [] {
    static DialectRegistry registry;
    registerAll(registry);
    registerInterpreterRules(registry);
    registerBuiltinDialectTranslation(registry);
    registerLLVMDialectTranslation(registry);
    static MLIRContext instance(registry, MLIRContext::Threading::DISABLED);
    instance.loadAllAvailableDialects();
    return &instance;
  }();
  return *context;
}

bool CompiledProgram::describe() {
  auto read = describeProgram(*module);
  if (failed(read)) {
    ADD_FAILURE() << "not a program";
    return false;
  }
  description = *read;
  return true;
}

std::unique_ptr<CompiledProgram>
CompiledProgram::create(const std::string &text, const Target &target) {
  std::unique_ptr<CompiledProgram> result(new CompiledProgram);
  result->module = parseSourceString<ModuleOp>(text, &getContext());
  if (!result->module) {
    ADD_FAILURE() << "cannot parse the program";
    return nullptr;
  }
  if (!result->describe() || !result->compile(target))
    return nullptr;
  return result;
}

std::unique_ptr<CompiledProgram>
CompiledProgram::createFromGraph(const std::string &text,
                                 const Target &target) {
  std::unique_ptr<CompiledProgram> result(new CompiledProgram);
  result->graph = parseSourceString<ModuleOp>(text, &getContext());
  if (!result->graph) {
    ADD_FAILURE() << "cannot parse the graph";
    return nullptr;
  }
  result->module = result->graph->clone();
  PassManager manager(&getContext());
  manager.addPass(createQnetBuildTrainingStep());
  manager.addPass(createQnetBuildInference());
  if (failed(manager.run(*result->module))) {
    ADD_FAILURE() << "cannot build the training step";
    return nullptr;
  }
  if (!result->describe() || !result->compile(target))
    return nullptr;
  return result;
}

CompiledProgram::~CompiledProgram() = default;

/// The pipeline of qnet-compile without its first passes, whose result the
/// module is, to buffers.
static bool addPipelineOfSteps(PassManager &manager) {
  if (failed(parsePassPipeline(
          "canonicalize,cse,qnet-expand-updates,convert-qnet-to-linalg,"
          "qnet-expand-rounding,canonicalize,cse,"
          "func.func(qnet-fuse-elementwise),cse",
          manager)))
    return false;
  buildBufferizePipeline(manager);
  return true;
}

bool CompiledProgram::addSteps(PassManager &manager, const Target &target) {
  if (!target.gpuMath.empty()) {
    GPUPipelineOptions options;
    options.math = target.gpuMath;
    options.splitSums = target.splitSums;
    options.chip = target.gpuChip;
    buildToKernelsPipeline(manager, options);
    return true;
  }
  auto cpu = resolveTargetCPU(target.cpu);
  if (!cpu) {
    ADD_FAILURE() << llvm::toString(cpu.takeError());
    return false;
  }
  CPUPipelineOptions options;
  options.vectorBits = target.vectorBits ? target.vectorBits : cpu->vectorBits;
  auto tables = useTables(target.products, *cpu);
  if (!tables) {
    ADD_FAILURE() << llvm::toString(tables.takeError());
    return false;
  }
  options.tableProducts = *tables && options.vectorBits > 128;
  options.winogradProducts = target.filters && useWinograd(target.products);
  options.fuseEpilogues = target.epilogues;
  buildToLoopsPipeline(manager, options);
  return true;
}

bool CompiledProgram::compile(const Target &target) {
  OwningOpRef<ModuleOp> lowered = graph ? graph->clone() : module->clone();
  PassManager manager(&getContext());
  if (graph) {
    buildToLinalgPipeline(manager);
    buildBufferizePipeline(manager);
  } else if (!addPipelineOfSteps(manager)) {
    return false;
  }
  if (!addSteps(manager, target))
    return false;
  if (failed(manager.run(*lowered))) {
    ADD_FAILURE() << "cannot lower";
    return false;
  }
  if (!target.gpuMath.empty()) {
    lowered->walk([&](Operation *op) {
      numMatrixInstructions += isa<NVVM::MmaOp, NVVM::WgmmaMmaAsyncOp>(op);
      numWarpgroupInstructions += isa<NVVM::WgmmaMmaAsyncOp>(op);
    });
    if (failed(runKernelsInPlace(*lowered, target.descending))) {
      ADD_FAILURE() << "cannot emulate the kernels";
      return false;
    }
  }
  PassManager rest(&getContext());
  buildToLLVMPipeline(rest);
  QnetEmitProgramOptions program;
  program.emitMain = false;
  rest.addPass(createQnetEmitProgram(program));
  if (failed(rest.run(*lowered))) {
    ADD_FAILURE() << "cannot make a program";
    return false;
  }
  if (auto bytes = (*lowered)->getAttrOfType<IntegerAttr>("qnet.arena_bytes"))
    arenaBytes = bytes.getInt();
  return load(*lowered, target);
}

/// The module as an object file in memory.
static std::unique_ptr<llvm::MemoryBuffer>
emitObject(ModuleOp lowered, const TargetCPU &cpu, bool optimizes) {
  llvm::LLVMContext context;
  auto llvmModule = translateModuleToLLVMIR(lowered, context);
  auto machine = createTargetMachine(cpu);
  if (!llvmModule || !machine) {
    llvm::consumeError(machine.takeError());
    return nullptr;
  }
  llvmModule->setTargetTriple((*machine)->getTargetTriple());
  llvmModule->setDataLayout((*machine)->createDataLayout());
  for (llvm::Function &function : *llvmModule) {
    function.addFnAttr("target-cpu", cpu.name);
    function.addFnAttr("target-features", cpu.features);
  }
  if (optimizes)
    optimize(*llvmModule, **machine);
  SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  if (auto error = emitMachineCode(*llvmModule, **machine, stream, false)) {
    llvm::consumeError(std::move(error));
    return nullptr;
  }
  return llvm::MemoryBuffer::getMemBufferCopy(
      StringRef(bytes.data(), bytes.size()));
}

bool CompiledProgram::load(ModuleOp lowered, const Target &target) {
  auto object =
      emitObject(lowered, *resolveTargetCPU(target.cpu), target.optimizes);
  if (!object) {
    ADD_FAILURE() << "cannot make machine code";
    return false;
  }
  auto run = [&]() -> llvm::Error {
    auto created = llvm::orc::LLJITBuilder().create();
    if (!created)
      return created.takeError();
    jit = std::move(*created);
    llvm::orc::SymbolMap symbols;
    symbols[jit->mangleAndIntern("qnet_parallel_for")] = {
        llvm::orc::ExecutorAddr::fromPtr(&runParallelFor),
        llvm::JITSymbolFlags::Exported};
    if (auto error = jit->getMainJITDylib().define(
            llvm::orc::absoluteSymbols(std::move(symbols))))
      return error;
    if (auto error = jit->addObjectFile(std::move(object)))
      return error;
    auto address = jit->lookup(description.name + "_program");
    if (!address)
      return address.takeError();
    program = address->toPtr<const qnet_program *>();
    return llvm::Error::success();
  };
  if (auto error = run()) {
    ADD_FAILURE() << llvm::toString(std::move(error));
    return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

const StateEntry &CompiledProgram::getEntry(StringRef name) const {
  for (const StateEntry &entry : description.state)
    if (entry.attr.getName() == name)
      return entry;
  llvm::report_fatal_error("no state '" + name + "' in the test's program");
}

StepResults CompiledProgram::makeResults() const {
  StepResults results;
  results.flags.assign(description.parameters.size(), 0);
  results.losses.assign(description.batch, 0.0f);
  results.predictions.assign(description.batch, 0);
  return results;
}

/// A batch in memory that is aligned as the ABI demands.
static StateBytes alignedBatch(const std::vector<uint8_t> &bytes) {
  StateBytes copy(std::max<int64_t>(bytes.size(), kStateAlignment));
  std::copy(bytes.begin(), bytes.end(), copy.data());
  return copy;
}

/// Scratch memory starts as NaNs: reading it before writing shows.
static StateBytes scratchMemory(int64_t size) {
  StateBytes arena(size);
  std::memset(arena.data(), 0xFF, size);
  return arena;
}

static void expectIntact(const StateBytes &arena, const StateBytes &state) {
  EXPECT_TRUE(arena.guardsAreIntact()) << "a write outside the arena";
  EXPECT_TRUE(state.guardsAreIntact()) << "a write outside the state";
}

StepResults CompiledProgram::runCompiled(StateBytes &state,
                                         StepArguments arguments,
                                         unsigned threads) {
  StateBytes arena = scratchMemory(arenaBytes);
  StateBytes inputs = alignedBatch(arguments.inputs);
  StateBytes labels = alignedBatch(arguments.labels);
  StepResults results = makeResults();
  qnet_context context{threads};
  program->train_step(&context, state.data(), arena.data(),
                      reinterpret_cast<const float *>(inputs.data()),
                      labels.data(), arguments.seed, arguments.step,
                      arguments.epoch, results.losses.data(),
                      results.predictions.data(), results.flags.data());
  expectIntact(arena, state);
  return results;
}

StepResults CompiledProgram::evaluateCompiled(StateBytes &state,
                                              StepArguments arguments,
                                              unsigned threads) {
  StateBytes arena = scratchMemory(arenaBytes);
  StateBytes inputs = alignedBatch(arguments.inputs);
  StateBytes labels = alignedBatch(arguments.labels);
  StepResults results = makeResults();
  qnet_context context{threads};
  program->evaluate(&context, state.data(), arena.data(),
                    reinterpret_cast<const float *>(inputs.data()),
                    labels.data(), results.losses.data(),
                    results.predictions.data());
  expectIntact(arena, state);
  return results;
}

void CompiledProgram::initCompiled(StateBytes &state, uint32_t seed) {
  StateBytes arena = scratchMemory(arenaBytes);
  qnet_context context{2};
  program->init(&context, state.data(), arena.data(), seed);
  expectIntact(arena, state);
}

static StringRef roleOf(Attribute attr) {
  auto role = dyn_cast_or_null<StringAttr>(attr);
  return role ? role.getValue() : StringRef();
}

static Datum readBatch(Type type, const std::vector<uint8_t> &bytes) {
  if (bytes.empty())
    return Datum::zeros(type);
  return readTensor(cast<RankedTensorType>(type), bytes.data());
}

/// The value of an argument that is not state.
static Datum readArgument(Type type, StringRef role,
                          const StepArguments &arguments) {
  if (role == "inputs")
    return readBatch(type, arguments.inputs);
  if (role == "labels")
    return readBatch(type, arguments.labels);
  uint32_t number = role == "seed"   ? arguments.seed
                    : role == "step" ? arguments.step
                                     : arguments.epoch;
  return Datum(type, Scalar::ofInteger(int32_t(number)));
}

/// A result that is not state.
static void writeResult(const Datum &value, StringRef role,
                        StepResults &results) {
  if (role == "losses")
    for (auto [i, loss] : llvm::enumerate(results.losses))
      loss = float(value[i].real);
  std::vector<int32_t> *numbers = role == "flags"         ? &results.flags
                                  : role == "predictions" ? &results.predictions
                                                          : nullptr;
  if (numbers)
    for (auto [i, number] : llvm::enumerate(*numbers))
      number = value[i].integer;
}

StepResults CompiledProgram::interpret(func::FuncOp function, StateBytes &state,
                                       const StepArguments &arguments,
                                       InterpreterOptions options) {
  SmallVector<Datum> values;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    if (auto attr = function.getArgAttrOfType<StateAttr>(
            i, QnetDialect::kStateAttrName)) {
      const StateEntry &entry = getEntry(attr.getName());
      values.push_back(readTensor(entry.type, state.data() + entry.offset));
      continue;
    }
    StringRef role = roleOf(function.getArgAttr(i, QnetDialect::kRoleAttrName));
    values.push_back(readArgument(type, role, arguments));
  }
  StepResults results = makeResults();
  auto returned = Interpreter(options).call(function, values);
  if (failed(returned)) {
    ADD_FAILURE() << "the interpreter failed";
    return results;
  }
  // State comes first, in the description's order.
  unsigned pieces = 0;
  for (auto [i, value] : llvm::enumerate(*returned)) {
    StringRef role =
        roleOf(function.getResultAttr(i, QnetDialect::kRoleAttrName));
    if (role.empty() && pieces < description.state.size())
      writeTensor(value, state.data() + description.state[pieces++].offset);
    else
      writeResult(value, role, results);
  }
  return results;
}

StepResults CompiledProgram::runInterpreted(StateBytes &state,
                                            StepArguments arguments,
                                            InterpreterOptions options) {
  return interpret(description.trainStep, state, arguments, options);
}

StepResults CompiledProgram::evaluateInterpreted(StateBytes &state,
                                                 StepArguments arguments,
                                                 InterpreterOptions options) {
  return interpret(description.evaluate, state, arguments, options);
}

void CompiledProgram::initInterpreted(StateBytes &state, uint32_t seed) {
  StepArguments arguments;
  arguments.seed = seed;
  interpret(description.init, state, arguments, {});
}
