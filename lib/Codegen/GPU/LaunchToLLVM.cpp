//===- LaunchToLLVM.cpp - Launches as calls of the runtime ----------------===//
//
// qnet_gpu_launch(context, kernel, blocks, threads, parameters): parameters is
// an array of pointers to the values, on the stack, as cuLaunchKernel wants it.
// The driver copies the values before the call returns.
//
//===----------------------------------------------------------------------===//

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

private:
  Value packParameters(gpu::LaunchFuncOp op, ValueRange parameters,
                       ConversionPatternRewriter &rewriter) const;
};
} // namespace

/// Values at fixed places of the stack, which the function's launches share.
Value ConvertLaunch::packParameters(gpu::LaunchFuncOp op, ValueRange parameters,
                                    ConversionPatternRewriter &rewriter) const {
  Location loc = op.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(getContext());
  SmallVector<Value> values;
  for (auto [original, converted] :
       llvm::zip_equal(op.getKernelOperands(), parameters))
    values.push_back(isa<MemRefType>(original.getType())
                         ? MemRefDescriptor(converted).alignedPtr(rewriter, loc)
                         : converted);
  auto table = LLVM::LLVMArrayType::get(pointer, values.size());
  auto types = llvm::map_to_vector(values, [](Value v) { return v.getType(); });
  auto frame = LLVM::LLVMStructType::getLiteral(getContext(), types);
  Value tableSpace, frameSpace;
  {
    OpBuilder::InsertionGuard guard(rewriter);
    auto function = op->getParentOfType<FunctionOpInterface>();
    rewriter.setInsertionPointToStart(&function.getFunctionBody().front());
    Value one = LLVM::ConstantOp::create(rewriter, loc, rewriter.getI64Type(),
                                         rewriter.getI64IntegerAttr(1));
    tableSpace = LLVM::AllocaOp::create(rewriter, loc, pointer, table, one);
    frameSpace = LLVM::AllocaOp::create(rewriter, loc, pointer, frame, one);
  }
  for (auto [i, value] : llvm::enumerate(values)) {
    LLVM::GEPArg place = static_cast<int32_t>(i);
    Value field = LLVM::GEPOp::create(rewriter, loc, pointer, frame, frameSpace,
                                      ArrayRef<LLVM::GEPArg>{0, place});
    LLVM::StoreOp::create(rewriter, loc, value, field);
    Value entry = LLVM::GEPOp::create(rewriter, loc, pointer, table, tableSpace,
                                      ArrayRef<LLVM::GEPArg>{0, place});
    LLVM::StoreOp::create(rewriter, loc, field, entry);
  }
  return tableSpace;
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
  // Every entry has the runtime's context as its first argument.
  auto function = op->getParentOfType<FunctionOpInterface>();
  auto pointer = LLVM::LLVMPointerType::get(getContext());
  Value context = function.getNumArguments()
                      ? rewriter.getRemappedValue(function.getArgument(0))
                      : Value();
  if (!context || context.getType() != pointer)
    return op.emitError("expected a launch in a function of the C ABI");
  Location loc = op.getLoc();
  Type i32 = rewriter.getI32Type();
  FailureOr<LLVM::LLVMFuncOp> runtime = LLVM::lookupOrCreateFn(
      rewriter, module, "qnet_gpu_launch", {pointer, i32, i32, i32, pointer},
      LLVM::LLVMVoidType::get(getContext()));
  if (failed(runtime))
    return op.emitError("expected 'qnet_gpu_launch' to be the runtime's");
  auto narrow = [&](Value size) {
    return LLVM::TruncOp::create(rewriter, loc, i32, size);
  };
  Value number = LLVM::ConstantOp::create(
      rewriter, loc, i32,
      rewriter.getI32IntegerAttr(kernel - program.kernels.begin()));
  SmallVector<Value> operands{
      context, number, narrow(adaptor.getGridSizeX()),
      narrow(adaptor.getBlockSizeX()),
      packParameters(op, adaptor.getKernelOperands(), rewriter)};
  rewriter.replaceOpWithNewOp<LLVM::CallOp>(op, *runtime, operands);
  return success();
}

void qnet::populateLaunchToLLVMPatterns(LLVMTypeConverter &converter,
                                        RewritePatternSet &patterns) {
  patterns.add<ConvertLaunch>(converter);
}
