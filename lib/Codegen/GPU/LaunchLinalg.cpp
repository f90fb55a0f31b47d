//===- LaunchLinalg.cpp - qnet-launch-linalg ------------------------------===//
//
// One thread computes one element of each output and runs the reductions in
// ascending order itself: the order of qnet-parallelize-linalg on a CPU, and so
// the same bits.
//
//===----------------------------------------------------------------------===//

#include "../Common/LinalgBody.h"
#include "Kernel.h"
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
/// Emits the kernel of one op.
class PointKernel {
public:
  PointKernel(ImplicitLocOpBuilder &b, linalg::GenericOp op)
      : b(b), op(op), ranges(op.getStaticLoopRanges()), ivs(ranges.size()) {
    for (auto [i, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
      (linalg::isParallelIterator(iterator) ? parallel : reductions)
          .push_back(i);
  }
  void emit();

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  SmallVector<Value> indicesOf(OpOperand &operand);
  Value elementOf(OpOperand &operand);
  void splitPoint(Value point);
  void emitPoint();
  SmallVector<Value> reduce(ArrayRef<unsigned> loops, ValueRange values);
  SmallVector<Value> emitBody(ValueRange values);

  ImplicitLocOpBuilder &b;
  linalg::GenericOp op;
  SmallVector<int64_t> ranges;
  SmallVector<Value> ivs;
  SmallVector<unsigned> parallel, reductions;
  SmallVector<linalg::FillOp> fills; ///< by output
};
} // namespace

SmallVector<Value> PointKernel::indicesOf(OpOperand &operand) {
  return buildIndices(b, b.getLoc(), op.getMatchingIndexingMap(&operand), ivs);
}

Value PointKernel::elementOf(OpOperand &operand) {
  if (!isa<MemRefType>(operand.get().getType()))
    return operand.get();
  return memref::LoadOp::create(b, operand.get(), indicesOf(operand));
}

/// The parallel loops' indices from the number of a point, the last fastest.
void PointKernel::splitPoint(Value point) {
  for (unsigned i = 0; i < ranges.size(); ++i)
    ivs[i] = index(0);
  for (unsigned loop : llvm::reverse(parallel)) {
    if (ranges[loop] == 1)
      continue;
    bool isOuter = llvm::all_of(parallel, [&](unsigned other) {
      return other >= loop || ranges[other] == 1;
    });
    ivs[loop] =
        isOuter ? point
                : Value(arith::RemUIOp::create(b, point, index(ranges[loop])));
    if (!isOuter)
      point = arith::DivUIOp::create(b, point, index(ranges[loop]));
  }
}

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
      mapping.map(argument, elementOf(operand));
    }
  }
  return cloneBody(b, op, ivs, mapping);
}

SmallVector<Value> PointKernel::reduce(ArrayRef<unsigned> loops,
                                       ValueRange values) {
  if (loops.empty())
    return emitBody(values);
  auto loop = scf::ForOp::create(b, index(0), index(ranges[loops.front()]),
                                 index(1), values);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  ivs[loops.front()] = loop.getInductionVar();
  SmallVector<Value> next =
      reduce(loops.drop_front(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, next);
  return SmallVector<Value>(loop.getResults());
}

void PointKernel::emitPoint() {
  SmallVector<Value> start;
  for (auto [i, operand] : llvm::enumerate(op.getDpsInitsMutable())) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    if (reductions.empty() && argument.use_empty())
      start.push_back(Value());
    else if (fills[i])
      start.push_back(fillValue(b, fills[i]));
    else
      start.push_back(elementOf(operand));
  }
  SmallVector<Value> results = reduce(reductions, start);
  // Indices again: those of the reductions are of no loop here.
  for (auto [result, operand] : llvm::zip(results, op.getDpsInitsMutable()))
    memref::StoreOp::create(b, result, operand.get(), indicesOf(operand));
}

void PointKernel::emit() {
  int64_t points = 1;
  for (unsigned loop : parallel)
    points *= ranges[loop];
  for (OpOperand &operand : op.getDpsInitsMutable())
    fills.push_back(findConstantFill(op, operand.get()));
  int64_t blocks = llvm::divideCeil(points, kernelThreads);
  {
    Kernel kernel(b, reductions.empty() ? "map" : "reduce", blocks);
    Value block =
        arith::MulIOp::create(b, kernel.block(), index(kernelThreads));
    Value point = arith::AddIOp::create(b, block, kernel.thread());
    emitIfBelow(b, point, points, blocks * kernelThreads, [&] {
      splitPoint(point);
      emitPoint();
    });
  }
  for (linalg::FillOp fill : fills)
    if (fill)
      fill.erase();
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
    PointKernel(b, generic).emit();
    rewriter.eraseOp(generic);
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
