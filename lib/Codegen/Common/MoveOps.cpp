//===- MoveOps.cpp - Ops on buffers that change places --------------------===//
//
// See MoveOps.h.
//
//===----------------------------------------------------------------------===//

#include "MoveOps.h"
#include "mlir/Transforms/RegionUtils.h"
#include "qnet/Codegen/Common/Epilogues.h"
#include "qnet/Codegen/Common/Paddings.h"
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
                     unsigned position, ArrayRef<Operation *> along) {
  unsigned now = uses.getPosition(op);
  for (Value used : getUsedMemrefs(op)) {
    Value buffer = uses.getBuffer(used);
    bool isFlag = isFlagUse(uses, op, buffer), isWritten = false;
    for (const BufferAccess &access : uses.getAccesses(buffer))
      if (access.op == op)
        isWritten = access.writes;
    for (const BufferAccess &access : uses.getAccesses(buffer)) {
      if (access.position <= position || access.position >= now ||
          !(isWritten || access.writes) || llvm::is_contained(along, access.op))
        continue;
      if (!isFlag || !isFlagUse(uses, access.op, buffer))
        return false;
    }
  }
  return true;
}

/// What is cheap to compute earlier and belongs to no other op.
static bool isFree(Operation *op) {
  if (isa<linalg::FillOp>(op))
    return true;
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return generic && generic.hasPureBufferSemantics() &&
         generic.getNumParallelLoops() == generic.getNumLoops() &&
         !isEpilogue(op) && !op->hasAttr(kPrologueAttrName);
}

namespace {
/// The accesses of an op and the ops inside of it.
struct Accesses {
  Accesses(const BufferUses &uses, Operation *op) {
    for (Value used : getUsedMemrefs(op)) {
      Value buffer = uses.getBuffer(used);
      for (const BufferAccess &access : uses.getAccesses(buffer))
        if (access.op == op)
          all.push_back({buffer, access.writes});
    }
  }
  bool conflictWith(const Accesses &other) const {
    return llvm::any_of(all, [&](auto access) {
      return llvm::any_of(other.all, [&](auto second) {
        return access.first == second.first && (access.second || second.second);
      });
    });
  }
  SmallVector<std::pair<Value, bool>> all; ///< buffer, whether it is written
};
} // namespace

bool qnet::collectWriters(const BufferUses &uses, linalg::GenericOp op,
                          ArrayRef<Operation *> group,
                          SmallVectorImpl<Operation *> &writers) {
  unsigned start = uses.getPosition(group.back());
  SetVector<Operation *> found;
  SmallVector<Operation *> work = {op};
  // Before `user`, what conflicts with it must be among those that move.
  while (!work.empty()) {
    Operation *user = work.pop_back_val();
    for (auto [buffer, isWritten] : Accesses(uses, user).all)
      for (const BufferAccess &access : uses.getAccesses(buffer)) {
        bool isBetween =
            access.position > start && access.position < uses.getPosition(user);
        if (!isBetween || !(isWritten || access.writes))
          continue;
        if (!isFree(access.op))
          return false;
        if (found.insert(access.op))
          work.push_back(access.op);
      }
  }
  for (Operation *writer : found)
    for (Operation *member : group)
      if (Accesses(uses, writer).conflictWith(Accesses(uses, member)))
        return false;
  writers.append(found.begin(), found.end());
  llvm::sort(writers, [&](Operation *a, Operation *b) {
    return uses.getPosition(a) < uses.getPosition(b);
  });
  return true;
}

bool Moves::moveWithSources(Operation *op, Operation *target) {
  SetVector<Operation *> sources;
  if (!collectSources(op, target, sources))
    return false;
  for (Operation *source : sources)
    moveBefore(source, target);
  moveBefore(op, target);
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
