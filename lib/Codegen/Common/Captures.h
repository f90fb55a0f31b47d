//===- Captures.h - What a loop that moves takes along ----------*- C++ -*-===//
//
// A loop that becomes a function gets some of the values from outside as
// arguments, and computes others again.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_COMMON_CAPTURES_H
#define QNET_LIB_CODEGEN_COMMON_CAPTURES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace qnet {

/// Constants, views, and vectors made of scalars: smaller to pass as what they
/// are made of.
bool isComputedAgain(mlir::Operation *op);

/// Adds the values that `value` is computed from to `captures`.
void collectCaptures(mlir::Value value, llvm::SetVector<mlir::Value> &captures);

/// Computes `value` at the builder's place from what `mapping` knows.
mlir::Value computeAgain(mlir::OpBuilder &builder, mlir::Value value,
                         mlir::IRMapping &mapping);

/// Computes the values at the builder's place, and lets `op`, which will move
/// there, use them in place of those outside.
void computeInside(mlir::OpBuilder &builder, mlir::Operation *op,
                   llvm::ArrayRef<mlir::Value> values,
                   mlir::IRMapping &mapping);

/// Whether a value is an argument whose memory its function keeps apart from
/// that of all others (`llvm.noalias`).
bool isKeptApart(mlir::Value value);

/// Whether a value can be an argument as a scalar, vector or pointer.
bool isPassable(mlir::Value value);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_COMMON_CAPTURES_H
