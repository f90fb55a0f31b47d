//===- Math.cpp - Rules of the math dialect -------------------------------===//
//
// sqrt, floor, ceil, rounding, abs and fma are exact in IEEE's sense; exp, log,
// cos and the like are the C library's of the type computed in. fpowi is
// repeated squaring from the lowest bit of the exponent, then one division
// where it is negative.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Math/IR/Math.h"
#include "Elementwise.h"
#include "Rules.h"

#include <cmath>

using namespace mlir;
using namespace qnet;

template <typename Real> static Real roundEven(Real value) {
  Real rounded = std::round(value);
  if (std::fabs(value - std::trunc(value)) == Real(0.5))
    rounded = 2 * std::round(value / 2);
  return std::copysign(rounded, value);
}

template <typename Real> static Real power(Real base, int64_t exponent) {
  Real result = 1;
  for (uint64_t n = exponent < 0 ? -uint64_t(exponent) : exponent; n; n >>= 1) {
    if (n & 1)
      result *= base;
    base *= base;
  }
  return exponent < 0 ? 1 / result : result;
}

static LogicalResult evaluateFPowI(Operation *op, Frame &frame) {
  bool wide = frame.isDouble(getElementTypeOrSelf(op->getResult(0)));
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) {
    result.real = wide ? power(v[0].real, v[1].integer)
                       : power(float(v[0].real), v[1].integer);
    return success();
  };
  return evaluateElementwise(op, frame, apply);
}

static LogicalResult evaluateFma(Operation *op, Frame &frame) {
  bool wide = frame.isDouble(getElementTypeOrSelf(op->getResult(0)));
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) {
    result.real =
        wide ? std::fma(v[0].real, v[1].real, v[2].real)
             : std::fma(float(v[0].real), float(v[1].real), float(v[2].real));
    return success();
  };
  return evaluateElementwise(op, frame, apply);
}

void qnet::addMathRules(InterpreterRules &rules) {
  addUnaryReal<math::SqrtOp>(rules, [](auto a) { return std::sqrt(a); });
  addUnaryReal<math::FloorOp>(rules, [](auto a) { return std::floor(a); });
  addUnaryReal<math::CeilOp>(rules, [](auto a) { return std::ceil(a); });
  addUnaryReal<math::TruncOp>(rules, [](auto a) { return std::trunc(a); });
  addUnaryReal<math::RoundOp>(rules, [](auto a) { return std::round(a); });
  addUnaryReal<math::RoundEvenOp>(rules, [](auto a) { return roundEven(a); });
  addUnaryReal<math::AbsFOp>(rules, [](auto a) { return std::fabs(a); });
  addUnaryReal<math::ExpOp>(rules, [](auto a) { return std::exp(a); });
  addUnaryReal<math::LogOp>(rules, [](auto a) { return std::log(a); });
  addUnaryReal<math::CosOp>(rules, [](auto a) { return std::cos(a); });
  addUnaryReal<math::TanhOp>(rules, [](auto a) { return std::tanh(a); });
  addBinaryReal<math::CopySignOp>(
      rules, [](auto a, auto b) { return std::copysign(a, b); });
  rules.add<math::FPowIOp>(evaluateFPowI);
  rules.add<math::FmaOp>(evaluateFma);
}
