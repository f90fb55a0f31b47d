//===- QnetImages.h - Images as plain arrays of floats ----------*- C++ -*-===//
//
// What the rules of convolution and pooling share: tensors [n, rows, columns,
// channels], kernels [filters, rows, columns, channels] among them, and loops
// over pixels and over the taps of windows.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_INTERPRETER_QNETIMAGES_H
#define QNET_LIB_INTERPRETER_QNETIMAGES_H

#include "QnetReals.h"
#include "qnet/Dialect/Qnet/IR/Windows.h"

namespace qnet {

/// Sizes of an image or a kernel.
struct ImageShape {
  explicit ImageShape(mlir::Value value) {
    auto shape = llvm::cast<mlir::ShapedType>(value.getType()).getShape();
    n = shape[0], rows = shape[1], columns = shape[2], channels = shape[3];
  }
  /// The index of the first channel of a pixel.
  int64_t at(int64_t sample, int64_t row, int64_t column) const {
    return ((sample * rows + row) * columns + column) * channels;
  }
  bool holds(int64_t row, int64_t column) const {
    return row >= 0 && row < rows && column >= 0 && column < columns;
  }
  int64_t getNumElements() const { return n * rows * columns * channels; }
  int64_t n, rows, columns, channels;
};

/// An image's elements; pixels outside have zeros in all channels.
template <typename Real> struct Image : ImageShape {
  Image(Frame &frame, mlir::Value value)
      : ImageShape(value), data(getReals<Real>(frame, value)), zeros(channels) {
  }
  const Real *get(int64_t sample, int64_t row, int64_t column) const {
    return holds(row, column) ? data.data() + at(sample, row, column)
                              : zeros.data();
  }
  std::vector<Real> data, zeros;
};

/// Calls f(n, row, column) for every pixel in row-major order.
template <typename Fn> void forEachPixel(const ImageShape &shape, Fn f) {
  for (int64_t n = 0; n < shape.n; ++n)
    for (int64_t row = 0; row < shape.rows; ++row)
      for (int64_t column = 0; column < shape.columns; ++column)
        f(n, row, column);
}

/// A pixel of a window: of the input, or outside of it.
struct Tap {
  Tap(const Windows &windows, int64_t p, int64_t q, int64_t i, int64_t j)
      : row(p * windows.strides[0] - windows.low[0] + i),
        column(q * windows.strides[1] - windows.low[1] + j) {}
  int64_t row, column;
};

/// Calls f(i, j) for every tap of a window in row-major order.
template <typename Fn> void forEachTap(const Windows &windows, Fn f) {
  for (int64_t i = 0; i < windows.window[0]; ++i)
    for (int64_t j = 0; j < windows.window[1]; ++j)
      f(i, j);
}

/// Visits the windows that hold an input x tap by tap: calls f(n, p, q, i, j,
/// at) where tap (i, j) of window (p, q) is the input pixel whose first channel
/// is element `at`. For one pixel the taps come in ascending order.
template <typename Fn>
void forEachHolder(const ImageShape &x, const ImageShape &y,
                   const Windows &windows, Fn f) {
  forEachTap(windows, [&](int64_t i, int64_t j) {
    forEachPixel(y, [&](int64_t n, int64_t p, int64_t q) {
      Tap tap(windows, p, q, i, j);
      if (x.holds(tap.row, tap.column))
        f(n, p, q, i, j, x.at(n, tap.row, tap.column));
    });
  });
}

} // namespace qnet

#endif // QNET_LIB_INTERPRETER_QNETIMAGES_H
