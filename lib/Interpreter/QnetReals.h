//===- QnetReals.h - Tensors as plain arrays of floats ----------*- C++ -*-===//
//
// The qnet rules are written as plain loops over arrays of `Real`: float, or
// double in wide mode. These helpers get operands in (codes are decoded by
// their grid's levels) and results out.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_INTERPRETER_QNETREALS_H
#define QNET_LIB_INTERPRETER_QNETREALS_H

#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Interpreter/Interpreter.h"

namespace qnet {

/// The level of a code.
mlir::FailureOr<float> decode(mlir::Operation *op, GridAttrInterface grid,
                              int64_t ordinal);

/// Fails with an error where an operand of `op` holds poison or a code that its
/// grid does not have; rules that read arrays call this first.
mlir::LogicalResult checkOperands(mlir::Operation *op, Frame &frame);

/// Elements of a float or code tensor that passed checkOperands.
template <typename Real>
std::vector<Real> getReals(Frame &frame, mlir::Value value) {
  const Datum &datum = frame.get(value);
  auto code = llvm::dyn_cast<QType>(datum.getElementType());
  std::vector<Real> reals(datum.getNumElements());
  for (size_t i = 0; i < reals.size(); ++i)
    reals[i] =
        code ? code.getGrid().getLevel(datum[i].integer) : Real(datum[i].real);
  return reals;
}

/// Labels of classes, each checked to be in [0, classes).
mlir::FailureOr<std::vector<int64_t>> getLabels(mlir::Operation *op,
                                                Frame &frame,
                                                mlir::Value labels,
                                                int64_t classes);

/// Sets an f32 tensor result.
template <typename Real>
void setReals(Frame &frame, mlir::Value result,
              const std::vector<Real> &reals) {
  std::vector<Scalar> elements(reals.size());
  for (size_t i = 0; i < reals.size(); ++i)
    elements[i] = Scalar::ofReal(reals[i]);
  frame.set(result, Datum(llvm::cast<mlir::ShapedType>(result.getType()),
                          std::move(elements)));
}

/// Adds a rule that is written once for both float types: a functor with a
/// member template `run<Real>(OpTy, Frame &)`.
template <typename OpTy, typename RuleTy>
void addRealRule(InterpreterRules &rules) {
  rules.add<OpTy>([](mlir::Operation *op, Frame &frame) {
    if (mlir::failed(checkOperands(op, frame)))
      return mlir::failure();
    auto typed = llvm::cast<OpTy>(op);
    return frame.isWide() ? RuleTy::template run<double>(typed, frame)
                          : RuleTy::template run<float>(typed, frame);
  });
}

/// Rows and columns of a tensor seen as [everything, last dimension].
struct RowShape {
  explicit RowShape(mlir::Value value) {
    auto type = llvm::cast<mlir::ShapedType>(value.getType());
    columns = type.getRank() ? type.getShape().back() : 1;
    rows = columns ? type.getNumElements() / columns : 0;
  }
  int64_t rows, columns;
};

} // namespace qnet

#endif // QNET_LIB_INTERPRETER_QNETREALS_H
