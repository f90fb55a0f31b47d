//===- Differentiate.h - Reverse-mode differentiation -----------*- C++ -*-===//
//
// Gradients of a value in a block, by the adjoints that ops build.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_AUTODIFF_DIFFERENTIATE_H
#define QNET_AUTODIFF_DIFFERENTIATE_H

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"

namespace qnet {

/// Values and their gradients.
using GradientMap = llvm::DenseMap<mlir::Value, mlir::Value>;

/// Checks that every op between one of `parameters` and `value`, all in one
/// block, has an adjoint (or builds a training form that has). One error, at
/// the op.
mlir::LogicalResult checkAdjoints(mlir::Value value,
                                  llvm::ArrayRef<mlir::Value> parameters);

/// Builds, at the insertion point of `builder`, the gradients of a scalar
/// function with respect to `parameters`, given `seed`, its gradient with
/// respect to `value`. All ops that `value` depends on are in one block. A
/// parameter that `value` does not depend on has no entry. Counts adjoints in
/// `numAdjoints`.
mlir::FailureOr<GradientMap>
buildGradients(mlir::OpBuilder &builder, mlir::Value value, mlir::Value seed,
               llvm::ArrayRef<mlir::Value> parameters, unsigned &numAdjoints);

} // namespace qnet

#endif // QNET_AUTODIFF_DIFFERENTIATE_H
