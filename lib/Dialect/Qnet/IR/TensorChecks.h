//===- TensorChecks.h - What verifiers of tensor ops share ------*- C++ -*-===//
//
// Shapes of tensor values, and checks of lists of sizes. Internal to
// lib/Dialect/Qnet/IR.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_DIALECT_QNET_IR_TENSORCHECKS_H
#define QNET_LIB_DIALECT_QNET_IR_TENSORCHECKS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Value.h"

namespace qnet {

using Shape = llvm::ArrayRef<int64_t>;
/// What buildAdjoint returns.
using Gradients = mlir::FailureOr<llvm::SmallVector<mlir::Value>>;

inline mlir::RankedTensorType tensorOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}
inline Shape shapeOf(mlir::Value value) { return tensorOf(value).getShape(); }

/// Fails unless the attribute `what` has `count` values from `least` up, each
/// of 31 bits.
inline mlir::LogicalResult checkValues(std::optional<mlir::Location> loc,
                                       Shape values, int64_t count,
                                       int64_t least, llvm::StringRef what) {
  if (static_cast<int64_t>(values.size()) != count)
    return emitOptionalError(loc, "expected ", count, " values in '", what,
                             "', got ", values.size());
  for (int64_t value : values)
    if (value < least || value > INT32_MAX)
      return emitOptionalError(loc, "expected values from ", least,
                               " to 2147483647 in '", what, "', got ", value);
  return mlir::success();
}

} // namespace qnet

#endif // QNET_LIB_DIALECT_QNET_IR_TENSORCHECKS_H
