//===- Elementwise.h - Rules of elementwise ops -----------------*- C++ -*-===//
//
// Applies a scalar function to the elements of the operands in ascending order.
// All operands have the result's shape or are scalars (the condition of
// arith.select). A poison operand gives a poison result.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_INTERPRETER_ELEMENTWISE_H
#define QNET_LIB_INTERPRETER_ELEMENTWISE_H

#include "qnet/Interpreter/Interpreter.h"

namespace qnet {

/// Computes one element of the result from one of each operand. An error it
/// returns has been emitted.
using ScalarFunction = llvm::function_ref<mlir::LogicalResult(
    llvm::ArrayRef<Scalar> operands, Scalar &result)>;

inline mlir::LogicalResult evaluateElementwise(mlir::Operation *op,
                                               Frame &frame,
                                               ScalarFunction function,
                                               bool spreadPoison = true) {
  llvm::SmallVector<const Datum *, 3> operands;
  mlir::Type type = op->getResult(0).getType();
  bool shaped = llvm::isa<mlir::ShapedType>(type);
  int64_t count =
      shaped ? llvm::cast<mlir::ShapedType>(type).getNumElements() : 1;
  for (mlir::Value operand : op->getOperands()) {
    operands.push_back(&frame.get(operand));
    if (operands.back()->isShaped() &&
        operands.back()->getNumElements() != count)
      return op->emitOpError("expected operands of the result's shape");
  }
  Datum result = Datum::zeros(type);
  Scalar *elements = result.edit();
  llvm::SmallVector<Scalar, 3> scalars(operands.size());
  for (int64_t i = 0; i < count; ++i) {
    bool poison = false;
    for (auto [scalar, operand] : llvm::zip(scalars, operands)) {
      scalar = (*operand)[i];
      poison |= scalar.poison;
    }
    if (poison && spreadPoison)
      elements[i] = Scalar::ofPoison();
    else if (mlir::failed(function(scalars, elements[i])))
      return mlir::failure();
  }
  frame.set(op->getResult(0), std::move(result));
  return mlir::success();
}

/// Rounds a real to the precision that its type is computed in.
inline double roundReal(double value, bool isDouble) {
  return isDouble ? value : double(float(value));
}

/// A rule of a float function of one, two or three operands: `function` is
/// generic and is called on floats or doubles.
template <typename OpTy, typename Fn>
void addUnaryReal(InterpreterRules &rules, Fn function) {
  rules.add<OpTy>([function](mlir::Operation *op, Frame &frame) {
    bool wide = frame.isDouble(getElementTypeOrSelf(op->getResult(0)));
    auto apply = [&](llvm::ArrayRef<Scalar> v, Scalar &result) {
      result.real = wide ? function(v[0].real) : function(float(v[0].real));
      return mlir::success();
    };
    return evaluateElementwise(op, frame, apply);
  });
}

template <typename OpTy, typename Fn>
void addBinaryReal(InterpreterRules &rules, Fn function) {
  rules.add<OpTy>([function](mlir::Operation *op, Frame &frame) {
    bool wide = frame.isDouble(getElementTypeOrSelf(op->getResult(0)));
    auto apply = [&](llvm::ArrayRef<Scalar> v, Scalar &result) {
      result.real = wide ? function(v[0].real, v[1].real)
                         : function(float(v[0].real), float(v[1].real));
      return mlir::success();
    };
    return evaluateElementwise(op, frame, apply);
  });
}

/// A rule of a function of integers. It gets the sign-extended operands and the
/// width; its result is wrapped. A null result is poison.
template <typename OpTy, typename Fn>
void addInteger(InterpreterRules &rules, Fn function) {
  rules.add<OpTy>([function](mlir::Operation *op, Frame &frame) {
    unsigned width =
        getIntegerWidth(getElementTypeOrSelf(op->getOperand(0).getType()));
    unsigned resultWidth =
        getIntegerWidth(getElementTypeOrSelf(op->getResult(0).getType()));
    auto apply = [&](llvm::ArrayRef<Scalar> v, Scalar &result) {
      int64_t rhs = v.size() > 1 ? v[1].integer : 0;
      std::optional<int64_t> value = function(v[0].integer, rhs, width);
      result = value ? Scalar::ofInteger(wrapSigned(*value, resultWidth))
                     : Scalar::ofPoison();
      return mlir::success();
    };
    return evaluateElementwise(op, frame, apply);
  });
}

} // namespace qnet

#endif // QNET_LIB_INTERPRETER_ELEMENTWISE_H
