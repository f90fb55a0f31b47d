//===- Optimizers.cpp - SGD, momentum, ADAM -------------------------------===//
//
// Each optimizer as IR and as plain C++ with the same operations in the same
// order, so that both give the same bits.
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

static LogicalResult checkDecay(EmitError emitError, const APFloat &value,
                                StringRef what) {
  bool valid = !value.isNegative() && value < APFloat(1.0f);
  return qnet::detail::checkF32(emitError, value, valid, what, "in [0, 1)");
}

namespace {
/// Shorthand for the f32 arithmetic of one expression.
struct F32Builder {
  OpBuilder &b;
  Location loc;
  Type like;
  Value constant(float v) const { return buildF32(b, loc, like, v); }
  Value add(Value x, Value y) const {
    return arith::AddFOp::create(b, loc, x, y);
  }
  Value mul(Value x, Value y) const {
    return arith::MulFOp::create(b, loc, x, y);
  }
  Value div(Value x, Value y) const {
    return arith::DivFOp::create(b, loc, x, y);
  }
  Value sqrt(Value x) const { return math::SqrtOp::create(b, loc, x); }
};
} // namespace

//===----------------------------------------------------------------------===//
// SGD
//===----------------------------------------------------------------------===//

StringRef SGDAttr::getOptimizerName() const { return "sgd"; }
SmallVector<StringRef> SGDAttr::getSlotNames() const { return {}; }
SmallVector<Value> SGDAttr::buildScalars(OpBuilder &, Location, Value rate,
                                         Value) const {
  return {rate};
}
Value SGDAttr::buildStep(OpBuilder &b, Location loc, ValueRange scalars, Value,
                         Value gradient, ValueRange,
                         SmallVectorImpl<Value> &) const {
  return arith::MulFOp::create(b, loc, scalars[0], gradient);
}
float SGDAttr::evaluateStep(float rate, uint32_t, float, float gradient,
                            MutableArrayRef<float>) const {
  return rate * gradient;
}
double SGDAttr::getLargestStep(double rate, double gradient, double) const {
  return rate * gradient;
}

//===----------------------------------------------------------------------===//
// Momentum
//===----------------------------------------------------------------------===//

LogicalResult MomentumAttr::verify(EmitError emitError, APFloat mu, bool) {
  return checkDecay(emitError, mu, "mu");
}
StringRef MomentumAttr::getOptimizerName() const {
  return getNesterov() ? "nesterov" : "momentum";
}
SmallVector<StringRef> MomentumAttr::getSlotNames() const { return {"u"}; }
SmallVector<Value> MomentumAttr::buildScalars(OpBuilder &, Location, Value rate,
                                              Value) const {
  return {rate};
}
Value MomentumAttr::buildStep(OpBuilder &b, Location loc, ValueRange scalars,
                              Value, Value gradient, ValueRange slots,
                              SmallVectorImpl<Value> &newSlots) const {
  F32Builder f{b, loc, gradient.getType()};
  Value mu = f.constant(getMu().convertToFloat());
  Value velocity = f.add(f.mul(mu, slots[0]), gradient);
  newSlots.push_back(velocity);
  Value direction =
      getNesterov() ? f.add(gradient, f.mul(mu, velocity)) : velocity;
  return f.mul(scalars[0], direction);
}
float MomentumAttr::evaluateStep(float rate, uint32_t, float, float gradient,
                                 MutableArrayRef<float> slots) const {
  float mu = getMu().convertToFloat();
  slots[0] = mu * slots[0] + gradient;
  float direction = getNesterov() ? gradient + mu * slots[0] : slots[0];
  return rate * direction;
}
/// The velocity is a geometric sum of gradients.
double MomentumAttr::getLargestStep(double rate, double gradient,
                                    double) const {
  double mu = getMu().convertToFloat(), velocity = gradient / (1 - mu);
  return rate * (getNesterov() ? gradient + mu * velocity : velocity);
}

//===----------------------------------------------------------------------===//
// ADAM
//===----------------------------------------------------------------------===//

LogicalResult AdamAttr::verify(EmitError emitError, APFloat beta1,
                               APFloat beta2, APFloat epsilon,
                               APFloat weightDecay) {
  if (failed(checkDecay(emitError, beta1, "beta1")) ||
      failed(checkDecay(emitError, beta2, "beta2")) ||
      failed(qnet::detail::checkPositive(emitError, epsilon, "epsilon")))
    return failure();
  return qnet::detail::checkF32(emitError, weightDecay,
                                !weightDecay.isNegative(), "weight_decay",
                                "not negative");
}
StringRef AdamAttr::getOptimizerName() const {
  return getWeightDecay().isZero() ? "adam" : "adamw";
}
SmallVector<StringRef> AdamAttr::getSlotNames() const { return {"m", "v"}; }

/// 1 - beta^(step + 1), computed in f64.
static Value buildCorrection(OpBuilder &b, Location loc, double beta,
                             Value step) {
  auto f64 = [&](double v) {
    return arith::ConstantOp::create(b, loc, b.getF64FloatAttr(v));
  };
  Value one = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(1));
  Value t = arith::AddIOp::create(b, loc, step, one);
  Value power = math::FPowIOp::create(b, loc, f64(beta), t);
  return arith::SubFOp::create(b, loc, f64(1.0), power);
}

/// x^n by repeated squaring, as math.fpowi is expanded by qnet.
static double powerOf(double x, uint32_t n) {
  double result = 1.0;
  for (; n; n >>= 1, x *= x)
    if (n & 1)
      result *= x;
  return result;
}

SmallVector<Value> AdamAttr::buildScalars(OpBuilder &b, Location loc,
                                          Value rate, Value step) const {
  Value first = buildCorrection(b, loc, getBeta1().convertToFloat(), step);
  Value second = buildCorrection(b, loc, getBeta2().convertToFloat(), step);
  Value wideRate = arith::ExtFOp::create(b, loc, b.getF64Type(), rate);
  Value correctedRate = arith::DivFOp::create(b, loc, wideRate, first);
  Value oneWide = arith::ConstantOp::create(b, loc, b.getF64FloatAttr(1.0));
  Value inverse = arith::DivFOp::create(b, loc, oneWide, second);
  Type f32 = b.getF32Type();
  return {arith::TruncFOp::create(b, loc, f32, correctedRate),
          arith::TruncFOp::create(b, loc, f32, inverse), rate};
}

Value AdamAttr::buildStep(OpBuilder &b, Location loc, ValueRange scalars,
                          Value weight, Value gradient, ValueRange slots,
                          SmallVectorImpl<Value> &newSlots) const {
  F32Builder f{b, loc, gradient.getType()};
  float beta1 = getBeta1().convertToFloat();
  float beta2 = getBeta2().convertToFloat();
  Value m = f.add(f.mul(f.constant(beta1), slots[0]),
                  f.mul(f.constant(1.0f - beta1), gradient));
  Value v = f.add(f.mul(f.constant(beta2), slots[1]),
                  f.mul(f.mul(f.constant(1.0f - beta2), gradient), gradient));
  newSlots.append({m, v});
  Value root = f.sqrt(f.mul(v, scalars[1]));
  Value denominator = f.add(root, f.constant(getEpsilon().convertToFloat()));
  Value step = f.div(f.mul(scalars[0], m), denominator);
  if (getWeightDecay().isZero())
    return step;
  Value decay = f.mul(f.constant(getWeightDecay().convertToFloat()), weight);
  return f.add(step, f.mul(scalars[2], decay));
}

float AdamAttr::evaluateStep(float rate, uint32_t step, float weight,
                             float gradient,
                             MutableArrayRef<float> slots) const {
  float beta1 = getBeta1().convertToFloat();
  float beta2 = getBeta2().convertToFloat();
  double first = 1.0 - powerOf(beta1, step + 1);
  double second = 1.0 - powerOf(beta2, step + 1);
  float correctedRate = static_cast<float>(double(rate) / first);
  float inverse = static_cast<float>(1.0 / second);
  float &m = slots[0], &v = slots[1];
  m = beta1 * m + (1.0f - beta1) * gradient;
  v = beta2 * v + (1.0f - beta2) * gradient * gradient;
  float denominator = std::sqrt(v * inverse) + getEpsilon().convertToFloat();
  float result = correctedRate * m / denominator;
  if (!getWeightDecay().isZero())
    result += rate * (getWeightDecay().convertToFloat() * weight);
  return result;
}

/// See the description of #qnet.adam. With r = beta1^2/beta2 the share of m in
/// sqrt(v) after t steps is below c sqrt(1 - r^t), and the corrections make it
/// c sqrt((1 - r^t)(1 - beta2^t))/(1 - beta1^t) <= c, for r beta2 = beta1^2.
double AdamAttr::getLargestStep(double rate, double, double weight) const {
  double beta1 = getBeta1().convertToFloat();
  double beta2 = getBeta2().convertToFloat();
  if (beta1 > 0 && beta1 * beta1 >= beta2)
    return std::numeric_limits<double>::infinity();
  double ratio = beta1 > 0 ? beta1 * beta1 / beta2 : 0;
  double share = (1 - beta1) / std::sqrt((1 - beta2) * (1 - ratio));
  double decay = getWeightDecay().convertToFloat();
  return rate * (share + (decay > 0 ? decay * weight : 0));
}
