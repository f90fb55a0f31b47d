//===- CompiledProgram.cpp - A module, compiled and interpreted -----------===//
//
// The context of compiled code is this test's own: its parallel loop runs the
// ranges of a number of threads in descending order, so that iterations which
// are not independent show.
//
//===----------------------------------------------------------------------===//

#include "CompiledProgram.h"
#include "StateBlock.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
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

std::unique_ptr<CompiledProgram>
CompiledProgram::create(const std::string &text, const Target &target) {
  std::unique_ptr<CompiledProgram> result(new CompiledProgram);
  result->module = parseSourceString<ModuleOp>(text, &getContext());
  if (!result->module) {
    ADD_FAILURE() << "cannot parse the program";
    return nullptr;
  }
  auto description = describeProgram(*result->module);
  if (failed(description)) {
    ADD_FAILURE() << "not a program";
    return nullptr;
  }
  result->description = *description;
  return result->compile(target) ? std::move(result) : nullptr;
}

CompiledProgram::~CompiledProgram() = default;

bool CompiledProgram::compile(const Target &target) {
  auto cpu = resolveTargetCPU(target.cpu);
  if (!cpu) {
    ADD_FAILURE() << llvm::toString(cpu.takeError());
    return false;
  }
  OwningOpRef<ModuleOp> lowered = module->clone();
  PassManager manager(&getContext());
  // The first pipeline without its first step, whose result the module is.
  if (failed(parsePassPipeline(
          "canonicalize,cse,qnet-expand-updates,convert-qnet-to-linalg,"
          "qnet-expand-rounding,canonicalize,cse,"
          "func.func(qnet-fuse-elementwise),cse",
          manager)))
    return false;
  CPUPipelineOptions options;
  options.vectorBits = target.vectorBits ? target.vectorBits : cpu->vectorBits;
  buildBufferizePipeline(manager);
  buildToLoopsPipeline(manager, options);
  buildToLLVMPipeline(manager);
  QnetEmitProgramOptions program;
  program.emitMain = false;
  manager.addPass(createQnetEmitProgram(program));
  if (failed(manager.run(*lowered))) {
    ADD_FAILURE() << "cannot lower";
    return false;
  }
  if (auto bytes = (*lowered)->getAttrOfType<IntegerAttr>("qnet.arena_bytes"))
    arenaBytes = bytes.getInt();
  return load(*lowered, target);
}

/// The module as an object file in memory.
static std::unique_ptr<llvm::MemoryBuffer> emitObject(ModuleOp lowered,
                                                      const TargetCPU &cpu) {
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
  auto object = emitObject(lowered, *resolveTargetCPU(target.cpu));
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

StepResults CompiledProgram::runCompiled(StateBytes &state,
                                         StepArguments arguments,
                                         unsigned threads) {
  // Scratch memory starts as NaNs: reading it before writing shows.
  StateBytes arena(arenaBytes);
  std::memset(arena.data(), 0xFF, arenaBytes);
  StepResults results;
  results.flags.assign(description.parameters.size(), 0);
  StateBytes inputs(kStateAlignment), labels(kStateAlignment);
  float loss = 0;
  int32_t prediction = 0;
  qnet_context context{threads};
  program->train_step(&context, state.data(), arena.data(),
                      reinterpret_cast<const float *>(inputs.data()),
                      labels.data(), arguments.seed, arguments.step,
                      arguments.epoch, &loss, &prediction,
                      results.flags.data());
  EXPECT_TRUE(arena.guardsAreIntact()) << "a write outside the arena";
  EXPECT_TRUE(state.guardsAreIntact()) << "a write outside the state";
  return results;
}

StepResults CompiledProgram::runInterpreted(StateBytes &state,
                                            StepArguments arguments) {
  func::FuncOp function = description.trainStep;
  SmallVector<Datum> values;
  for (const StateEntry &entry : description.state)
    values.push_back(readTensor(entry.type, state.data() + entry.offset));
  Type i32 = IntegerType::get(&getContext(), 32);
  for (unsigned i = values.size(), e = function.getNumArguments(); i < e; ++i) {
    Type type = function.getArgumentTypes()[i];
    unsigned fromEnd = e - i; // Last come seed, step and epoch.
    if (fromEnd > 3) {
      values.push_back(Datum::zeros(type));
      continue;
    }
    uint32_t number = fromEnd == 3   ? arguments.seed
                      : fromEnd == 2 ? arguments.step
                                     : arguments.epoch;
    values.push_back(Datum(i32, Scalar::ofInteger(int32_t(number))));
  }
  StepResults results;
  results.flags.assign(description.parameters.size(), 0);
  auto returned = Interpreter().call(function, values);
  if (failed(returned)) {
    ADD_FAILURE() << "the interpreter failed";
    return results;
  }
  for (auto [entry, value] : llvm::zip(description.state, *returned))
    writeTensor(value, state.data() + entry.offset);
  const Datum &flags = returned->back();
  for (auto [i, flag] : llvm::enumerate(results.flags))
    flag = flags[i].integer;
  return results;
}
