//===- QnetTypes.h - Types of the dialect -----------------------*- C++ -*-===//
//
// The grid element type `!qnet.q<grid>`.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_IR_QNETTYPES_H
#define QNET_DIALECT_QNET_IR_QNETTYPES_H

#include "mlir/IR/BuiltinTypes.h"
#include "qnet/Dialect/Qnet/IR/QnetAttrs.h"

#define GET_TYPEDEF_CLASSES
#include "qnet/Dialect/Qnet/IR/QnetTypes.h.inc"

namespace qnet {

/// Codes per 32-bit word of a packed tensor on `grid`.
inline unsigned getCodesPerWord(GridAttrInterface grid) {
  return 32 / grid.getStorageBits();
}
/// Words that `count` packed codes take.
inline int64_t getNumWords(GridAttrInterface grid, int64_t count) {
  unsigned perWord = getCodesPerWord(grid);
  return (count + perWord - 1) / perWord;
}

} // namespace qnet

#endif // QNET_DIALECT_QNET_IR_QNETTYPES_H
