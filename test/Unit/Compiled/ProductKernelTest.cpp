//===- ProductKernelTest.cpp - Products with binary weights, exactly ------===//
//
// The order of a sum is part of what qnet-block-matmul promises: one fma chain,
// or by tables, four terms at a time. Both are written out here as plain loops,
// and every bit of the result is compared: on odd shapes, for every width of
// vectors with tables, and for any number of threads.
//
//===----------------------------------------------------------------------===//

#include "KernelText.h"
#include "TestValues.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

namespace {

/// One term of a sum: places of the factors, no input in the padding.
struct Term {
  int64_t input, weight;
};
using Terms = std::vector<Term>;

struct Case {
  std::string name;
  KernelProduct product;
  /// The terms of element `i` of the result, in ascending k.
  std::function<Terms(int64_t)> terms;
};

} // namespace

static Case makeForward(int64_t batch, int64_t outputs, int64_t inputs,
                        const char *grid = "#qnet.binary<0.3>") {
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

static Case makeInputGradient(int64_t batch, int64_t outputs, int64_t inputs) {
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

namespace {
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
} // namespace

static Case makeConv(Geometry g) {
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

/// Of stride 1, which is a product.
static Case makeConvInputGradient(Geometry g) {
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

//===----------------------------------------------------------------------===//
// The two orders
//===----------------------------------------------------------------------===//

namespace {
/// The factors of a case in a state block.
struct Factors {
  Factors(CompiledProgram &program, StateBytes &state)
      : input(state.data() + program.getEntry("x").offset),
        words(state.data() + program.getEntry("p0").offset) {}

  float x(Term term) const {
    float value = 0;
    if (term.input >= 0)
      std::memcpy(&value, input + 4 * term.input, 4);
    return value;
  }
  float signedX(Term term) const {
    uint32_t word;
    std::memcpy(&word, words + term.weight / 32 * 4, 4);
    return word >> (term.weight % 32) & 1 ? x(term) : -x(term);
  }

  const uint8_t *input, *words;
};
} // namespace

static float sumByChain(const Factors &factors, const Terms &terms,
                        float scale) {
  float sum = 0;
  for (Term term : terms)
    sum = std::fma(factors.signedX(term), scale, sum);
  return sum;
}

static float sumByTables(const Factors &factors, const Terms &terms,
                         float scale) {
  float sum = 0;
  for (size_t k = 0; k < terms.size(); k += 4) {
    float t[4] = {0, 0, 0, 0};
    for (size_t i = 0; i < 4 && k + i < terms.size(); ++i)
      t[i] = factors.signedX(terms[k + i]);
    volatile float first = t[0] + t[1], second = t[2] + t[3];
    volatile float four = first + second;
    sum += four;
  }
  return sum * scale;
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

/// Values of many magnitudes, so that every other order shows.
static void fillInput(CompiledProgram &program, StateBytes &state,
                      std::mt19937 &random) {
  const StateEntry &entry = program.getEntry("x");
  std::normal_distribution<float> normal(0.0f, 1.0f);
  for (int64_t i = 0; i < entry.type.getNumElements(); ++i) {
    float value = std::ldexp(normal(random), int(random() % 8));
    std::memcpy(state.data() + entry.offset + 4 * i, &value, 4);
  }
}

static void expectSums(const Case &one, const Target &target, bool byTables) {
  SCOPED_TRACE(one.name + " on " + target.cpu + ", seed " +
               std::to_string(getSeed()));
  auto program =
      CompiledProgram::create(makeProductProgram(one.product), target);
  ASSERT_TRUE(program);
  std::mt19937 random(getSeed());
  StateBytes start(program->getDescription().stateBytes);
  fillInput(*program, start, random);
  fillCodes(program->getEntry("p0"), start, random);
  Factors factors(*program, start);
  auto grid = cast<QType>(program->getEntry("p0").type.getElementType());
  float scale = grid.getGrid().getLevel(1);
  StateBytes expected = start;
  const StateEntry &result = program->getEntry("y");
  for (int64_t i = 0; i < result.type.getNumElements(); ++i) {
    Terms terms = one.terms(i);
    float sum = byTables ? sumByTables(factors, terms, scale)
                         : sumByChain(factors, terms, scale);
    std::memcpy(expected.data() + result.offset + 4 * i, &sum, 4);
  }
  for (unsigned threads : {1u, 2u, 5u}) {
    StateBytes state = start;
    program->runCompiled(state, {}, threads);
    SCOPED_TRACE("threads " + std::to_string(threads));
    expectSameState(program->getDescription(), state, expected);
  }
}

/// Rows of one to several tiles, sums of one to several blocks, with and
/// without whole words, groups of four, panels and squares of words.
static std::vector<Case> makeCases() {
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
          makeConv({2, 7, 9, 16, 40, 3, 1, 1}),
          makeConv({3, 8, 8, 64, 96, 3, 1, 1}),
          makeConv({1, 13, 11, 48, 33, 3, 2, 1}),
          makeConv({2, 9, 9, 32, 65, 1, 2, 0}),
          makeConv({2, 6, 6, 32, 70, 1, 1, 0}),
          makeConv({1, 4, 4, 5, 64, 4, 1, 0}),
          makeConvInputGradient({2, 7, 9, 40, 16, 3, 1, 1}),
          makeConvInputGradient({3, 8, 8, 64, 96, 3, 1, 1}),
          makeConvInputGradient({1, 5, 6, 33, 48, 2, 1, 0}),
          makeConvInputGradient({2, 6, 6, 70, 32, 1, 1, 0})};
}

/// A window's row holds no vector of whole groups of four terms.
static Case makeFewChannels() { return makeConv({2, 9, 9, 3, 80, 3, 1, 1}); }

static bool canLookUp() { return resolveTargetCPU("native")->hasTables; }

TEST(ProductKernelTest, TablesSumUpFourTermsAtATime) {
  if (!canLookUp())
    GTEST_SKIP() << "this cpu has no AVX2";
  for (const Case &one : makeCases())
    for (const char *cpu : {"native", "haswell"})
      expectSums(one, {cpu, 0, true, ProductKind::Table}, true);
}

TEST(ProductKernelTest, UnoptimizedTablesSumUpFourTermsAtATime) {
  if (!canLookUp())
    GTEST_SKIP() << "this cpu has no AVX2";
  expectSums(makeForward(9, 129, 784), {"native", 0, false, ProductKind::Table},
             true);
}

TEST(ProductKernelTest, AChainIsOneForEveryCPU) {
  std::vector<Case> cases = makeCases();
  cases.push_back(makeFewChannels());
  for (auto [i, one] : llvm::enumerate(cases))
    expectSums(one,
               {i % 2 ? "native" : "generic", 0, true,
                i % 2 ? ProductKind::Chain : ProductKind::Auto},
               false);
}

TEST(ProductKernelTest, FewColumnsAreAChain) {
  if (canLookUp())
    expectSums(makeForward(9, 63, 100), {"native", 0, true, ProductKind::Table},
               false);
}

TEST(ProductKernelTest, FewChannelsAreAChain) {
  if (canLookUp())
    expectSums(makeFewChannels(), {"native", 0, true, ProductKind::Table},
               false);
}

TEST(ProductKernelTest, TablesHandOnInfinitiesAndNaN) {
  if (!canLookUp())
    GTEST_SKIP() << "this cpu has no AVX2";
  Case one = makeForward(2, 64, 6);
  auto program = CompiledProgram::create(makeProductProgram(one.product));
  ASSERT_TRUE(program);
  StateBytes state(program->getDescription().stateBytes);
  auto *x =
      reinterpret_cast<float *>(state.data() + program->getEntry("x").offset);
  x[5] = std::numeric_limits<float>::infinity();
  x[6] = std::nanf("");
  program->runCompiled(state, {}, 1);
  const auto *y = reinterpret_cast<const float *>(
      state.data() + program->getEntry("y").offset);
  // All weights are -D.
  for (int64_t i = 0; i < 64; ++i) {
    EXPECT_EQ(y[i], -std::numeric_limits<float>::infinity());
    EXPECT_TRUE(std::isnan(y[64 + i]));
  }
}
