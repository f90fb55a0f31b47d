//===- ArithCast.cpp - Rules of arith's conversions -----------------------===//
//
// Conversions between integers, indices and floats. A float outside the range
// of the integer type, or NaN, converts to poison. A NaN's payload is not kept.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Rules.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/bit.h"

#include <cmath>

using namespace mlir;
using namespace qnet;
using Result = std::optional<int64_t>;

static Result keep(int64_t a, int64_t, unsigned) { return a; }

static Result extendUnsigned(int64_t a, int64_t, unsigned width) {
  return int64_t(asUnsigned(a, width));
}

/// Integers to floats, rounded once to the result's type.
template <bool isUnsigned>
static LogicalResult evaluateToReal(Operation *op, Frame &frame) {
  unsigned width = getIntegerWidth(getElementTypeOrSelf(op->getOperand(0)));
  bool wide = frame.isDouble(getElementTypeOrSelf(op->getResult(0)));
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) {
    int64_t value = v[0].integer;
    if (isUnsigned) {
      uint64_t bits = asUnsigned(value, width);
      result.real = wide ? double(bits) : float(bits);
    } else {
      result.real = wide ? double(value) : float(value);
    }
    return success();
  };
  return evaluateElementwise(op, frame, apply);
}

/// Floats to integers, towards zero.
template <bool isUnsigned>
static LogicalResult evaluateToInteger(Operation *op, Frame &frame) {
  unsigned width = getIntegerWidth(getElementTypeOrSelf(op->getResult(0)));
  double upper = std::ldexp(1.0, isUnsigned ? width : width - 1);
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) {
    double whole = std::trunc(v[0].real);
    if (!(whole >= (isUnsigned ? 0 : -upper) && whole < upper))
      result = Scalar::ofPoison();
    else
      result.integer = wrapSigned(
          isUnsigned ? int64_t(uint64_t(whole)) : int64_t(whole), width);
    return success();
  };
  return evaluateElementwise(op, frame, apply);
}

static LogicalResult evaluateResize(Operation *op, Frame &frame) {
  bool wide = frame.isDouble(getElementTypeOrSelf(op->getResult(0)));
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) {
    result.real = roundReal(v[0].real, wide);
    return success();
  };
  return evaluateElementwise(op, frame, apply);
}

static int64_t toBits(const Scalar &scalar, Type type) {
  if (type.isF32())
    return llvm::bit_cast<int32_t>(float(scalar.real));
  if (type.isF64())
    return llvm::bit_cast<int64_t>(scalar.real);
  return scalar.integer;
}

static Scalar fromBits(int64_t bits, Type type) {
  if (type.isF32())
    return Scalar::ofReal(llvm::bit_cast<float>(int32_t(bits)));
  if (type.isF64())
    return Scalar::ofReal(llvm::bit_cast<double>(bits));
  return Scalar::ofInteger(bits);
}

static LogicalResult evaluateBitcast(Operation *op, Frame &frame) {
  Type from = getElementTypeOrSelf(op->getOperand(0));
  Type to = getElementTypeOrSelf(op->getResult(0));
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) {
    result = fromBits(toBits(v[0], from), to);
    return success();
  };
  return evaluateElementwise(op, frame, apply);
}

void qnet::addArithCastRules(InterpreterRules &rules) {
  addInteger<arith::ExtSIOp>(rules, keep);
  addInteger<arith::TruncIOp>(rules, keep);
  addInteger<arith::IndexCastOp>(rules, keep);
  addInteger<arith::ExtUIOp>(rules, extendUnsigned);
  addInteger<arith::IndexCastUIOp>(rules, extendUnsigned);
  rules.add<arith::SIToFPOp>(evaluateToReal<false>);
  rules.add<arith::UIToFPOp>(evaluateToReal<true>);
  rules.add<arith::FPToSIOp>(evaluateToInteger<false>);
  rules.add<arith::FPToUIOp>(evaluateToInteger<true>);
  rules.add<arith::ExtFOp>(evaluateResize);
  rules.add<arith::TruncFOp>(evaluateResize);
  rules.add<arith::BitcastOp>(evaluateBitcast);
}
