//===- TensorKernelTest.cpp - A GPU's products, emulated ------------------===//
//
// In f32 every bit is a CPU's. On tensor cores a sum's order is free, so:
// within the rounding of f32 sums from products of rounded factors, which shows
// a factor that is rounded twice or not at all; within the format's bound from
// the products of the factors themselves; and exactly where all numbers are
// small integers, which shows one wrong term among thousands.
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

namespace {
/// A format of factors: significant bits, and how ties round.
struct Format {
  const char *name;
  int bits;
  bool tiesToEven;

  double unit() const { return std::ldexp(1.0, -bits); }
  double round(float value) const {
    if (value == 0 || !std::isfinite(value))
      return value;
    int exponent;
    double scaled = std::ldexp(std::frexp(double(value), &exponent), bits);
    double whole = tiesToEven ? std::nearbyint(scaled) : std::round(scaled);
    return std::ldexp(whole, exponent - bits);
  }
};
} // namespace

static const Format formats[] = {{"tf32", 11, false}, {"bf16", 8, true}};

/// Large tiles, whole and cut, f32 and codes, both orders in memory, long sums
/// in parts.
static std::vector<ProductCase> makeLargeCases() {
  return {makeForward(1300, 1600, 70, "#qnet.uniform<4, 0.125>"),
          makeForward(610, 700, 33, "#qnet.ternary<0.5>"),
          makeInputGradient(650, 33, 641),
          makeWeightGradient(70, 650, 643),
          makeWeightGradient(2100, 130, 260),
          makeConv({24, 12, 11, 8, 70, 3, 1, 1}),
          makeConvWeightGradient({80, 9, 9, 9, 72, 3, 1, 1})};
}

/// Rows and columns of every tile, odd sums, and both ways to load four terms.
static std::vector<ProductCase> makeCases() {
  std::vector<ProductCase> cases = {
      makeForward(1, 64, 32), makeForward(9, 129, 784),
      makeForward(37, 200, 261), makeForward(130, 10, 64),
      makeForward(520, 1300, 40, "#qnet.ternary<0.5>"),
      makeForward(1300, 1600, 36, "#qnet.uniform<4, 0.125>"),
      makeInputGradient(3, 10, 65), makeInputGradient(33, 301, 127),
      makeInputGradient(70, 64, 16), makeWeightGradient(24, 10, 128),
      makeWeightGradient(37, 65, 33), makeWeightGradient(12, 1300, 1290),
      makeConv({2, 7, 9, 16, 40, 3, 1, 1}),
      makeConv({1, 13, 11, 48, 33, 3, 2, 1}),
      makeConv({2, 9, 9, 3, 80, 3, 1, 1}), makeConv({1, 4, 4, 5, 64, 4, 1, 0}),
      makeConvInputGradient({2, 7, 9, 40, 16, 3, 1, 1}),
      makeConvInputGradient({1, 5, 6, 33, 48, 2, 1, 0}),
      makeConvWeightGradient({3, 7, 9, 16, 40, 3, 1, 1}),
      makeConvWeightGradient({2, 8, 8, 3, 20, 3, 1, 1}),
      makeConvWeightGradient({2, 9, 9, 8, 24, 3, 2, 1}),
      // Long sums: whole and cut parts, with and without whole slices and
      // fours.
      makeForward(3, 40, 2048), makeForward(5, 33, 1030),
      makeForward(2, 30, 2000, "#qnet.uniform<4, 0.125>"),
      makeWeightGradient(1500, 10, 128),
      makeConvWeightGradient({6, 11, 13, 8, 24, 3, 1, 1}),
      makeConvWeightGradient({8, 16, 16, 5, 12, 3, 2, 1})};
  return cases;
}

namespace {
/// A case with its factors.
class Products {
public:
  Products(const ProductCase &one, const Target &target)
      : program(
            CompiledProgram::create(makeProductProgram(one.product), target)),
        one(one) {}
  explicit operator bool() const { return program != nullptr; }

  /// `draw` gives the f32 factors.
  void fill(std::mt19937 &random, const std::function<float()> &draw) {
    start.emplace(program->getDescription().stateBytes);
    fillReals("x", draw);
    if (auto grid = getGrid())
      fillCodes(program->getEntry("p0"), *start, random);
    else
      fillReals("p0", draw);
  }
  float left(Term term) const {
    return term.input < 0 ? 0.0f : read("x", term.input);
  }
  float right(Term term) const {
    if (term.weight < 0)
      return 0;
    GridAttrInterface grid = getGrid();
    if (!grid)
      return read("p0", term.weight);
    unsigned bits = grid.getStorageBits(), perWord = getCodesPerWord(grid);
    uint32_t word;
    std::memcpy(&word,
                start->data() + program->getEntry("p0").offset +
                    term.weight / perWord * 4,
                4);
    word = word >> (term.weight % perWord * bits) & ((1u << bits) - 1);
    return grid.getLevel(word);
  }
  std::vector<float> run() {
    StateBytes state = *start;
    program->runCompiled(state, {}, 1);
    std::vector<float> results(program->getEntry("y").type.getNumElements());
    std::memcpy(results.data(), state.data() + program->getEntry("y").offset,
                4 * results.size());
    return results;
  }
  /// Calls `check` with an element's number and terms: every one, or, of many,
  /// some in every row and column.
  void forEachSum(size_t count,
                  const std::function<void(size_t, const Terms &)> &check) {
    size_t step = count > 100000 ? 61 : 1;
    for (size_t i = 0; i < count && !testing::Test::HasFatalFailure();
         i += step)
      check(i, one.terms(i));
  }
  int64_t numMatrixInstructions() const {
    return program->getNumMatrixInstructions();
  }
  int64_t numWarpgroupInstructions() const {
    return program->getNumWarpgroupInstructions();
  }

private:
  GridAttrInterface getGrid() const {
    auto type = dyn_cast<QType>(program->getEntry("p0").type.getElementType());
    return type ? type.getGrid() : GridAttrInterface();
  }
  float read(const char *name, int64_t i) const {
    float value;
    std::memcpy(&value, start->data() + program->getEntry(name).offset + 4 * i,
                4);
    return value;
  }
  void fillReals(const char *name, const std::function<float()> &draw) {
    const StateEntry &entry = program->getEntry(name);
    for (int64_t i = 0; i < entry.type.getNumElements(); ++i) {
      float value = draw();
      std::memcpy(start->data() + entry.offset + 4 * i, &value, 4);
    }
  }

  std::unique_ptr<CompiledProgram> program;
  ProductCase one;
  std::optional<StateBytes> start;
};
} // namespace

/// Where sums need not be a CPU's, those that are long are in parts.
static Target emulated(const char *math, bool descending = false) {
  Target target;
  target.splitSums = StringRef(math) != "f32";
  target.optimizes = false;
  target.gpuMath = math;
  target.descending = descending;
  return target;
}

/// The case with weights that are integers.
static ProductCase withIntegers(ProductCase one) {
  if (!one.product.grid.empty())
    one.product.grid = "#qnet.binary<1.0>";
  return one;
}

/// Sums of small integers have no rounding in any order.
static void expectExactIntegers(Products &products, std::mt19937 &random) {
  products.fill(random, [&] { return float(int(random() % 33)) - 16; });
  std::vector<float> results = products.run();
  products.forEachSum(results.size(), [&](size_t i, const Terms &terms) {
    double exact = 0;
    for (Term term : terms)
      exact += double(products.left(term)) * products.right(term);
    ASSERT_EQ(results[i], exact) << "element " << i;
  });
}

/// Sums are off by the rounding of the factors and of the additions alone.
static void expectRoundedFactors(Products &products, const Format &format,
                                 std::mt19937 &random) {
  std::normal_distribution<float> normal(0.0f, 1.0f);
  products.fill(random, [&] { return normal(random); });
  std::vector<float> results = products.run();
  products.forEachSum(results.size(), [&](size_t i, const Terms &terms) {
    double exact = 0, rounded = 0, size = 0;
    for (Term term : terms) {
      double x = products.left(term), y = products.right(term);
      exact += x * y;
      rounded += format.round(float(x)) * format.round(float(y));
      size += std::fabs(x * y);
    }
    double ofSum = double(terms.size() + 2) * std::ldexp(1.0, -24) * size *
                   (1 + 3 * format.unit());
    double ofFactors =
        (2 * format.unit() + format.unit() * format.unit()) * size;
    ASSERT_NEAR(results[i], rounded, ofSum) << "element " << i;
    ASSERT_NEAR(results[i], exact, ofFactors + ofSum) << "element " << i;
  });
}

TEST(TensorKernelTest, SumsAreOfRoundedFactors) {
  std::mt19937 random(getSeed());
  for (const Format &format : formats)
    for (const ProductCase &one : makeCases()) {
      SCOPED_TRACE(one.name + " in " + format.name + ", seed " +
                   std::to_string(getSeed()));
      Products products(one, emulated(format.name));
      ASSERT_TRUE(products);
      ASSERT_GT(products.numMatrixInstructions(), 0);
      expectRoundedFactors(products, format, random);
    }
}

TEST(TensorKernelTest, SmallIntegersAreExact) {
  std::mt19937 random(getSeed());
  for (const Format &format : formats)
    for (auto [number, one] : llvm::enumerate(makeCases())) {
      SCOPED_TRACE(one.name + " in " + format.name + ", seed " +
                   std::to_string(getSeed()));
      Products products(withIntegers(one), emulated(format.name, number % 2));
      ASSERT_TRUE(products);
      expectExactIntegers(products, random);
    }
}

TEST(TensorKernelTest, InF32AChainIsTheCPUs) {
  std::mt19937 random(getSeed());
  std::normal_distribution<float> normal(0.0f, 1.0f);
  for (auto [number, one] : llvm::enumerate(makeCases())) {
    SCOPED_TRACE(one.name + ", seed " + std::to_string(getSeed()));
    Products products(one, emulated("f32", number % 2));
    ASSERT_TRUE(products);
    EXPECT_EQ(products.numMatrixInstructions(), 0);
    products.fill(
        random, [&] { return std::ldexp(normal(random), int(random() % 8)); });
    std::vector<float> results = products.run();
    products.forEachSum(results.size(), [&](size_t i, const Terms &terms) {
      float sum = 0;
      for (Term term : terms)
        sum = std::fma(products.left(term), products.right(term), sum);
      ASSERT_EQ(results[i], sum) << "element " << i;
    });
  }
}

/// The same of wgmma, whose factors are found through descriptors; what it reads
/// is rounded, as it would cut tf32 off.
TEST(TensorKernelTest, WarpgroupsMultiplyLargeTiles) {
  std::mt19937 random(getSeed());
  for (const Format &format : formats)
    for (auto [number, one] : llvm::enumerate(makeLargeCases())) {
      SCOPED_TRACE(one.name + " in " + format.name + ", seed " +
                   std::to_string(getSeed()));
      Target target = emulated(format.name, number % 2);
      target.gpuChip = "sm_90a";
      Products products(withIntegers(one), target);
      ASSERT_TRUE(products);
      ASSERT_GT(products.numWarpgroupInstructions(), 0);
      expectExactIntegers(products, random);
      expectRoundedFactors(products, format, random);
    }
}

/// In f32 too: parts are chains, and are added in a chain.
TEST(TensorKernelTest, InF32SumsMayBeInParts) {
  std::mt19937 random(getSeed());
  std::normal_distribution<float> normal(0.0f, 1.0f);
  for (auto [number, one] : llvm::enumerate(makeCases())) {
    SCOPED_TRACE(one.name + ", seed " + std::to_string(getSeed()));
    Target target = emulated("f32", number % 2);
    target.splitSums = true;
    Products products(one, target);
    ASSERT_TRUE(products);
    products.fill(random, [&] { return normal(random); });
    std::vector<float> results = products.run();
    products.forEachSum(results.size(), [&](size_t i, const Terms &terms) {
      double exact = 0, size = 0;
      for (Term term : terms) {
        double product = double(products.left(term)) * products.right(term);
        exact += product;
        size += std::fabs(product);
      }
      double bound = double(terms.size()) * std::ldexp(1.0, -24) * size;
      ASSERT_NEAR(results[i], exact, bound) << "element " << i;
    });
  }
}

/// What is outside of the product must not reach it: zero times infinity would.
TEST(TensorKernelTest, InfinitiesAndNaNStayInTheirRows) {
  for (const Format &format : formats) {
    ProductCase one = makeForward(5, 70, 37, "#qnet.binary<1.0>");
    Products products(one, emulated(format.name));
    ASSERT_TRUE(products);
    std::mt19937 random(getSeed());
    int64_t drawn = 0;
    products.fill(random, [&] {
      int64_t at = drawn++;
      if (at == 2 * 37 + 36)
        return std::numeric_limits<float>::infinity();
      return at == 4 * 37 ? std::nanf("") : 1.0f;
    });
    std::vector<float> results = products.run();
    for (int64_t i = 0; i < 5 * 70; ++i) {
      int64_t row = i / 70;
      EXPECT_EQ(std::isinf(results[i]), row == 2) << "element " << i;
      EXPECT_EQ(std::isnan(results[i]), row == 4) << "element " << i;
    }
  }
}
