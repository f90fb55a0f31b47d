//===- LoopPoints.h - The iterations of a linalg op, numbered ---*- C++ -*-===//
//
// A kernel's threads take points, the iterations of the parallel loops, and
// terms, those of the reductions. Both are numbered in the order in which a
// CPU's loops run through them: the last loop fastest.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_LOOPPOINTS_H
#define QNET_LIB_CODEGEN_GPU_LOOPPOINTS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace qnet {

struct LoopPoints {
  explicit LoopPoints(mlir::linalg::GenericOp op);

  int64_t points() const { return count(parallel); }
  int64_t terms() const { return count(reductions); }
  /// Sets the indices of the parallel loops to those of a point, or those of
  /// the reductions to those of a term.
  void setPoint(mlir::ImplicitLocOpBuilder &b, mlir::Value number,
                llvm::MutableArrayRef<mlir::Value> ivs) const {
    split(b, parallel, number, ivs);
  }
  void setTerm(mlir::ImplicitLocOpBuilder &b, mlir::Value number,
               llvm::MutableArrayRef<mlir::Value> ivs) const {
    split(b, reductions, number, ivs);
  }

  llvm::SmallVector<int64_t> ranges;
  llvm::SmallVector<unsigned> parallel, reductions;

private:
  int64_t count(llvm::ArrayRef<unsigned> loops) const;
  void split(mlir::ImplicitLocOpBuilder &b, llvm::ArrayRef<unsigned> loops,
             mlir::Value number, llvm::MutableArrayRef<mlir::Value> ivs) const;
};

/// The element of an operand at the loops' indices; the operand itself where it
/// is a scalar.
mlir::Value loadElement(mlir::ImplicitLocOpBuilder &b,
                        mlir::linalg::GenericOp op, mlir::OpOperand &operand,
                        llvm::ArrayRef<mlir::Value> ivs);
/// What `output` holds before the op, or the constant of the fill that is its
/// start.
mlir::Value loadStart(mlir::ImplicitLocOpBuilder &b, mlir::linalg::GenericOp op,
                      mlir::OpOperand &output, mlir::linalg::FillOp fill,
                      llvm::ArrayRef<mlir::Value> ivs);
void storeElement(mlir::ImplicitLocOpBuilder &b, mlir::linalg::GenericOp op,
                  mlir::OpOperand &output, mlir::Value value,
                  llvm::ArrayRef<mlir::Value> ivs);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_LOOPPOINTS_H
