//===- DropoutTest.cpp - What dropout drops -------------------------------===//
//
// The share of dropped values, what is left of the others, and that parts of a
// batch drop what the batch would.
//
//===----------------------------------------------------------------------===//

#include "AdjointTest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

namespace {
struct Draw {
  int32_t seed, step, number, first;
  float probability;
};
} // namespace

/// Dropout of ones.
static std::vector<double> drop(const Draw &draw, int64_t samples,
                                int64_t perSample) {
  RankedTensorType type = f32Tensor({samples, perSample});
  TestFunction dropout({type}, [&](OpBuilder &b, Location loc, ValueRange x) {
    Type i32 = b.getI32Type();
    Value first;
    if (draw.first)
      first = arith::ConstantIndexOp::create(b, loc, draw.first);
    return SmallVector<Value>{DropoutTrainOp::create(
        b, loc, b.getI32IntegerAttr(draw.number), x[0],
        buildI32(b, loc, i32, draw.seed), buildI32(b, loc, i32, draw.step),
        first, b.getF32FloatAttr(draw.probability))};
  });
  Datum ones = makeReals(type, std::vector<double>(type.getNumElements(), 1.0));
  return getReals(dropout.call({ones})[0]);
}

TEST(DropoutTest, DropsTheShareAndKeepsTheMean) {
  const int64_t count = 20000;
  for (float p : {0.0f, 0.2f, 0.5f, 0.9f}) {
    SCOPED_TRACE(p);
    std::vector<double> y = drop({7, 3, 1, 0, p}, 100, count / 100);
    double dropped = 0;
    for (double value : y) {
      if (value == 0)
        ++dropped;
      else
        ASSERT_FLOAT_EQ(value, 1 / (1 - p));
    }
    // Five standard deviations of the binomial count.
    EXPECT_NEAR(dropped, p * count, 5 * std::sqrt(p * (1 - p) * count));
  }
}

TEST(DropoutTest, PartsDropWhatTheBatchWould) {
  std::vector<double> all = drop({5, 9, 0, 0, 0.5f}, 12, 7);
  for (int32_t first : {0, 4, 8}) {
    std::vector<double> part = drop({5, 9, 0, first, 0.5f}, 4, 7);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + first * 7))
        << first;
  }
}

TEST(DropoutTest, SeedStepAndNumberChangeTheMask) {
  std::vector<double> mask = drop({5, 9, 0, 0, 0.5f}, 8, 8);
  EXPECT_EQ(mask, drop({5, 9, 0, 0, 0.5f}, 8, 8));
  EXPECT_NE(mask, drop({6, 9, 0, 0, 0.5f}, 8, 8));
  EXPECT_NE(mask, drop({5, 8, 0, 0, 0.5f}, 8, 8));
  EXPECT_NE(mask, drop({5, 9, 1, 0, 0.5f}, 8, 8));
}
