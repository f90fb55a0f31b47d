//===- IsolateDestinations.cpp - qnet-isolate-destinations ----------------===//
//
// Clones fills and empty tensors for each op that writes into them, and makes
// fills of splat constants that serve as destinations or are stored.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "qnet/Codegen/Common/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETISOLATEDESTINATIONS
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;

static Value buildEmpty(OpBuilder &b, Location loc, Type type) {
  auto tensor = cast<RankedTensorType>(type);
  return tensor::EmptyOp::create(b, loc, tensor.getShape(),
                                 tensor.getElementType());
}

/// A fresh value equal to `value` where that is a splat, a fill or empty; else
/// null.
static Value buildFresh(OpBuilder &b, Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return {};
  Location loc = op->getLoc();
  if (isa<tensor::EmptyOp>(op))
    return buildEmpty(b, loc, value.getType());
  Value scalar;
  if (auto fill = dyn_cast<linalg::FillOp>(op)) {
    scalar = fill.getInputs()[0];
  } else if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto splat = dyn_cast<SplatElementsAttr>(constant.getValue());
    if (!splat)
      return {};
    scalar =
        arith::ConstantOp::create(b, loc, splat.getSplatValue<TypedAttr>());
  } else {
    return {};
  }
  Value empty = buildEmpty(b, loc, value.getType());
  return linalg::FillOp::create(b, loc, scalar, empty).getResult(0);
}

/// The tensor that `value` is written into, through ops with one destination
/// and reshapes.
static Value findDestination(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto written = dyn_cast<DestinationStyleOpInterface>(op))
      value = written.getTiedOpOperand(cast<OpResult>(value))->get();
    else if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
      value = op->getOperand(0);
    else
      return value;
  }
  return value;
}

namespace {
struct QnetIsolateDestinations
    : qnet::impl::QnetIsolateDestinationsBase<QnetIsolateDestinations> {
  using Base::Base;

  void isolate(OpOperand &operand) {
    OpBuilder b(operand.getOwner());
    Value old = operand.get();
    Value fresh = buildFresh(b, old);
    if (!fresh)
      return;
    operand.set(fresh);
    ++numIsolated;
    eraseIfDead(old.getDefiningOp());
  }

  /// Erases a destination that nobody uses any more, and its empty tensor.
  void eraseIfDead(Operation *op) {
    if (!op || !op->use_empty())
      return;
    SmallVector<Value> operands(op->getOperands());
    op->erase();
    for (Value operand : operands)
      eraseIfDead(operand.getDefiningOp<tensor::EmptyOp>());
  }

  /// Writes what a loop yields over what it carries: bufferization wants them
  /// in one place.
  void keepInPlace(LoopLikeOpInterface loop) {
    OpBuilder b(loop->getContext());
    for (auto [yielded, argument] :
         llvm::zip_equal(loop.getYieldedValuesMutable().value_or(
                             MutableArrayRef<OpOperand>()),
                         loop.getRegionIterArgs())) {
      Value value = yielded.get();
      if (!isa<RankedTensorType>(value.getType()) || value == argument ||
          findDestination(value) == argument)
        continue;
      b.setInsertionPoint(yielded.getOwner());
      yielded.set(bufferization::MaterializeInDestinationOp::create(
                      b, value.getLoc(), value.getType(), value, argument)
                      .getResult());
      ++numInPlace;
    }
  }

  /// Where other ops than these write into a fill, as an insertion into it
  /// does, its buffer need not live before the first.
  void sinkFills() {
    SmallVector<linalg::FillOp> fills;
    getOperation()->walk([&](linalg::FillOp fill) { fills.push_back(fill); });
    for (linalg::FillOp fill : fills) {
      if (fill->getNumResults() != 1 || fill->use_empty())
        continue;
      Block *block = fill->getBlock();
      Operation *first = nullptr;
      for (Operation *user : fill->getUsers()) {
        Operation *inBlock = block->findAncestorOpInBlock(*user);
        if (!first || inBlock->isBeforeInBlock(first))
          first = inBlock;
      }
      if (fill->getNextNode() == first)
        continue;
      fill->moveBefore(first);
      if (auto empty = fill.getOutputs()[0].getDefiningOp<tensor::EmptyOp>();
          empty && empty->hasOneUse())
        empty->moveBefore(fill);
      ++numSunk;
    }
  }

  void runOnOperation() override {
    // Collected first: the walk must not meet the fills that are added.
    SmallVector<OpOperand *> destinations;
    SmallVector<LoopLikeOpInterface> loops;
    getOperation()->walk([&](Operation *op) {
      if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
        for (OpOperand &operand : linalgOp.getDpsInitsMutable())
          destinations.push_back(&operand);
      } else if (isa<bufferization::MaterializeInDestinationOp>(op)) {
        destinations.push_back(&op->getOpOperand(0));
      } else if (auto loop = dyn_cast<LoopLikeOpInterface>(op)) {
        for (OpOperand &operand : loop.getInitsMutable())
          destinations.push_back(&operand);
        loops.push_back(loop);
      }
    });
    for (OpOperand *operand : destinations)
      isolate(*operand);
    for (LoopLikeOpInterface loop : loops)
      keepInPlace(loop);
    sinkFills();
  }
};
} // namespace
