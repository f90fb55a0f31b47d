//===- DirectConv.cpp - Convolutions without a columns matrix -------------===//
//
// See DirectConv.h. Zeros are added around the input by qnet.pad, so that the
// loops need no test; forward and filter gradient pad alike, and share the
// padded input.
//
//===----------------------------------------------------------------------===//

#include "DirectConv.h"
#include "qnet/Dialect/Qnet/IR/TensorNames.h"

using namespace mlir;
using namespace qnet;

namespace {
/// Zeros before and after the rows and the columns of an image.
struct Padding {
  std::pair<int64_t, int64_t> rows, columns;

  bool isEmpty() const {
    return rows.first + rows.second + columns.first + columns.second == 0;
  }
};
} // namespace

static Padding paddingOf(const Windows &windows) {
  return {{windows.low[0], windows.high[0]}, {windows.low[1], windows.high[1]}};
}

/// `image` (n, h, w, c) with zeros around it.
static Value buildPadded(OpBuilder &b, Location loc, Value image,
                         const Padding &padding) {
  SmallVector<int64_t> low{0, padding.rows.first, padding.columns.first, 0};
  SmallVector<int64_t> high{0, padding.rows.second, padding.columns.second, 0};
  if (padding.isEmpty())
    return image;
  SmallVector<int64_t> shape(tensorTypeOf(image).getShape());
  for (int i : {1, 2})
    shape[i] += low[i] + high[i];
  return PadOp::create(b, extendName(loc, ".padded"),
                       RankedTensorType::get(shape, b.getF32Type()), image, low,
                       high);
}

static Value decoded(OpBuilder &b, Location loc, Value element) {
  if (isa<QType>(element.getType()))
    return DecodeOp::create(b, loc, b.getF32Type(), element);
  return element;
}

namespace {
/// Affine expressions of seven loops.
struct Loops {
  MLIRContext *context;
  AffineExpr operator()(unsigned loop) const {
    return getAffineDimExpr(loop, context);
  }
  AffineMap map(ArrayRef<AffineExpr> results) const {
    return AffineMap::get(7, 0, results, context);
  }
  /// Tap `tap` of the window at `place`.
  AffineExpr tapOf(unsigned place, unsigned tap, int64_t stride) const {
    return (*this)(place)*stride + (*this)(tap);
  }
};
} // namespace

/// out += lhs * rhs over seven loops, four of them parallel and first. The
/// operand of number `padded` has zeros around it. `taps` are the sizes of
/// loops 4 and 5 where no operand has them.
static Value buildSum(OpBuilder &b, Location loc, Value lhs, AffineMap lhsMap,
                      Value rhs, AffineMap rhsMap, Value zero, int64_t padded,
                      const Padding &padding, ArrayRef<int64_t> taps = {}) {
  SmallVector<utils::IteratorType> kinds(7, utils::IteratorType::reduction);
  std::fill_n(kinds.begin(), 4, utils::IteratorType::parallel);
  auto body = [](OpBuilder &inner, Location at, ValueRange args) {
    Scalars s{inner, at};
    Value term =
        s.mul(decoded(inner, at, args[0]), decoded(inner, at, args[1]));
    linalg::YieldOp::create(inner, at, s.add(args.back(), term));
  };
  Loops d{b.getContext()};
  SmallVector<Value> inputs{lhs, rhs};
  SmallVector<AffineMap> maps{lhsMap, rhsMap};
  if (!taps.empty()) {
    inputs.push_back(tensor::EmptyOp::create(b, loc, taps, b.getF32Type()));
    maps.push_back(
        Loops{b.getContext()}.map({getAffineDimExpr(4, b.getContext()),
                                   getAffineDimExpr(5, b.getContext())}));
  }
  maps.push_back(d.map({d(0), d(1), d(2), d(3)}));
  auto sum = linalg::GenericOp::create(b, loc, zero.getType(), inputs,
                                       ValueRange{zero}, maps, kinds, body);
  if (!padding.isEmpty())
    sum->setAttr(kZeroBorderAttrName,
                 b.getDenseI64ArrayAttr(
                     {padded, padding.rows.first, padding.rows.second,
                      padding.columns.first, padding.columns.second}));
  return sum.getResult(0);
}

Value qnet::buildDirectConv(OpBuilder &b, Location loc, Value input,
                            Value weights, RankedTensorType result,
                            const Windows &windows) {
  // Loops (n, p, q, f, i, j, c).
  Loops d{b.getContext()};
  AffineExpr row = d.tapOf(1, 4, windows.strides[0]);
  AffineExpr column = d.tapOf(2, 5, windows.strides[1]);
  Padding padding = paddingOf(windows);
  return buildSum(b, loc, buildPadded(b, loc, input, padding),
                  d.map({d(0), row, column, d(6)}), weights,
                  d.map({d(3), d(4), d(5), d(6)}),
                  buildFilled(b, loc, result, 0), 0, padding);
}

namespace {
/// Every `stride`-th row (or column) of an input gradient, from `first` on. Row
/// `place` of them sums, over taps firstTap + stride * tap, rows place + shift
/// - tap of the gradient.
struct Phase {
  Phase(const Windows &windows, int dimension, int64_t first)
      : first(first), stride(windows.strides[dimension]) {
    int64_t from = first + windows.low[dimension];
    firstTap = from % stride;
    shift = from / stride;
    auto countFrom = [&](int64_t begin, int64_t end) {
      return begin < end ? (end - begin + stride - 1) / stride : 0;
    };
    size = countFrom(first, windows.input[dimension]);
    taps = countFrom(firstTap, windows.window[dimension]);
  }
  int64_t first, stride, firstTap, shift, size, taps;
};
} // namespace

/// Zeros before and after the gradient, so that each input of every phase has a
/// whole window of it.
static std::pair<int64_t, int64_t> gradientPads(const Windows &windows,
                                                int dimension) {
  std::pair<int64_t, int64_t> pads{0, 0};
  for (int64_t first = 0; first < windows.strides[dimension]; ++first) {
    Phase phase(windows, dimension, first);
    if (phase.size == 0 || phase.taps == 0)
      continue;
    pads.first = std::max(pads.first, phase.taps - 1 - phase.shift);
    pads.second = std::max(pads.second, phase.size + phase.shift -
                                            windows.output[dimension]);
  }
  return pads;
}

/// The rows and columns of two phases: a convolution of stride 1 of the padded
/// gradient with the taps that meet them.
static Value buildPhase(OpBuilder &b, Location loc, Value padded,
                        const Padding &padding, Value weights, Value zero,
                        const Phase &rows, const Phase &columns) {
  // Loops (n, h, w, c, i, j, f).
  Loops d{b.getContext()};
  AffineExpr row = d(1) + (rows.shift + padding.rows.first) - d(4);
  AffineExpr column = d(2) + (columns.shift + padding.columns.first) - d(5);
  AffineMap weightsMap =
      d.map({d(6), d(4) * rows.stride + rows.firstTap,
             d(5) * columns.stride + columns.firstTap, d(3)});
  SmallVector<int64_t> taps;
  if (rows.stride != 1 || columns.stride != 1)
    taps = {rows.taps, columns.taps};
  return buildSum(b, loc, padded, d.map({d(0), row, column, d(6)}), weights,
                  weightsMap, zero, 0, padding, taps);
}

Value qnet::buildDirectInputGrad(OpBuilder &b, Location loc, Value gradient,
                                 Value weights, RankedTensorType result,
                                 const Windows &windows) {
  Padding padding{gradientPads(windows, 0), gradientPads(windows, 1)};
  Value padded = buildPadded(b, loc, gradient, padding);
  if (windows.strides[0] == 1 && windows.strides[1] == 1)
    return buildPhase(b, loc, padded, padding, weights,
                      buildFilled(b, loc, result, 0), Phase(windows, 0, 0),
                      Phase(windows, 1, 0));
  // Between the windows, nothing depends on the input.
  Value sum = buildFilled(b, loc, result, 0);
  for (int64_t top = 0; top < windows.strides[0]; ++top)
    for (int64_t left = 0; left < windows.strides[1]; ++left) {
      Phase rows(windows, 0, top), columns(windows, 1, left);
      if (rows.size == 0 || columns.size == 0 || rows.taps == 0 ||
          columns.taps == 0)
        continue;
      auto all = [&](ArrayRef<int64_t> values) {
        return getAsIndexOpFoldResult(b.getContext(), values);
      };
      auto offsets = all({0, top, left, 0});
      auto sizes = all({result.getDimSize(0), rows.size, columns.size,
                        result.getDimSize(3)});
      auto strides = all({1, rows.stride, columns.stride, 1});
      Value part =
          tensor::ExtractSliceOp::create(b, loc, sum, offsets, sizes, strides);
      part = buildPhase(b, loc, padded, padding, weights, part, rows, columns);
      sum = tensor::InsertSliceOp::create(b, loc, part, sum, offsets, sizes,
                                          strides);
    }
  return sum;
}

Value qnet::buildDirectWeightGrad(OpBuilder &b, Location loc, Value gradient,
                                  Value input, RankedTensorType result,
                                  const Windows &windows) {
  // Loops (f, i, j, c, n, p, q).
  Loops d{b.getContext()};
  AffineExpr row = d.tapOf(5, 1, windows.strides[0]);
  AffineExpr column = d.tapOf(6, 2, windows.strides[1]);
  Padding padding = paddingOf(windows);
  return buildSum(b, loc, gradient, d.map({d(4), d(5), d(6), d(0)}),
                  buildPadded(b, loc, input, padding),
                  d.map({d(4), row, column, d(3)}),
                  buildFilled(b, loc, result, 0), 1, padding);
}
