//===- ReuseBuffers.cpp - qnet-reuse-buffers ------------------------------===//
//
// Elementwise ops write over an input that nobody reads after them.
//
//===----------------------------------------------------------------------===//

#include "BufferUses.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "qnet/Codegen/Common/Epilogues.h"
#include "qnet/Codegen/Common/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETREUSEBUFFERS
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// Whether each iteration accesses its own element of `operand` only.
static bool isOwnElement(linalg::GenericOp op, OpOperand &operand) {
  return op.getMatchingIndexingMap(&operand).isPermutation();
}

/// Whether `op` uses the buffer by `operand` and in no other way.
static bool isOnlyUse(const BufferUses &uses, linalg::GenericOp op,
                      OpOperand &operand, Value buffer) {
  unsigned count = 0;
  op->walk([&](Operation *inner) {
    for (Value value : inner->getOperands())
      count += isa<BaseMemRefType>(value.getType()) &&
               uses.getBuffer(value) == buffer;
  });
  return count == 1;
}

/// Whether all uses of `alloc` come after `value` is there.
static bool precedesUses(Value value, memref::AllocOp alloc) {
  Operation *source = value.getDefiningOp();
  return source && llvm::all_of(alloc->getUsers(), [&](Operation *user) {
           Operation *inBlock =
               source->getBlock()->findAncestorOpInBlock(*user);
           return inBlock && source->isBeforeInBlock(inBlock);
         });
}

/// The input that `out`, which `op` writes first, can take the place of.
static Value findReusable(const BufferUses &uses, linalg::GenericOp op,
                          OpOperand &out) {
  auto alloc = out.get().getDefiningOp<memref::AllocOp>();
  if (!alloc || alloc->getBlock() != op->getBlock() || !isOwnElement(op, out) ||
      op.payloadUsesValueFromOperand(&out) ||
      uses.getAccesses(alloc).front().op != op)
    return {};
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (input->get().getType() != out.get().getType() ||
        op.getMatchingIndexingMap(input) != op.getMatchingIndexingMap(&out))
      continue;
    Value buffer = uses.getBuffer(input->get());
    auto source = buffer.getDefiningOp<memref::AllocOp>();
    if (source && source->getBlock() == op->getBlock() &&
        uses.getAccesses(buffer).back().op == op &&
        isOnlyUse(uses, op, *input, buffer) &&
        precedesUses(input->get(), alloc))
      return input->get();
  }
  return {};
}

/// Reuses one buffer of the block; false where there is none.
static bool reuseOne(Block &block) {
  BufferUses uses(block);
  for (auto op : block.getOps<linalg::GenericOp>()) {
    // An epilogue writes while its product reads.
    if (op.getNumParallelLoops() != op.getNumLoops() ||
        !op.hasPureBufferSemantics() || isEpilogue(op))
      continue;
    for (OpOperand &out : op.getDpsInitsMutable())
      if (Value input = findReusable(uses, op, out)) {
        auto alloc = out.get().getDefiningOp<memref::AllocOp>();
        alloc.getResult().replaceAllUsesWith(input);
        alloc->erase();
        return true;
      }
  }
  return false;
}

namespace {
struct QnetReuseBuffers : qnet::impl::QnetReuseBuffersBase<QnetReuseBuffers> {
  using Base::Base;

  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    for (Block *block : collectSequentialBlocks(getOperation()))
      while (reuseOne(*block))
        ++numReused;
  }
};
} // namespace
