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

/// Lanes of the widest vectors.
static constexpr int64_t kMaxLanes = 16;

bool qnet::hasVectorRows(const Windows &windows, int64_t channels) {
  return windows.window[1] * channels % kMaxLanes == 0;
}

/// Zeros before and after each dimension of the gradient, so that every input
/// has a whole window of it.
static std::pair<int64_t, int64_t> gradientPads(const Windows &windows,
                                                int dimension) {
  int64_t low = windows.window[dimension] - 1 - windows.low[dimension];
  int64_t padded = windows.input[dimension] + windows.window[dimension] - 1;
  return {low, padded - windows.output[dimension] - low};
}

bool qnet::hasDirectInputGrad(const Windows &windows, int64_t filters) {
  if (windows.strides[0] != 1 || windows.strides[1] != 1 ||
      filters % kMaxLanes != 0)
    return false;
  auto [top, bottom] = gradientPads(windows, 0);
  auto [left, right] = gradientPads(windows, 1);
  return top >= 0 && bottom >= 0 && left >= 0 && right >= 0;
}

/// `image` (n, h, w, c) with zeros around it.
static Value buildPadded(OpBuilder &b, Location loc, Value image,
                         std::pair<int64_t, int64_t> rows,
                         std::pair<int64_t, int64_t> columns) {
  SmallVector<int64_t> low{0, rows.first, columns.first, 0};
  SmallVector<int64_t> high{0, rows.second, columns.second, 0};
  if (rows == std::make_pair<int64_t, int64_t>(0, 0) && rows == columns)
    return image;
  SmallVector<int64_t> shape(tensorTypeOf(image).getShape());
  for (int i : {1, 2})
    shape[i] += low[i] + high[i];
  return PadOp::create(b, extendName(loc, ".padded"), RankedTensorType::get(shape, b.getF32Type()),
                       image, low, high);
}

static Value buildPadded(OpBuilder &b, Location loc, Value image,
                         const Windows &windows) {
  return buildPadded(b, loc, image, {windows.low[0], windows.high[0]},
                     {windows.low[1], windows.high[1]});
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

/// out += lhs * rhs over seven loops, `numParallel` of them first.
static Value buildSum(OpBuilder &b, Location loc, Value lhs, AffineMap lhsMap,
                      Value rhs, AffineMap rhsMap, RankedTensorType type,
                      AffineMap outMap, unsigned numParallel) {
  SmallVector<utils::IteratorType> kinds(7, utils::IteratorType::reduction);
  std::fill_n(kinds.begin(), numParallel, utils::IteratorType::parallel);
  Value zero = buildFilled(b, loc, type, 0);
  auto body = [](OpBuilder &inner, Location at, ValueRange args) {
    Scalars s{inner, at};
    Value term =
        s.mul(decoded(inner, at, args[0]), decoded(inner, at, args[1]));
    linalg::YieldOp::create(inner, at, s.add(args[2], term));
  };
  return linalg::GenericOp::create(
             b, loc, type, ValueRange{lhs, rhs}, ValueRange{zero},
             ArrayRef<AffineMap>{lhsMap, rhsMap, outMap}, kinds, body)
      .getResult(0);
}

Value qnet::buildDirectConv(OpBuilder &b, Location loc, Value input,
                            Value weights, RankedTensorType result,
                            const Windows &windows) {
  // Loops (n, p, q, f, i, j, c).
  Loops d{b.getContext()};
  AffineExpr row = d.tapOf(1, 4, windows.strides[0]);
  AffineExpr column = d.tapOf(2, 5, windows.strides[1]);
  return buildSum(b, loc, buildPadded(b, loc, input, windows),
                  d.map({d(0), row, column, d(6)}), weights,
                  d.map({d(3), d(4), d(5), d(6)}), result,
                  d.map({d(0), d(1), d(2), d(3)}), 4);
}

Value qnet::buildDirectInputGrad(OpBuilder &b, Location loc, Value gradient,
                                 Value weights, RankedTensorType result,
                                 const Windows &windows) {
  // Loops (n, h, w, c, i, j, f).
  Loops d{b.getContext()};
  AffineExpr row = d(1) + (windows.window[0] - 1) - d(4);
  AffineExpr column = d(2) + (windows.window[1] - 1) - d(5);
  Value padded = buildPadded(b, loc, gradient, gradientPads(windows, 0),
                             gradientPads(windows, 1));
  return buildSum(b, loc, padded, d.map({d(0), row, column, d(6)}), weights,
                  d.map({d(6), d(4), d(5), d(3)}), result,
                  d.map({d(0), d(1), d(2), d(3)}), 4);
}

Value qnet::buildDirectWeightGrad(OpBuilder &b, Location loc, Value gradient,
                                  Value input, RankedTensorType result,
                                  const Windows &windows) {
  // Loops (f, i, j, c, n, p, q).
  Loops d{b.getContext()};
  AffineExpr row = d.tapOf(5, 1, windows.strides[0]);
  AffineExpr column = d.tapOf(6, 2, windows.strides[1]);
  return buildSum(b, loc, gradient, d.map({d(4), d(5), d(6), d(0)}),
                  buildPadded(b, loc, input, windows),
                  d.map({d(4), row, column, d(3)}), result,
                  d.map({d(0), d(1), d(2), d(3)}), 4);
}
