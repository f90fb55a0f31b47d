//===- ProductKernelTest.cpp - Products with binary weights, exactly ------===//
//
// The order of a sum is part of what qnet-block-matmul promises: one fma chain,
// or by tables, four terms at a time. Both are written out here as plain loops,
// and every bit of the result is compared: on odd shapes, for every width of
// vectors with tables, and for any number of threads.
//
//===----------------------------------------------------------------------===//

#include "ProductCases.h"
#include "TestValues.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

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

static void expectSums(const ProductCase &one, const Target &target,
                       bool byTables) {
  SCOPED_TRACE(one.name + " on " + target.cpu + ", seed " +
               std::to_string(getSeed()));
  auto program =
      CompiledProgram::create(makeProductProgram(one.product), target);
  ASSERT_TRUE(program);
  std::mt19937 random(getSeed());
  StateBytes start(program->getDescription().stateBytes);
  fillSpread(program->getEntry("x"), start, random);
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

/// A window's row holds no vector of whole groups of four terms.
static ProductCase makeFewChannels() {
  return makeConv({2, 9, 9, 3, 80, 3, 1, 1});
}

/// Windows of 3 x 3, too, are sums of these two orders only.
static Target withoutFiltering(const std::string &cpu, ProductKind products) {
  Target target{cpu, 0, true, products};
  target.filters = false;
  return target;
}

static bool canLookUp() { return resolveTargetCPU("native")->hasTables; }

TEST(ProductKernelTest, TablesSumUpFourTermsAtATime) {
  if (!canLookUp())
    GTEST_SKIP() << "this cpu has no AVX2";
  for (const ProductCase &one : makeProductCases())
    for (const char *cpu : {"native", "haswell"})
      expectSums(one, withoutFiltering(cpu, ProductKind::Table), true);
}

TEST(ProductKernelTest, UnoptimizedTablesSumUpFourTermsAtATime) {
  if (!canLookUp())
    GTEST_SKIP() << "this cpu has no AVX2";
  expectSums(makeForward(9, 129, 784), {"native", 0, false, ProductKind::Table},
             true);
}

TEST(ProductKernelTest, AChainIsOneForEveryCPU) {
  std::vector<ProductCase> cases = makeProductCases();
  cases.push_back(makeFewChannels());
  for (auto [i, one] : llvm::enumerate(cases))
    expectSums(one,
               i % 2 ? Target{"native", 0, true, ProductKind::Chain}
                     : withoutFiltering("generic", ProductKind::Auto),
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
  ProductCase one = makeForward(2, 64, 6);
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
