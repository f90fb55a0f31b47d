//===- LinalgBody.h - An iteration of a linalg op ---------------*- C++ -*-===//
//
// What every emitter of scalar loops does with an op: find an operand's
// element, and compute the body.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_COMMON_LINALGBODY_H
#define QNET_LIB_CODEGEN_COMMON_LINALGBODY_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

namespace qnet {

/// The results of an operand's indexing map at the loops' indices `ivs`.
llvm::SmallVector<mlir::Value> buildIndices(mlir::OpBuilder &b,
                                            mlir::Location loc,
                                            mlir::AffineMap map,
                                            llvm::ArrayRef<mlir::Value> ivs);

/// Clones the op's body, whose arguments `mapping` holds; returns what it
/// yields.
llvm::SmallVector<mlir::Value> cloneBody(mlir::OpBuilder &b,
                                         mlir::linalg::GenericOp op,
                                         llvm::ArrayRef<mlir::Value> ivs,
                                         mlir::IRMapping &mapping);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_COMMON_LINALGBODY_H
