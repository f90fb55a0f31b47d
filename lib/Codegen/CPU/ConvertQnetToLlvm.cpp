//===- ConvertQnetToLlvm.cpp - convert-qnet-to-llvm -----------------------===//
//
// One conversion of everything that is left, with bare pointers for memrefs.
//
//===----------------------------------------------------------------------===//

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Codegen/Common/ParallelForToLLVM.h"
#include "qnet/Codegen/GPU/Ptx.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace qnet {
#define GEN_PASS_DEF_CONVERTQNETTOLLVM
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;

/// Functions of `math` that are instructions, or that LLVM expands without a
/// call; the others would become calls of libm.
static bool isExactMath(Operation *op) {
  return isa<math::SqrtOp, math::FmaOp, math::FloorOp, math::CeilOp,
             math::TruncOp, math::RoundEvenOp, math::AbsFOp, math::AbsIOp,
             math::CopySignOp, math::CountLeadingZerosOp,
             math::CountTrailingZerosOp, math::CtPopOp>(op);
}

/// Whether a pattern of this pass takes the op.
static bool isConverted(Operation *op) {
  if (isa<math::MathDialect>(op->getDialect()))
    return isExactMath(op);
  return isa<ModuleOp, UnrealizedConversionCastOp, qnet::ParallelForOp,
             gpu::LaunchFuncOp, gpu::BinaryOp, qnet::LibraryCallOpInterface>(
             op) ||
         isa<arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect,
             LLVM::LLVMDialect, memref::MemRefDialect, ub::UBDialect,
             vector::VectorDialect>(op->getDialect());
}

/// Names the first op that an earlier pass should have lowered.
static LogicalResult checkLowered(ModuleOp module) {
  WalkResult result = module.walk<WalkOrder::PreOrder>([](Operation *op) {
    if (op->getDialect() && isConverted(op))
      return WalkResult::advance();
    op->emitOpError("is not lowered yet: expected arith, cf, func, memref, ub, "
                    "vector and exact math ops");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Joins the low words of two vectors of 64-bit words: one shuffle of their 32-bit
/// words, where LLVM would narrow each and then put both together.
static void joinLowWords(vector::ShuffleOp op) {
  auto narrow = [](Value value) { return value.getDefiningOp<arith::TruncIOp>(); };
  arith::TruncIOp first = narrow(op.getV1()), second = narrow(op.getV2());
  auto type = dyn_cast<VectorType>(op.getType());
  auto order = llvm::seq<int64_t>(0, op.getMask().size());
  if (!first || !second || !type || !type.getElementType().isInteger(32) ||
      !getElementTypeOrSelf(first.getIn().getType()).isInteger(64) ||
      op.getV1VectorType() != op.getV2VectorType() ||
      op.getV1VectorType().getNumElements() * 2 != type.getNumElements() ||
      !llvm::equal(op.getMask(), order))
    return;
  OpBuilder b(op);
  auto words = [&](arith::TruncIOp narrowed) -> Value {
    return vector::BitCastOp::create(b, op.getLoc(), type, narrowed.getIn());
  };
  SmallVector<int64_t> even =
      llvm::map_to_vector(order, [](int64_t lane) { return 2 * lane; });
  Value joined = vector::ShuffleOp::create(b, op.getLoc(), words(first),
                                           words(second), even);
  op.replaceAllUsesWith(joined);
  op.erase();
}

/// Upstream's conversions carry what was said of a loop as a foreign attribute
/// of its branch, which says nothing to LLVM.
static void annotateLoop(LLVM::BrOp op) {
  constexpr StringLiteral name = "llvm.loop_annotation";
  if (auto annotation = op->getAttrOfType<LLVM::LoopAnnotationAttr>(name)) {
    op.setLoopAnnotationAttr(annotation);
    op->removeDiscardableAttr(name);
  }
}

namespace {
/// Upstream makes llvm.fmuladd of it, which may round twice; the IR said fma.
struct ConvertFma : ConvertOpToLLVMPattern<vector::FMAOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(vector::FMAOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (cast<VectorType>(op.getType()).getRank() != 1)
      return rewriter.notifyMatchFailure(op, "not of rank 1");
    rewriter.replaceOpWithNewOp<LLVM::FMAOp>(
        op, adaptor.getLhs(), adaptor.getRhs(), adaptor.getAcc());
    return success();
  }
};

struct ConvertQnetToLlvm
    : qnet::impl::ConvertQnetToLlvmBase<ConvertQnetToLlvm> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (failed(checkLowered(module)))
      return signalPassFailure();
    MLIRContext *context = &getContext();
    module->walk(joinLowWords);
    qnet::numberLibraryCalls(module);
    module->walk([&](func::FuncOp) { ++numConverted; });
    LowerToLLVMOptions options(context);
    options.useBarePtrCallConv = true;
    LLVMTypeConverter converter(context, options);
    RewritePatternSet patterns(context);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    populateFuncToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns,
                                         /*approximateLog1p=*/false);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    qnet::populateParallelForToLLVMPatterns(converter, patterns);
    qnet::populateLaunchToLLVMPatterns(converter, patterns);
    qnet::populateLibraryCallToLLVMPatterns(converter, patterns);
    patterns.add<ConvertFma>(converter, /*benefit=*/10);
    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp, gpu::BinaryOp>();
    if (failed(applyFullConversion(module, target, std::move(patterns))))
      return signalPassFailure();
    module->walk(annotateLoop);
  }
};
} // namespace
