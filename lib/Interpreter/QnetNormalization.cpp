//===- QnetNormalization.cpp - Rules of batch normalization ---------------===//
//
// Statistics in two passes, each summed over the samples in ascending order and
// then divided by their number: the mean, and the mean of squared distances to
// it.
//
//===----------------------------------------------------------------------===//

#include "QnetReals.h"
#include "Rules.h"

#include <cmath>

using namespace mlir;
using namespace qnet;

/// Sums per column, in ascending order of rows, of f(row, column).
template <typename Real, typename Fn>
static std::vector<Real> sumColumns(RowShape shape, Fn f) {
  std::vector<Real> sums(shape.columns);
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t column = 0; column < shape.columns; ++column)
      sums[column] += f(row * shape.columns + column, column);
  return sums;
}

template <typename Real>
static std::vector<Real> invertDeviation(const std::vector<Real> &variance,
                                         Real epsilon) {
  std::vector<Real> inverse;
  for (Real value : variance)
    inverse.push_back(1 / std::sqrt(value + epsilon));
  return inverse;
}

/// y = (x - mean) inverse scale + shift, from left to right.
template <typename Real>
static std::vector<Real>
normalize(std::vector<Real> x, const std::vector<Real> &mean,
          const std::vector<Real> &inverse, const std::vector<Real> &scale,
          const std::vector<Real> &shift) {
  for (size_t i = 0; i < x.size(); ++i) {
    size_t c = i % mean.size();
    x[i] = (x[i] - mean[c]) * inverse[c] * scale[c] + shift[c];
  }
  return x;
}

namespace {

struct TrainRule {
  template <typename Real>
  static LogicalResult run(BatchNormTrainOp op, Frame &frame) {
    RowShape shape(op.getInput());
    auto x = getReals<Real>(frame, op.getInput());
    Real count = shape.rows;
    auto mean = sumColumns<Real>(shape, [&](auto i, auto) { return x[i]; });
    for (Real &value : mean)
      value /= count;
    auto variance = sumColumns<Real>(shape, [&](auto i, auto c) {
      return (x[i] - mean[c]) * (x[i] - mean[c]);
    });
    for (Real &value : variance)
      value /= count;
    auto inverse =
        invertDeviation<Real>(variance, op.getEpsilon().convertToFloat());
    auto y = normalize(std::move(x), mean, inverse,
                       getReals<Real>(frame, op.getScale()),
                       getReals<Real>(frame, op.getShift()));
    setReals(frame, op.getResult(), y);
    setReals(frame, op.getMean(), mean);
    setReals(frame, op.getVariance(), variance);
    setReals(frame, op.getInverse(), inverse);
    return success();
  }
};

struct FoldRule {
  template <typename Real>
  static LogicalResult run(BatchNormFoldOp op, Frame &frame) {
    auto factor = invertDeviation<Real>(getReals<Real>(frame, op.getVariance()),
                                        op.getEpsilon().convertToFloat());
    auto scale = getReals<Real>(frame, op.getScale());
    auto mean = getReals<Real>(frame, op.getMean());
    auto offset = getReals<Real>(frame, op.getShift());
    for (size_t c = 0; c < factor.size(); ++c) {
      factor[c] = scale[c] * factor[c];
      offset[c] = offset[c] - mean[c] * factor[c];
    }
    setReals(frame, op.getFactor(), factor);
    setReals(frame, op.getOffset(), offset);
    return success();
  }
};

struct ScaleShiftRule {
  template <typename Real>
  static LogicalResult run(ScaleShiftOp op, Frame &frame) {
    auto x = getReals<Real>(frame, op.getInput());
    auto factor = getReals<Real>(frame, op.getFactor());
    auto offset = getReals<Real>(frame, op.getOffset());
    for (size_t i = 0; i < x.size(); ++i) {
      Real product = x[i] * factor[i % factor.size()];
      x[i] = product + offset[i % factor.size()];
    }
    setReals(frame, op.getResult(), x);
    return success();
  }
};

struct ThresholdRule {
  template <typename Real>
  static LogicalResult run(ThresholdOp op, Frame &frame) {
    auto x = getReals<Real>(frame, op.getInput());
    auto low = getReals<Real>(frame, op.getLow());
    auto high = getReals<Real>(frame, op.getHigh());
    for (size_t i = 0; i < x.size(); ++i) {
      size_t c = i % low.size();
      x[i] = low[c] <= x[i] && x[i] <= high[c] ? 1 : -1;
    }
    setReals(frame, op.getResult(), x);
    return success();
  }
};

struct GradRule {
  template <typename Real>
  static LogicalResult run(BatchNormGradOp op, Frame &frame) {
    RowShape shape(op.getInput());
    auto dy = getReals<Real>(frame, op.getGradient());
    auto x = getReals<Real>(frame, op.getInput());
    auto scale = getReals<Real>(frame, op.getScale());
    auto mean = getReals<Real>(frame, op.getMean());
    auto inverse = getReals<Real>(frame, op.getInverse());
    auto z = [&](size_t i, size_t c) { return (x[i] - mean[c]) * inverse[c]; };
    auto dshift = sumColumns<Real>(shape, [&](auto i, auto) { return dy[i]; });
    auto dscale = sumColumns<Real>(
        shape, [&](auto i, auto c) { return dy[i] * z(i, c); });
    std::vector<Real> dx(x.size());
    Real count = shape.rows;
    for (size_t i = 0; i < dx.size(); ++i) {
      size_t c = i % mean.size();
      dx[i] = scale[c] * inverse[c] *
              (dy[i] - dshift[c] / count - z(i, c) * (dscale[c] / count));
    }
    setReals(frame, op.getInputGradient(), dx);
    setReals(frame, op.getScaleGradient(), dscale);
    setReals(frame, op.getShiftGradient(), dshift);
    return success();
  }
};

struct RunningAverageRule {
  template <typename Real>
  static LogicalResult run(RunningAverageOp op, Frame &frame) {
    auto running = getReals<Real>(frame, op.getRunning());
    auto batch = getReals<Real>(frame, op.getBatch());
    Real momentum = op.getMomentum().convertToFloat();
    Real share = (1 - momentum) * Real(op.getCorrection().convertToFloat());
    for (size_t i = 0; i < running.size(); ++i)
      running[i] = momentum * running[i] + share * batch[i];
    setReals(frame, op.getResult(), running);
    return success();
  }
};

} // namespace

void qnet::addQnetNormalizationRules(InterpreterRules &rules) {
  addRealRule<BatchNormTrainOp, TrainRule>(rules);
  addRealRule<BatchNormFoldOp, FoldRule>(rules);
  addRealRule<ScaleShiftOp, ScaleShiftRule>(rules);
  addRealRule<ThresholdOp, ThresholdRule>(rules);
  addRealRule<BatchNormGradOp, GradRule>(rules);
  addRealRule<RunningAverageOp, RunningAverageRule>(rules);
}
