//===- WinogradTransforms.cpp - Transforms of minimal filtering -----------===//
//
// The matrices of Winograd.h, written out. A multiplication by a number and the
// addition after it are one fma.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "Winograd.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

using Transform =
    function_ref<SmallVector<Value>(ImplicitLocOpBuilder &, ArrayRef<Value>)>;

/// G of F(4 x 4, 3 x 3), by rows.
static constexpr float kFilterWeights[] = {
    1 / 4.f,  0,         0,        -1 / 6.f, -1 / 6.f, -1 / 6.f,
    -1 / 6.f, 1 / 6.f,   -1 / 6.f, 1 / 24.f, 1 / 12.f, 1 / 6.f,
    1 / 24.f, -1 / 12.f, 1 / 6.f,  0,        0,        1};

static Value plus(ImplicitLocOpBuilder &b, Value x, Value y) {
  return arith::AddFOp::create(b, x, y);
}

static Value minus(ImplicitLocOpBuilder &b, Value x, Value y) {
  return arith::SubFOp::create(b, x, y);
}

static Value splat(ImplicitLocOpBuilder &b, float number, Value like) {
  auto type = cast<VectorType>(like.getType());
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, b.getF32FloatAttr(number)));
}

static Value times(ImplicitLocOpBuilder &b, float number, Value x) {
  return arith::MulFOp::create(b, x, splat(b, number, x));
}

/// number * x + y
static Value addTimes(ImplicitLocOpBuilder &b, float number, Value x, Value y) {
  return vector::FMAOp::create(b, x, splat(b, number, x), y);
}

/// Applies a transform of `count` values along each row.
static SmallVector<Value> applyAlong(ImplicitLocOpBuilder &b, ValueRange rows,
                                     int64_t count, Transform transform) {
  SmallVector<Value> result;
  for (size_t i = 0; i < rows.size(); i += count)
    llvm::append_range(result,
                       transform(b, llvm::to_vector(rows.slice(i, count))));
  return result;
}

/// Applies a transform of `count` values down each column of a square, then
/// along each row.
static SmallVector<Value> applyTwice(ImplicitLocOpBuilder &b, ValueRange square,
                                     int64_t count, Transform transform) {
  SmallVector<SmallVector<Value>> down;
  for (int64_t j = 0; j < count; ++j) {
    SmallVector<Value> column;
    for (int64_t i = 0; i < count; ++i)
      column.push_back(square[i * count + j]);
    down.push_back(transform(b, column));
  }
  SmallVector<Value> rows;
  for (size_t i = 0; i < down.front().size(); ++i)
    for (int64_t j = 0; j < count; ++j)
      rows.push_back(down[j][i]);
  return applyAlong(b, rows, count, transform);
}

//===----------------------------------------------------------------------===//
// F(2 x 2, 3 x 3)
//===----------------------------------------------------------------------===//

static SmallVector<Value> inputs2(ImplicitLocOpBuilder &b, ArrayRef<Value> d) {
  return {minus(b, d[0], d[2]), plus(b, d[1], d[2]), minus(b, d[2], d[1]),
          minus(b, d[1], d[3])};
}

static SmallVector<Value> filter2(ImplicitLocOpBuilder &b, ArrayRef<Value> g) {
  Value ends = plus(b, g[0], g[2]);
  return {g[0], times(b, 0.5f, plus(b, ends, g[1])),
          times(b, 0.5f, minus(b, ends, g[1])), g[2]};
}

static SmallVector<Value> outputs2(ImplicitLocOpBuilder &b, ArrayRef<Value> m) {
  return {plus(b, plus(b, m[0], m[1]), m[2]),
          minus(b, minus(b, m[1], m[2]), m[3])};
}

static SmallVector<Value> spread2(ImplicitLocOpBuilder &b, ArrayRef<Value> y) {
  return {y[0], plus(b, y[0], y[1]), minus(b, y[0], y[1]),
          arith::NegFOp::create(b, y[1])};
}

static SmallVector<Value> collect2(ImplicitLocOpBuilder &b, ArrayRef<Value> m) {
  Value both = times(b, 0.5f, plus(b, m[1], m[2]));
  return {plus(b, m[0], both), times(b, 0.5f, minus(b, m[1], m[2])),
          plus(b, both, m[3])};
}

//===----------------------------------------------------------------------===//
// F(4 x 4, 3 x 3)
//===----------------------------------------------------------------------===//

static SmallVector<Value> inputs4(ImplicitLocOpBuilder &b, ArrayRef<Value> d) {
  Value even = addTimes(b, -4, d[2], d[4]), odd = addTimes(b, -4, d[1], d[3]);
  Value step = minus(b, d[4], d[2]), rise = minus(b, d[3], d[1]);
  return {addTimes(b, 4, d[0], addTimes(b, -5, d[2], d[4])),
          plus(b, even, odd),
          minus(b, even, odd),
          addTimes(b, 2, rise, step),
          addTimes(b, -2, rise, step),
          addTimes(b, 4, d[1], addTimes(b, -5, d[3], d[5]))};
}

/// A row of G times g; the row's numbers are vectors.
static Value weigh(ImplicitLocOpBuilder &b, ArrayRef<Value> weights,
                   ArrayRef<Value> g) {
  Value sum = arith::MulFOp::create(b, weights[0], g[0]);
  sum = vector::FMAOp::create(b, weights[1], g[1], sum);
  return vector::FMAOp::create(b, weights[2], g[2], sum);
}

static SmallVector<Value> filter4(ImplicitLocOpBuilder &b, ArrayRef<Value> g) {
  SmallVector<Value> result;
  for (size_t row = 0; row < std::size(kFilterWeights); row += kTaps) {
    SmallVector<Value> weights;
    for (int64_t tap = 0; tap < kTaps; ++tap)
      weights.push_back(splat(b, kFilterWeights[row + tap], g[0]));
    result.push_back(weigh(b, weights, g));
  }
  return result;
}

static SmallVector<Value> outputs4(ImplicitLocOpBuilder &b, ArrayRef<Value> m) {
  Value near = plus(b, m[1], m[2]), nearStep = minus(b, m[1], m[2]);
  Value far = plus(b, m[3], m[4]), farStep = minus(b, m[3], m[4]);
  return {plus(b, plus(b, m[0], near), far), addTimes(b, 2, farStep, nearStep),
          addTimes(b, 4, far, near),
          plus(b, addTimes(b, 8, farStep, nearStep), m[5])};
}

static SmallVector<Value> spread4(ImplicitLocOpBuilder &b, ArrayRef<Value> y) {
  Value even = plus(b, y[0], y[2]), odd = plus(b, y[1], y[3]);
  Value farEven = addTimes(b, 4, y[2], y[0]),
        farOdd = addTimes(b, 4, y[3], y[1]);
  return {y[0],
          plus(b, even, odd),
          minus(b, even, odd),
          addTimes(b, 2, farOdd, farEven),
          addTimes(b, -2, farOdd, farEven),
          y[3]};
}

static SmallVector<Value> collect4(ImplicitLocOpBuilder &b, ArrayRef<Value> m) {
  Value near = plus(b, m[1], m[2]), nearStep = minus(b, m[1], m[2]);
  Value far = plus(b, m[3], m[4]), farStep = minus(b, m[3], m[4]);
  Value first = addTimes(b, -1 / 6.f, near, times(b, 1 / 4.f, m[0]));
  return {addTimes(b, 1 / 24.f, far, first),
          addTimes(b, 1 / 12.f, farStep, times(b, -1 / 6.f, nearStep)),
          addTimes(b, 1 / 6.f, minus(b, far, near), m[5])};
}

//===----------------------------------------------------------------------===//
// Either
//===----------------------------------------------------------------------===//

SmallVector<Value> matmul::transformInputs(ImplicitLocOpBuilder &b,
                                           TileShape shape, ValueRange inputs) {
  return applyTwice(b, inputs, shape.inputs(),
                    shape.outputs == 2 ? inputs2 : inputs4);
}

SmallVector<Value> matmul::transformFilter(ImplicitLocOpBuilder &b,
                                           TileShape shape, ValueRange filter) {
  return applyTwice(b, filter, kTaps, shape.outputs == 2 ? filter2 : filter4);
}

SmallVector<Value> matmul::transformFilterRow(ImplicitLocOpBuilder &b,
                                              Value row, ValueRange filter) {
  auto table = DenseElementsAttr::get(
      VectorType::get(int64_t(std::size(kFilterWeights)), b.getF32Type()),
      ArrayRef<float>(kFilterWeights));
  Value all = arith::ConstantOp::create(b, table);
  SmallVector<Value> weights, sums;
  for (int64_t tap = 0; tap < kTaps; ++tap) {
    Value number = vector::ExtractOp::create(
        b, all, OpFoldResult(add(b, mul(b, row, kTaps), tap)));
    weights.push_back(
        vector::BroadcastOp::create(b, filter[0].getType(), number));
  }
  for (int64_t j = 0; j < kTaps; ++j)
    sums.push_back(weigh(
        b, weights, {filter[j], filter[kTaps + j], filter[2 * kTaps + j]}));
  return filter4(b, sums);
}

SmallVector<Value> matmul::collectOutputs(ImplicitLocOpBuilder &b,
                                          TileShape shape,
                                          ValueRange elements) {
  return applyTwice(b, elements, shape.inputs(),
                    shape.outputs == 2 ? outputs2 : outputs4);
}

SmallVector<Value> matmul::spreadOutputs(ImplicitLocOpBuilder &b,
                                         TileShape shape,
                                         ValueRange gradients) {
  return applyTwice(b, gradients, shape.outputs,
                    shape.outputs == 2 ? spread2 : spread4);
}

SmallVector<Value> matmul::collectFilter(ImplicitLocOpBuilder &b,
                                         TileShape shape, ValueRange elements) {
  return applyTwice(b, elements, shape.inputs(),
                    shape.outputs == 2 ? collect2 : collect4);
}
