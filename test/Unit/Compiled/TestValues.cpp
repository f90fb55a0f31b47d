//===- TestValues.cpp - Values that kernels must survive ------------------===//
//
// Everything is drawn from one generator per test, whose seed is printed.
//
//===----------------------------------------------------------------------===//

#include "TestValues.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

static constexpr float kInfinity = std::numeric_limits<float>::infinity();

uint32_t qnet::test::getSeed() {
  const char *text = std::getenv("QNET_TEST_SEED");
  return text ? std::strtoul(text, nullptr, 10) : 20171204;
}

float qnet::test::drawFloat(std::mt19937 &random, float scale, bool withNaN) {
  std::normal_distribution<float> normal(0.0f, scale);
  float sign = random() & 1 ? 1.0f : -1.0f;
  switch (random() % 64) {
  case 0:
    return sign * 0.0f;
  case 1:
    return sign * std::ldexp(float(random() & 0x7FFFFF), -149);
  case 2:
    return sign * std::ldexp(float(random()), 90);
  case 3:
    return random() % 4 ? sign * scale : sign * kInfinity;
  case 4:
    return withNaN ? std::numeric_limits<float>::quiet_NaN() : sign * scale;
  case 5:
    return sign * std::numeric_limits<float>::max();
  default:
    return normal(random);
  }
}

void qnet::test::fillReals(const StateEntry &entry, StateBytes &state,
                           std::mt19937 &random, float scale, bool withNaN,
                           bool magnitudes) {
  for (int64_t i = 0; i < entry.type.getNumElements(); ++i) {
    float value = drawFloat(random, scale, withNaN);
    if (magnitudes)
      value = std::abs(value);
    std::memcpy(state.data() + entry.offset + 4 * i, &value, 4);
  }
}

void qnet::test::fillSpread(const StateEntry &entry, StateBytes &state,
                            std::mt19937 &random) {
  std::normal_distribution<float> normal(0.0f, 1.0f);
  for (int64_t i = 0; i < entry.type.getNumElements(); ++i) {
    float value = std::ldexp(normal(random), int(random() % 8));
    std::memcpy(state.data() + entry.offset + 4 * i, &value, 4);
  }
}

void qnet::test::fillCodes(const StateEntry &entry, StateBytes &state,
                           std::mt19937 &random) {
  GridAttrInterface grid = cast<QType>(entry.type.getElementType()).getGrid();
  unsigned bits = grid.getStorageBits(), perWord = getCodesPerWord(grid);
  for (int64_t i = 0; i < entry.type.getNumElements(); ++i) {
    uint32_t word;
    uint8_t *place = state.data() + entry.offset + i / perWord * 4;
    std::memcpy(&word, place, 4);
    word |= uint32_t(random() % grid.getNumLevels()) << (i % perWord * bits);
    std::memcpy(place, &word, 4);
  }
}

std::vector<float> qnet::test::enumerateValues(GridAttrInterface grid) {
  std::vector<float> values{
      -0.0f, kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(),
      3e38f, -3e38f,    1e-45f,     -1e-45f};
  auto addAround = [&](float value) {
    values.insert(values.end(), {value, std::nextafter(value, kInfinity),
                                 std::nextafter(value, -kInfinity)});
  };
  float widest = 0;
  for (int64_t n = 0; n < grid.getNumLevels(); ++n) {
    float level = grid.getLevel(n);
    addAround(level);
    if (n == 0)
      continue;
    float below = grid.getLevel(n - 1);
    widest = std::max(widest, level - below);
    addAround(float((double(below) + level) / 2));
  }
  for (uint32_t top = 0; top < (1u << 17); ++top) {
    uint32_t bits = top << 15;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    if (std::abs(value) <= 2 * widest)
      values.push_back(value);
  }
  return values;
}

void qnet::test::expectSameState(const ProgramDescription &description,
                                 StateBytes &a, StateBytes &b) {
  for (const StateEntry &entry : description.state)
    for (int64_t i = 0; i < entry.bytes / 4; ++i) {
      uint32_t words[2];
      std::memcpy(&words[0], a.data() + entry.offset + 4 * i, 4);
      std::memcpy(&words[1], b.data() + entry.offset + 4 * i, 4);
      if (words[0] == words[1])
        continue;
      float reals[2];
      std::memcpy(reals, words, sizeof reals);
      ADD_FAILURE() << entry.attr.getName().str() << ", word " << i << " of "
                    << entry.bytes / 4 << ": 0x" << std::hex << words[0]
                    << " and 0x" << words[1] << " (as f32 " << reals[0]
                    << " and " << reals[1] << ")";
      return;
    }
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size), 0)
      << "bytes between the pieces of state differ";
}
