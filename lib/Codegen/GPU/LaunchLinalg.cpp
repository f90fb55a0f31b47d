//===- LaunchLinalg.cpp - qnet-launch-linalg ------------------------------===//
//
// One thread computes one element of each output and runs the reductions in
// ascending order itself: the order of qnet-parallelize-linalg on a CPU, and so
// the same bits. Long sums of few elements are a block's (SumKernel.cpp), in
// the same order.
//
//===----------------------------------------------------------------------===//

#include "../Common/LinalgBody.h"
#include "Kernel.h"
#include "LoopPoints.h"
#include "SumKernel.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "qnet/Codegen/GPU/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/Support/MathExtras.h"

namespace qnet {
#define GEN_PASS_DEF_QNETLAUNCHLINALG
#include "qnet/Codegen/GPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
/// Emits the kernel of one op whose points each have a thread of their own.
class PointKernel {
public:
  PointKernel(ImplicitLocOpBuilder &b, linalg::GenericOp op,
              ArrayRef<linalg::FillOp> fills)
      : b(b), op(op), loops(op), ivs(loops.ranges.size()), fills(fills) {}
  void emit();

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  void emitPoint();
  SmallVector<Value> reduce(ArrayRef<unsigned> order, ValueRange values);
  SmallVector<Value> emitBody(ValueRange values);

  ImplicitLocOpBuilder &b;
  linalg::GenericOp op;
  LoopPoints loops;
  SmallVector<Value> ivs;
  ArrayRef<linalg::FillOp> fills; ///< by output
};
} // namespace

SmallVector<Value> PointKernel::emitBody(ValueRange values) {
  IRMapping mapping;
  Block *body = op.getBody();
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = body->getArgument(operand.getOperandNumber());
    if (op.isDpsInit(&operand)) {
      unsigned i = operand.getOperandNumber() - op.getNumDpsInputs();
      if (values[i])
        mapping.map(argument, values[i]);
    } else if (!argument.use_empty()) {
      mapping.map(argument, loadElement(b, op, operand, ivs));
    }
  }
  return cloneBody(b, op, ivs, mapping);
}

SmallVector<Value> PointKernel::reduce(ArrayRef<unsigned> order,
                                       ValueRange values) {
  if (order.empty())
    return emitBody(values);
  auto loop = scf::ForOp::create(
      b, index(0), index(loops.ranges[order.front()]), index(1), values);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  ivs[order.front()] = loop.getInductionVar();
  SmallVector<Value> next =
      reduce(order.drop_front(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, next);
  return SmallVector<Value>(loop.getResults());
}

void PointKernel::emitPoint() {
  SmallVector<Value> start;
  for (auto [i, operand] : llvm::enumerate(op.getDpsInitsMutable())) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    bool isUnread = loops.reductions.empty() && argument.use_empty();
    start.push_back(isUnread ? Value()
                             : loadStart(b, op, operand, fills[i], ivs));
  }
  SmallVector<Value> results = reduce(loops.reductions, start);
  // Those of the reductions' loops are of no use here.
  for (unsigned loop : loops.reductions)
    ivs[loop] = index(0);
  for (auto [result, operand] : llvm::zip(results, op.getDpsInitsMutable()))
    storeElement(b, op, operand, result, ivs);
}

void PointKernel::emit() {
  int64_t points = loops.points();
  int64_t blocks = llvm::divideCeil(points, kernelThreads);
  Kernel kernel(b, loops.reductions.empty() ? "map" : "reduce", blocks);
  Value block = arith::MulIOp::create(b, kernel.block(), index(kernelThreads));
  Value point = arith::AddIOp::create(b, block, kernel.thread());
  emitIfBelow(b, point, points, blocks * kernelThreads, [&] {
    loops.setPoint(b, point, ivs);
    emitPoint();
  });
}

/// Why no kernel can compute the op; empty if one can.
static StringRef findObstacle(linalg::GenericOp op) {
  if (!op.hasPureBufferSemantics() || op.hasDynamicShape())
    return "loops over anything but buffers of static shape";
  for (OpOperand &operand : op.getDpsInitsMutable()) {
    if (isa<QType>(getElementTypeOrSelf(operand.get())))
      return "codes that are not written in flat order";
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [loop, iterator] : llvm::enumerate(op.getIteratorTypesArray())) {
      bool isUsed = map.isFunctionOfDim(loop);
      if (op.getStaticLoopRanges()[loop] != 1 &&
          isUsed != linalg::isParallelIterator(iterator))
        return "an output that is not one element for each parallel iteration";
    }
  }
  return {};
}

namespace {
struct QnetLaunchLinalg : qnet::impl::QnetLaunchLinalgBase<QnetLaunchLinalg> {
  using Base::Base;

  LogicalResult launch(IRRewriter &rewriter, linalg::LinalgOp op) {
    rewriter.setInsertionPoint(op);
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    if (!generic && op.hasPureBufferSemantics()) {
      FailureOr<linalg::GenericOp> general =
          linalg::generalizeNamedOp(rewriter, op);
      if (succeeded(general))
        generic = *general;
    }
    StringRef obstacle =
        generic ? findObstacle(generic) : "a named op on tensors";
    if (!obstacle.empty())
      return op->emitError("target cuda does not support ")
             << obstacle << " ('" << op->getName()
             << "'), supported: elementwise ops, reductions, products, and "
                "flat updates on buffers of static shape";
    ImplicitLocOpBuilder b(generic.getLoc(), rewriter);
    b.setInsertionPoint(generic);
    SmallVector<linalg::FillOp> fills;
    for (Value output : generic.getDpsInits())
      fills.push_back(findConstantFill(generic, output));
    if (succeeded(emitSumKernel(b, generic, fills)))
      ++numSums;
    else
      PointKernel(b, generic, fills).emit();
    rewriter.eraseOp(generic);
    for (linalg::FillOp fill : fills)
      if (fill)
        rewriter.eraseOp(fill);
    ++numKernels;
    return success();
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp op) { copies.push_back(op); });
    for (memref::CopyOp op : copies)
      replaceCopy(rewriter, op);
    // Reductions first: they take the fills before them along.
    SmallVector<linalg::LinalgOp> ops, fills;
    getOperation().walk([&](linalg::LinalgOp op) {
      (isa<linalg::FillOp>(op) ? fills : ops).push_back(op);
    });
    for (linalg::LinalgOp op : ops)
      if (failed(launch(rewriter, op)))
        return signalPassFailure();
    fills.clear();
    getOperation().walk([&](linalg::FillOp op) { fills.push_back(op); });
    for (linalg::LinalgOp op : fills)
      if (failed(launch(rewriter, op)))
        return signalPassFailure();
  }

  /// A copy between buffers as a loop; codes are copied by words.
  void replaceCopy(IRRewriter &rewriter, memref::CopyOp op) {
    rewriter.setInsertionPoint(op);
    Location loc = op.getLoc();
    auto words = [&](Value buffer) -> Value {
      auto type = dyn_cast<MemRefType>(buffer.getType());
      auto code = type ? dyn_cast<QType>(type.getElementType()) : QType();
      if (!code || !type.hasStaticShape())
        return buffer;
      auto packed =
          MemRefType::get(getNumWords(code.getGrid(), type.getNumElements()),
                          rewriter.getI32Type(), MemRefLayoutAttrInterface(),
                          type.getMemorySpace());
      return WordsOp::create(rewriter, loc, packed, buffer);
    };
    Value source = words(op.getSource()), target = words(op.getTarget());
    rewriter.replaceOpWithNewOp<linalg::CopyOp>(op, source, target);
    ++numCopies;
  }
};
} // namespace
