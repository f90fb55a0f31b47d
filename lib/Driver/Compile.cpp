//===- Compile.cpp - From a training graph to a trainer -------------------===//
//
// Parse, override, lower, translate, optimize, emit, link.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Codegen/GPU/Ptx.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/Transforms/Passes.h"
#include "qnet/Driver/Driver.h"
#include "qnet/InitAll.h"
#include "qnet/Pipelines/Pipelines.h"
#include "qnet/Program/MemoryPlan.h"
#include "qnet/Program/Program.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace qnet;

/// One line, lower case: other libraries' messages are not always so.
static LogicalResult report(llvm::Error error) {
  std::string text = llvm::toString(std::move(error));
  std::string message = StringRef(text).trim().split('\n').first.str();
  if (!message.empty())
    message[0] = llvm::toLower(message[0]);
  llvm::errs() << "qnet-compile: error: " << message << "\n";
  return failure();
}

static llvm::Error loadPlugins(const CompileOptions &options,
                               DialectRegistry &registry) {
  for (const std::string &path : options.dialectPlugins) {
    llvm::Expected<DialectPlugin> plugin = DialectPlugin::load(path);
    if (!plugin)
      return plugin.takeError();
    plugin->registerDialectRegistryCallbacks(registry);
  }
  for (const std::string &path : options.passPlugins) {
    llvm::Expected<PassPlugin> plugin = PassPlugin::load(path);
    if (!plugin)
      return plugin.takeError();
    plugin->registerPassRegistryCallbacks();
  }
  return llvm::Error::success();
}

namespace {
/// One compilation.
class Compiler {
public:
  Compiler(const CompileOptions &options, MLIRContext &context)
      : options(options), context(context) {}

  LogicalResult run();

private:
  LogicalResult parse();
  bool isInferenceGraph();
  LogicalResult checkNoOverrides();
  LogicalResult readTarget();
  void addOverrides(PassManager &manager);
  template <typename Options> void setMemoryOptions(Options &pipeline);
  LogicalResult lower(const TargetCPU &cpu);
  LogicalResult finish(const TargetCPU &cpu);
  void printReport();
  LogicalResult emit(const TargetCPU &cpu);
  LogicalResult emitLinked(llvm::Module &module, const TargetCPU &cpu);
  std::string programName();
  std::string outputPath();

  const CompileOptions &options;
  MLIRContext &context;
  /// The GPU's architecture, empty for a program on the CPU.
  std::string chip;
  llvm::SourceMgr sources;
  OwningOpRef<ModuleOp> module;
};
} // namespace

LogicalResult Compiler::parse() {
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file =
      openInputFile(options.input, &message);
  if (!file)
    return report(llvm::createStringError(message));
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  module = parseSourceFile<ModuleOp>(sources, &context);
  return success(static_cast<bool>(module));
}

/// A trained net as `trainer export` writes it: entries, but no training.
bool Compiler::isInferenceGraph() {
  return module->getOps<TrainingOp>().empty() &&
         findEntry(*module, "predict") && !findEntry(*module, "train_step");
}

LogicalResult Compiler::checkNoOverrides() {
  bool given = !options.rule.empty() || !options.optimizer.empty() ||
               !options.schedule.empty() || options.batch || options.seed != -1;
  if (!options.freeze.empty())
    return report(llvm::createStringError(
        "expected a training graph for --freeze, got an inference graph"));
  if (!given)
    return success();
  return report(llvm::createStringError(
      "expected a training graph for --rule, --optimizer, --schedule, --batch "
      "and --seed, got an inference graph"));
}

void Compiler::addOverrides(PassManager &manager) {
  QnetSetTrainingOptions overrides;
  overrides.rule = options.rule;
  overrides.optimizer = options.optimizer;
  overrides.schedule = options.schedule;
  overrides.freeze = options.freeze;
  overrides.batch = options.batch;
  overrides.microBatch = options.microBatch;
  overrides.seed = options.seed;
  manager.addPass(createQnetSetTraining(overrides));
}

/// "cpu", "cuda" or "cuda:CHIP".
LogicalResult Compiler::readTarget() {
  StringRef text = options.target;
  if (text == "cuda")
    chip = "sm_80";
  else if (text.consume_front("cuda:") && isKnownChip(text))
    chip = text.str();
  else if (options.target != "cpu")
    return report(llvm::createStringError(
        "expected --target to be one of cpu, cuda, cuda:sm_80, cuda:sm_90, "
        "cuda:sm_90a, got "
        "'" +
        options.target + "'"));
  bool needsGpu =
      options.emit == EmitKind::Ptx || options.emit == EmitKind::HostKernels;
  if (needsGpu && chip.empty())
    return report(llvm::createStringError(
        "expected --target=cuda for --emit=ptx and --emit=host-kernels, got "
        "'cpu'"));
  if (options.gpuMath != GpuMath::F32 && chip.empty())
    return report(llvm::createStringError(
        "expected --target=cuda for --gpu-math, got 'cpu'"));
  if (options.gpuSums != GpuSums::Auto && chip.empty())
    return report(llvm::createStringError(
        "expected --target=cuda for --gpu-sums, got 'cpu'"));
  if (options.gpuLibrary != LibraryKind::None && chip.empty())
    return report(llvm::createStringError(
        "expected --target=cuda for --gpu-library, got 'cpu'"));
  if (!chip.empty() && !options.codeSchedule.empty())
    return report(llvm::createStringError(
        "expected --target=cpu for --code-schedule, got '" + options.target +
        "'"));
  return success();
}

static bool splitsSums(const CompileOptions &options) {
  if (options.gpuSums == GpuSums::Auto)
    return options.gpuMath != GpuMath::F32;
  return options.gpuSums == GpuSums::Parallel;
}

static StringRef nameOf(GpuMath math) {
  switch (math) {
  case GpuMath::F32:
    return "f32";
  case GpuMath::TF32:
    return "tf32";
  case GpuMath::BF16:
    return "bf16";
  }
  llvm_unreachable("all kinds are handled");
}

template <typename Options> void Compiler::setMemoryOptions(Options &pipeline) {
  pipeline.memoryBudget = options.memoryBudget;
  pipeline.recordMemory = true;
  pipeline.recompute = options.recompute.value_or(
      options.target == "cpu" ? RecomputeKind::Cheap : RecomputeKind::None);
}

LogicalResult Compiler::lower(const TargetCPU &cpu) {
  PassManager manager(&context);
  if (!options.passPipeline.empty()) {
    std::string message;
    llvm::raw_string_ostream stream(message);
    if (failed(parsePassPipeline(options.passPipeline, manager, stream)))
      return report(
          llvm::createStringError("bad --pass-pipeline: " +
                                  StringRef(message).split("error: ").second));
  }
  bool isInference = isInferenceGraph();
  if (isInference) {
    if (failed(checkNoOverrides()))
      return failure();
  } else {
    addOverrides(manager);
    manager.addPass(createQnetCheckTraining());
  }
  if (chip.empty()) {
    CPUPipelineOptions pipeline;
    pipeline.vectorBits = cpu.vectorBits;
    llvm::Expected<bool> tables = useTables(options.products, cpu);
    if (!tables)
      return report(tables.takeError());
    pipeline.tableProducts = *tables;
    pipeline.winogradProducts = useWinograd(options.products);
    pipeline.fuseUpdates = options.fuseUpdates;
    pipeline.fuseEpilogues = options.fuseEpilogues;
    pipeline.codeSchedule = options.codeSchedule;
    setMemoryOptions(pipeline);
    buildToLoops(manager, pipeline, isInference);
  } else {
    GPUPipelineOptions pipeline;
    pipeline.chip = chip;
    pipeline.math = nameOf(options.gpuMath).str();
    pipeline.splitSums = splitsSums(options);
    pipeline.library = options.gpuLibrary;
    setMemoryOptions(pipeline);
    buildToKernels(manager, pipeline, isInference);
  }
  return manager.run(*module);
}

void Compiler::printReport() {
  MemoryPlan plan = readMemoryPlan(*module);
  if (options.report == ReportKind::Memory)
    printMemoryPlan(plan, llvm::outs());
  else
    llvm::outs() << llvm::formatv("{0:2}\n", toJson(plan));
}

LogicalResult Compiler::finish(const TargetCPU &cpu) {
  PassManager manager(&context);
  // No input reaches these passes unchecked, and the module is at its largest.
  manager.enableVerifier(false);
  if (options.emit == EmitKind::HostKernels) {
    buildEmulationPipeline(manager);
    return manager.run(*module);
  }
  if (chip.empty()) {
    buildToLLVMPipeline(manager);
  } else {
    GPUPipelineOptions pipeline;
    pipeline.chip = chip;
    buildToPtxPipeline(manager, pipeline);
  }
  // The program's description takes the PTX up.
  if (options.emit == EmitKind::Ptx)
    return manager.run(*module);
  QnetEmitProgramOptions program;
  program.emitMain = options.emit == EmitKind::Trainer;
  program.target = chip.empty() ? cpu.describe() : "cuda " + chip;
  if (options.gpuMath != GpuMath::F32)
    program.target += (" " + nameOf(options.gpuMath)).str();
  if (splitsSums(options) && options.gpuMath == GpuMath::F32)
    program.target += " parallel sums";
  if (options.gpuLibrary != LibraryKind::None)
    program.target += options.gpuLibrary == LibraryKind::Auto
                          ? " libraries if found"
                          : " libraries";
  manager.addPass(createQnetEmitProgram(program));
  return manager.run(*module);
}

std::string Compiler::programName() {
  if (auto facts = (*module)->getAttrOfType<DictionaryAttr>(
          QnetDialect::kProgramAttrName))
    if (auto name = facts.getAs<StringAttr>("name"))
      return name.getValue().str();
  return "model";
}

std::string Compiler::outputPath() {
  if (!options.output.empty())
    return options.output;
  std::string name = programName();
  switch (options.emit) {
  case EmitKind::Trainer:
    return name;
  case EmitKind::Object:
    return name + ".o";
  case EmitKind::Shared:
    return "lib" + name + ".so";
  case EmitKind::HostKernels:
    return name + "_kernels.so";
  case EmitKind::Llvm:
  case EmitKind::Asm:
  case EmitKind::Ptx:
  case EmitKind::Mlir:
  case EmitKind::Header:
    return "-";
  }
  return name;
}

/// Writes objects beside `output`; `paths` are those that exist.
static llvm::Error writeObjects(ArrayRef<llvm::SmallString<0>> objects,
                                StringRef output,
                                std::vector<std::string> &paths) {
  for (const llvm::SmallString<0> &object : objects) {
    llvm::SmallString<128> path;
    llvm::sys::fs::createUniquePath(output + ".%%%%%%.o", path, false);
    auto write = [&](llvm::raw_pwrite_stream &stream) {
      stream << object;
      return llvm::Error::success();
    };
    if (llvm::Error error = writeFile(path, write, /*shownAs=*/output))
      return error;
    paths.push_back(path.str().str());
  }
  return llvm::Error::success();
}

static bool isLinked(EmitKind kind) {
  return kind == EmitKind::Trainer || kind == EmitKind::Shared ||
         kind == EmitKind::HostKernels;
}

LogicalResult Compiler::emitLinked(llvm::Module &llvmModule,
                                   const TargetCPU &cpu) {
  std::string output = outputPath();
  llvm::Expected<std::vector<llvm::SmallString<0>>> objects =
      compileParts(llvmModule, cpu);
  if (!objects)
    return report(objects.takeError());
  LinkKind kind = options.emit == EmitKind::Shared ? LinkKind::Shared
                  : options.emit == EmitKind::HostKernels
                      ? LinkKind::Alone
                      : LinkKind::Executable;
  std::vector<std::string> paths;
  llvm::Error error = writeObjects(*objects, output, paths);
  if (!error)
    error = link(paths, output, kind);
  for (const std::string &path : paths)
    llvm::sys::fs::remove(path);
  return error ? report(std::move(error)) : success();
}

LogicalResult Compiler::emit(const TargetCPU &cpu) {
  auto write =
      [&](llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> writer)
      -> LogicalResult {
    if (llvm::Error error = writeFile(outputPath(), writer))
      return report(std::move(error));
    return success();
  };
  if (options.emit == EmitKind::Mlir)
    return write([&](llvm::raw_pwrite_stream &stream) {
      module->print(stream);
      stream << "\n";
      return llvm::Error::success();
    });
  if (options.emit == EmitKind::Ptx)
    return write([&](llvm::raw_pwrite_stream &stream) {
      stream << findPtx(*module).text;
      return llvm::Error::success();
    });
  if (options.emit == EmitKind::Header)
    return write([&](llvm::raw_pwrite_stream &stream) {
      auto manifest = (*module)->getAttrOfType<StringAttr>("qnet.manifest");
      stream << emitHeader(programName(), manifest.getValue());
      return llvm::Error::success();
    });

  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> llvmModule =
      translateModuleToLLVMIR(*module, llvmContext, programName());
  if (!llvmModule)
    return failure();
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> machine =
      createTargetMachine(cpu);
  if (!machine)
    return report(machine.takeError());
  llvmModule->setTargetTriple((*machine)->getTargetTriple());
  llvmModule->setDataLayout((*machine)->createDataLayout());
  for (llvm::Function &function : *llvmModule) {
    function.addFnAttr("target-cpu", cpu.name);
    if (!cpu.features.empty())
      function.addFnAttr("target-features", cpu.features);
  }
  if (isLinked(options.emit))
    return emitLinked(*llvmModule, cpu);
  optimize(*llvmModule, **machine);
  if (options.emit == EmitKind::Llvm)
    return write([&](llvm::raw_pwrite_stream &stream) {
      llvmModule->print(stream, nullptr);
      return llvm::Error::success();
    });
  return write([&](llvm::raw_pwrite_stream &stream) {
    return emitMachineCode(*llvmModule, **machine, stream,
                           options.emit == EmitKind::Asm);
  });
}

/// Finds out before the work whether its result can be written.
static llvm::Error checkOutput(StringRef output) {
  if (output.empty() || output == "-")
    return llvm::Error::success();
  StringRef folder = llvm::sys::path::parent_path(output);
  const char *reason = nullptr;
  if (llvm::sys::fs::is_directory(output))
    reason = "is a directory";
  else if (!folder.empty() && !llvm::sys::fs::is_directory(folder))
    reason = "its folder does not exist";
  if (!reason)
    return llvm::Error::success();
  return llvm::createStringError("cannot write '" + output + "': " + reason);
}

LogicalResult Compiler::run() {
  if (llvm::Error error = checkOutput(options.output))
    return report(std::move(error));
  if (failed(readTarget()))
    return failure();
  llvm::Expected<TargetCPU> cpu = resolveTargetCPU(options.cpu);
  if (!cpu)
    return report(cpu.takeError());
  SourceMgrDiagnosticHandler handler(sources, &context);
  if (failed(parse()) || failed(lower(*cpu)))
    return failure();
  if (options.report != ReportKind::None) {
    printReport();
    if (options.output.empty())
      return success();
  }
  if (failed(finish(*cpu)))
    return failure();
  return emit(*cpu);
}

LogicalResult qnet::compile(const CompileOptions &options) {
  DialectRegistry registry;
  registerAll(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  if (llvm::Error error = loadPlugins(options, registry))
    return report(std::move(error));
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  // An error is one line and the place; the op is in the user's file.
  context.printOpOnDiagnostic(false);
  return Compiler(options, context).run();
}
