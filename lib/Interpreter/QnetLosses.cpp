//===- QnetLosses.cpp - Rules of losses and predictions -------------------===//
//
// Each sample on its own, its classes in ascending order. The softmax subtracts
// the largest output first.
//
//===----------------------------------------------------------------------===//

#include "QnetReals.h"
#include "Rules.h"

#include <cmath>

using namespace mlir;
using namespace qnet;

namespace {

/// exp(y - max) of one sample, and their sum.
template <typename Real> struct Softmax {
  Softmax(const Real *y, int64_t classes) : exps(classes) {
    max = y[0];
    for (int64_t c = 1; c < classes; ++c)
      max = y[c] > max || std::isnan(y[c]) ? y[c] : max;
    for (int64_t c = 0; c < classes; ++c) {
      exps[c] = std::exp(y[c] - max);
      sum += exps[c];
    }
  }
  std::vector<Real> exps;
  Real max, sum = 0;
};

struct CrossEntropyRule {
  template <typename Real>
  static LogicalResult run(SoftmaxCrossEntropyOp op, Frame &frame) {
    RowShape shape(op.getOutputs());
    auto labels = getLabels(op, frame, op.getLabels(), shape.columns);
    if (failed(labels))
      return failure();
    auto y = getReals<Real>(frame, op.getOutputs());
    std::vector<Real> losses(shape.rows);
    for (int64_t b = 0; b < shape.rows; ++b) {
      const Real *row = &y[b * shape.columns];
      Softmax<Real> softmax(row, shape.columns);
      losses[b] = std::log(softmax.sum) - (row[(*labels)[b]] - softmax.max);
    }
    setReals(frame, op.getResult(), losses);
    return success();
  }
};

struct CrossEntropyGradRule {
  template <typename Real>
  static LogicalResult run(SoftmaxCrossEntropyGradOp op, Frame &frame) {
    RowShape shape(op.getOutputs());
    auto labels = getLabels(op, frame, op.getLabels(), shape.columns);
    if (failed(labels))
      return failure();
    auto y = getReals<Real>(frame, op.getOutputs());
    auto dloss = getReals<Real>(frame, op.getGradient());
    for (int64_t b = 0; b < shape.rows; ++b) {
      Real *row = &y[b * shape.columns];
      Softmax<Real> softmax(row, shape.columns);
      for (int64_t c = 0; c < shape.columns; ++c) {
        Real target = c == (*labels)[b];
        row[c] = dloss[b] * (softmax.exps[c] / softmax.sum - target);
      }
    }
    setReals(frame, op.getResult(), y);
    return success();
  }
};

/// max(0, 1 - t y); NaN stays NaN.
template <typename Real> static Real hinge(Real t, Real y) {
  Real margin = 1 - t * y;
  return margin < 0 ? Real(0) : margin;
}

struct HingeRule {
  template <typename Real>
  static LogicalResult run(SquaredHingeOp op, Frame &frame) {
    RowShape shape(op.getOutputs());
    auto labels = getLabels(op, frame, op.getLabels(), shape.columns);
    if (failed(labels))
      return failure();
    auto y = getReals<Real>(frame, op.getOutputs());
    std::vector<Real> losses(shape.rows);
    for (size_t i = 0; i < y.size(); ++i) {
      int64_t b = i / shape.columns, c = i % shape.columns;
      Real h = hinge<Real>(c == (*labels)[b] ? 1 : -1, y[i]);
      losses[b] += h * h;
    }
    setReals(frame, op.getResult(), losses);
    return success();
  }
};

struct HingeGradRule {
  template <typename Real>
  static LogicalResult run(SquaredHingeGradOp op, Frame &frame) {
    RowShape shape(op.getOutputs());
    auto labels = getLabels(op, frame, op.getLabels(), shape.columns);
    if (failed(labels))
      return failure();
    auto y = getReals<Real>(frame, op.getOutputs());
    auto dloss = getReals<Real>(frame, op.getGradient());
    for (size_t i = 0; i < y.size(); ++i) {
      int64_t b = i / shape.columns, c = i % shape.columns;
      Real t = c == (*labels)[b] ? 1 : -1;
      y[i] = -2 * t * dloss[b] * hinge<Real>(t, y[i]);
    }
    setReals(frame, op.getResult(), y);
    return success();
  }
};

struct SquaredErrorRule {
  template <typename Real>
  static LogicalResult run(MeanSquaredErrorOp op, Frame &frame) {
    RowShape batch(op.getResult());
    auto y = getReals<Real>(frame, op.getOutputs());
    auto target = getReals<Real>(frame, op.getLabels());
    std::vector<Real> losses(batch.columns);
    int64_t count = losses.empty() ? 1 : y.size() / losses.size();
    for (size_t i = 0; i < y.size(); ++i) {
      Real difference = y[i] - target[i];
      losses[i / count] += difference * difference;
    }
    for (Real &loss : losses)
      loss /= Real(count);
    setReals(frame, op.getResult(), losses);
    return success();
  }
};

struct SquaredErrorGradRule {
  template <typename Real>
  static LogicalResult run(MeanSquaredErrorGradOp op, Frame &frame) {
    auto dy = getReals<Real>(frame, op.getOutputs());
    auto target = getReals<Real>(frame, op.getLabels());
    auto dloss = getReals<Real>(frame, op.getGradient());
    int64_t count = dloss.empty() ? 1 : dy.size() / dloss.size();
    for (size_t i = 0; i < dy.size(); ++i)
      dy[i] = 2 * dloss[i / count] * (dy[i] - target[i]) / Real(count);
    setReals(frame, op.getResult(), dy);
    return success();
  }
};

/// 1/(1 + exp(-z)) without overflow.
template <typename Real> static Real sigmoid(Real z) {
  Real e = std::exp(-std::abs(z));
  return z > 0 ? 1 / (1 + e) : e / (1 + e);
}

struct LogisticRule {
  template <typename Real>
  static LogicalResult run(LogisticOp op, Frame &frame) {
    auto labels = getLabels(op, frame, op.getLabels(), 2);
    if (failed(labels))
      return failure();
    auto y = getReals<Real>(frame, op.getOutputs());
    for (size_t b = 0; b < y.size(); ++b) {
      Real z = (*labels)[b] == 1 ? -y[b] : y[b];
      Real above = z <= 0 ? Real(0) : z; // NaN stays NaN.
      y[b] = above + std::log(1 + std::exp(-std::abs(z)));
    }
    setReals(frame, op.getResult(), y);
    return success();
  }
};

struct LogisticGradRule {
  template <typename Real>
  static LogicalResult run(LogisticGradOp op, Frame &frame) {
    auto labels = getLabels(op, frame, op.getLabels(), 2);
    if (failed(labels))
      return failure();
    auto y = getReals<Real>(frame, op.getOutputs());
    auto dloss = getReals<Real>(frame, op.getGradient());
    for (size_t b = 0; b < y.size(); ++b) {
      Real t = (*labels)[b] == 1 ? 1 : -1;
      y[b] = -t * dloss[b] * sigmoid<Real>(-t * y[b]);
    }
    setReals(frame, op.getResult(), y);
    return success();
  }
};

struct SumOutputsRule {
  template <typename Real>
  static LogicalResult run(SumOutputsOp op, Frame &frame) {
    RowShape shape(op.getOutputs());
    auto y = getReals<Real>(frame, op.getOutputs());
    std::vector<Real> losses(shape.rows);
    for (size_t i = 0; i < y.size(); ++i)
      losses[i / shape.columns] += y[i];
    setReals(frame, op.getResult(), losses);
    return success();
  }
};

struct SumOutputsGradRule {
  template <typename Real>
  static LogicalResult run(SumOutputsGradOp op, Frame &frame) {
    RowShape shape(op.getResult());
    auto dloss = getReals<Real>(frame, op.getGradient());
    std::vector<Real> dy(shape.rows * shape.columns);
    for (size_t i = 0; i < dy.size(); ++i)
      dy[i] = dloss[i / shape.columns];
    setReals(frame, op.getResult(), dy);
    return success();
  }
};

struct IsPositiveRule {
  template <typename Real>
  static LogicalResult run(IsPositiveOp op, Frame &frame) {
    auto y = getReals<Real>(frame, op.getOutputs());
    Datum classes = Datum::zeros(op.getType());
    Scalar *elements = classes.edit();
    for (size_t b = 0; b < y.size(); ++b)
      elements[b].integer = y[b] > 0;
    frame.set(op, std::move(classes));
    return success();
  }
};

struct ArgmaxRule {
  template <typename Real> static LogicalResult run(ArgmaxOp op, Frame &frame) {
    RowShape shape(op.getOutputs());
    auto y = getReals<Real>(frame, op.getOutputs());
    Datum classes = Datum::zeros(op.getType());
    Scalar *elements = classes.edit();
    for (int64_t b = 0; b < shape.rows; ++b) {
      const Real *row = &y[b * shape.columns];
      int64_t best = 0;
      for (int64_t c = 1; c < shape.columns; ++c)
        if (row[c] > row[best])
          best = c;
      elements[b].integer = best;
    }
    frame.set(op, std::move(classes));
    return success();
  }
};

} // namespace

void qnet::addQnetLossRules(InterpreterRules &rules) {
  addRealRule<SoftmaxCrossEntropyOp, CrossEntropyRule>(rules);
  addRealRule<SoftmaxCrossEntropyGradOp, CrossEntropyGradRule>(rules);
  addRealRule<SquaredHingeOp, HingeRule>(rules);
  addRealRule<SquaredHingeGradOp, HingeGradRule>(rules);
  addRealRule<MeanSquaredErrorOp, SquaredErrorRule>(rules);
  addRealRule<MeanSquaredErrorGradOp, SquaredErrorGradRule>(rules);
  addRealRule<LogisticOp, LogisticRule>(rules);
  addRealRule<LogisticGradOp, LogisticGradRule>(rules);
  addRealRule<SumOutputsOp, SumOutputsRule>(rules);
  addRealRule<SumOutputsGradOp, SumOutputsGradRule>(rules);
  addRealRule<IsPositiveOp, IsPositiveRule>(rules);
  addRealRule<ArgmaxOp, ArgmaxRule>(rules);
}
