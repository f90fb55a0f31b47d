//===- Buffers.h - Facts about buffers and views ----------------*- C++ -*-===//
//
// Which buffer a memref is a view of, which part of it, and which fill it
// starts from.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_COMMON_BUFFERS_H
#define QNET_CODEGEN_COMMON_BUFFERS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace qnet {

/// The buffer that `value` is a view of.
mlir::Value getBase(mlir::Value value);

/// `value` without reshapes: two names of one whole buffer become equal.
mlir::Value stripReshapes(mlir::Value value);

/// Whether `op`, or an op in it, other than a view uses a view of `base`.
bool touches(mlir::Operation *op, mlir::Value base);

/// The fill of `out` before `op` after which nothing but `op` touches the
/// buffer, or null.
mlir::linalg::FillOp findFillBefore(mlir::Operation *op, mlir::Value out);

/// Whether no byte belongs to both. Buffers are allocations and, with distinct
/// memory by the C ABI, arguments of an entry; of another origin nothing is
/// known.
bool areDisjoint(mlir::Value a, mlir::Value b);

} // namespace qnet

#endif // QNET_CODEGEN_COMMON_BUFFERS_H
