//===- ConvCases.cpp - The products of a convolution layer ----------------===//
//
// The reference is the defining sum, written apart from the compiler.
//
//===----------------------------------------------------------------------===//

#include "ConvCases.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>

using namespace qnet::bench;

const char *ConvCase::name() const {
  static const char *const names[] = {"forward", "input-grad", "filter-grad"};
  return names[static_cast<int>(product)];
}

int64_t ConvCase::padding() const {
  return std::max<int64_t>((output() - 1) * stride + window - image, 0);
}

int64_t ConvCase::sizeC() const {
  switch (product) {
  case Product::Forward:
    return sizeY();
  case Product::InputGradient:
    return sizeX();
  case Product::WeightGradient:
    return sizeW();
  }
  return 0;
}

std::string ConvCase::buildIR(bool codes) const {
  static const char *const ops[] = {"conv2d", "conv2d_input_grad",
                                    "conv2d_weight_grad"};
  std::string x = tensorType({batch, image, image, channels});
  std::string y = tensorType({batch, output(), output(), filters});
  std::string w = tensorType({filters, window, window, channels}, codes);
  ProductProgram program;
  program.op = llvm::formatv(
      "{0} %a, %b {{strides = array<i64: {1}, {1}>, pads = array<i64: {2}, "
      "{2}, {3}, {3}>}",
      ops[static_cast<int>(product)], stride, padLow(), padHigh());
  program.a = product == Product::Forward ? x : y;
  program.b = product == Product::WeightGradient ? x : w;
  program.c = product == Product::Forward         ? y
              : product == Product::InputGradient ? x
                                                  : w;
  program.codesB = codes;
  program.batch = product == Product::WeightGradient ? filters : batch;
  return program.buildIR();
}

namespace {
/// The terms of a convolution's three sums: x[n, h, v, c] y[n, p, q, f]
/// w[f, i, j, c] with h = p stride + i - pad, v = q stride + j - pad.
struct Terms {
  const ConvCase &conv;
  const float *a, *b;
  ConvCase::Sum sum = {};

  void forward(int64_t element);
  void inputGradient(int64_t element);
  void filterGradient(int64_t element);

private:
  /// The input under tap i of window p; negative outside.
  int64_t under(int64_t p, int64_t i) const {
    int64_t h = p * conv.stride + i - conv.padLow();
    return h < conv.image ? h : -1;
  }
  int64_t atX(int64_t n, int64_t h, int64_t v, int64_t c) const {
    return ((n * conv.image + h) * conv.image + v) * conv.channels + c;
  }
  int64_t atY(int64_t n, int64_t p, int64_t q, int64_t f) const {
    return ((n * conv.output() + p) * conv.output() + q) * conv.filters + f;
  }
  int64_t atW(int64_t f, int64_t i, int64_t j, int64_t c) const {
    return ((f * conv.window + i) * conv.window + j) * conv.channels + c;
  }
  void add(int64_t atA, int64_t atB) {
    double term = double(a[atA]) * b[atB];
    sum.value += term;
    sum.magnitude += std::fabs(term);
    ++sum.terms;
  }
};
} // namespace

void Terms::forward(int64_t element) {
  int64_t f = element % conv.filters, place = element / conv.filters;
  int64_t q = place % conv.output(), p = place / conv.output() % conv.output();
  int64_t n = place / conv.output() / conv.output();
  for (int64_t i = 0; i < conv.window; ++i)
    for (int64_t j = 0; j < conv.window; ++j) {
      int64_t h = under(p, i), v = under(q, j);
      for (int64_t c = 0; c < conv.channels && h >= 0 && v >= 0; ++c)
        add(atX(n, h, v, c), atW(f, i, j, c));
    }
}

void Terms::inputGradient(int64_t element) {
  int64_t c = element % conv.channels, place = element / conv.channels;
  int64_t v = place % conv.image, h = place / conv.image % conv.image;
  int64_t n = place / conv.image / conv.image;
  for (int64_t p = 0; p < conv.output(); ++p)
    for (int64_t q = 0; q < conv.output(); ++q)
      for (int64_t i = 0; i < conv.window; ++i)
        for (int64_t j = 0; j < conv.window; ++j)
          for (int64_t f = 0;
               f < conv.filters && under(p, i) == h && under(q, j) == v; ++f)
            add(atY(n, p, q, f), atW(f, i, j, c));
}

void Terms::filterGradient(int64_t element) {
  int64_t c = element % conv.channels, tap = element / conv.channels;
  int64_t j = tap % conv.window, i = tap / conv.window % conv.window;
  int64_t f = tap / conv.window / conv.window;
  for (int64_t n = 0; n < conv.batch; ++n)
    for (int64_t p = 0; p < conv.output(); ++p)
      for (int64_t q = 0; q < conv.output(); ++q) {
        int64_t h = under(p, i), v = under(q, j);
        if (h >= 0 && v >= 0)
          add(atY(n, p, q, f), atX(n, h, v, c));
      }
}

ConvCase::Sum ConvCase::compute(const float *a, const float *b,
                                int64_t i) const {
  Terms terms{*this, a, b};
  switch (product) {
  case Product::Forward:
    terms.forward(i);
    break;
  case Product::InputGradient:
    terms.inputGradient(i);
    break;
  case Product::WeightGradient:
    terms.filterGradient(i);
    break;
  }
  return terms.sum;
}
