//===- UpdateKernelTest.cpp - Compiled updates are the specification's ----===//
//
// Every rule with every optimizer, on parameters whose sizes fall on both sides
// of words and vectors, for gradients of every kind: the bytes of weights,
// slots and flags are the interpreter's, for any number of threads and any
// width of vectors.
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

struct Rule {
  const char *text;
  bool keepsCodes;
};
struct Optimizer {
  const char *text;
  unsigned numSlots;
};

constexpr Rule kRules[] = {
    {"#qnet.full", false},        {"#qnet.r", true},
    {"#qnet.sr", true},           {"#qnet.sr<bits = 24>", true},
    {"#qnet.sr<bits = 8>", true}, {"#qnet.bc", false},
};
constexpr Optimizer kOptimizers[] = {
    {"#qnet.sgd", 0},
    {"#qnet.momentum", 1},
    {"#qnet.momentum<mu = 0.7, nesterov = true>", 1},
    {"#qnet.adam", 2},
    {"#qnet.adam<beta2 = 0.99, weight_decay = 0.05>", 2},
};

class UpdateKernelTest
    : public testing::TestWithParam<std::tuple<Rule, Optimizer>> {};

} // namespace

static std::vector<KernelParameter> makeParameters() {
  return {{{1}, "#qnet.binary<1.0>"},
          {{17, 241}, "#qnet.binary<0.3>", 2.0f},
          {{129}, "#qnet.ternary<0.5>", 1.0f, 0.25f},
          {{8, 125}, "#qnet.uniform<3, 0.125>"},
          {{127}, "#qnet.uniform<4, 0.1>", 0.37f, 1.0f},
          {{33}, "#qnet.uniform<8, 0.01>"},
          {{31}, "#qnet.uniform<16, 0.001>"},
          {{1000}, ""}};
}

/// Random weights, slots and gradients.
static void fill(CompiledProgram &program, StateBytes &state,
                 std::mt19937 &random) {
  for (const StateEntry &entry : program.getDescription().state) {
    StringRef name = entry.attr.getName();
    if (entry.attr.getRole() == StateRole::Codes)
      fillCodes(entry, state, random);
    else if (entry.attr.getRole() == StateRole::Weights)
      fillReals(entry, state, random, 0.5f, /*withNaN=*/false);
    else
      // Of ADAM's two slots the second is a mean of squares.
      fillReals(entry, state, random, 0.5f, /*withNaN=*/name.ends_with(".g"),
                /*magnitudes=*/name.ends_with(".s1"));
  }
}

/// A few steps, compiled and interpreted, from one state.
static void compareSteps(CompiledProgram &program, std::mt19937 &random) {
  const ProgramDescription &description = program.getDescription();
  StateBytes start(description.stateBytes);
  for (uint32_t step : {0u, 7u, 4000000000u}) {
    std::memset(start.data(), 0, start.size);
    fill(program, start, random);
    StepArguments arguments{uint32_t(random()), step, 3};
    StateBytes expected = start;
    StepResults expectedResults = program.runInterpreted(expected, arguments);
    for (unsigned threads : {1u, 2u, 5u}) {
      StateBytes state = start;
      StepResults results = program.runCompiled(state, arguments, threads);
      SCOPED_TRACE("step " + std::to_string(step) + ", threads " +
                   std::to_string(threads));
      EXPECT_EQ(results.flags, expectedResults.flags);
      expectSameState(description, state, expected);
    }
  }
}

static std::string makeProgram(Rule rule, Optimizer optimizer) {
  return makeUpdateProgram(rule.text, optimizer.text, optimizer.numSlots,
                           rule.keepsCodes, "0.06", makeParameters());
}

TEST_P(UpdateKernelTest, BytesAreTheInterpreters) {
  auto [rule, optimizer] = GetParam();
  SCOPED_TRACE(std::string(rule.text) + " " + optimizer.text + ", seed " +
               std::to_string(getSeed()));
  auto program = CompiledProgram::create(makeProgram(rule, optimizer));
  ASSERT_TRUE(program);
  std::mt19937 random(getSeed());
  compareSteps(*program, random);
}

INSTANTIATE_TEST_SUITE_P(RulesAndOptimizers, UpdateKernelTest,
                         testing::Combine(testing::ValuesIn(kRules),
                                          testing::ValuesIn(kOptimizers)));

TEST(UpdateKernelTest, BytesDoNotDependOnTheWidthOfVectors) {
  SCOPED_TRACE("seed " + std::to_string(getSeed()));
  std::string text =
      makeProgram({"#qnet.sr", true}, {"#qnet.adam<weight_decay = 0.05>", 2});
  // Code for wider vectors than the CPU has is split by LLVM.
  for (unsigned bits : {128u, 256u, 512u}) {
    SCOPED_TRACE(std::to_string(bits) + "-bit vectors");
    auto program = CompiledProgram::create(text, {"native", bits});
    ASSERT_TRUE(program);
    std::mt19937 random(getSeed());
    compareSteps(*program, random);
  }
}

//===----------------------------------------------------------------------===//
// What a NaN does, stated without the interpreter
//===----------------------------------------------------------------------===//

static void setReal(CompiledProgram &program, StateBytes &state,
                    const std::string &name, int64_t index, float value) {
  std::memcpy(state.data() + program.getEntry(name).offset + 4 * index, &value,
              4);
}

TEST(UpdateKernelTest, NaNSetsTheFlagOfItsParameterAndKeepsItsElement) {
  for (Rule rule : kRules) {
    SCOPED_TRACE(rule.text);
    auto program = CompiledProgram::create(
        makeUpdateProgram(rule.text, "#qnet.adam", 2, rule.keepsCodes, "0.5",
                          {{{70}, "#qnet.binary<1.0>"},
                           {{129}, "#qnet.uniform<4, 0.5>"},
                           {{40}, ""}}));
    ASSERT_TRUE(program);
    // Zero gradients but for one NaN: with zero moments nothing else moves.
    StateBytes start(program->getDescription().stateBytes);
    std::mt19937 random(1);
    for (const StateEntry &entry : program->getDescription().state)
      if (entry.attr.getRole() == StateRole::Codes)
        fillCodes(entry, start, random);
    setReal(*program, start, "p1.g", 128, std::nanf(""));
    StateBytes state = start;
    StepResults results = program->runCompiled(state, {}, 2);
    EXPECT_EQ(results.flags, (std::vector<int32_t>{0, 1, 0}));
    expectSameState(program->getDescription(), state, start);
  }
}

TEST(UpdateKernelTest, AnInfiniteGradientClampsUnderSGD) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (Rule rule : {kRules[1], kRules[2]}) {
    auto program = CompiledProgram::create(
        makeUpdateProgram(rule.text, "#qnet.sgd", 0, rule.keepsCodes, "0.5",
                          {{{35}, "#qnet.ternary<1.0>"}}));
    ASSERT_TRUE(program);
    StateBytes state(program->getDescription().stateBytes);
    for (int64_t i = 0; i < 35; ++i)
      setReal(*program, state, "p0.g", i, i % 2 ? infinity : -infinity);
    StepResults results = program->runCompiled(state, {}, 1);
    EXPECT_EQ(results.flags, std::vector<int32_t>{0});
    for (int64_t i = 0; i < 35; ++i) {
      uint32_t word;
      std::memcpy(&word, state.data() + i / 16 * 4, 4);
      EXPECT_EQ(word >> (i % 16 * 2) & 3, i % 2 ? 0u : 2u) << "element " << i;
    }
  }
}
