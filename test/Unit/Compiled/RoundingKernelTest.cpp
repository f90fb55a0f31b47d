//===- RoundingKernelTest.cpp - Compiled rounding, exhaustively -----------===//
//
// qnet.round, qnet.encode and qnet.random_bits as machine code, on every f32 of
// a coarse mantissa in [-2D, 2D] and on edge cases, against roundToOrdinal and
// against the generator as the interpreter states it.
//
//===----------------------------------------------------------------------===//

#include "KernelText.h"
#include "TestValues.h"
#include "mlir/AsmParser/AsmParser.h"
#include "qnet/Interpreter/RandomBits.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

// Not a multiple of a word, a vector or a group of random bits.
static constexpr int64_t kCount = 4099;

static const char *const kGrids[] = {
    "#qnet.binary<1.0>",     "#qnet.binary<0.0263>",
    "#qnet.ternary<0.1>",    "#qnet.uniform<2, 3.0>",
    "#qnet.uniform<4, 0.1>", "#qnet.uniform<8, 0.0263>"};

namespace {

struct Rounding {
  const char *text;
  unsigned bits;
};
constexpr Rounding kRoundings[] = {{"#qnet.deterministic", 0},
                                   {"#qnet.stochastic<16>", 16},
                                   {"#qnet.stochastic<24>", 24},
                                   {"#qnet.stochastic<1>", 1}};

class RoundingKernelTest
    : public testing::TestWithParam<std::tuple<const char *, Rounding>> {};

/// One program and what it gave for one chunk of values.
class RoundingRun {
public:
  RoundingRun(CompiledProgram &program, GridAttrInterface grid,
              RoundingAttrInterface rounding)
      : program(program), grid(grid), rounding(rounding),
        state(program.getDescription().stateBytes) {}

  /// Runs the program on values[0, kCount) and checks every element.
  void check(const float *values, StepArguments arguments);

private:
  float getReal(const char *name, int64_t i) {
    float value;
    std::memcpy(&value, state.data() + program.getEntry(name).offset + 4 * i,
                4);
    return value;
  }
  int64_t getCode(int64_t i) {
    unsigned bits = grid.getStorageBits(), perWord = getCodesPerWord(grid);
    uint32_t word;
    std::memcpy(
        &word,
        state.data() + program.getEntry("codes").offset + i / perWord * 4, 4);
    return word >> (i % perWord * bits) & ((uint64_t(1) << bits) - 1);
  }

  CompiledProgram &program;
  GridAttrInterface grid;
  RoundingAttrInterface rounding;
  StateBytes state;
};

} // namespace

void RoundingRun::check(const float *values, StepArguments arguments) {
  std::memcpy(state.data() + program.getEntry("x").offset, values, 4 * kCount);
  program.runCompiled(state, arguments, 2);
  RandomSource source{arguments.seed, 7, arguments.step, Stream::Forward};
  unsigned bits = rounding.getRandomBits();
  for (int64_t i = 0; i < kCount; ++i) {
    uint32_t draw = bits ? evaluateRandomBits(source, i, bits) : 0;
    int64_t expected = roundToOrdinal(grid, rounding, values[i], draw);
    float level = grid.getLevel(expected), got = getReal("round", i);
    if (uint32_t(getReal("bits", i)) == draw && getCode(i) == expected &&
        std::memcmp(&got, &level, 4) == 0)
      continue;
    ADD_FAILURE() << "element " << i << ", value " << values[i] << ": draw "
                  << getReal("bits", i) << ", code " << getCode(i) << ", level "
                  << got << "; expected " << draw << ", " << expected << ", "
                  << level;
    return;
  }
}

TEST_P(RoundingKernelTest, EveryCoarseValueRoundsAsSpecified) {
  auto [gridText, setting] = GetParam();
  SCOPED_TRACE(std::string(gridText) + " " + setting.text + ", seed " +
               std::to_string(getSeed()));
  auto grid = cast<GridAttrInterface>(parseAttribute(gridText, &getContext()));
  auto rounding =
      cast<RoundingAttrInterface>(parseAttribute(setting.text, &getContext()));
  auto program = CompiledProgram::create(
      makeRoundingProgram(gridText, setting.text, setting.bits, kCount));
  ASSERT_TRUE(program);
  std::vector<float> values = enumerateValues(grid);
  ASSERT_GT(values.size(), 60000u);
  values.resize((values.size() + kCount - 1) / kCount * kCount, 0.0f);
  RoundingRun run(*program, grid, rounding);
  for (size_t first = 0; first < values.size(); first += kCount) {
    run.check(values.data() + first, {getSeed(), uint32_t(first), 0});
    if (HasFailure())
      return;
  }
}

INSTANTIATE_TEST_SUITE_P(GridsAndRoundings, RoundingKernelTest,
                         testing::Combine(testing::ValuesIn(kGrids),
                                          testing::ValuesIn(kRoundings)));
