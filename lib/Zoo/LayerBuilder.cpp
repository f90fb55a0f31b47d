//===- LayerBuilder.cpp - Layers with named parameters --------------------===//
//
// Padding puts (kernel - 1)/2 zeros before the image, so that kernels of odd
// size are centred, and after it only those which the last window reaches.
//
//===----------------------------------------------------------------------===//

#include "LayerBuilder.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace qnet;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static int64_t channelsOf(Value value) { return shapeOf(value).back(); }

Location LayerBuilder::named(const Twine &name) {
  return NameLoc::get(b.getStringAttr(name));
}

int64_t LayerBuilder::widened(int64_t count) const {
  return std::max<int64_t>(1, std::llround(settings.width * count));
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

bool LayerBuilder::hasGrid(Place place) const {
  switch (settings.policy) {
  case GridPolicy::All:
    return true;
  case GridPolicy::Paper:
    return !isFirst && place != Place::Last;
  case GridPolicy::None:
    return false;
  }
  return false;
}

/// BinaryConnect's. The first dimension counts outputs, the last one inputs.
static float glorotRateScale(ArrayRef<int64_t> shape) {
  int64_t elements = ShapedType::getNumElements(shape);
  int64_t fans = elements / shape.front() + elements / shape.back();
  return 1.0f / std::sqrt(1.5f / static_cast<float>(fans));
}

Value LayerBuilder::weights(ArrayRef<int64_t> shape, const Twine &layer,
                            Place place) {
  float scale = 1.0f;
  GridAttrInterface grid;
  if (hasGrid(place)) {
    grid = settings.grid;
    if (settings.rateScale == RateScale::Glorot)
      scale = glorotRateScale(shape);
  }
  isFirst = false;
  StringAttr name = b.getStringAttr(layer + ".weight");
  return ParameterOp::create(b, NameLoc::get(name),
                             RankedTensorType::get(shape, b.getF32Type()), name,
                             GlorotAttr::get(b.getContext()), grid,
                             b.getF32FloatAttr(scale), UnitAttr());
}

Value LayerBuilder::constant(const Twine &name, int64_t size, float value) {
  StringAttr nameAttr = b.getStringAttr(name);
  return ParameterOp::create(
      b, NameLoc::get(nameAttr), RankedTensorType::get(size, b.getF32Type()),
      nameAttr, ConstantAttr::get(b.getContext(), APFloat(value)),
      GridAttrInterface(), b.getF32FloatAttr(1.0f), UnitAttr());
}

Value LayerBuilder::frozen(const Twine &name, ArrayRef<int64_t> shape,
                           ArrayRef<float> values) {
  StringAttr nameAttr = b.getStringAttr(name);
  auto type = RankedTensorType::get(shape, b.getF32Type());
  auto all = DenseElementsAttr::get(type, values);
  return ParameterOp::create(b, NameLoc::get(nameAttr), type, nameAttr,
                             ValuesAttr::get(b.getContext(), all),
                             GridAttrInterface(), b.getF32FloatAttr(1.0f),
                             b.getUnitAttr());
}

//===----------------------------------------------------------------------===//
// Layers on features
//===----------------------------------------------------------------------===//

Value LayerBuilder::dense(Value input, int64_t outputs, const Twine &layer,
                          Place place) {
  Value matrix = weights({outputs, channelsOf(input)}, layer, place);
  return DenseOp::create(b, named(layer + ".product"), input, matrix);
}

Value LayerBuilder::dense(Value input, int64_t outputs, const Twine &layer,
                          float start) {
  StringAttr name = b.getStringAttr(layer);
  auto type =
      RankedTensorType::get({outputs, channelsOf(input)}, b.getF32Type());
  auto matrix = ParameterOp::create(
      b, NameLoc::get(name), type, name,
      ConstantAttr::get(b.getContext(), APFloat(start)),
      hasGrid(Place::Inner) ? settings.grid : GridAttrInterface(),
      b.getF32FloatAttr(1.0f), UnitAttr());
  isFirst = false;
  return DenseOp::create(b, named(layer + ".product"), input, matrix);
}

Value LayerBuilder::dropout(Value input, float probability,
                            const Twine &layer) {
  return DropoutOp::create(b, named(layer), input,
                           b.getF32FloatAttr(probability));
}

Value LayerBuilder::bias(Value input, const Twine &layer) {
  Value values = constant(layer + ".bias", channelsOf(input), 0.0f);
  return BiasOp::create(b, named(layer + ".sum"), input, values);
}

Value LayerBuilder::batchNorm(Value input, const Twine &layer) {
  Value scale = constant(layer + ".scale", channelsOf(input), 1.0f);
  Value shift = constant(layer + ".shift", channelsOf(input), 0.0f);
  return BatchNormOp::create(b, named(layer + ".result"), layer.str(), input,
                             scale, shift, APFloat(1.0e-5f), APFloat(0.9f));
}

Value LayerBuilder::relu(Value input, const Twine &layer) {
  return ReluOp::create(b, named(layer), input);
}

Value LayerBuilder::batchNormRelu(Value input, const Twine &prefix,
                                  const Twine &number) {
  Value normal = batchNorm(input, prefix + "bn" + number);
  return relu(normal, prefix + "relu" + number);
}

Value LayerBuilder::add(Value lhs, Value rhs, const Twine &layer) {
  return AddOp::create(b, named(layer), lhs, rhs);
}

Value LayerBuilder::classifier(Value input, const Twine &number) {
  bool batchNormalized = hasGrid(Place::Last);
  Value value = dense(input, settings.classes, "fc" + number, Place::Last);
  return batchNormalized ? batchNorm(value, "fc" + number + ".bn")
                         : bias(value, "fc" + number);
}

//===----------------------------------------------------------------------===//
// Layers on images
//===----------------------------------------------------------------------===//

/// The zeros after `size` values for windows at every stride-th of them.
static int64_t padAfter(int64_t size, int64_t kernel, int64_t stride) {
  int64_t lastStart = (llvm::divideCeil(size, stride) - 1) * stride;
  return std::max<int64_t>(0, lastStart + kernel - size - (kernel - 1) / 2);
}

/// [top, left, bottom, right].
static SmallVector<int64_t> padsFor(Value image, int64_t kernel,
                                    int64_t stride) {
  ArrayRef<int64_t> shape = shapeOf(image);
  int64_t before = (kernel - 1) / 2;
  return {before, before, padAfter(shape[1], kernel, stride),
          padAfter(shape[2], kernel, stride)};
}

Value LayerBuilder::conv(Value input, int64_t filters, int64_t kernel,
                         int64_t stride, const Twine &layer) {
  Value kernels = weights({filters, kernel, kernel, channelsOf(input)}, layer,
                          Place::Inner);
  return Conv2DOp::create(b, named(layer + ".product"), input, kernels, Value(),
                          {stride, stride}, padsFor(input, kernel, stride));
}

Value LayerBuilder::conv(Value input, Value kernels, Value bias,
                         const Twine &layer) {
  return Conv2DOp::create(b, named(layer), input, kernels, bias);
}

Value LayerBuilder::convInside(Value input, int64_t filters, int64_t kernel,
                               const Twine &layer) {
  Value kernels = weights({filters, kernel, kernel, channelsOf(input)}, layer,
                          Place::Inner);
  return Conv2DOp::create(b, named(layer + ".product"), input, kernels,
                          Value());
}

Value LayerBuilder::maxPool(Value input, int64_t window, int64_t stride,
                            const Twine &layer) {
  return MaxPool2DOp::create(b, named(layer), input, {window, window},
                             {stride, stride}, padsFor(input, window, stride));
}

Value LayerBuilder::globalAvgPool(Value input, const Twine &layer) {
  return GlobalAvgPool2DOp::create(b, named(layer), input);
}

Value LayerBuilder::reshape(Value input, ArrayRef<int64_t> sample,
                            const Twine &layer) {
  SmallVector<int64_t> shape = {shapeOf(input).front()};
  llvm::append_range(shape, sample);
  return ReshapeOp::create(b, named(layer),
                           RankedTensorType::get(shape, b.getF32Type()), input);
}

Value LayerBuilder::flatten(Value input) {
  return reshape(input, ShapedType::getNumElements(shapeOf(input).drop_front()),
                 "features");
}

Value LayerBuilder::subsample(Value input, int64_t channels, int64_t stride,
                              const Twine &layer) {
  Value value = input;
  if (stride != 1) {
    SmallVector<int64_t> sizes(shapeOf(value));
    for (int dimension : {1, 2})
      sizes[dimension] = llvm::divideCeil(sizes[dimension], stride);
    value = SliceOp::create(b, named(layer + ".slice"), value, {0, 0, 0, 0},
                            sizes, {1, stride, stride, 1});
  }
  int64_t zeros = channels - channelsOf(input);
  if (zeros == 0)
    return value;
  return PadOp::create(b, named(layer), value, {0, 0, 0, zeros / 2},
                       {0, 0, 0, zeros - zeros / 2});
}
