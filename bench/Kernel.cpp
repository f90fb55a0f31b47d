//===- Kernel.cpp - Kernels as a trainer runs them ------------------------===//
//
// The same steps as lib/Driver/Compile.cpp, with the linker replaced by LLVM's
// in-process one. The object is the one a trainer would get.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "qnet/Driver/Driver.h"
#include "qnet/InitAll.h"
#include "qnet/Pipelines/Pipelines.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::bench;

static void parallelFor(rt::ThreadPool *pool, int64_t count,
                        qnet_loop_body body, void *captures) {
  pool->run(count, body, captures);
}

/// Bits of the vectors of a CPU; 0 if it is not known.
static unsigned vectorBitsOf(StringRef name) {
  llvm::Expected<TargetCPU> cpu = resolveTargetCPU(name);
  if (cpu)
    return cpu->vectorBits;
  llvm::consumeError(cpu.takeError());
  return 0;
}

KernelTarget qnet::bench::parseTarget(const OptionParser &options) {
  KernelTarget target;
  target.cpu = options.get("cpu", "native");
  target.codeSchedule = options.get("code-schedule", "");
  target.products =
      llvm::StringSwitch<ProductKind>(
          options
              .choices("method", "auto", {"auto", "chain", "table", "winograd"})
              .back())
          .Case("chain", ProductKind::Chain)
          .Case("table", ProductKind::Table)
          .Case("winograd", ProductKind::Winograd)
          .Default(ProductKind::Auto);
  if (vectorBitsOf(target.cpu) == 256 && vectorBitsOf("native") > 256) {
    // Keeps a choice of the user's.
    setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 0);
    setenv("OPENBLAS_CORETYPE", "Haswell", 0);
  }
  return target;
}

/// The pipeline of qnet-compile from the second pass on: the text is
/// differentiated already.
static LogicalResult buildPipeline(PassManager &manager, const TargetCPU &cpu,
                                   bool tables, bool winograd,
                                   StringRef codeSchedule) {
  OpPassManager toLinalg("builtin.module");
  buildToLinalgPipeline(toLinalg);
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (Pass &pass : toLinalg.getPasses()) {
    if (pass.getArgument() == "qnet-build-training-step")
      continue;
    if (!text.empty())
      stream << ",";
    pass.printAsTextualPipeline(stream);
  }
  if (failed(parsePassPipeline(text, manager)))
    return failure();
  CPUPipelineOptions options;
  options.vectorBits = cpu.vectorBits;
  options.tableProducts = tables;
  options.winogradProducts = winograd;
  options.codeSchedule = codeSchedule.str();
  buildBufferizePipeline(manager);
  buildToLoopsPipeline(manager, options);
  buildToLLVMPipeline(manager);
  return success();
}

namespace {
struct MachineCode {
  SmallVector<char, 0> bytes;
  int64_t arenaBytes = 0;
};
} // namespace

static llvm::Error translate(ModuleOp module, const TargetCPU &cpu,
                             bool assembly, MachineCode &code) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated =
      translateModuleToLLVMIR(module, context);
  if (!translated)
    return llvm::createStringError("cannot translate the kernel to LLVM IR");
  auto machine = createTargetMachine(cpu);
  if (!machine)
    return machine.takeError();
  translated->setTargetTriple((*machine)->getTargetTriple());
  translated->setDataLayout((*machine)->createDataLayout());
  for (llvm::Function &function : *translated) {
    function.addFnAttr("target-cpu", cpu.name);
    if (!cpu.features.empty())
      function.addFnAttr("target-features", cpu.features);
  }
  optimize(*translated, **machine);
  llvm::raw_svector_ostream stream(code.bytes);
  return emitMachineCode(*translated, **machine, stream, assembly);
}

static llvm::Expected<MachineCode>
generate(StringRef text, const KernelTarget &target, bool assembly) {
  // Once for all kernels: registration is most of the work of a small one.
  static DialectRegistry *registry = [] {
    auto *all = new DialectRegistry;
    registerAll(*all);
    registerBuiltinDialectTranslation(*all);
    registerLLVMDialectTranslation(*all);
    return all;
  }();
  MLIRContext context(*registry, MLIRContext::Threading::DISABLED);
  llvm::Expected<TargetCPU> cpu = resolveTargetCPU(target.cpu);
  if (!cpu)
    return cpu.takeError();
  llvm::Expected<bool> tables = useTables(target.products, *cpu);
  if (!tables)
    return tables.takeError();
  OwningOpRef<ModuleOp> module;
  {
    // Errors in a schedule begin with its file and line.
    llvm::SourceMgr sources;
    SourceMgrDiagnosticHandler handler(sources, &context);
    module = parseSourceString<ModuleOp>(text, &context);
    PassManager manager(&context);
    if (!module ||
        failed(buildPipeline(manager, *cpu, *tables,
                             useWinograd(target.products),
                             target.codeSchedule)) ||
        failed(manager.run(*module)))
      return llvm::createStringError("cannot compile a kernel (see above)");
  }
  MachineCode code;
  if (auto bytes = (*module)->getAttrOfType<IntegerAttr>("qnet.arena_bytes"))
    code.arenaBytes = bytes.getInt();
  if (llvm::Error error = translate(*module, *cpu, assembly, code))
    return error;
  return code;
}

Kernel::Kernel() = default;
Kernel::~Kernel() = default;

llvm::Expected<std::string> Kernel::assembly(StringRef text,
                                             const KernelTarget &target) {
  llvm::Expected<MachineCode> code = generate(text, target, true);
  if (!code)
    return code.takeError();
  return std::string(code->bytes.data(), code->bytes.size());
}

static llvm::Error defineRuntime(llvm::orc::LLJIT &jit) {
  llvm::orc::SymbolMap symbols;
  symbols[jit.mangleAndIntern("qnet_parallel_for")] = {
      llvm::orc::ExecutorAddr::fromPtr(&parallelFor),
      llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
  llvm::orc::JITDylib &library = jit.getMainJITDylib();
  if (llvm::Error error =
          library.define(llvm::orc::absoluteSymbols(std::move(symbols))))
    return error;
  // memcpy and its like.
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      jit.getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  library.addGenerator(std::move(*process));
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Kernel>>
Kernel::compile(StringRef text, const KernelTarget &target) {
  llvm::Expected<MachineCode> code = generate(text, target, false);
  if (!code)
    return code.takeError();
  std::unique_ptr<Kernel> kernel(new Kernel);
  kernel->arenaBytes = code->arenaBytes;
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  kernel->jit = std::move(*jit);
  if (llvm::Error error = defineRuntime(*kernel->jit))
    return error;
  auto object = std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(code->bytes), /*RequiresNullTerminator=*/false);
  if (llvm::Error error = kernel->jit->addObjectFile(std::move(object)))
    return error;
  auto step = kernel->jit->lookup("train_step");
  if (!step)
    return step.takeError();
  auto predict = kernel->jit->lookup("predict");
  if (!predict)
    return predict.takeError();
  kernel->trainStep = step->toPtr<TrainStep>();
  kernel->predict = predict->toPtr<Predict>();
  return kernel;
}
