//===- SplitFills.cpp - qnet-split-fills ----------------------------------===//
//
// A buffer that is filled, and whose parts ops then add to, is filled part by
// part: each part's fill goes with its op.
//
//===----------------------------------------------------------------------===//

#include "BufferUses.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "qnet/Codegen/Common/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETSPLITFILLS
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
/// A slice of a filled buffer, and the first op that adds to it.
struct Part {
  memref::SubViewOp slice;
  Operation *op;
};
} // namespace

/// The only slice of `whole` that `op` accesses, and that it writes; null if it
/// accesses the buffer in another way.
static memref::SubViewOp findSlice(Operation *op, Value buffer, Value whole,
                                   const BufferUses &uses) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp)
    return {};
  memref::SubViewOp found;
  unsigned count = 0;
  for (Value value : getUsedMemrefs(op)) {
    if (uses.getBuffer(value) != buffer)
      continue;
    ++count;
    found = value.getDefiningOp<memref::SubViewOp>();
  }
  bool isOnly = count == 1 && found && found.getSource() == whole &&
                !found.getDroppedDims().any() &&
                found.getType().hasStaticShape() &&
                llvm::none_of(found.getStaticOffsets(), ShapedType::isDynamic);
  if (!isOnly || !llvm::is_contained(linalgOp.getDpsInits(), found.getResult()))
    return {};
  return found;
}

/// Whether two slices of one buffer have no element in common.
static bool areApart(memref::SubViewOp a, memref::SubViewOp b) {
  for (auto [first, other, size, otherSize, stride, otherStride] :
       llvm::zip_equal(a.getStaticOffsets(), b.getStaticOffsets(),
                       a.getStaticSizes(), b.getStaticSizes(),
                       a.getStaticStrides(), b.getStaticStrides())) {
    if (first + (size - 1) * stride < other ||
        other + (otherSize - 1) * otherStride < first)
      return true;
    if (stride == otherStride && (first - other) % stride != 0)
      return true;
  }
  return false;
}

/// The slices that make up what `fill` fills, each with the op that is the next
/// to access it; fails if something else accesses the buffer before.
static FailureOr<SmallVector<Part>> findParts(linalg::FillOp fill,
                                              const BufferUses &uses) {
  Value whole = fill.getOutputs()[0];
  auto type = cast<MemRefType>(whole.getType());
  if (!type.hasStaticShape())
    return failure();
  Value buffer = uses.getBuffer(whole);
  int64_t rest = type.getNumElements();
  SmallVector<Part> parts;
  for (const BufferAccess &access : uses.getAccesses(buffer)) {
    if (access.position <= uses.getPosition(fill))
      continue;
    memref::SubViewOp slice = findSlice(access.op, buffer, whole, uses);
    if (!slice || !llvm::all_of(parts, [&](Part part) {
          return areApart(part.slice, slice);
        }))
      return failure();
    parts.push_back({slice, access.op});
    rest -= slice.getType().getNumElements();
    if (rest == 0)
      return parts;
  }
  return failure();
}

namespace {
struct QnetSplitFills : qnet::impl::QnetSplitFillsBase<QnetSplitFills> {
  using Base::Base;

  void runOnOperation() override {
    for (Block *block : collectSequentialBlocks(getOperation()))
      splitIn(*block);
  }

private:
  void splitIn(Block &block) {
    BufferUses uses(block);
    for (auto fill :
         llvm::make_early_inc_range(block.getOps<linalg::FillOp>())) {
      if (!fill.hasPureBufferSemantics())
        continue;
      FailureOr<SmallVector<Part>> parts = findParts(fill, uses);
      if (failed(parts))
        continue;
      for (Part &part : *parts) {
        OpBuilder b(part.op);
        linalg::FillOp::create(b, fill.getLoc(), fill.getInputs()[0],
                               part.slice.getResult());
      }
      fill.erase();
      ++numSplit;
    }
  }
};
} // namespace
