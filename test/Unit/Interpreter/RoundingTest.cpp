//===- RoundingTest.cpp - Rounding, exhaustively --------------------------===//
//
// The IR of buildRoundToOrdinal is interpreted on every f32 of a coarse
// mantissa (8 bits) in [-2D, 2D] and on edge cases, and compared with the plain
// C++; that in turn with definitions in f64. Unbiasedness is counted over all
// draws.
//
//===----------------------------------------------------------------------===//

#include "TestFunctions.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

static const char *const kSteps[] = {"1.0", "0.1", "0.0263", "3.0"};
static const char *const kRoundings[] = {
    "#qnet.deterministic", "#qnet.stochastic<16>", "#qnet.stochastic<24>",
    "#qnet.stochastic<1>"};

static std::vector<GridAttrInterface> makeGrids() {
  std::vector<GridAttrInterface> grids;
  for (const char *step : kSteps)
    for (std::string head :
         {"binary<", "ternary<", "uniform<2, ", "uniform<4, ", "uniform<8, "})
      grids.push_back(parse<GridAttrInterface>("#qnet." + head + step + ">"));
  return grids;
}

static std::string print(Attribute attr) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << attr;
  return text;
}

static float getStep(GridAttrInterface grid) {
  int64_t last = grid.getNumLevels() - 1;
  return grid.getNumLevels() == 2 && grid.getLowest() == -grid.getHighest()
             ? grid.getHighest()
             : grid.getLevel(last) - grid.getLevel(last - 1);
}

/// Every level and midpoint with its neighbours in f32, zeros, infinities, NaN.
static void addEdges(GridAttrInterface grid, std::vector<float> &values) {
  const float infinity = std::numeric_limits<float>::infinity();
  auto addAround = [&](float value) {
    values.insert(values.end(), {value, std::nextafter(value, infinity),
                                 std::nextafter(value, -infinity)});
  };
  for (int64_t n = 0; n < grid.getNumLevels(); ++n) {
    addAround(grid.getLevel(n));
    if (n > 0)
      addAround(float((double(grid.getLevel(n - 1)) + grid.getLevel(n)) / 2));
  }
  addAround(0.0f);
  values.insert(values.end(), {-0.0f, infinity, -infinity, 3e38f, -3e38f});
}

/// All floats in [-2D, 2D] whose mantissa's low 15 bits are zero, and the
/// edges.
static std::vector<float> makeValues(GridAttrInterface grid) {
  std::vector<float> values;
  float bound = 2 * getStep(grid);
  for (uint32_t top = 0; top < (1u << 17); ++top) {
    uint32_t bits = top << 15;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    if (std::abs(value) <= bound)
      values.push_back(value);
  }
  addEdges(grid, values);
  return values;
}

static std::vector<int64_t> drawBits(size_t count, unsigned bits) {
  std::mt19937 random(getSeed());
  std::vector<int64_t> draws(count);
  for (int64_t &draw : draws)
    draw = bits ? random() >> (32 - bits) : 0;
  return draws;
}

static Datum interpretRounding(GridAttrInterface grid,
                               RoundingAttrInterface rounding,
                               const std::vector<float> &values,
                               const std::vector<int64_t> &draws) {
  int64_t count = values.size();
  Type real = f32Tensor({count}), integer = i32Tensor({count});
  TestFunction function(
      {real, integer}, [&](OpBuilder &b, Location loc, ValueRange args) {
        Value random = rounding.getRandomBits() ? args[1] : Value();
        return SmallVector<Value>{
            buildRoundToOrdinal(b, loc, grid, rounding, args[0], random)};
      });
  std::vector<double> wide(values.begin(), values.end());
  return function.call(
      {makeReals(real, wide), makeIntegers(integer, draws)})[0];
}

TEST(RoundingTest, TheIRAgreesWithThePlainFunction) {
  SCOPED_TRACE("seed " + std::to_string(getSeed()));
  for (GridAttrInterface grid : makeGrids()) {
    std::vector<float> values = makeValues(grid);
    values.push_back(std::nanf(""));
    for (const char *text : kRoundings) {
      auto rounding = parse<RoundingAttrInterface>(text);
      auto draws = drawBits(values.size(), rounding.getRandomBits());
      Datum ordinals = interpretRounding(grid, rounding, values, draws);
      size_t wrong = 0;
      for (size_t i = 0; i < values.size(); ++i)
        if (ordinals[i].integer !=
            roundToOrdinal(grid, rounding, values[i], draws[i]))
          if (++wrong <= 3)
            ADD_FAILURE() << print(grid) << " " << text << ": " << values[i]
                          << ", draw " << draws[i];
      EXPECT_EQ(wrong, 0u);
    }
  }
}

/// The nearest level by distances in f64 (exact for the values used here, or
/// rounded monotonically); ties away from zero, at zero up.
static int64_t nearestLevel(GridAttrInterface grid, double value) {
  int64_t best = 0;
  for (int64_t n = 1; n < grid.getNumLevels(); ++n) {
    double old = std::abs(value - grid.getLevel(best));
    double now = std::abs(value - grid.getLevel(n));
    if (now < old || (now == old && value >= 0))
      best = n;
  }
  return best;
}

TEST(RoundingTest, DeterministicGoesToTheNearestLevel) {
  auto rounding = parse<RoundingAttrInterface>("#qnet.deterministic");
  for (GridAttrInterface grid : makeGrids()) {
    if (grid.getNumLevels() > 16)
      continue; // The definition is quadratic.
    size_t wrong = 0;
    for (float value : makeValues(grid)) {
      double clamped =
          std::min(std::max(value, grid.getLowest()), grid.getHighest());
      if (roundToOrdinal(grid, rounding, value, 0) !=
          nearestLevel(grid, clamped))
        if (++wrong <= 3)
          ADD_FAILURE() << print(grid) << ": " << value;
    }
    EXPECT_EQ(wrong, 0u);
  }
}

/// Over all draws: the result is a neighbour, and P(up) the fraction to
/// 2^-(k+1).
static void countDraws(GridAttrInterface grid, float value, unsigned bits) {
  auto rounding = parse<RoundingAttrInterface>("#qnet.stochastic<" +
                                               std::to_string(bits) + ">");
  float clamped = value;
  Bracket bracket = bracketOnGrid(grid, clamped);
  int64_t up = 0, draws = int64_t(1) << bits;
  for (int64_t draw = 0; draw < draws; ++draw) {
    int64_t ordinal = roundToOrdinal(grid, rounding, value, draw);
    ASSERT_GE(ordinal, bracket.ordinal);
    ASSERT_LE(ordinal, bracket.ordinal + 1);
    up += ordinal - bracket.ordinal;
  }
  double lower = bracket.lower, upper = bracket.upper;
  double fraction = (double(clamped) - lower) / (upper - lower);
  // The fraction itself is computed in f32, from two rounded differences.
  double bound = std::ldexp(0.5, -int(bits)) + std::ldexp(1.0, -22);
  EXPECT_NEAR(double(up) / draws, fraction, bound)
      << print(grid) << ": " << value << " with " << bits << " bits";
}

TEST(RoundingTest, StochasticIsUnbiasedOverAllDraws) {
  SCOPED_TRACE("seed " + std::to_string(getSeed()));
  std::mt19937 random(getSeed());
  for (GridAttrInterface grid : makeGrids()) {
    std::uniform_real_distribution<float> pick(1.2f * grid.getLowest(),
                                               1.2f * grid.getHighest());
    for (int trial = 0; trial < 200; ++trial)
      countDraws(grid, pick(random), 8);
    for (int trial = 0; trial < 3; ++trial)
      countDraws(grid, pick(random), 16);
  }
}

TEST(RoundingTest, LevelsNeverMove) {
  auto deterministic = parse<RoundingAttrInterface>("#qnet.deterministic");
  auto stochastic = parse<RoundingAttrInterface>("#qnet.stochastic<16>");
  for (GridAttrInterface grid : makeGrids()) {
    // Every draw; on large grids, a sample of them with the smallest and
    // largest.
    uint32_t stride = grid.getNumLevels() > 16 ? 255 : 1; // 65535 = 255 * 257
    for (int64_t n = 0; n < grid.getNumLevels(); ++n) {
      float level = grid.getLevel(n);
      ASSERT_EQ(roundToOrdinal(grid, deterministic, level, 0), n);
      size_t moved = 0;
      for (uint32_t draw = 0; draw < (1u << 16); draw += stride)
        moved += roundToOrdinal(grid, stochastic, level, draw) != n;
      ASSERT_EQ(moved, 0u) << print(grid) << " level " << n;
    }
  }
}

TEST(RoundingTest, InfinitiesClampAndNaNGivesTheLowestLevel) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (GridAttrInterface grid : makeGrids())
    for (const char *text : kRoundings) {
      auto rounding = parse<RoundingAttrInterface>(text);
      uint32_t mask = (1u << rounding.getRandomBits()) - 1;
      for (uint32_t draw : {0u, mask}) {
        EXPECT_EQ(roundToOrdinal(grid, rounding, infinity, draw),
                  grid.getNumLevels() - 1);
        EXPECT_EQ(roundToOrdinal(grid, rounding, -infinity, draw), 0);
        EXPECT_EQ(roundToOrdinal(grid, rounding, std::nanf(""), draw), 0);
      }
    }
}

TEST(RoundingTest, DecodingGivesTheLevels) {
  for (GridAttrInterface grid : makeGrids()) {
    Type type = i32Tensor({grid.getNumLevels()});
    TestFunction decode(
        {type}, [&](OpBuilder &b, Location loc, ValueRange args) {
          return SmallVector<Value>{grid.buildDecode(b, loc, args[0])};
        });
    std::vector<int64_t> ordinals(grid.getNumLevels());
    for (size_t n = 0; n < ordinals.size(); ++n)
      ordinals[n] = n;
    Datum levels = decode.call({makeIntegers(type, ordinals)})[0];
    for (size_t n = 0; n < ordinals.size(); ++n)
      EXPECT_TRUE(sameBits(float(levels[n].real), grid.getLevel(n)))
          << print(grid) << " level " << n;
  }
}
