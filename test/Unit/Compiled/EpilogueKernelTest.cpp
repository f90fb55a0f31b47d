//===- EpilogueKernelTest.cpp - Elementwise ops that products run ---------===//
//
// Biases, relus, residual sums and masks on the results of products of every
// method: the same bytes whether the product's loops run them or loops of their
// own, for each width of vectors and any number of threads; and on whole
// numbers, whose sums have no order, those of the interpreter.
//
//===----------------------------------------------------------------------===//

#include "ProductCases.h"
#include "TestValues.h"

#include <gtest/gtest.h>

using namespace qnet;
using namespace qnet::test;

/// A normalization at inference, with its relu.
static const char *const kScaleShift =
    "    %s = qnet.scale_shift %z, %b, %b : ($z, $b, $b) -> $z\n"
    "    %end = qnet.relu %s : $z\n";
/// A bias and the end of a residual block.
static const char *const kResidual =
    "    %s = qnet.bias %z, %b : ($z, $b) -> $z\n"
    "    %t = qnet.add %s, %r : $z\n"
    "    %end = qnet.relu %t : $z\n";
/// The gradient of a relu.
static const char *const kMask = "    %end = qnet.relu_grad %z, %r : $z\n";

/// Small whole numbers, whose sums are exact in any order.
static void fillWhole(const StateEntry &entry, StateBytes &state,
                      std::mt19937 &random) {
  auto *values = reinterpret_cast<float *>(state.data() + entry.offset);
  for (int64_t i = 0; i < entry.type.getNumElements(); ++i)
    values[i] = static_cast<float>(int(random() % 17) - 8);
}

static StateBytes makeState(CompiledProgram &program, bool isWhole) {
  StateBytes state(program.getDescription().stateBytes);
  std::mt19937 random(getSeed());
  auto fillFloats = isWhole ? fillWhole : fillSpread;
  for (const char *name : {"x", "b", "r"})
    fillFloats(program.getEntry(name), state, random);
  const StateEntry &weights = program.getEntry("p0");
  bool isReal = weights.type.getElementType().isF32();
  (isReal ? fillFloats : fillCodes)(weights, state, random);
  return state;
}

static ProductCase withEpilogue(ProductCase one, const char *epilogue,
                                bool keepsProduct) {
  one.product.epilogue = epilogue;
  one.product.keepsProduct = keepsProduct;
  return one;
}

/// What `program` computes, for any number of threads.
static void expectState(CompiledProgram &program, const StateBytes &start,
                        StateBytes &expected) {
  for (unsigned threads : {1u, 2u, 5u}) {
    StateBytes state = start;
    program.runCompiled(state, {}, threads);
    SCOPED_TRACE("threads " + std::to_string(threads));
    expectSameState(program.getDescription(), state, expected);
  }
}

static std::string describe(const ProductCase &one, const Target &target) {
  return one.name + " on " + target.cpu + ", seed " +
         std::to_string(getSeed()) + "\n" + one.product.epilogue;
}

/// Compares the loops with and without epilogues.
static void expectSameBytes(const ProductCase &one, Target target) {
  SCOPED_TRACE(describe(one, target));
  std::string text = makeProductProgram(one.product);
  auto fused = CompiledProgram::create(text, target);
  target.epilogues = false;
  auto apart = CompiledProgram::create(text, target);
  ASSERT_TRUE(fused && apart);
  StateBytes start = makeState(*fused, /*isWhole=*/false), expected = start;
  apart->runCompiled(expected, {}, 1);
  expectState(*fused, start, expected);
}

/// Compares with the interpreter, on whole numbers.
static void expectExact(ProductCase one, const Target &target) {
  SCOPED_TRACE(describe(one, target));
  if (!one.product.grid.empty())
    one.product.grid = "#qnet.binary<1.0>";
  auto program =
      CompiledProgram::create(makeProductProgram(one.product), target);
  ASSERT_TRUE(program);
  StateBytes start = makeState(*program, /*isWhole=*/true), expected = start;
  program->runInterpreted(expected, {});
  expectState(*program, start, expected);
}

/// One kind of epilogue for each case, in turn; some keep the product.
static void expectAll(const std::vector<ProductCase> &cases,
                      const Target &target,
                      void (*expect)(const ProductCase &, Target)) {
  const char *const epilogues[] = {kScaleShift, kResidual, kMask};
  unsigned number = 0;
  for (const ProductCase &one : cases) {
    expect(withEpilogue(one, epilogues[number % 3], number % 4 == 3), target);
    ++number;
  }
}

static std::vector<ProductCase> makeMatrices() {
  return {makeForward(9, 129, 784), makeForward(37, 200, 2261),
          makeForward(700, 20, 64), makeInputGradient(33, 301, 127),
          makeWeightGradient(2100, 17, 24)};
}

static std::vector<ProductCase> makeConvolutions() {
  return {makeConv({2, 7, 9, 16, 40, 3, 1, 1}),
          makeConv({1, 13, 11, 48, 33, 3, 2, 1}),
          makeConv({3, 9, 9, 3, 20, 5, 1, 2}),
          makeConv({2, 5, 5, 1600, 17, 1, 1, 0}),
          makeConvInputGradient({2, 7, 9, 40, 16, 3, 1, 1}),
          makeConvInputGradient({1, 5, 6, 33, 48, 2, 1, 0}),
          makeConvWeightGradient({2, 7, 9, 16, 40, 3, 1, 1})};
}

/// Images of even sides, which minimal filtering takes in tiles of 2 x 2: sums of
/// whole numbers are exact.
static std::vector<ProductCase> makeFiltered() {
  return {makeConv({3, 6, 10, 16, 48, 3, 1, 1}),
          makeConvInputGradient({3, 6, 10, 16, 80, 3, 1, 1}),
          makeConv({2, 4, 6, 32, 16, 3, 1, 1}),
          makeConvInputGradient({1, 8, 6, 16, 16, 3, 1, 1})};
}

/// In tiles of 4 x 4; the second shares its inputs.
static std::vector<ProductCase> makeLargeFiltered() {
  return {makeConv({3, 8, 12, 16, 48, 3, 1, 1}),
          makeConv({2, 4, 4, 160, 80, 3, 1, 1}),
          makeConvInputGradient({1, 8, 4, 16, 80, 3, 1, 1})};
}

TEST(EpilogueKernelTest, WholeNumbersAreThoseOfTheInterpreter) {
  auto expect = [](const ProductCase &one, Target target) {
    expectExact(one, target);
  };
  Target chains{"native", 0, true, ProductKind::Chain};
  expectAll(makeMatrices(), chains, expect);
  expectAll(makeConvolutions(), chains, expect);
  expectAll(makeFiltered(), {"native", 0, true, ProductKind::Winograd}, expect);
}

TEST(EpilogueKernelTest, MatricesAreTheSame) {
  for (const char *cpu : {"native", "x86-64-v2"})
    expectAll(makeMatrices(), {cpu, 0, true, ProductKind::Chain},
              expectSameBytes);
}

TEST(EpilogueKernelTest, ConvolutionsAreTheSame) {
  for (const char *cpu : {"native", "generic"})
    expectAll(makeConvolutions(), {cpu, 0, true, ProductKind::Chain},
              expectSameBytes);
}

TEST(EpilogueKernelTest, MinimalFilteringIsTheSame) {
  for (const char *cpu : {"native", "generic"})
    for (const auto &cases : {makeFiltered(), makeLargeFiltered()})
      expectAll(cases, {cpu, 0, true, ProductKind::Winograd}, expectSameBytes);
}

TEST(EpilogueKernelTest, TablesAreTheSame) {
  if (!resolveTargetCPU("native")->hasTables)
    GTEST_SKIP() << "this cpu has no AVX2";
  for (const char *cpu : {"native", "haswell"}) {
    Target target{cpu, 0, true, ProductKind::Table};
    target.filters = false;
    expectAll({makeForward(2, 333, 1024), makeForward(37, 200, 261),
               makeConv({3, 8, 8, 64, 96, 3, 1, 1}),
               makeInputGradient(8, 96, 192)},
              target, expectSameBytes);
  }
}
