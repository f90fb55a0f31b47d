//===- ProductCases.h - Products and the terms of their sums ----*- C++ -*-===//
//
// Products of every kind that training has, on odd shapes, each with the terms
// of its sums written out as plain arithmetic.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_COMPILED_PRODUCTCASES_H
#define QNET_TEST_UNIT_COMPILED_PRODUCTCASES_H

#include "KernelText.h"

#include <functional>

namespace qnet::test {

/// One term of a sum: places of the factors, -1 in the padding.
struct Term {
  int64_t input, weight;
};
using Terms = std::vector<Term>;

struct ProductCase {
  std::string name;
  KernelProduct product;
  /// The terms of element `i` of the result, in ascending k.
  std::function<Terms(int64_t)> terms;
};

/// A convolution of square kernels over images of `height` x `width`.
struct Geometry {
  int64_t batch, height, width, channels, filters, kernel, stride, pad;

  int64_t outputOf(int64_t size) const {
    return (size + 2 * pad - kernel) / stride + 1;
  }
  int64_t outHeight() const { return outputOf(height); }
  int64_t outWidth() const { return outputOf(width); }
  std::vector<int64_t> images() const {
    return {batch, height, width, channels};
  }
  std::vector<int64_t> results() const {
    return {batch, outHeight(), outWidth(), filters};
  }
  std::vector<int64_t> weights() const {
    return {filters, kernel, kernel, channels};
  }
  std::string attributes() const {
    auto text = [](int64_t value) { return std::to_string(value); };
    return "{strides = array<i64: " + text(stride) + ", " + text(stride) +
           ">, pads = array<i64: " + text(pad) + ", " + text(pad) + ", " +
           text(pad) + ", " + text(pad) + ">}";
  }
  int64_t weightAt(int64_t f, int64_t i, int64_t j, int64_t c) const {
    return ((f * kernel + i) * kernel + j) * channels + c;
  }
};

ProductCase makeForward(int64_t batch, int64_t outputs, int64_t inputs,
                        const std::string &grid = "#qnet.binary<0.3>");
ProductCase makeInputGradient(int64_t batch, int64_t outputs, int64_t inputs);
/// Of two f32 factors.
ProductCase makeWeightGradient(int64_t batch, int64_t outputs, int64_t inputs);
ProductCase makeConv(Geometry g);
/// Of stride 1, which is a product.
ProductCase makeConvInputGradient(Geometry g);
ProductCase makeConvWeightGradient(Geometry g);

/// Products with binary weights: rows of one to several tiles, sums of one to
/// several blocks, with and without whole words, groups of four, panels and
/// squares of words.
std::vector<ProductCase> makeProductCases();

} // namespace qnet::test

#endif // QNET_TEST_UNIT_COMPILED_PRODUCTCASES_H
