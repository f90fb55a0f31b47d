//===- PackWeights.cpp - qnet-pack-weights --------------------------------===//
//
// A type conversion: memref of codes to memref of words. Ops that only pass a
// buffer on are rebuilt on words; reshapes and qnet.words become the buffer
// itself. What would touch single codes is refused before anything is
// rewritten.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Transforms/DialectConversion.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace qnet {
#define GEN_PASS_DEF_QNETPACKWEIGHTS
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

static bool isCodes(Type type) {
  auto memref = dyn_cast<BaseMemRefType>(type);
  return memref && isa<QType>(memref.getElementType());
}

/// The words of a memref of codes; null where it cannot be packed.
static MemRefType packedType(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref || !memref.hasStaticShape() || !memref.getLayout().isIdentity())
    return {};
  GridAttrInterface grid = cast<QType>(memref.getElementType()).getGrid();
  return MemRefType::get(getNumWords(grid, memref.getNumElements()),
                         IntegerType::get(type.getContext(), 32),
                         MemRefLayoutAttrInterface(), memref.getMemorySpace());
}

namespace {

struct WordTypeConverter : TypeConverter {
  WordTypeConverter() {
    addConversion([](Type type) { return type; });
    addConversion([](BaseMemRefType type) -> std::optional<Type> {
      if (!isCodes(type))
        return std::nullopt;
      return Type(packedType(type));
    });
  }
};

/// Rebuilds an op with converted operand and result types.
struct RetypeOp : ConversionPattern {
  RetypeOp(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isa<memref::AllocOp, memref::AllocaOp, memref::DeallocOp,
             memref::ViewOp, memref::CopyOp>(op))
      return rewriter.notifyMatchFailure(op, "not an op on whole buffers");
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), types)))
      return rewriter.notifyMatchFailure(op, "codes that are not contiguous");
    OperationState state(op->getLoc(), op->getName(), operands, types,
                         op->getAttrs());
    rewriter.replaceOp(op, rewriter.create(state));
    return success();
  }
};

/// Reshapes do not move codes: the words stay.
template <typename OpTy> struct ForwardOp : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;

  LogicalResult
  matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getOperands().front());
    return success();
  }
};

struct PackWeightsPass : qnet::impl::QnetPackWeightsBase<PackWeightsPass> {
  void runOnOperation() override;

private:
  LogicalResult check();
};

} // namespace

static bool passesBuffersOn(Operation *op) {
  return isa<memref::AllocOp, memref::AllocaOp, memref::DeallocOp,
             memref::ViewOp, memref::CopyOp, memref::CastOp,
             memref::CollapseShapeOp, memref::ExpandShapeOp, WordsOp,
             func::FuncOp, func::CallOp, func::ReturnOp, scf::ForOp, scf::IfOp,
             scf::WhileOp, scf::ConditionOp, scf::YieldOp>(op);
}

/// Refuses what is not about whole contiguous buffers, with the first such op.
LogicalResult PackWeightsPass::check() {
  WalkResult result = getOperation().walk([&](Operation *op) {
    SmallVector<Type> types(op->getOperandTypes());
    llvm::append_range(types, op->getResultTypes());
    for (Region &region : op->getRegions())
      for (Block &block : region)
        llvm::append_range(types, block.getArgumentTypes());
    if (auto function = dyn_cast<func::FuncOp>(op)) {
      llvm::append_range(types, function.getArgumentTypes());
      llvm::append_range(types, function.getResultTypes());
    }
    for (Type type : types) {
      if (!isCodes(type))
        continue;
      if (!passesBuffersOn(op)) {
        op->emitError("cannot pack the codes that '")
            << op->getName() << "' uses one by one";
        return WalkResult::interrupt();
      }
      if (!packedType(type)) {
        op->emitError("cannot pack ")
            << type << ": expected contiguous codes of static shape";
        return WalkResult::interrupt();
      }
    }
    for (Value value : op->getResults())
      if (isCodes(value.getType()) &&
          isa<memref::AllocOp, memref::AllocaOp, memref::ViewOp>(op))
        ++numPacked;
    if (isa<func::FuncOp>(op))
      numPacked +=
          llvm::count_if(cast<func::FuncOp>(op).getArgumentTypes(), isCodes);
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

void PackWeightsPass::runOnOperation() {
  if (failed(check()))
    return signalPassFailure();
  MLIRContext *context = &getContext();
  WordTypeConverter converter;
  ConversionTarget target(*context);
  RewritePatternSet patterns(context);
  target.addIllegalOp<WordsOp>();
  target.markUnknownOpDynamicallyLegal([&](Operation *op) {
    if (auto function = dyn_cast<func::FuncOp>(op))
      return converter.isSignatureLegal(function.getFunctionType()) &&
             converter.isLegal(&function.getBody());
    return converter.isLegal(op);
  });
  patterns.add<RetypeOp, ForwardOp<WordsOp>, ForwardOp<memref::CastOp>,
               ForwardOp<memref::CollapseShapeOp>,
               ForwardOp<memref::ExpandShapeOp>>(converter, context);
  populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                 converter);
  populateCallOpTypeConversionPattern(patterns, converter);
  populateReturnOpTypeConversionPattern(patterns, converter);
  scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                       target);
  if (failed(applyFullConversion(getOperation(), target, std::move(patterns))))
    signalPassFailure();
}
