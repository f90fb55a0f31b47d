//===- ProductCases.cpp - Products and the terms of their sums ------------===//
//
// See ProductCases.h.
//
//===----------------------------------------------------------------------===//

#include "ProductCases.h"

using namespace qnet::test;

ProductCase qnet::test::makeForward(int64_t batch, int64_t outputs,
                                    int64_t inputs, const std::string &grid) {
  return {
      "forward",
      {"dense", "", {batch, inputs}, {outputs, inputs}, {batch, outputs}, grid},
      [=](int64_t i) {
        Terms terms;
        for (int64_t k = 0; k < inputs; ++k)
          terms.push_back({i / outputs * inputs + k, i % outputs * inputs + k});
        return terms;
      }};
}

ProductCase qnet::test::makeInputGradient(int64_t batch, int64_t outputs,
                                          int64_t inputs) {
  return {
      "input_gradient",
      {"dense_input_grad",
       "",
       {batch, outputs},
       {outputs, inputs},
       {batch, inputs},
       "#qnet.binary<1.0>"},
      [=](int64_t i) {
        Terms terms;
        for (int64_t k = 0; k < outputs; ++k)
          terms.push_back({i / inputs * outputs + k, k * inputs + i % inputs});
        return terms;
      }};
}

ProductCase qnet::test::makeWeightGradient(int64_t batch, int64_t outputs,
                                           int64_t inputs) {
  return {
      "weight_gradient",
      {"dense_weight_grad",
       "",
       {batch, outputs},
       {batch, inputs},
       {outputs, inputs},
       ""},
      [=](int64_t i) {
        Terms terms;
        for (int64_t k = 0; k < batch; ++k)
          terms.push_back({k * outputs + i / inputs, k * inputs + i % inputs});
        return terms;
      }};
}

ProductCase qnet::test::makeConv(Geometry g) {
  auto terms = [g](int64_t at) {
    int64_t f = at % g.filters, q = at / g.filters % g.outWidth();
    int64_t p = at / g.filters / g.outWidth() % g.outHeight();
    int64_t n = at / g.filters / g.outWidth() / g.outHeight();
    Terms terms;
    for (int64_t i = 0; i < g.kernel; ++i)
      for (int64_t j = 0; j < g.kernel; ++j)
        for (int64_t c = 0; c < g.channels; ++c) {
          int64_t h = p * g.stride + i - g.pad, w = q * g.stride + j - g.pad;
          bool isInside = h >= 0 && h < g.height && w >= 0 && w < g.width;
          int64_t x = ((n * g.height + h) * g.width + w) * g.channels + c;
          terms.push_back({isInside ? x : -1, g.weightAt(f, i, j, c)});
        }
    return terms;
  };
  return {"conv",
          {"conv2d", g.attributes(), g.images(), g.weights(), g.results(),
           "#qnet.binary<0.3>"},
          terms};
}

ProductCase qnet::test::makeConvInputGradient(Geometry g) {
  auto terms = [g](int64_t at) {
    int64_t c = at % g.channels, w = at / g.channels % g.width;
    int64_t h = at / g.channels / g.width % g.height;
    int64_t n = at / g.channels / g.width / g.height;
    Terms terms;
    for (int64_t i = 0; i < g.kernel; ++i)
      for (int64_t j = 0; j < g.kernel; ++j)
        for (int64_t f = 0; f < g.filters; ++f) {
          int64_t p = h + g.pad - i, q = w + g.pad - j;
          bool isInside =
              p >= 0 && p < g.outHeight() && q >= 0 && q < g.outWidth();
          int64_t y = ((n * g.outHeight() + p) * g.outWidth() + q) * g.filters;
          terms.push_back({isInside ? y + f : -1, g.weightAt(f, i, j, c)});
        }
    return terms;
  };
  return {"conv_input_gradient",
          {"conv2d_input_grad", g.attributes(), g.results(), g.weights(),
           g.images(), "#qnet.binary<0.3>"},
          terms};
}

ProductCase qnet::test::makeConvWeightGradient(Geometry g) {
  auto terms = [g](int64_t at) {
    int64_t c = at % g.channels, j = at / g.channels % g.kernel;
    int64_t i = at / g.channels / g.kernel % g.kernel;
    int64_t f = at / g.channels / g.kernel / g.kernel;
    Terms terms;
    for (int64_t n = 0; n < g.batch; ++n)
      for (int64_t p = 0; p < g.outHeight(); ++p)
        for (int64_t q = 0; q < g.outWidth(); ++q) {
          int64_t h = p * g.stride + i - g.pad, w = q * g.stride + j - g.pad;
          bool isInside = h >= 0 && h < g.height && w >= 0 && w < g.width;
          int64_t x = ((n * g.height + h) * g.width + w) * g.channels + c;
          int64_t y = ((n * g.outHeight() + p) * g.outWidth() + q) * g.filters;
          terms.push_back({y + f, isInside ? x : -1});
        }
    return terms;
  };
  return {"conv_weight_gradient",
          {"conv2d_weight_grad", g.attributes(), g.results(), g.images(),
           g.weights(), ""},
          terms};
}

std::vector<ProductCase> qnet::test::makeProductCases() {
  return {makeForward(1, 64, 32),
          makeForward(1, 1000, 777),
          makeForward(2, 333, 1024),
          makeForward(4, 70, 35),
          makeForward(5, 96, 3),
          makeForward(9, 129, 784),
          makeForward(37, 200, 261),
          makeForward(130, 64, 64),
          makeInputGradient(1, 32, 1024),
          makeInputGradient(1, 777, 600),
          makeInputGradient(3, 10, 65),
          makeInputGradient(8, 96, 192),
          makeInputGradient(33, 301, 127),
          makeConv({2, 7, 9, 16, 72, 3, 1, 1}),
          makeConv({3, 8, 8, 64, 96, 3, 1, 1}),
          makeConv({1, 13, 11, 48, 65, 3, 2, 1}),
          makeConv({2, 9, 9, 128, 65, 1, 2, 0}),
          makeConv({2, 6, 6, 160, 70, 1, 1, 0}),
          makeConv({1, 4, 4, 9, 64, 4, 1, 0}),
          makeConvInputGradient({2, 7, 9, 72, 16, 3, 1, 1}),
          makeConvInputGradient({3, 8, 8, 64, 96, 3, 1, 1}),
          makeConvInputGradient({1, 5, 6, 65, 48, 2, 1, 0}),
          makeConvInputGradient({2, 6, 6, 70, 160, 1, 1, 0})};
}
