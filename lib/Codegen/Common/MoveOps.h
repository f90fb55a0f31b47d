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

/// Whether `op` computes the same right after `position`, to where ops that
/// come along have moved, too.
bool canMoveUp(const BufferUses &uses, mlir::linalg::GenericOp op,
               unsigned position, llvm::ArrayRef<mlir::Operation *> along = {});
/// Collects the fills and elementwise ops that keep `op` from standing right
/// after `group` and may stand before it, in their order: they compute what
/// `op` reads, as an activation that is computed again. False where something
/// else is in the way.
bool collectWriters(const BufferUses &uses, mlir::linalg::GenericOp op,
                    llvm::ArrayRef<mlir::Operation *> group,
                    llvm::SmallVectorImpl<mlir::Operation *> &writers);
/// Collects what must move before `target` for `values` to be there, or for
/// `op` to stand there: views, allocations and pure ops. False where another
/// op is in the way.
bool collectSources(mlir::ValueRange values, mlir::Operation *target,
                    llvm::SetVector<mlir::Operation *> &sources);
bool collectSources(mlir::Operation *op, mlir::Operation *target,
                    llvm::SetVector<mlir::Operation *> &sources);

/// Ops and where they stood.
class Moves {
public:
  void moveBefore(mlir::Operation *op, mlir::Operation *target) {
    moved.push_back({op, op->getNextNode()});
    op->moveBefore(target);
  }
  /// With what must stand before it; false, and nothing moves, if that cannot.
  bool moveWithSources(mlir::Operation *op, mlir::Operation *target);
  void undo() {
    for (auto [op, next] : llvm::reverse(moved))
      op->moveBefore(next);
    moved.clear();
  }

private:
  llvm::SmallVector<std::pair<mlir::Operation *, mlir::Operation *>> moved;
};

} // namespace qnet

#endif // QNET_LIB_CODEGEN_COMMON_MOVEOPS_H
