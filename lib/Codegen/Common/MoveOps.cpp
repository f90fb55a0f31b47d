//===- MoveOps.cpp - Ops on buffers that change places --------------------===//
//
// See MoveOps.h.
//
//===----------------------------------------------------------------------===//

#include "MoveOps.h"
#include "mlir/Transforms/RegionUtils.h"
#include "qnet/Codegen/Common/Epilogues.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace qnet;

/// Whether the op of `operand` only ors bits into one element of the buffer.
static bool orsBits(OpOperand &operand) {
  if (auto atomic = dyn_cast<memref::AtomicRMWOp>(operand.getOwner()))
    return atomic.getKind() == arith::AtomicRMWKind::ori;
  auto generic = dyn_cast<linalg::GenericOp>(operand.getOwner());
  return generic && generic.isDpsInit(&operand) &&
         generic.getMatchingIndexingMap(&operand).isConstant() &&
         generic.getMatchingYieldValue(&operand)
             ->get()
             .getDefiningOp<arith::OrIOp>();
}

/// Whether that is all that `op` does with it: then it can change places with
/// another such op.
static bool isFlagUse(const BufferUses &uses, Operation *op, Value buffer) {
  return !op->walk([&](Operation *inner) {
              for (OpOperand &operand : inner->getOpOperands())
                if (isa<MemRefType>(operand.get().getType()) &&
                    uses.getBuffer(operand.get()) == buffer &&
                    !orsBits(operand))
                  return WalkResult::interrupt();
              return WalkResult::advance();
            }).wasInterrupted();
}

bool qnet::canMoveUp(const BufferUses &uses, linalg::GenericOp op,
                     unsigned position) {
  unsigned now = uses.getPosition(op);
  for (Value used : getUsedMemrefs(op)) {
    Value buffer = uses.getBuffer(used);
    bool isFlag = isFlagUse(uses, op, buffer), isWritten = false;
    for (const BufferAccess &access : uses.getAccesses(buffer))
      if (access.op == op)
        isWritten = access.writes;
    for (const BufferAccess &access : uses.getAccesses(buffer)) {
      if (access.position <= position || access.position >= now ||
          !(isWritten || access.writes))
        continue;
      if (!isFlag || !isFlagUse(uses, access.op, buffer))
        return false;
    }
  }
  return true;
}

bool qnet::collectSources(ValueRange values, Operation *target,
                          SetVector<Operation *> &sources) {
  for (Value value : values) {
    Operation *source = value.getDefiningOp();
    if (!source || source->getBlock() != target->getBlock() ||
        source->isBeforeInBlock(target) || sources.contains(source))
      continue;
    if (source == target || source->getNumRegions() != 0 ||
        !touchesNoMemory(source) ||
        !collectSources(source->getOperands(), target, sources))
      return false;
    sources.insert(source);
  }
  return true;
}

bool qnet::collectSources(Operation *op, Operation *target,
                          SetVector<Operation *> &sources) {
  SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  return collectSources(ValueRange(used.getArrayRef()), target, sources);
}
