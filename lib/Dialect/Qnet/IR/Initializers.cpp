//===- Initializers.cpp - Distributions of initial values -----------------===//
//
// Uniform initializers scaled by the connections of a unit, constants and given
// values.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "qnet/Dialect/Qnet/IR/QnetAttrs.h"
#include <cmath>

using namespace mlir;
using namespace qnet;

/// bound * (2 u - 1)
static Value buildSymmetric(OpBuilder &b, Location loc, Value uniform,
                            float bound) {
  Type type = uniform.getType();
  Value two = buildF32(b, loc, type, 2.0f), one = buildF32(b, loc, type, 1.0f);
  Value doubled = arith::MulFOp::create(b, loc, two, uniform);
  Value centred = arith::SubFOp::create(b, loc, doubled, one);
  return arith::MulFOp::create(b, loc, buildF32(b, loc, type, bound), centred);
}
static float evaluateSymmetric(float uniform, float bound) {
  return bound * (2.0f * uniform - 1.0f);
}

static float glorotBound(int64_t fanIn, int64_t fanOut) {
  return std::sqrt(6.0f / static_cast<float>(fanIn + fanOut));
}
bool GlorotAttr::isRandom() const { return true; }
Value GlorotAttr::buildValue(OpBuilder &b, Location loc, Value, Value uniform,
                             int64_t fanIn, int64_t fanOut) const {
  return buildSymmetric(b, loc, uniform, glorotBound(fanIn, fanOut));
}
float GlorotAttr::evaluateValue(int64_t, float uniform, int64_t fanIn,
                                int64_t fanOut) const {
  return evaluateSymmetric(uniform, glorotBound(fanIn, fanOut));
}

static float heBound(int64_t fanIn) {
  return std::sqrt(6.0f / static_cast<float>(fanIn));
}
bool HeAttr::isRandom() const { return true; }
Value HeAttr::buildValue(OpBuilder &b, Location loc, Value, Value uniform,
                         int64_t fanIn, int64_t) const {
  return buildSymmetric(b, loc, uniform, heBound(fanIn));
}
float HeAttr::evaluateValue(int64_t, float uniform, int64_t fanIn,
                            int64_t) const {
  return evaluateSymmetric(uniform, heBound(fanIn));
}

bool ConstantAttr::isRandom() const { return false; }
Value ConstantAttr::buildValue(OpBuilder &b, Location loc, Value, Value,
                               int64_t, int64_t) const {
  return buildF32(b, loc, b.getF32Type(), getValue().convertToFloat());
}
float ConstantAttr::evaluateValue(int64_t, float, int64_t, int64_t) const {
  return getValue().convertToFloat();
}

LogicalResult ValuesAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 DenseElementsAttr values) {
  if (values.getElementType().isF32() &&
      isa<RankedTensorType>(values.getType()))
    return success();
  return emitError() << "expected a tensor of f32 values, got "
                     << values.getType();
}
LogicalResult
ValuesAttr::verifyParameter(function_ref<InFlightDiagnostic()> emitError,
                            RankedTensorType type) const {
  if (getValues().getType() == type)
    return success();
  return emitError() << "expected values of type " << type << ", got "
                     << getValues().getType();
}
bool ValuesAttr::isRandom() const { return false; }
Value ValuesAttr::buildValue(OpBuilder &b, Location loc, Value index, Value,
                             int64_t, int64_t) const {
  auto flatType = RankedTensorType::get(getValues().getNumElements(),
                                        getValues().getElementType());
  Value flat = arith::ConstantOp::create(b, loc, getValues().reshape(flatType));
  return tensor::ExtractOp::create(b, loc, flat, index);
}
float ValuesAttr::evaluateValue(int64_t index, float, int64_t, int64_t) const {
  return getValues().getValues<float>()[index];
}
