//===- LaneAnalysis.cpp - What differs between lanes ----------------------===//
//
// A value varies if it depends on the last loop: on an operand that is read
// along it, or on its index. Varying values become vectors, all others stay
// scalars.
//
//===----------------------------------------------------------------------===//

#include "VectorNest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace qnet;

static bool isWord(Type type) { return type.isF32() || type.isInteger(32); }

static bool isLane(Type type) {
  return isWord(type) || type.isInteger(1) || type.isIndex();
}

static bool isRowMajor(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  return memref && memref.getRank() > 0 && isWord(memref.getElementType()) &&
         memref.isLastDimUnitStride();
}

StringRef LaneAnalysis::visitOperands(linalg::GenericOp op) {
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!map.isFunctionOfDim(lastLoop)) {
      if (op.isDpsInit(&operand))
        return "an output does not move with the last loop";
      continue;
    }
    auto dim = dyn_cast<AffineDimExpr>(map.getResults().back());
    bool isLast =
        dim && dim.getPosition() == lastLoop &&
        llvm::none_of(map.getResults().drop_back(), [&](AffineExpr e) {
          return e.isFunctionOfDim(lastLoop);
        });
    if (!isLast || !isRowMajor(operand.get().getType()))
      return "an operand is not contiguous along the last loop";
    varying.insert(op.getBody()->getArgument(operand.getOperandNumber()));
  }
  return {};
}

/// A load may move along contiguous memory with the last loop, and not
/// otherwise.
StringRef LaneAnalysis::visitLoad(Operation *op) {
  auto load = cast<memref::LoadOp>(op);
  auto isVaryingIndex = [&](Value index) { return isVarying(index); };
  if (llvm::any_of(load.getIndices().drop_back(), isVaryingIndex))
    return "a load is not contiguous along the last loop";
  auto position = load.getIndices().back().getDefiningOp<linalg::IndexOp>();
  if (!position || !isRowMajor(load.getMemRefType()))
    return "a load is not contiguous along the last loop";
  return {};
}

bool qnet::hasVectorForm(Operation *op) {
  if (isa<math::SqrtOp, math::FmaOp, math::AbsFOp, math::RoundEvenOp>(op))
    return true;
  return isa<arith::ArithDialect>(op->getDialect()) &&
         OpTrait::hasElementwiseMappableTraits(op);
}

StringRef LaneAnalysis::visit(Operation *op) {
  if (op->getNumRegions() || op->getNumResults() != 1)
    return "an op of the body has regions or no single result";
  auto position = dyn_cast<linalg::IndexOp>(op);
  bool varies = position ? position.getDim() == lastLoop
                         : llvm::any_of(op->getOperands(), [&](Value value) {
                             return isVarying(value);
                           });
  if (!varies)
    return {};
  varying.insert(op->getResult(0));
  if (position)
    return {};
  if (isa<memref::LoadOp>(op))
    return visitLoad(op);
  if (!hasVectorForm(op))
    return "an op of the body has no vector form";
  auto isLaneType = [](Type type) { return isLane(type); };
  if (!llvm::all_of(op->getOperandTypes(), isLaneType) ||
      !llvm::all_of(op->getResultTypes(), isLaneType))
    return "a value of the body is not of 32 bits";
  return {};
}

StringRef LaneAnalysis::run(linalg::GenericOp op) {
  if (!op.hasPureBufferSemantics() || op.hasDynamicShape())
    return "not on buffers of static shape";
  if (op.getNumLoops() == 0 ||
      op.getIteratorTypesArray().back() != utils::IteratorType::parallel)
    return "the last loop is not parallel";
  lastLoop = op.getNumLoops() - 1;
  if (StringRef reason = visitOperands(op); !reason.empty())
    return reason;
  for (Operation &inner : op.getBody()->without_terminator())
    if (StringRef reason = visit(&inner); !reason.empty())
      return reason;
  return {};
}
