//===- FoldAccumulation.cpp - qnet-fold-accumulation ----------------------===//
//
// acc + (0 + t0 + t1 + ...) as ((acc + t0) + t1) + ..., where acc is what a
// loop carries: a sum over parts is then the sum over all, in the same order.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "qnet/Codegen/Common/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETFOLDACCUMULATION
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;

/// Whether `op` is the elementwise sum of its two inputs.
static bool isElementwiseSum(linalg::GenericOp op) {
  if (op.getNumParallelLoops() != op.getNumLoops() ||
      op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !llvm::all_of(op.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isIdentity(); }))
    return false;
  Block *body = op.getBody();
  auto sum =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum || body->getOperations().size() != 2)
    return false;
  Value x = body->getArgument(0), y = body->getArgument(1);
  return (sum.getLhs() == x && sum.getRhs() == y) ||
         (sum.getLhs() == y && sum.getRhs() == x);
}

static bool isLoopCarried(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto loop =
      argument
          ? dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp())
          : LoopLikeOpInterface();
  return loop && llvm::is_contained(loop.getRegionIterArgs(), argument);
}

static bool isZeroFill(Value value) {
  auto fill = value.getDefiningOp<linalg::FillOp>();
  return fill && matchPattern(fill.getInputs()[0], m_PosZeroFloat());
}

/// Whether `op` adds terms to a start of zero, and does nothing else.
static bool isSumFromZero(linalg::GenericOp op) {
  if (op.getNumReductionLoops() == 0 || op.getNumDpsInits() != 1 ||
      !isZeroFill(op.getDpsInits()[0]))
    return false;
  Block *body = op.getBody();
  BlockArgument total = body->getArguments().back();
  auto sum =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  return sum && total.hasOneUse() &&
         (sum.getLhs() == total || sum.getRhs() == total);
}

namespace {
/// A reduction and the reshapes of its result, last first.
struct Reduction {
  linalg::GenericOp op;
  SmallVector<Operation *> reshapes;
};
} // namespace

/// The reduction that `value` is the only use of.
static FailureOr<Reduction> findReduction(Value value) {
  Reduction reduction;
  while (value.hasOneUse()) {
    Operation *op = value.getDefiningOp();
    if (isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op)) {
      reduction.reshapes.push_back(op);
      value = op->getOperand(0);
      continue;
    }
    reduction.op = dyn_cast_or_null<linalg::GenericOp>(op);
    if (!reduction.op || !isSumFromZero(reduction.op))
      return failure();
    return reduction;
  }
  return failure();
}

/// `value` in the shape from before `reshape`.
static Value undo(OpBuilder &b, Operation *reshape, Value value) {
  Location loc = reshape->getLoc();
  Type type = reshape->getOperand(0).getType();
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(reshape))
    return tensor::CollapseShapeOp::create(b, loc, type, value,
                                           expand.getReassociationIndices());
  auto collapse = cast<tensor::CollapseShapeOp>(reshape);
  return tensor::ExpandShapeOp::create(b, loc, type, value,
                                       collapse.getReassociationIndices());
}

static bool isStatic(Operation *op) {
  return llvm::all_of(op->getOperandTypes(), [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.hasStaticShape();
  });
}

namespace {
struct FoldAccumulation : OpRewritePattern<linalg::GenericOp> {
  FoldAccumulation(MLIRContext *context, llvm::function_ref<void()> count)
      : OpRewritePattern(context), count(count) {}

  LogicalResult matchAndRewrite(linalg::GenericOp op,
                                PatternRewriter &rewriter) const override {
    if (!isElementwiseSum(op))
      return rewriter.notifyMatchFailure(op, "not a sum of two tensors");
    Value carried = op.getInputs()[0], term = op.getInputs()[1];
    if (!isLoopCarried(carried))
      std::swap(carried, term);
    if (!isLoopCarried(carried))
      return rewriter.notifyMatchFailure(op, "no loop carries a summand");
    FailureOr<Reduction> reduction = findReduction(term);
    if (failed(reduction))
      return rewriter.notifyMatchFailure(
          op, "the other summand is no sum from zero with this use only");
    Block *block = cast<BlockArgument>(carried).getOwner();
    if (reduction->op->getBlock() != block || !isStatic(op))
      return rewriter.notifyMatchFailure(
          op, "expected static shapes and a reduction in the loop's body");
    rewriter.setInsertionPoint(reduction->op);
    for (Operation *reshape : reduction->reshapes)
      carried = undo(rewriter, reshape, carried);
    rewriter.modifyOpInPlace(reduction->op, [&] {
      reduction->op.getDpsInitsMutable()[0].set(carried);
    });
    rewriter.replaceOp(op, term);
    count();
    return success();
  }

private:
  llvm::function_ref<void()> count;
};

struct QnetFoldAccumulation
    : qnet::impl::QnetFoldAccumulationBase<QnetFoldAccumulation> {
  using Base::Base;

  void runOnOperation() override {
    auto count = [&] { ++numFolded; };
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldAccumulation>(&getContext(), count);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
