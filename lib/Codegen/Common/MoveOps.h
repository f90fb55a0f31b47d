//===- MoveOps.h - Ops on buffers that change places ------------*- C++ -*-===//
//
// What allows an op to stand earlier in its block, and what has to come along.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_COMMON_MOVEOPS_H
#define QNET_LIB_CODEGEN_COMMON_MOVEOPS_H

#include "BufferUses.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace qnet {

/// Whether `op` computes the same right after `position`.
bool canMoveUp(const BufferUses &uses, mlir::linalg::GenericOp op,
               unsigned position);
/// Collects what must move before `target` for `values` to be there, or for
/// `op` to stand there: views, allocations and pure ops. False where another
/// op is in the way.
bool collectSources(mlir::ValueRange values, mlir::Operation *target,
                    llvm::SetVector<mlir::Operation *> &sources);
bool collectSources(mlir::Operation *op, mlir::Operation *target,
                    llvm::SetVector<mlir::Operation *> &sources);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_COMMON_MOVEOPS_H
