//===- ThresholdTest.cpp - Signs as intervals -----------------------------===//
//
// qnet-fold-thresholds against the arithmetic it replaces, on floats around the
// ends of the intervals and on those of every exponent.
//
//===----------------------------------------------------------------------===//

#include "qnet/Dialect/Qnet/Transforms/Thresholds.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace qnet;

static constexpr float infinity = std::numeric_limits<float>::infinity();

static float fromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

static bool isPositive(float x, float factor, float offset) {
  volatile float product = x * factor;
  volatile float sum = product + offset;
  return sum >= 0;
}

static void check(float x, float factor, float offset) {
  Interval interval = findSignInterval(factor, offset);
  EXPECT_EQ(interval.low <= x && x <= interval.high,
            isPositive(x, factor, offset))
      << x << " * " << factor << " + " << offset;
}

static void checkAround(float x, float factor, float offset) {
  float up = x, down = x;
  for (int i = 0; i < 4; ++i) {
    check(up, factor, offset);
    check(down, factor, offset);
    up = std::nextafter(up, infinity);
    down = std::nextafter(down, -infinity);
  }
}

TEST(Threshold, random_floats_keep_their_sign) {
  constexpr unsigned seed = 11;
  std::mt19937 random(seed);
  SCOPED_TRACE(seed);
  for (int i = 0; i < 3000; ++i) {
    // Any bits: subnormals, infinities and NaN are among them.
    float factor = fromBits(random()), offset = fromBits(random());
    Interval interval = findSignInterval(factor, offset);
    for (float x : {interval.low, interval.high, fromBits(random()),
                    -offset / factor, 0.0f, -0.0f, infinity, -infinity})
      checkAround(x, factor, offset);
  }
}

TEST(Threshold, special_factors_and_offsets) {
  const float values[] = {0.0f,
                          -0.0f,
                          1.0f,
                          -1.0f,
                          infinity,
                          -infinity,
                          1e-45f,
                          3e38f,
                          -1e-45f,
                          -3e38f,
                          std::numeric_limits<float>::quiet_NaN()};
  for (float factor : values)
    for (float offset : values)
      for (float x : values)
        checkAround(x, factor, offset);
}
