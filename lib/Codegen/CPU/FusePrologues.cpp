//===- FusePrologues.cpp - qnet-fuse-prologues ----------------------------===//
//
// Brings a copy of an image between zeros to the products that read it, one to
// each, and says by an attribute that they belong together (Paddings.h): loops
// that leave out terms with zeros read the image where it lies.
//
//===----------------------------------------------------------------------===//

#include "../Common/BufferUses.h"
#include "FlatAccess.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Codegen/CPU/Products.h"
#include "qnet/Codegen/Common/Paddings.h"
#include "qnet/Dialect/Qnet/IR/Windows.h"

namespace qnet {
#define GEN_PASS_DEF_QNETFUSEPROLOGUES
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
struct QnetFusePrologues
    : qnet::impl::QnetFuseProloguesBase<QnetFusePrologues> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    return verifyVectorBits(vectorBits, [&] {
      return emitError(UnknownLoc::get(context)) << "qnet-fuse-prologues: ";
    });
  }
  void runOnOperation() override;

private:
  bool readsImage(linalg::GenericOp reader, const PaddedCopy &copy);
  SmallVector<linalg::GenericOp> findReaders(const BufferUses &uses,
                                             const PaddedCopy &copy);
  void fuseIn(Block &block);
};
} // namespace

/// Whether the loops of `reader` would read the image where it lies.
bool QnetFusePrologues::readsImage(linalg::GenericOp reader,
                                   const PaddedCopy &copy) {
  if (llvm::count(reader->getOperands(), copy.padded) != 1)
    return false;
  FailureOr<ProductFacts> facts = describeProduct(reader, vectorBits);
  return succeeded(facts) && facts->readsInside &&
         !(winogradProducts && facts->can(ProductMethod::Winograd)) &&
         !(tableProducts && facts->prefersTables(winogradProducts));
}

/// The readers of the copy, if all are such products and find the image as it
/// was copied.
SmallVector<linalg::GenericOp>
QnetFusePrologues::findReaders(const BufferUses &uses, const PaddedCopy &copy) {
  // Not a part at a place that is known at run time, as of micro-batches.
  SmallVector<int64_t> strides;
  if (!matmul::getStaticStrides(cast<MemRefType>(copy.source.getType()),
                                strides))
    return {};
  auto alloc = copy.padded.getDefiningOp<memref::AllocOp>();
  ArrayRef<BufferAccess> accesses = uses.getAccesses(copy.padded);
  if (!alloc || alloc->getBlock() != copy.op->getBlock() ||
      accesses.size() < 2 || accesses.front().op != copy.op ||
      uses.isTouched(uses.getBuffer(copy.source), accesses.front().position,
                     accesses.back().position))
    return {};
  SmallVector<linalg::GenericOp> readers;
  for (const BufferAccess &access : accesses.drop_front()) {
    auto reader = dyn_cast<linalg::GenericOp>(access.op);
    if (access.writes || !reader || !readsImage(reader, copy))
      return {};
    readers.push_back(reader);
  }
  return readers;
}

/// Gives `reader` a copy of its own, right before it.
static void copyBefore(linalg::GenericOp reader, const PaddedCopy &copy) {
  OpBuilder b(reader);
  IRMapping mapping;
  Operation *alloc = b.clone(*copy.padded.getDefiningOp(), mapping);
  b.clone(*copy.op, mapping)
      ->setAttr(kPrologueAttrName, UnitAttr::get(b.getContext()));
  reader->replaceUsesOfWith(copy.padded, alloc->getResult(0));
}

void QnetFusePrologues::fuseIn(Block &block) {
  BufferUses uses(block);
  SmallVector<linalg::GenericOp> ops(block.getOps<linalg::GenericOp>());
  for (linalg::GenericOp op : ops) {
    std::optional<PaddedCopy> copy = matchPaddedCopy(op);
    if (!copy)
      continue;
    SmallVector<linalg::GenericOp> readers = findReaders(uses, *copy);
    if (readers.empty())
      continue;
    for (linalg::GenericOp reader : readers)
      copyBefore(reader, *copy);
    Operation *alloc = copy->padded.getDefiningOp();
    op.erase();
    eraseUnused(alloc);
    numMarked += readers.size();
  }
}

void QnetFusePrologues::runOnOperation() {
  for (Block *block : collectSequentialBlocks(getOperation()))
    fuseIn(*block);
}
