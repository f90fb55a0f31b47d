//===- ArithReal.cpp - Rules of arith on floats, and of constants ---------===//
//
// IEEE arithmetic, rounded to the type after each operation. maximumf and
// minimumf hand NaN on and order -0 below +0; maxnumf and minnumf prefer the
// number.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Rules.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;
using namespace qnet;

template <typename Real> static Real maximum(Real a, Real b) {
  if (std::isnan(a) || std::isnan(b))
    return std::numeric_limits<Real>::quiet_NaN();
  if (a == b)
    return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

template <typename Real> static Real minimum(Real a, Real b) {
  Real negated = maximum(-a, -b);
  return std::isnan(negated) ? negated : -negated;
}

static void addExtrema(InterpreterRules &rules) {
  addBinaryReal<arith::MaximumFOp>(
      rules, [](auto a, auto b) { return maximum(a, b); });
  addBinaryReal<arith::MinimumFOp>(
      rules, [](auto a, auto b) { return minimum(a, b); });
  addBinaryReal<arith::MaxNumFOp>(rules, [](auto a, auto b) {
    return std::isnan(a) ? b : std::isnan(b) ? a : maximum(a, b);
  });
  addBinaryReal<arith::MinNumFOp>(rules, [](auto a, auto b) {
    return std::isnan(a) ? b : std::isnan(b) ? a : minimum(a, b);
  });
}

static bool compare(arith::CmpFPredicate predicate, double a, double b) {
  using P = arith::CmpFPredicate;
  bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
  case P::AlwaysFalse:
    return false;
  case P::AlwaysTrue:
    return true;
  case P::ORD:
    return !unordered;
  case P::UNO:
    return unordered;
  case P::OEQ:
    return a == b;
  case P::UEQ:
    return unordered || a == b;
  case P::ONE:
    return !unordered && a != b;
  case P::UNE:
    return a != b;
  case P::OLT:
    return a < b;
  case P::ULT:
    return unordered || a < b;
  case P::OLE:
    return a <= b;
  case P::ULE:
    return unordered || a <= b;
  case P::OGT:
    return a > b;
  case P::UGT:
    return unordered || a > b;
  case P::OGE:
    return a >= b;
  case P::UGE:
    return unordered || a >= b;
  }
  llvm_unreachable("covered switch");
}

static LogicalResult evaluateCmpF(Operation *op, Frame &frame) {
  auto predicate = cast<arith::CmpFOp>(op).getPredicate();
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) {
    result.integer = -compare(predicate, v[0].real, v[1].real);
    return success();
  };
  return evaluateElementwise(op, frame, apply);
}

/// Chooses without looking at the value not chosen, which may be poison.
static LogicalResult evaluateSelect(Operation *op, Frame &frame) {
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) {
    result = v[0].poison ? Scalar::ofPoison() : v[0].integer ? v[1] : v[2];
    return success();
  };
  return evaluateElementwise(op, frame, apply, /*spreadPoison=*/false);
}

static LogicalResult evaluateConstant(Operation *op, Frame &frame) {
  auto constant = cast<arith::ConstantOp>(op);
  FailureOr<Datum> datum = Datum::fromAttr(constant.getValue());
  if (failed(datum))
    return op->emitOpError("has a value that the interpreter cannot hold: ")
           << constant.getValue();
  frame.set(constant, *datum);
  return success();
}

void qnet::addArithRealRules(InterpreterRules &rules) {
  rules.add<arith::ConstantOp>(evaluateConstant);
  rules.add<arith::SelectOp>(evaluateSelect);
  rules.add<arith::CmpFOp>(evaluateCmpF);
  addBinaryReal<arith::AddFOp>(rules, [](auto a, auto b) { return a + b; });
  addBinaryReal<arith::SubFOp>(rules, [](auto a, auto b) { return a - b; });
  addBinaryReal<arith::MulFOp>(rules, [](auto a, auto b) { return a * b; });
  addBinaryReal<arith::DivFOp>(rules, [](auto a, auto b) { return a / b; });
  addBinaryReal<arith::RemFOp>(rules,
                               [](auto a, auto b) { return std::fmod(a, b); });
  addUnaryReal<arith::NegFOp>(rules, [](auto a) { return -a; });
  addExtrema(rules);
}
