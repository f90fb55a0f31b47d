//===- QnetShapes.cpp - Rules of reshape, pad, slice and gates ------------===//
//
// Values are moved unchanged. Padding and the gradient of a slice write into
// zeros, a slice and the gradient of padding (a slice too) read.
//
//===----------------------------------------------------------------------===//

#include "QnetReals.h"
#include "Rules.h"

#include <cmath>

using namespace mlir;
using namespace qnet;

/// Calls f(i, place) for every element i of a part of shape `sizes` and its
/// place in `whole`, offset + index * stride per dimension. No strides are
/// ones.
template <typename Fn>
static void forEachInPart(Value whole, Value part, ArrayRef<int64_t> offsets,
                          ArrayRef<int64_t> strides, Fn f) {
  auto wholeType = cast<ShapedType>(whole.getType());
  auto partType = cast<ShapedType>(part.getType());
  for (int64_t i = 0; i < partType.getNumElements(); ++i) {
    int64_t rest = i, place = 0, scale = 1;
    for (int64_t d = partType.getRank() - 1; d >= 0; --d) {
      int64_t index = rest % partType.getDimSize(d);
      int64_t stride = strides.empty() ? 1 : strides[d];
      place += (offsets[d] + index * stride) * scale;
      rest /= partType.getDimSize(d);
      scale *= wholeType.getDimSize(d);
    }
    f(i, place);
  }
}

static int64_t countElements(Value value) {
  return cast<ShapedType>(value.getType()).getNumElements();
}

namespace {

struct ReshapeRule {
  template <typename Real>
  static LogicalResult run(ReshapeOp op, Frame &frame) {
    setReals(frame, op.getResult(), getReals<Real>(frame, op.getInput()));
    return success();
  }
};

struct PadRule {
  template <typename Real> static LogicalResult run(PadOp op, Frame &frame) {
    auto x = getReals<Real>(frame, op.getInput());
    std::vector<Real> y(countElements(op.getResult()));
    forEachInPart(op.getResult(), op.getInput(), op.getLow(), {},
                  [&](int64_t i, int64_t place) { y[place] = x[i]; });
    setReals(frame, op.getResult(), y);
    return success();
  }
};

struct SliceRule {
  template <typename Real> static LogicalResult run(SliceOp op, Frame &frame) {
    auto x = getReals<Real>(frame, op.getInput());
    std::vector<Real> y(countElements(op.getResult()));
    forEachInPart(op.getInput(), op.getResult(), op.getOffsets(),
                  op.getStrides(),
                  [&](int64_t i, int64_t place) { y[i] = x[place]; });
    setReals(frame, op.getResult(), y);
    return success();
  }
};

struct SliceGradRule {
  template <typename Real>
  static LogicalResult run(SliceGradOp op, Frame &frame) {
    auto dy = getReals<Real>(frame, op.getGradient());
    std::vector<Real> dx(countElements(op.getResult()));
    forEachInPart(op.getResult(), op.getGradient(), op.getOffsets(),
                  op.getStrides(),
                  [&](int64_t i, int64_t place) { dx[place] = dy[i]; });
    setReals(frame, op.getResult(), dx);
    return success();
  }
};

/// NaN stays NaN, so that it is seen.
struct HardTanhRule {
  template <typename Real>
  static LogicalResult run(HardTanhOp op, Frame &frame) {
    auto y = getReals<Real>(frame, op.getInput());
    for (Real &value : y)
      value = value < -1 ? -1 : value > 1 ? 1 : value;
    setReals(frame, op.getResult(), y);
    return success();
  }
};

/// -0 is not below 0; NaN is not at least 0.
struct SignRule {
  template <typename Real> static LogicalResult run(SignOp op, Frame &frame) {
    auto y = getReals<Real>(frame, op.getInput());
    for (Real &value : y)
      value = value >= 0 ? 1 : -1;
    setReals(frame, op.getResult(), y);
    return success();
  }
};

struct HardTanhGradRule {
  template <typename Real>
  static LogicalResult run(HardTanhGradOp op, Frame &frame) {
    auto dx = getReals<Real>(frame, op.getGradient());
    auto x = getReals<Real>(frame, op.getInput());
    for (size_t i = 0; i < dx.size(); ++i)
      if (!(std::abs(x[i]) <= 1))
        dx[i] = 0;
    setReals(frame, op.getResult(), dx);
    return success();
  }
};

} // namespace

void qnet::addQnetShapeRules(InterpreterRules &rules) {
  addRealRule<ReshapeOp, ReshapeRule>(rules);
  addRealRule<PadOp, PadRule>(rules);
  addRealRule<SliceOp, SliceRule>(rules);
  addRealRule<SliceGradOp, SliceGradRule>(rules);
  addRealRule<HardTanhOp, HardTanhRule>(rules);
  addRealRule<SignOp, SignRule>(rules);
  addRealRule<HardTanhGradOp, HardTanhGradRule>(rules);
}
