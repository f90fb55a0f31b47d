//===- Epilogues.h - Elementwise ops that a product runs --------*- C++ -*-===//
//
// The attribute by which qnet-fuse-epilogues says to the passes after it that
// an elementwise op belongs to the loops of the product before it. The ops mean
// the same with it and without.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_COMMON_EPILOGUES_H
#define QNET_CODEGEN_COMMON_EPILOGUES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace qnet {

/// On the elementwise op, a string: "consumes" if no other op reads what the
/// product stores, otherwise "reads".
inline constexpr llvm::StringLiteral kEpilogueAttrName = "qnet.epilogue";

bool isEpilogue(mlir::Operation *op);
/// Whether an epilogue is the only reader of the product's result.
bool consumesResult(mlir::Operation *op);
/// The epilogue that follows `op`, with nothing but views and constants between
/// the two, or null.
mlir::linalg::GenericOp findEpilogue(mlir::Operation *op);
/// Whether `op` touches no memory: a view, an allocation, or a pure op.
bool touchesNoMemory(mlir::Operation *op);

} // namespace qnet

#endif // QNET_CODEGEN_COMMON_EPILOGUES_H
