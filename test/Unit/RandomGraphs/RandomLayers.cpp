//===- RandomLayers.cpp - Layers of a random model ------------------------===//
//
// The first case of each choice is the simplest layer: shrinking tends to it.
//
//===----------------------------------------------------------------------===//

#include "RandomLayers.h"
#include "mlir/AsmParser/AsmParser.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

/// Values of a sample that no layer makes more of.
static constexpr int64_t kLargestSample = 300;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static int64_t channelsOf(Value value) { return shapeOf(value).back(); }

static int64_t sampleSize(Value value) {
  return ShapedType::getNumElements(shapeOf(value).drop_front());
}

static bool isImage(Value value) { return shapeOf(value).size() == 4; }

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

Value RandomLayers::parameter(ArrayRef<int64_t> shape, StringRef initializer,
                              StringRef grid, float rateScale, bool frozen) {
  MLIRContext *context = b.getContext();
  GridAttrInterface gridAttr;
  if (!grid.empty())
    gridAttr = cast<GridAttrInterface>(parseAttribute(grid, context));
  return ParameterOp::create(
      b, b.getUnknownLoc(), RankedTensorType::get(shape, b.getF32Type()),
      b.getStringAttr("p" + Twine(count++)),
      cast<InitializerAttrInterface>(parseAttribute(initializer, context)),
      gridAttr, b.getF32FloatAttr(rateScale),
      frozen ? b.getUnitAttr() : UnitAttr());
}

Value RandomLayers::weights(ArrayRef<int64_t> shape, bool mayBeFrozen) {
  const char *const initializers[] = {"#qnet.glorot", "#qnet.he"};
  const char *const grids[] = {"",
                               "#qnet.binary<0.25>",
                               "#qnet.ternary<0.3>",
                               "#qnet.uniform<2, 0.25>",
                               "#qnet.uniform<3, 0.125>",
                               "#qnet.uniform<4, 0.1>",
                               "#qnet.uniform<8, 0.0078125>"};
  const float scales[] = {1.0f, 3.0f};
  const char *grid = choices.pick(grids);
  const char *initializer = choices.pick(initializers);
  bool isScaled = choices.oneIn(6);
  return parameter(shape, initializer, grid, scales[isScaled],
                   choices.oneIn(12) && mayBeFrozen);
}

Value RandomLayers::channelValues(int64_t channels, StringRef initializer) {
  return parameter(channels, initializer, "", 1.0f, false);
}

//===----------------------------------------------------------------------===//
// Layers that keep the shape
//===----------------------------------------------------------------------===//

Value RandomLayers::gate(Value value) {
  switch (choices.draw(5)) {
  case 3:
    return HardTanhOp::create(b, b.getUnknownLoc(), value);
  case 4:
    return SignOp::create(b, b.getUnknownLoc(), value);
  default:
    return ReluOp::create(b, b.getUnknownLoc(), value);
  }
}

Value RandomLayers::bias(Value value) {
  return BiasOp::create(
      b, b.getUnknownLoc(), value,
      channelValues(channelsOf(value), "#qnet.constant<0.125>"));
}

Value RandomLayers::batchNorm(Value value) {
  Value scale = channelValues(channelsOf(value), "#qnet.constant<1.0>");
  Value shift = channelValues(channelsOf(value), "#qnet.constant<0.0625>");
  const float epsilons[] = {1.0e-3f, 1.0e-5f};
  const float momenta[] = {0.9f, 0.5f};
  float epsilon = choices.pick(epsilons), momentum = choices.pick(momenta);
  return BatchNormOp::create(b, b.getUnknownLoc(), ("n" + Twine(count++)).str(),
                             value, scale, shift, APFloat(epsilon),
                             APFloat(momentum));
}

Value RandomLayers::dropout(Value value) {
  return DropoutOp::create(b, b.getUnknownLoc(), value,
                           b.getF32FloatAttr(choices.oneIn(2) ? 0.5f : 0.25f));
}

Value RandomLayers::sameSizeProduct(Value value) {
  int64_t channels = channelsOf(value);
  if (!isImage(value))
    return dense(value, channels);
  int64_t size = 1 + 2 * choices.draw(3), before = size / 2;
  return Conv2DOp::create(b, b.getUnknownLoc(), value,
                          weights({channels, size, size, channels}), Value(),
                          {1, 1}, {before, before, before, before});
}

Value RandomLayers::sameShapeLayer(Value value) {
  switch (choices.draw(7)) {
  case 2:
  case 3:
    return sameSizeProduct(value);
  case 4:
    return bias(value);
  case 5:
    return batchNorm(value);
  case 6:
    return dropout(value);
  default:
    return gate(value);
  }
}

Value RandomLayers::branches(Value value) {
  Value left = sameSizeProduct(value), right = value;
  for (uint32_t i = choices.draw(3); i > 0; --i)
    left = sameShapeLayer(left);
  for (uint32_t i = choices.draw(3); i > 0; --i)
    right = sameShapeLayer(right);
  return AddOp::create(b, b.getUnknownLoc(), left, right);
}

//===----------------------------------------------------------------------===//
// Layers on images
//===----------------------------------------------------------------------===//

RandomLayers::Window RandomLayers::window(int64_t length, int64_t largest) {
  int64_t size = 1 + choices.draw(std::min(largest, length));
  int64_t stride = 1 + choices.draw(3);
  return {size, stride, choices.draw(size), choices.draw(size)};
}

Value RandomLayers::conv(Value value) {
  const int64_t channelNumbers[] = {1, 2, 3, 5, 8, 16, 17};
  Window rows = window(shapeOf(value)[1], 5);
  Window columns = window(shapeOf(value)[2], 5);
  int64_t filters = choices.pick(channelNumbers);
  int64_t outRows =
      (shapeOf(value)[1] + rows.before + rows.after - rows.size) / rows.stride +
      1;
  int64_t outColumns =
      (shapeOf(value)[2] + columns.before + columns.after - columns.size) /
          columns.stride +
      1;
  filters = std::max<int64_t>(
      1, std::min(filters, kLargestSample / (outRows * outColumns)));
  Value kernel = weights({filters, rows.size, columns.size, channelsOf(value)});
  Value offsets;
  if (choices.oneIn(3))
    offsets = channelValues(filters, "#qnet.constant<0.125>");
  return Conv2DOp::create(
      b, b.getUnknownLoc(), value, kernel, offsets,
      {rows.stride, columns.stride},
      {rows.before, columns.before, rows.after, columns.after});
}

Value RandomLayers::pool(Value value) {
  bool isMax = choices.oneIn(2);
  Window rows = window(shapeOf(value)[1], 3);
  Window columns = window(shapeOf(value)[2], 3);
  SmallVector<int64_t> sizes = {rows.size, columns.size};
  SmallVector<int64_t> strides = {rows.stride, columns.stride};
  SmallVector<int64_t> pads = {rows.before, columns.before, rows.after,
                               columns.after};
  if (isMax)
    return MaxPool2DOp::create(b, b.getUnknownLoc(), value, sizes, strides,
                               pads);
  return AvgPool2DOp::create(b, b.getUnknownLoc(), value, sizes, strides, pads);
}

Value RandomLayers::imageLayer(Value value) {
  switch (choices.draw(9)) {
  case 0:
    return flatten(value);
  case 1:
    return GlobalAvgPool2DOp::create(b, b.getUnknownLoc(), value);
  case 2:
  case 3:
  case 4:
    return pool(value);
  default:
    return conv(value);
  }
}

//===----------------------------------------------------------------------===//
// Layers on vectors, and shapes
//===----------------------------------------------------------------------===//

Value RandomLayers::dense(Value value, int64_t outputs, bool mayBeFrozen) {
  return DenseOp::create(b, b.getUnknownLoc(), value,
                         weights({outputs, channelsOf(value)}, mayBeFrozen));
}

Value RandomLayers::vectorLayer(Value value) {
  const int64_t widths[] = {1, 2, 3, 7, 8, 16, 19, 33};
  if (choices.oneIn(5) && sampleSize(value) % 4 == 0)
    return reshape(value, {2, 2, sampleSize(value) / 4});
  return dense(value, choices.pick(widths));
}

Value RandomLayers::reshape(Value value, ArrayRef<int64_t> sample) {
  Shape shape = {shapeOf(value).front()};
  llvm::append_range(shape, sample);
  return ReshapeOp::create(b, b.getUnknownLoc(),
                           RankedTensorType::get(shape, b.getF32Type()), value);
}

Value RandomLayers::flatten(Value value) {
  return reshape(value, sampleSize(value));
}

Value RandomLayers::pad(Value value) {
  if (sampleSize(value) * 8 > kLargestSample)
    return gate(value);
  Shape low = {0}, high = {0};
  for (size_t i = 1; i < shapeOf(value).size(); ++i) {
    low.push_back(choices.draw(2));
    high.push_back(choices.draw(2));
  }
  return PadOp::create(b, b.getUnknownLoc(), value, low, high);
}

Value RandomLayers::slice(Value value) {
  Shape offsets = {0}, sizes = {shapeOf(value).front()}, strides = {1};
  for (int64_t length : shapeOf(value).drop_front()) {
    int64_t offset = choices.draw(std::min<int64_t>(length, 3));
    int64_t stride = 1 + choices.draw(2);
    int64_t most = (length - offset - 1) / stride + 1;
    offsets.push_back(offset);
    strides.push_back(stride);
    sizes.push_back(most - choices.draw(std::min<int64_t>(most, 2)));
  }
  return SliceOp::create(b, b.getUnknownLoc(), value, offsets, sizes, strides);
}

Value RandomLayers::anyLayer(Value value) {
  switch (choices.draw(12)) {
  case 0:
  case 1:
  case 2:
    return sameShapeLayer(value);
  case 3:
    return branches(value);
  case 4:
    return pad(value);
  case 5:
    return slice(value);
  default:
    return isImage(value) ? imageLayer(value) : vectorLayer(value);
  }
}

Value RandomLayers::head(Value value, int64_t outputs) {
  if (isImage(value))
    value = flatten(value);
  value = dense(value, outputs, /*mayBeFrozen=*/false);
  switch (choices.draw(4)) {
  case 2:
    return bias(value);
  case 3:
    return batchNorm(value);
  default:
    return value;
  }
}
