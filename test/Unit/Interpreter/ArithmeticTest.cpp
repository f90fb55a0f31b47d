//===- ArithmeticTest.cpp - Attributes' IR against their plain C++ --------===//
//
// Optimizers, schedules and initializers state their arithmetic twice;
// interpreted, the IR must give the same bits as the C++.
//
//===----------------------------------------------------------------------===//

#include "TestFunctions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

static const char *const kOptimizers[] = {
    "#qnet.sgd", "#qnet.momentum", "#qnet.momentum<mu = 0.5, nesterov = true>",
    "#qnet.adam",
    "#qnet.adam<beta1 = 0.7, beta2 = 0.99, epsilon = 1.0e-3, weight_decay = "
    "0.1>"};

static Type f32() { return Float32Type::get(&getContext()); }
static Type i32() { return IntegerType::get(&getContext(), 32); }

/// Rates, weights and gradients of widely different magnitudes.
static float pickReal(std::mt19937 &random) {
  std::normal_distribution<float> normal;
  return std::ldexp(normal(random), int(random() % 40) - 20);
}

static void checkOptimizer(OptimizerAttrInterface optimizer) {
  size_t numSlots = optimizer.getSlotNames().size();
  SmallVector<Type> types = {f32(), i32(), f32(), f32()};
  types.append(numSlots, f32());
  TestFunction step(types, [&](OpBuilder &b, Location loc, ValueRange args) {
    SmallVector<Value> scalars =
        optimizer.buildScalars(b, loc, args[0], args[1]);
    SmallVector<Value> newSlots;
    SmallVector<Value> results = {optimizer.buildStep(
        b, loc, scalars, args[2], args[3], args.drop_front(4), newSlots)};
    results.append(newSlots);
    return results;
  });
  std::mt19937 random(getSeed());
  for (int trial = 0; trial < 500; ++trial) {
    uint32_t count = trial < 50 ? trial : random() % 2000000;
    float rate = std::abs(pickReal(random)), weight = pickReal(random),
          gradient = pickReal(random);
    SmallVector<float> slots;
    SmallVector<Datum> arguments = {
        makeReals(f32(), {rate}), makeIntegers(i32(), {int32_t(count)}),
        makeReals(f32(), {weight}), makeReals(f32(), {gradient})};
    for (size_t i = 0; i < numSlots; ++i) {
      slots.push_back(std::abs(pickReal(random)));
      arguments.push_back(makeReals(f32(), {slots.back()}));
    }
    SmallVector<Datum> results = step.call(arguments);
    float expected =
        optimizer.evaluateStep(rate, count, weight, gradient, slots);
    ASSERT_EQ(results.size(), 1 + numSlots);
    EXPECT_TRUE(sameBits(float(results[0][0].real), expected))
        << results[0][0].real << " and " << expected << ", step " << count;
    for (size_t i = 0; i < numSlots; ++i)
      EXPECT_TRUE(sameBits(float(results[1 + i][0].real), slots[i]));
  }
}

TEST(ArithmeticTest, Optimizers) {
  SCOPED_TRACE("seed " + std::to_string(getSeed()));
  for (const char *text : kOptimizers) {
    SCOPED_TRACE(text);
    checkOptimizer(parse<OptimizerAttrInterface>(text));
  }
}

TEST(ArithmeticTest, Schedules) {
  for (const char *text :
       {"#qnet.constant_rate<1.0e-3>",
        "#qnet.step_decay<rate = 0.01, factor = 0.1, epochs = [2, 5, 6]>",
        "#qnet.exponential_decay<rate = 0.003, factor = 0.96>",
        "#qnet.cosine_decay<rate = 0.01, steps = 468>",
        "#qnet.inverse_decay<mu = 0.1>", "#qnet.inverse_sqrt_decay<c = 0.5>"}) {
    auto schedule = parse<ScheduleAttrInterface>(text);
    TestFunction rate({i32(), i32()}, [&](OpBuilder &b, Location loc,
                                          ValueRange args) {
      return SmallVector<Value>{schedule.buildRate(b, loc, args[0], args[1])};
    });
    for (int64_t step : {0, 1, 2, 3, 100, 467, 468, 469, 123456, 2000000000})
      for (int64_t epoch : {0, 1, 2, 3, 4, 5, 6, 7, 100}) {
        Datum result = rate.call(
            {makeIntegers(i32(), {step}), makeIntegers(i32(), {epoch})})[0];
        EXPECT_TRUE(
            sameBits(float(result[0].real), schedule.evaluateRate(step, epoch)))
            << text << " at step " << step << ", epoch " << epoch << ": "
            << result[0].real << " and " << schedule.evaluateRate(step, epoch);
      }
  }
}

TEST(ArithmeticTest, Initializers) {
  SCOPED_TRACE("seed " + std::to_string(getSeed()));
  std::mt19937 random(getSeed());
  for (const char *text : {"#qnet.glorot", "#qnet.he", "#qnet.constant<0.3>"}) {
    auto initializer = parse<InitializerAttrInterface>(text);
    for (int trial = 0; trial < 20; ++trial) {
      int64_t fanIn = 1 + random() % 3000, fanOut = 1 + random() % 3000;
      TestFunction value({f32()}, [&](OpBuilder &b, Location loc,
                                      ValueRange args) {
        Value uniform = initializer.isRandom() ? args[0] : Value();
        return SmallVector<Value>{
            initializer.buildValue(b, loc, Value(), uniform, fanIn, fanOut)};
      });
      float uniform = (random() >> 8) * 0x1p-24f;
      Datum result = value.call({makeReals(f32(), {uniform})})[0];
      EXPECT_TRUE(
          sameBits(float(result[0].real),
                   initializer.evaluateValue(0, uniform, fanIn, fanOut)))
          << text;
    }
  }
}

TEST(ArithmeticTest, GivenValues) {
  auto initializer = parse<InitializerAttrInterface>(
      "#qnet.values<dense<[[0.5, -2.0, 3.0], [0.0, 7.0, -1.5]]> : "
      "tensor<2x3xf32>>");
  EXPECT_FALSE(initializer.isRandom());
  const float expected[] = {0.5f, -2.0f, 3.0f, 0.0f, 7.0f, -1.5f};
  for (int64_t i = 0; i < 6; ++i) {
    TestFunction value({}, [&](OpBuilder &b, Location loc, ValueRange) {
      Value index = arith::ConstantIndexOp::create(b, loc, i);
      return SmallVector<Value>{
          initializer.buildValue(b, loc, index, Value(), 3, 2)};
    });
    EXPECT_EQ(value.call({})[0][0].real, expected[i]);
    EXPECT_EQ(initializer.evaluateValue(i, 0, 3, 2), expected[i]);
  }
}
