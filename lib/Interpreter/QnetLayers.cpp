//===- QnetLayers.cpp - Rules of layers and their gradients ---------------===//
//
// Sums start at zero and run in ascending order of their index; each product is
// rounded before it is added.
//
//===----------------------------------------------------------------------===//

#include "QnetReals.h"
#include "Rules.h"

#include <cmath>

using namespace mlir;
using namespace qnet;

namespace {

/// Strides of a matrix in a product.
struct Strides {
  int64_t row, column;
};

} // namespace

/// c[m,n] = sum over k, ascending, of a[m,k] b[k,n].
template <typename Real>
static std::vector<Real> multiply(const std::vector<Real> &a, Strides sa,
                                  const std::vector<Real> &b, Strides sb,
                                  int64_t m, int64_t n, int64_t k) {
  std::vector<Real> c(m * n);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      Real sum = 0;
      for (int64_t l = 0; l < k; ++l)
        sum += a[i * sa.row + l * sa.column] * b[l * sb.row + j * sb.column];
      c[i * n + j] = sum;
    }
  return c;
}

namespace {

struct DenseRule {
  template <typename Real> static LogicalResult run(DenseOp op, Frame &frame) {
    RowShape x(op.getInput()), w(op.getWeights());
    auto y =
        multiply<Real>(getReals<Real>(frame, op.getInput()), {x.columns, 1},
                       getReals<Real>(frame, op.getWeights()), {1, w.columns},
                       x.rows, w.rows, x.columns);
    setReals(frame, op.getResult(), y);
    return success();
  }
};

struct DenseInputGradRule {
  template <typename Real>
  static LogicalResult run(DenseInputGradOp op, Frame &frame) {
    RowShape dy(op.getGradient()), w(op.getWeights());
    auto dx =
        multiply<Real>(getReals<Real>(frame, op.getGradient()), {dy.columns, 1},
                       getReals<Real>(frame, op.getWeights()), {w.columns, 1},
                       dy.rows, w.columns, dy.columns);
    setReals(frame, op.getResult(), dx);
    return success();
  }
};

struct DenseWeightGradRule {
  template <typename Real>
  static LogicalResult run(DenseWeightGradOp op, Frame &frame) {
    RowShape dy(op.getGradient()), x(op.getInput());
    auto dw =
        multiply<Real>(getReals<Real>(frame, op.getGradient()), {1, dy.columns},
                       getReals<Real>(frame, op.getInput()), {x.columns, 1},
                       dy.columns, x.columns, x.rows);
    setReals(frame, op.getResult(), dw);
    return success();
  }
};

struct BiasRule {
  template <typename Real> static LogicalResult run(BiasOp op, Frame &frame) {
    auto y = getReals<Real>(frame, op.getInput());
    auto bias = getReals<Real>(frame, op.getBias());
    for (size_t i = 0; i < y.size(); ++i)
      y[i] += bias[i % bias.size()];
    setReals(frame, op.getResult(), y);
    return success();
  }
};

struct BiasGradRule {
  template <typename Real>
  static LogicalResult run(BiasGradOp op, Frame &frame) {
    RowShape shape(op.getGradient());
    auto dy = getReals<Real>(frame, op.getGradient());
    std::vector<Real> sums(shape.columns);
    for (size_t i = 0; i < dy.size(); ++i)
      sums[i % shape.columns] += dy[i];
    setReals(frame, op.getResult(), sums);
    return success();
  }
};

/// max(x, 0); NaN stays NaN, so that it is seen.
struct ReluRule {
  template <typename Real> static LogicalResult run(ReluOp op, Frame &frame) {
    auto y = getReals<Real>(frame, op.getInput());
    for (Real &value : y)
      if (!std::isnan(value) && !(value > 0))
        value = 0;
    setReals(frame, op.getResult(), y);
    return success();
  }
};

struct ReluGradRule {
  template <typename Real>
  static LogicalResult run(ReluGradOp op, Frame &frame) {
    auto dx = getReals<Real>(frame, op.getGradient());
    auto y = getReals<Real>(frame, op.getOutput());
    for (size_t i = 0; i < dx.size(); ++i)
      if (!(y[i] > 0))
        dx[i] = 0;
    setReals(frame, op.getResult(), dx);
    return success();
  }
};

struct AddRule {
  template <typename Real> static LogicalResult run(AddOp op, Frame &frame) {
    auto sum = getReals<Real>(frame, op.getLhs());
    auto rhs = getReals<Real>(frame, op.getRhs());
    for (size_t i = 0; i < sum.size(); ++i)
      sum[i] += rhs[i];
    setReals(frame, op.getResult(), sum);
    return success();
  }
};

} // namespace

void qnet::addQnetLayerRules(InterpreterRules &rules) {
  addRealRule<DenseOp, DenseRule>(rules);
  addRealRule<DenseInputGradOp, DenseInputGradRule>(rules);
  addRealRule<DenseWeightGradOp, DenseWeightGradRule>(rules);
  addRealRule<BiasOp, BiasRule>(rules);
  addRealRule<BiasGradOp, BiasGradRule>(rules);
  addRealRule<ReluOp, ReluRule>(rules);
  addRealRule<ReluGradOp, ReluGradRule>(rules);
  addRealRule<AddOp, AddRule>(rules);
}
