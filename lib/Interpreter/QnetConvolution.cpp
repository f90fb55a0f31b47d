//===- QnetConvolution.cpp - Rules of convolution and its gradients -------===//
//
// Direct loops. Sums start at zero and run in ascending order; each product is
// rounded before it is added. Padding is zeros that are multiplied and added
// like other inputs, which shows only where they meet an infinity or NaN.
//
//===----------------------------------------------------------------------===//

#include "QnetImages.h"
#include "Rules.h"

using namespace mlir;
using namespace qnet;

template <typename OpTy>
static Windows getConvWindows(OpTy op, Value input, Value weights) {
  return *getWindows(std::nullopt, cast<ShapedType>(input.getType()).getShape(),
                     cast<ShapedType>(weights.getType()).getShape().slice(1, 2),
                     op.getStrides(), op.getPads());
}

namespace {

/// Over taps (i, j) and channels.
struct ConvRule {
  template <typename Real> static LogicalResult run(Conv2DOp op, Frame &frame) {
    Image<Real> x(frame, op.getInput()), k(frame, op.getWeights());
    Windows windows = getConvWindows(op, op.getInput(), op.getWeights());
    std::vector<Real> bias(k.n), y;
    if (op.getBias())
      bias = getReals<Real>(frame, op.getBias());
    forEachPixel(ImageShape(op.getResult()),
                 [&](int64_t n, int64_t p, int64_t q) {
                   for (int64_t f = 0; f < k.n; ++f) {
                     Real sum = 0;
                     forEachTap(windows, [&](int64_t i, int64_t j) {
                       Tap tap(windows, p, q, i, j);
                       const Real *pixel = x.get(n, tap.row, tap.column);
                       const Real *weights = k.get(f, i, j);
                       for (int64_t c = 0; c < k.channels; ++c)
                         sum += pixel[c] * weights[c];
                     });
                     y.push_back(op.getBias() ? sum + bias[f] : sum);
                   }
                 });
    setReals(frame, op.getResult(), y);
    return success();
  }
};

/// Over filters for each tap, and the taps' sums over (i, j).
struct ConvInputGradRule {
  template <typename Real>
  static LogicalResult run(Conv2DInputGradOp op, Frame &frame) {
    Image<Real> dy(frame, op.getGradient()), k(frame, op.getWeights());
    ImageShape x(op.getResult());
    Windows windows = getConvWindows(op, op.getResult(), op.getWeights());
    std::vector<Real> dx(x.getNumElements());
    auto addTap = [&](int64_t n, int64_t p, int64_t q, int64_t i, int64_t j,
                      int64_t at) {
      const Real *gradient = dy.get(n, p, q);
      for (int64_t c = 0; c < x.channels; ++c) {
        Real sum = 0;
        for (int64_t f = 0; f < k.n; ++f)
          sum += gradient[f] * k.get(f, i, j)[c];
        dx[at + c] += sum;
      }
    };
    forEachHolder(x, dy, windows, addTap);
    setReals(frame, op.getResult(), dx);
    return success();
  }
};

/// Over samples and output pixels (n, p, q); each adds to every weight once.
struct ConvWeightGradRule {
  template <typename Real>
  static LogicalResult run(Conv2DWeightGradOp op, Frame &frame) {
    Image<Real> dy(frame, op.getGradient()), x(frame, op.getInput());
    ImageShape k(op.getResult());
    Windows windows = getConvWindows(op, op.getInput(), op.getResult());
    std::vector<Real> dk(k.getNumElements());
    forEachPixel(dy, [&](int64_t n, int64_t p, int64_t q) {
      const Real *gradient = dy.get(n, p, q);
      forEachPixel(k, [&](int64_t f, int64_t i, int64_t j) {
        Tap tap(windows, p, q, i, j);
        const Real *pixel = x.get(n, tap.row, tap.column);
        for (int64_t c = 0; c < k.channels; ++c)
          dk[k.at(f, i, j) + c] += gradient[f] * pixel[c];
      });
    });
    setReals(frame, op.getResult(), dk);
    return success();
  }
};

} // namespace

void qnet::addQnetConvolutionRules(InterpreterRules &rules) {
  addRealRule<Conv2DOp, ConvRule>(rules);
  addRealRule<Conv2DInputGradOp, ConvInputGradRule>(rules);
  addRealRule<Conv2DWeightGradOp, ConvWeightGradRule>(rules);
}
