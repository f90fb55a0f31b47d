//===- GenericBuilder.h - Short forms of linalg.generic ---------*- C++ -*-===//
//
// The few shapes of loop nests that the conversions are made of. Internal to
// lib/Conversion/QnetToLinalg.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CONVERSION_QNETTOLINALG_GENERICBUILDER_H
#define QNET_LIB_CONVERSION_QNETTOLINALG_GENERICBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace qnet {

/// Computes the yielded values of one iteration from the block arguments.
using BodyFn = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

/// How an operand is indexed by the loops (d0, ..., d(n-1)) of a nest.
struct LoopOperand {
  mlir::Value value;
  llvm::SmallVector<int64_t> dims; ///< which loop indexes each dimension
};

/// Builds linalg.generic with `reductions` naming the reduction loops.
mlir::linalg::GenericOp buildGeneric(mlir::OpBuilder &b, mlir::Location loc,
                                     unsigned numLoops,
                                     llvm::ArrayRef<int64_t> reductions,
                                     llvm::ArrayRef<LoopOperand> inputs,
                                     llvm::ArrayRef<LoopOperand> outputs,
                                     BodyFn body);

/// One loop per dimension of `type`, each operand identity-indexed, or by the
/// last dimension only where it is of rank 1 and `type` is not (one value per
/// channel).
mlir::Value buildElementwise(mlir::OpBuilder &b, mlir::Location loc,
                             mlir::RankedTensorType type,
                             mlir::ValueRange inputs, BodyFn body);

/// A flat loop over `type`, with operands of its shape: the body's result in a
/// tensor of that type.
mlir::Value buildFlat(mlir::OpBuilder &b, mlir::Location loc,
                      mlir::RankedTensorType type, mlir::ValueRange inputs,
                      BodyFn body);

/// Sums the body's values over all dimensions but the last of `inputs[0]`;
/// operands as in buildElementwise. Returns one tensor per value of the body,
/// [channels].
llvm::SmallVector<mlir::Value> buildChannelSums(mlir::OpBuilder &b,
                                                mlir::Location loc,
                                                mlir::ValueRange inputs,
                                                unsigned numSums, BodyFn body);

/// The same in another order where the sums are large: parts of the batch, then
/// their sum. For sums that no order of a batch's parts must reproduce.
llvm::SmallVector<mlir::Value>
buildSplitChannelSums(mlir::OpBuilder &b, mlir::Location loc,
                      mlir::ValueRange inputs, unsigned numSums, BodyFn body);

/// The same in another order where samples are large: the sum of each, then
/// their sum. A batch's sum goes on from that of the samples before.
llvm::SmallVector<mlir::Value>
buildSampleChannelSums(mlir::OpBuilder &b, mlir::Location loc,
                       mlir::ValueRange inputs, unsigned numSums, BodyFn body);

/// result[d0, d1] = sum over d2 of lhs * rhs, each indexed by the loops given.
/// Codes are decoded in the body.
mlir::Value buildContraction(mlir::OpBuilder &b, mlir::Location loc,
                             LoopOperand lhs, LoopOperand rhs,
                             mlir::RankedTensorType type);

/// `value` with groups of its dimensions collapsed, e.g. {2, 2} for [a,b,c,d]
/// to [a b, c d]; and back to `type`.
mlir::Value buildCollapsed(mlir::OpBuilder &b, mlir::Location loc,
                           mlir::Value value,
                           llvm::ArrayRef<int64_t> groupSizes);
mlir::Value buildExpanded(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::Value value, mlir::RankedTensorType type,
                          llvm::ArrayRef<int64_t> groupSizes);

/// `values`, f32, times `factor`.
mlir::Value buildScaled(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value values, float factor);

/// A tensor of `type` filled with `value` (f32 or i32 by the element type).
mlir::Value buildFilled(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::RankedTensorType type, double value);

/// Scalar f32 arithmetic in bodies.
struct Scalars {
  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Value f32(float v) const { return buildF32(b, loc, b.getF32Type(), v); }
  mlir::Value add(mlir::Value x, mlir::Value y) const {
    return mlir::arith::AddFOp::create(b, loc, x, y);
  }
  mlir::Value sub(mlir::Value x, mlir::Value y) const {
    return mlir::arith::SubFOp::create(b, loc, x, y);
  }
  mlir::Value mul(mlir::Value x, mlir::Value y) const {
    return mlir::arith::MulFOp::create(b, loc, x, y);
  }
  mlir::Value div(mlir::Value x, mlir::Value y) const {
    return mlir::arith::DivFOp::create(b, loc, x, y);
  }
  mlir::Value select(mlir::Value c, mlir::Value x, mlir::Value y) const {
    return mlir::arith::SelectOp::create(b, loc, c, x, y);
  }
  mlir::Value greater(mlir::Value x, mlir::Value y) const {
    return mlir::arith::CmpFOp::create(b, loc, mlir::arith::CmpFPredicate::OGT,
                                       x, y);
  }
};

inline mlir::RankedTensorType tensorTypeOf(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

} // namespace qnet

#endif // QNET_LIB_CONVERSION_QNETTOLINALG_GENERICBUILDER_H
