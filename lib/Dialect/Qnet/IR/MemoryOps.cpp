//===- MemoryOps.cpp - Packed codes in memory -----------------------------===//
//
// The view of codes as the words that hold them.
//
//===----------------------------------------------------------------------===//

#include "qnet/Dialect/Qnet/IR/QnetOps.h"

using namespace mlir;
using namespace qnet;

Value WordsOp::getViewSource() { return getCodes(); }

LogicalResult WordsOp::verify() {
  auto codes = cast<MemRefType>(getCodes().getType());
  auto words = cast<MemRefType>(getResult().getType());
  if (!codes.hasStaticShape() || !codes.getLayout().isIdentity())
    return emitOpError("expected contiguous codes of static shape, got ")
           << codes;
  GridAttrInterface grid = cast<QType>(codes.getElementType()).getGrid();
  int64_t expected = getNumWords(grid, codes.getNumElements());
  if (words.getShape() != ArrayRef<int64_t>(expected) ||
      !words.getLayout().isIdentity())
    return emitOpError("expected memref<")
           << expected << "xi32> as words, got " << words;
  return success();
}
