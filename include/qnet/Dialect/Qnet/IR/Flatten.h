//===- Flatten.h - Tensors as flat lists of elements ------------*- C++ -*-===//
//
// Reshapes of tensors of any rank to rank 1 and back, in row-major order.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_IR_FLATTEN_H
#define QNET_DIALECT_QNET_IR_FLATTEN_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace qnet {

/// `value`, a tensor of static shape, as a tensor of rank 1.
mlir::Value buildFlattened(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::Value value);
/// `flat`, a tensor of rank 1, as a tensor of `type`.
mlir::Value buildUnflattened(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::Value flat, mlir::RankedTensorType type);

} // namespace qnet

#endif // QNET_DIALECT_QNET_IR_FLATTEN_H
