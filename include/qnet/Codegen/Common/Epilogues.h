//===- Epilogues.h - Ops that a product runs --------------------*- C++ -*-===//
//
// The attributes by which qnet-fuse-epilogues and qnet-fuse-sums say to the
// passes after them that an op belongs to the loops of the product before it:
// an elementwise op, or the sums of parts of a result. The ops mean the same
// with them and without.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_COMMON_EPILOGUES_H
#define QNET_CODEGEN_COMMON_EPILOGUES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace qnet {

/// On the elementwise op, a string: "consumes" if no other op reads what the
/// product stores, otherwise "reads".
inline constexpr llvm::StringLiteral kEpilogueAttrName = "qnet.epilogue";

/// On an op that sums parts of the result of a product, or of its epilogue, a
/// unit: each part can be summed as soon as it is computed.
inline constexpr llvm::StringLiteral kPartSumsAttrName = "qnet.part_sums";

bool isEpilogue(mlir::Operation *op);
bool isPartSums(mlir::Operation *op);
/// Whether an epilogue is the only reader of the product's result.
bool consumesResult(mlir::Operation *op);
/// The epilogue that follows `op`, with nothing but views and constants between
/// the two, or null.
mlir::linalg::GenericOp findEpilogue(mlir::Operation *op);
/// The sums of parts that follow the product `op`, or its epilogue, in the same
/// way.
mlir::linalg::GenericOp findPartSums(mlir::Operation *op);
/// Whether `op` touches no memory: a view, an allocation, or a pure op.
bool touchesNoMemory(mlir::Operation *op);
/// The next op in the block that does, and the last one before, or null.
mlir::Operation *nextOnMemory(mlir::Operation *op);
mlir::Operation *lastOnMemory(mlir::Operation *op);

} // namespace qnet

#endif // QNET_CODEGEN_COMMON_EPILOGUES_H
