//===- QnetPooling.cpp - Rules of pooling and its gradients ---------------===//
//
// A mean is the sum, from zero in ascending order, times the rounded inverse of
// the number of places. Gradients are added up per input in ascending order of
// the taps at which windows hold it.
//
//===----------------------------------------------------------------------===//

#include "QnetImages.h"
#include "Rules.h"

#include <cmath>

using namespace mlir;
using namespace qnet;

template <typename OpTy> static Windows getPoolWindows(OpTy op, Value input) {
  return *getWindows(std::nullopt, cast<ShapedType>(input.getType()).getShape(),
                     op.getWindow(), op.getStrides(), op.getPads());
}

/// 1/(KH KW)
template <typename Real> static Real getShare(const Windows &windows) {
  return Real(1) / Real(windows.window[0] * windows.window[1]);
}

/// 1/(H W)
template <typename Real> static Real getShare(const ImageShape &shape) {
  return Real(1) / Real(shape.rows * shape.columns);
}

/// Calls f(element) for channel c of the taps of a window that are in the
/// image. There is one at least, since pads are smaller than the window.
template <typename Fn>
static void forEachInWindow(const ImageShape &x, const Windows &windows,
                            int64_t n, int64_t p, int64_t q, int64_t c, Fn f) {
  forEachTap(windows, [&](int64_t i, int64_t j) {
    Tap tap(windows, p, q, i, j);
    if (x.holds(tap.row, tap.column))
      f(x.at(n, tap.row, tap.column) + c);
  });
}

/// IEEE maximum: NaN wins, so that a broken net is seen; +0 is above -0.
template <typename Real> static Real maximum(Real a, Real b) {
  if (std::isnan(a) || std::isnan(b))
    return a + b;
  return a > b || (a == b && !std::signbit(a)) ? a : b;
}

/// The element that a window's gradient goes to: its first NaN, else the first
/// of its largest values.
template <typename Real>
static int64_t findLargest(const Image<Real> &x, const Windows &windows,
                           int64_t n, int64_t p, int64_t q, int64_t c) {
  int64_t best = -1;
  forEachInWindow(x, windows, n, p, q, c, [&](int64_t at) {
    Real value = x.data[at];
    if (best < 0 || value > x.data[best] ||
        (std::isnan(value) && !std::isnan(x.data[best])))
      best = at;
  });
  return best;
}

namespace {

struct MaxPoolRule {
  template <typename Real>
  static LogicalResult run(MaxPool2DOp op, Frame &frame) {
    Image<Real> x(frame, op.getInput());
    Windows windows = getPoolWindows(op, op.getInput());
    std::vector<Real> y;
    forEachPixel(ImageShape(op.getResult()),
                 [&](int64_t n, int64_t p, int64_t q) {
                   for (int64_t c = 0; c < x.channels; ++c) {
                     Real largest = -INFINITY;
                     forEachInWindow(x, windows, n, p, q, c, [&](int64_t at) {
                       largest = maximum(largest, x.data[at]);
                     });
                     y.push_back(largest);
                   }
                 });
    setReals(frame, op.getResult(), y);
    return success();
  }
};

struct MaxPoolGradRule {
  template <typename Real>
  static LogicalResult run(MaxPool2DGradOp op, Frame &frame) {
    Image<Real> dy(frame, op.getGradient()), x(frame, op.getInput());
    Windows windows = getPoolWindows(op, op.getInput());
    std::vector<int64_t> winners;
    forEachPixel(dy, [&](int64_t n, int64_t p, int64_t q) {
      for (int64_t c = 0; c < x.channels; ++c)
        winners.push_back(findLargest(x, windows, n, p, q, c));
    });
    std::vector<Real> dx(x.data.size());
    forEachHolder(
        x, dy, windows,
        [&](int64_t n, int64_t p, int64_t q, int64_t, int64_t, int64_t at) {
          int64_t window = dy.at(n, p, q);
          for (int64_t c = 0; c < x.channels; ++c)
            if (winners[window + c] == at + c)
              dx[at + c] += dy.data[window + c];
        });
    setReals(frame, op.getResult(), dx);
    return success();
  }
};

struct AvgPoolRule {
  template <typename Real>
  static LogicalResult run(AvgPool2DOp op, Frame &frame) {
    Image<Real> x(frame, op.getInput());
    Windows windows = getPoolWindows(op, op.getInput());
    std::vector<Real> y;
    forEachPixel(ImageShape(op.getResult()),
                 [&](int64_t n, int64_t p, int64_t q) {
                   for (int64_t c = 0; c < x.channels; ++c) {
                     Real sum = 0;
                     forEachInWindow(x, windows, n, p, q, c,
                                     [&](int64_t at) { sum += x.data[at]; });
                     y.push_back(sum * getShare<Real>(windows));
                   }
                 });
    setReals(frame, op.getResult(), y);
    return success();
  }
};

struct AvgPoolGradRule {
  template <typename Real>
  static LogicalResult run(AvgPool2DGradOp op, Frame &frame) {
    Image<Real> dy(frame, op.getGradient());
    ImageShape x(op.getResult());
    Windows windows = getPoolWindows(op, op.getResult());
    Real share = getShare<Real>(windows);
    std::vector<Real> dx(x.getNumElements());
    forEachHolder(
        x, dy, windows,
        [&](int64_t n, int64_t p, int64_t q, int64_t, int64_t, int64_t at) {
          for (int64_t c = 0; c < x.channels; ++c)
            dx[at + c] += dy.get(n, p, q)[c] * share;
        });
    setReals(frame, op.getResult(), dx);
    return success();
  }
};

struct GlobalAvgPoolRule {
  template <typename Real>
  static LogicalResult run(GlobalAvgPool2DOp op, Frame &frame) {
    Image<Real> x(frame, op.getInput());
    std::vector<Real> means(x.n * x.channels);
    forEachPixel(x, [&](int64_t n, int64_t row, int64_t column) {
      for (int64_t c = 0; c < x.channels; ++c)
        means[n * x.channels + c] += x.get(n, row, column)[c];
    });
    for (Real &mean : means)
      mean *= getShare<Real>(x);
    setReals(frame, op.getResult(), means);
    return success();
  }
};

struct GlobalAvgPoolGradRule {
  template <typename Real>
  static LogicalResult run(GlobalAvgPool2DGradOp op, Frame &frame) {
    auto dy = getReals<Real>(frame, op.getGradient());
    ImageShape x(op.getResult());
    std::vector<Real> dx;
    forEachPixel(x, [&](int64_t n, int64_t, int64_t) {
      for (int64_t c = 0; c < x.channels; ++c)
        dx.push_back(dy[n * x.channels + c] * getShare<Real>(x));
    });
    setReals(frame, op.getResult(), dx);
    return success();
  }
};

} // namespace

void qnet::addQnetPoolingRules(InterpreterRules &rules) {
  addRealRule<MaxPool2DOp, MaxPoolRule>(rules);
  addRealRule<MaxPool2DGradOp, MaxPoolGradRule>(rules);
  addRealRule<AvgPool2DOp, AvgPoolRule>(rules);
  addRealRule<AvgPool2DGradOp, AvgPoolGradRule>(rules);
  addRealRule<GlobalAvgPool2DOp, GlobalAvgPoolRule>(rules);
  addRealRule<GlobalAvgPool2DGradOp, GlobalAvgPoolGradRule>(rules);
}
