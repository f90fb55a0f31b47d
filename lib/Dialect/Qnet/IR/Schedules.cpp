//===- Schedules.cpp - Learning-rate schedules ----------------------------===//
//
// Each schedule as scalar IR and as plain C++, of the step (t, from 0) and the
// epoch (from 0).
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "qnet/Dialect/Qnet/IR/AttrParameters.h"
#include "qnet/Dialect/Qnet/IR/QnetAttrs.h"
#include <cmath>

using namespace mlir;
using namespace qnet;

using EmitError = function_ref<InFlightDiagnostic()>;

static Value f32Constant(OpBuilder &b, Location loc, const APFloat &value) {
  return buildF32(b, loc, b.getF32Type(), value.convertToFloat());
}

/// step + 1 as f32.
static Value buildCount(OpBuilder &b, Location loc, Value step) {
  Value one = buildI32(b, loc, step.getType(), 1);
  Value count = arith::AddIOp::create(b, loc, step, one);
  return arith::UIToFPOp::create(b, loc, b.getF32Type(), count);
}

//===----------------------------------------------------------------------===//
// Constant
//===----------------------------------------------------------------------===//

LogicalResult ConstantRateAttr::verify(EmitError emitError, APFloat rate) {
  return qnet::detail::checkPositive(emitError, rate, "the learning rate");
}
Value ConstantRateAttr::buildRate(OpBuilder &b, Location loc, Value,
                                  Value) const {
  return f32Constant(b, loc, getRate());
}
float ConstantRateAttr::evaluateRate(uint32_t, uint32_t) const {
  return getRate().convertToFloat();
}

//===----------------------------------------------------------------------===//
// Step decay
//===----------------------------------------------------------------------===//

LogicalResult StepDecayAttr::verify(EmitError emitError, APFloat rate,
                                    APFloat factor, ArrayRef<int64_t> epochs) {
  if (failed(
          qnet::detail::checkPositive(emitError, rate, "the learning rate")) ||
      failed(qnet::detail::checkPositive(emitError, factor, "the factor")))
    return failure();
  int64_t previous = 0;
  for (int64_t epoch : epochs) {
    if (epoch <= previous || epoch > INT32_MAX)
      return emitError() << "expected ascending epochs from 1, got " << epoch
                         << " after " << previous;
    previous = epoch;
  }
  return success();
}
Value StepDecayAttr::buildRate(OpBuilder &b, Location loc, Value,
                               Value epoch) const {
  Value rate = f32Constant(b, loc, getRate());
  Value factor = f32Constant(b, loc, getFactor());
  for (int64_t start : getEpochs()) {
    Value boundary = buildI32(b, loc, epoch.getType(), start);
    Value reached = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge,
                                          epoch, boundary);
    Value lowered = arith::MulFOp::create(b, loc, rate, factor);
    rate = arith::SelectOp::create(b, loc, reached, lowered, rate);
  }
  return rate;
}
float StepDecayAttr::evaluateRate(uint32_t, uint32_t epoch) const {
  float rate = getRate().convertToFloat();
  for (int64_t start : getEpochs())
    if (epoch >= start)
      rate *= getFactor().convertToFloat();
  return rate;
}

//===----------------------------------------------------------------------===//
// Exponential decay
//===----------------------------------------------------------------------===//

LogicalResult ExponentialDecayAttr::verify(EmitError emitError, APFloat rate,
                                           APFloat factor) {
  if (failed(qnet::detail::checkPositive(emitError, rate, "the learning rate")))
    return failure();
  return qnet::detail::checkPositive(emitError, factor, "the factor");
}
Value ExponentialDecayAttr::buildRate(OpBuilder &b, Location loc, Value,
                                      Value epoch) const {
  Value power =
      math::FPowIOp::create(b, loc, f32Constant(b, loc, getFactor()), epoch);
  return arith::MulFOp::create(b, loc, f32Constant(b, loc, getRate()), power);
}
float ExponentialDecayAttr::evaluateRate(uint32_t, uint32_t epoch) const {
  float power = 1, base = getFactor().convertToFloat();
  for (uint32_t n = epoch; n; n >>= 1, base *= base)
    if (n & 1)
      power *= base;
  return getRate().convertToFloat() * power;
}

//===----------------------------------------------------------------------===//
// Cosine decay
//===----------------------------------------------------------------------===//

LogicalResult CosineDecayAttr::verify(EmitError emitError, APFloat rate,
                                      unsigned steps) {
  if (steps == 0)
    return emitError() << "expected steps to be positive, got 0";
  return qnet::detail::checkPositive(emitError, rate, "the learning rate");
}
Value CosineDecayAttr::buildRate(OpBuilder &b, Location loc, Value step,
                                 Value) const {
  Value last = buildI32(b, loc, step.getType(), getSteps());
  Value t = arith::MinUIOp::create(b, loc, step, last);
  Type f32 = b.getF32Type();
  Value real = arith::UIToFPOp::create(b, loc, f32, t);
  Value scale = buildF32(b, loc, f32, float(M_PI / getSteps()));
  Value angle = arith::MulFOp::create(b, loc, real, scale);
  Value cosine = math::CosOp::create(b, loc, angle);
  Value sum =
      arith::AddFOp::create(b, loc, cosine, buildF32(b, loc, f32, 1.0f));
  Value half = buildF32(b, loc, f32, 0.5f * getRate().convertToFloat());
  return arith::MulFOp::create(b, loc, half, sum);
}
float CosineDecayAttr::evaluateRate(uint32_t step, uint32_t) const {
  float t = std::min(step, getSteps());
  float cosine = std::cos(t * float(M_PI / getSteps()));
  return 0.5f * getRate().convertToFloat() * (cosine + 1.0f);
}

//===----------------------------------------------------------------------===//
// 1/(mu (t + 1)) and c/sqrt(t + 1)
//===----------------------------------------------------------------------===//

LogicalResult InverseDecayAttr::verify(EmitError emitError, APFloat mu) {
  return qnet::detail::checkPositive(emitError, mu, "mu");
}
Value InverseDecayAttr::buildRate(OpBuilder &b, Location loc, Value step,
                                  Value) const {
  Value product = arith::MulFOp::create(b, loc, f32Constant(b, loc, getMu()),
                                        buildCount(b, loc, step));
  return arith::DivFOp::create(b, loc, buildF32(b, loc, b.getF32Type(), 1.0f),
                               product);
}
float InverseDecayAttr::evaluateRate(uint32_t step, uint32_t) const {
  return 1.0f / (getMu().convertToFloat() * static_cast<float>(step + 1));
}

LogicalResult InverseSqrtDecayAttr::verify(EmitError emitError, APFloat c) {
  return qnet::detail::checkPositive(emitError, c, "c");
}
Value InverseSqrtDecayAttr::buildRate(OpBuilder &b, Location loc, Value step,
                                      Value) const {
  Value root = math::SqrtOp::create(b, loc, buildCount(b, loc, step));
  return arith::DivFOp::create(b, loc, f32Constant(b, loc, getC()), root);
}
float InverseSqrtDecayAttr::evaluateRate(uint32_t step, uint32_t) const {
  return getC().convertToFloat() / std::sqrt(static_cast<float>(step + 1));
}

//===----------------------------------------------------------------------===//
// The largest rate, and whether the rate falls
//===----------------------------------------------------------------------===//

double ConstantRateAttr::getLargestRate() const { return evaluateRate(0, 0); }
bool ConstantRateAttr::isDecaying() const { return false; }

double StepDecayAttr::getLargestRate() const {
  float largest = evaluateRate(0, 0);
  for (int64_t epoch : getEpochs())
    largest = std::max(largest, evaluateRate(0, epoch));
  return largest;
}
bool StepDecayAttr::isDecaying() const {
  return !getEpochs().empty() && getFactor() < APFloat(1.0f);
}

double ExponentialDecayAttr::getLargestRate() const {
  if (getFactor() > APFloat(1.0f))
    return std::numeric_limits<double>::infinity();
  return evaluateRate(0, 0);
}
bool ExponentialDecayAttr::isDecaying() const {
  return getFactor() < APFloat(1.0f);
}

double CosineDecayAttr::getLargestRate() const { return evaluateRate(0, 0); }
bool CosineDecayAttr::isDecaying() const { return true; }

double InverseDecayAttr::getLargestRate() const { return evaluateRate(0, 0); }
bool InverseDecayAttr::isDecaying() const { return true; }

double InverseSqrtDecayAttr::getLargestRate() const {
  return evaluateRate(0, 0);
}
bool InverseSqrtDecayAttr::isDecaying() const { return true; }
