//===- EmitPtx.cpp - qnet-emit-ptx ----------------------------------------===//
//
// LLVM's NVPTX code generator, in process: no CUDA toolkit, and so the same
// text whatever the machine has installed. A kernel that needs a function of
// another library is refused here, not by a user's driver.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "qnet/Codegen/GPU/Passes.h"
#include "qnet/Codegen/GPU/Ptx.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

namespace qnet {
#define GEN_PASS_DEF_QNETEMITPTX
#include "qnet/Codegen/GPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

extern "C" {
void LLVMInitializeNVPTXTarget();
void LLVMInitializeNVPTXTargetInfo();
void LLVMInitializeNVPTXTargetMC();
void LLVMInitializeNVPTXAsmPrinter();
}

/// The oldest PTX that has all that the kernels of a chip use: a driver as old
/// as CUDA 11.6 (sm_80), or 12.0 (sm_90), can load it.
static StringRef featuresOf(StringRef chip) {
  return chip == "sm_80" ? "+ptx76" : "+ptx80";
}

bool qnet::isKnownChip(StringRef chip) {
  return chip == "sm_80" || chip == "sm_90" || chip == "sm_90a";
}

static std::unique_ptr<llvm::TargetMachine> createMachine(StringRef chip,
                                                          std::string &error) {
  LLVMInitializeNVPTXTarget();
  LLVMInitializeNVPTXTargetInfo();
  LLVMInitializeNVPTXTargetMC();
  LLVMInitializeNVPTXAsmPrinter();
  llvm::Triple triple("nvptx64-nvidia-cuda");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  // A multiply and an add fuse only where the IR says fma.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, chip, featuresOf(chip), options, std::nullopt, std::nullopt,
      llvm::CodeGenOptLevel::Aggressive));
}

static void optimizeKernels(llvm::Module &module,
                            llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2)
      .run(module, modules);
}

static FailureOr<std::string> buildPtx(gpu::GPUModuleOp kernels,
                                       StringRef chip) {
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module =
      translateModuleToLLVMIR(kernels, context, kernels.getName());
  if (!module)
    return failure();
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(chip, error);
  if (!machine)
    return kernels.emitError("no code generator for '")
           << chip << "': " << error;
  module->setTargetTriple(machine->getTargetTriple());
  module->setDataLayout(machine->createDataLayout());
  optimizeKernels(*module, *machine);
  for (llvm::Function &function : *module)
    if (function.isDeclaration() && !function.isIntrinsic() &&
        !function.use_empty())
      return kernels.emitError("expected kernels that call no function, got a "
                               "call of '")
             << function.getName() << "'";
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr,
                                   llvm::CodeGenFileType::AssemblyFile))
    return kernels.emitError("the code generator cannot write PTX");
  passes.run(*module);
  return std::string(text);
}

namespace {
struct QnetEmitPtx : qnet::impl::QnetEmitPtxBase<QnetEmitPtx> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    if (isKnownChip(chip))
      return success();
    return emitError(UnknownLoc::get(context))
           << "qnet-emit-ptx: expected a chip of sm_80, sm_90 or sm_90a, got '"
           << chip.getValue() << "'";
  }

  void getDependentDialects(DialectRegistry &registry) const override {
    Base::getDependentDialects(registry);
    registerBuiltinDialectTranslation(registry);
    registerGPUDialectTranslation(registry);
    registerLLVMDialectTranslation(registry);
    registerNVVMDialectTranslation(registry);
  }

  void runOnOperation() override {
    for (auto kernels :
         llvm::make_early_inc_range(getOperation().getOps<gpu::GPUModuleOp>()))
      if (failed(emit(kernels)))
        return signalPassFailure();
  }

  LogicalResult emit(gpu::GPUModuleOp kernels) {
    FailureOr<std::string> ptx = buildPtx(kernels, chip);
    if (failed(ptx))
      return failure();
    OpBuilder b(kernels);
    SmallVector<Attribute> names;
    for (auto kernel : kernels.getBody()->getOps<LLVM::LLVMFuncOp>())
      if (kernel->hasAttr(NVVM::NVVMDialect::getKernelFuncAttrName()))
        names.push_back(kernel.getNameAttr());
    numKernels += names.size();
    auto target = NVVM::NVVMTargetAttr::get(&getContext(), /*optLevel=*/2,
                                            "nvptx64-nvidia-cuda", chip,
                                            featuresOf(chip));
    auto object = gpu::ObjectAttr::get(
        &getContext(), target, gpu::CompilationTarget::Assembly,
        b.getStringAttr(*ptx), DictionaryAttr(), gpu::KernelTableAttr());
    auto binary = gpu::BinaryOp::create(b, kernels.getLoc(), kernels.getName(),
                                        nullptr, b.getArrayAttr({object}));
    binary->setAttr(kKernelsAttrName, b.getArrayAttr(names));
    kernels.erase();
    return success();
  }
};
} // namespace
