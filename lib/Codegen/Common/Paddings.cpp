//===- Paddings.cpp - Copies of images between zeros ----------------------===//
//
// See Paddings.h.
//
//===----------------------------------------------------------------------===//

#include "qnet/Codegen/Common/Paddings.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "qnet/Codegen/Common/Epilogues.h"
#include "qnet/Dialect/Qnet/IR/Windows.h"

using namespace mlir;
using namespace qnet;

/// The only buffer that the op's body reads, or null.
static Value findSource(linalg::GenericOp op) {
  auto loads = llvm::to_vector(op.getBody()->getOps<memref::LoadOp>());
  return loads.size() == 1 ? loads[0].getMemRef() : Value();
}

static bool fits(const PaddedCopy &copy) {
  auto inner = cast<MemRefType>(copy.source.getType());
  auto outer = cast<MemRefType>(copy.padded.getType());
  if (!inner.hasStaticShape() || !outer.hasStaticShape() ||
      !inner.getElementType().isF32() || !outer.getElementType().isF32() ||
      inner.getRank() != outer.getRank() ||
      inner.getRank() != int64_t(copy.low.size()))
    return false;
  for (auto [low, size, all] :
       llvm::zip_equal(copy.low, inner.getShape(), outer.getShape()))
    if (low < 0 || low + size > all)
      return false;
  return true;
}

std::optional<PaddedCopy> qnet::matchPaddedCopy(linalg::GenericOp op) {
  auto low = op->getAttrOfType<DenseI64ArrayAttr>(kPadLowAttrName);
  if (!low || !op.hasPureBufferSemantics() || op.getNumDpsInputs() != 0 ||
      op.getNumDpsInits() != 1)
    return std::nullopt;
  PaddedCopy copy{op, findSource(op), op.getDpsInits()[0], low.asArrayRef()};
  if (!copy.source || copy.source == copy.padded || !fits(copy))
    return std::nullopt;
  return copy;
}

std::optional<PaddedCopy> qnet::findPrologue(Operation *op) {
  Operation *before = op->getPrevNode();
  while (before && (touchesNoMemory(before) || isa<linalg::FillOp>(before)))
    before = before->getPrevNode();
  auto generic = dyn_cast_or_null<linalg::GenericOp>(before);
  if (!generic || !generic->hasAttr(kPrologueAttrName))
    return std::nullopt;
  std::optional<PaddedCopy> copy = matchPaddedCopy(generic);
  if (!copy || !llvm::is_contained(op->getOperands(), copy->padded))
    return std::nullopt;
  return copy;
}
