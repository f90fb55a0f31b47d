//===- LaunchToLLVM.cpp - Launches as calls of the runtime ----------------===//
//
// qnet_gpu_launch(context, kernel, blocks, threads, words, buffers, scalars):
// words is an array on the stack, of the buffers' addresses and then of the
// scalars. Scalars change from step to step, so they reach the kernel in memory
// (KernelParameters.h) and a launch is the same in each step.
//
//===----------------------------------------------------------------------===//

#include "KernelParameters.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "qnet/Codegen/GPU/Ptx.h"

using namespace mlir;
using namespace qnet;

PtxProgram qnet::findPtx(ModuleOp module) {
  PtxProgram program;
  for (auto binary : module.getOps<gpu::BinaryOp>()) {
    auto object = cast<gpu::ObjectAttr>(binary.getObjects()[0]);
    program.text = object.getObject().getValue();
    program.chip = cast<NVVM::NVVMTargetAttr>(object.getTarget()).getChip();
    if (auto names = binary->getAttrOfType<ArrayAttr>(kKernelsAttrName))
      for (StringAttr name : names.getAsRange<StringAttr>())
        program.kernels.push_back(name.getValue());
  }
  return program;
}

namespace {
struct ConvertLaunch : ConvertOpToLLVMPattern<gpu::LaunchFuncOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult
  matchAndRewrite(gpu::LaunchFuncOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;
};
} // namespace

FailureOr<Value>
qnet::findRuntimeContext(Operation *op, ConversionPatternRewriter &rewriter) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  Value context = function && function.getNumArguments()
                      ? rewriter.getRemappedValue(function.getArgument(0))
                      : Value();
  if (!context || !isa<LLVM::LLVMPointerType>(context.getType()))
    return failure();
  return context;
}

Value qnet::packWords(Operation *op, ValueRange words,
                      ConversionPatternRewriter &rewriter) {
  Location loc = op->getLoc();
  auto pointer = LLVM::LLVMPointerType::get(op->getContext());
  Type word = rewriter.getI64Type();
  auto table = LLVM::LLVMArrayType::get(word, words.size());
  Value space;
  {
    OpBuilder::InsertionGuard guard(rewriter);
    auto function = op->getParentOfType<FunctionOpInterface>();
    rewriter.setInsertionPointToStart(&function.getFunctionBody().front());
    Value one = LLVM::ConstantOp::create(rewriter, loc, word,
                                         rewriter.getI64IntegerAttr(1));
    space = LLVM::AllocaOp::create(rewriter, loc, pointer, table, one);
  }
  for (auto [i, value] : llvm::enumerate(words)) {
    Value place =
        LLVM::GEPOp::create(rewriter, loc, pointer, word, space,
                            ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    LLVM::StoreOp::create(rewriter, loc, value, place);
  }
  return space;
}

LogicalResult
ConvertLaunch::matchAndRewrite(gpu::LaunchFuncOp op, OpAdaptor adaptor,
                               ConversionPatternRewriter &rewriter) const {
  auto module = op->getParentOfType<ModuleOp>();
  PtxProgram program = findPtx(module);
  auto *kernel = llvm::find(program.kernels, op.getKernelName().getValue());
  if (kernel == program.kernels.end())
    return op.emitError("expected the PTX of kernel '")
           << op.getKernelName().getValue() << "'; run qnet-emit-ptx first";
  FailureOr<Value> context = findRuntimeContext(op, rewriter);
  if (failed(context))
    return op.emitError("expected a launch in a function of the C ABI");
  Type pointer = context->getType();
  Location loc = op.getLoc();
  Type i32 = rewriter.getI32Type();
  FailureOr<LLVM::LLVMFuncOp> runtime =
      LLVM::lookupOrCreateFn(rewriter, module, "qnet_gpu_launch",
                             {pointer, i32, i32, i32, pointer, i32, i32},
                             LLVM::LLVMVoidType::get(getContext()));
  if (failed(runtime))
    return op.emitError("expected 'qnet_gpu_launch' to be the runtime's");
  SmallVector<Value> words, scalars;
  for (auto [original, converted] :
       llvm::zip_equal(op.getKernelOperands(), adaptor.getKernelOperands())) {
    if (isa<MemRefType>(original.getType()))
      words.push_back(MemRefDescriptor(converted).alignedPtr(rewriter, loc));
    else if (Value word = widenScalar(rewriter, loc, converted))
      scalars.push_back(word);
    else
      return op.emitError("expected scalars of at most 64 bits, got ")
             << converted.getType();
  }
  size_t numBuffers = words.size();
  llvm::append_range(words, scalars);
  auto number32 = [&](size_t number) -> Value {
    return LLVM::ConstantOp::create(rewriter, loc, i32,
                                    rewriter.getI32IntegerAttr(number));
  };
  auto narrow = [&](Value size) {
    return LLVM::TruncOp::create(rewriter, loc, i32, size);
  };
  SmallVector<Value> operands{*context,
                              number32(kernel - program.kernels.begin()),
                              narrow(adaptor.getGridSizeX()),
                              narrow(adaptor.getBlockSizeX()),
                              packWords(op, words, rewriter),
                              number32(numBuffers),
                              number32(scalars.size())};
  rewriter.replaceOpWithNewOp<LLVM::CallOp>(op, *runtime, operands);
  return success();
}

void qnet::populateLaunchToLLVMPatterns(LLVMTypeConverter &converter,
                                        RewritePatternSet &patterns) {
  patterns.add<ConvertLaunch>(converter);
}
