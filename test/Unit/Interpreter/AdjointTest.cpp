//===- AdjointTest.cpp - Adjoints against finite differences --------------===//
//
// Every differentiable op, on random odd shapes, in double: the gradient of
// sum(r * f(x)) that buildAdjoint gives is compared with central differences in
// every element of every float operand.
//
//===----------------------------------------------------------------------===//

#include "TestFunctions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

namespace {

class AdjointTest : public testing::Test {
protected:
  std::mt19937 random{getSeed()};

  int64_t pickSize(int64_t least = 1) { return least + random() % 6; }
  std::vector<double> pickReals(int64_t count) {
    std::normal_distribution<double> normal;
    std::vector<double> values(count);
    for (double &value : values)
      value = normal(random);
    return values;
  }
  /// Random values for a float type, classes in [0, classes) for an integer
  /// one.
  Datum pick(RankedTensorType type, int64_t classes) {
    if (isa<FloatType>(type.getElementType()))
      return makeReals(type, pickReals(type.getNumElements()));
    std::vector<int64_t> labels(type.getNumElements());
    for (int64_t &label : labels)
      label = random() % classes;
    return makeIntegers(type, labels);
  }

  void check(ArrayRef<Type> types, const Body &buildOp, int64_t classes = 1);
};

} // namespace

/// sum(r * y), where only the first result has a gradient.
static double weigh(TestFunction &forward, ArrayRef<Datum> x,
                    const std::vector<double> &r) {
  double sum = 0;
  std::vector<double> y = getReals(forward.call(x, /*wide=*/true)[0]);
  for (size_t i = 0; i < r.size(); ++i)
    sum += r[i] * y[i];
  return sum;
}

static bool isReal(Type type) {
  return isa<FloatType>(getElementTypeOrSelf(type));
}

/// Labels and constants are not.
static bool isDifferentiated(Value operand) {
  return isReal(operand.getType()) && isa<BlockArgument>(operand);
}

/// The op's adjoint as a function of its operands and its first result's
/// gradient.
static TestFunction buildAdjointFunction(ArrayRef<Type> types, Type resultType,
                                         const Body &buildOp) {
  SmallVector<Type> all(types);
  all.push_back(resultType);
  return TestFunction(all, [&](OpBuilder &b, Location loc, ValueRange args) {
    Value result = buildOp(b, loc, args.drop_back())[0];
    Operation *op = result.getDefiningOp();
    SmallVector<Value> gradients(op->getNumResults());
    gradients[0] = args.back();
    SmallVector<bool> needed;
    for (Value operand : op->getOperands())
      needed.push_back(isDifferentiated(operand));
    auto adjoints =
        cast<DifferentiableOpInterface>(op).buildAdjoint(b, gradients, needed);
    EXPECT_TRUE(succeeded(adjoints));
    SmallVector<Value> results;
    for (auto [adjoint, operand] : llvm::zip(*adjoints, op->getOperands()))
      if (isDifferentiated(operand)) {
        EXPECT_TRUE(adjoint);
        EXPECT_EQ(adjoint.getType(), operand.getType());
        results.push_back(adjoint);
      }
    return results;
  });
}

void AdjointTest::check(ArrayRef<Type> types, const Body &buildOp,
                        int64_t classes) {
  SCOPED_TRACE("seed " + std::to_string(getSeed()));
  TestFunction forward(types, buildOp);
  SmallVector<Datum> x;
  for (Type type : types)
    x.push_back(pick(cast<RankedTensorType>(type), classes));
  Type resultType = forward.call(x, true)[0].getType();
  auto r = pickReals(cast<ShapedType>(resultType).getNumElements());
  TestFunction backward = buildAdjointFunction(types, resultType, buildOp);
  SmallVector<Datum> arguments = x;
  arguments.push_back(makeReals(resultType, r));
  SmallVector<Datum> adjoints = backward.call(arguments, true);

  size_t next = 0;
  for (size_t k = 0; k < x.size(); ++k) {
    if (!isReal(types[k]))
      continue;
    ASSERT_LT(next, adjoints.size());
    const Datum &adjoint = adjoints[next++];
    for (int64_t i = 0; i < x[k].getNumElements(); ++i) {
      const double h = 1e-5;
      SmallVector<Datum> low = x, high = x;
      low[k].edit()[i].real -= h;
      high[k].edit()[i].real += h;
      double slope = (weigh(forward, high, r) - weigh(forward, low, r)) / 2 / h;
      EXPECT_NEAR(adjoint[i].real, slope, 1e-6 * (1 + std::abs(slope)))
          << "operand " << k << ", element " << i;
    }
  }
  EXPECT_EQ(next, adjoints.size());
}

TEST_F(AdjointTest, Dense) {
  for (int trial = 0; trial < 5; ++trial) {
    int64_t b = pickSize(), i = pickSize(), o = pickSize();
    check({f32Tensor({b, i}), f32Tensor({o, i})},
          [](OpBuilder &b, Location loc, ValueRange x) {
            return SmallVector<Value>{DenseOp::create(b, loc, x[0], x[1])};
          });
  }
}

TEST_F(AdjointTest, Bias) {
  int64_t b = pickSize(), c = pickSize();
  check({f32Tensor({b, c}), f32Tensor({c})},
        [](OpBuilder &b, Location loc, ValueRange x) {
          return SmallVector<Value>{BiasOp::create(b, loc, x[0], x[1])};
        });
}

TEST_F(AdjointTest, Relu) {
  check({f32Tensor({pickSize(), pickSize()})},
        [](OpBuilder &b, Location loc, ValueRange x) {
          return SmallVector<Value>{ReluOp::create(b, loc, x[0])};
        });
}

TEST_F(AdjointTest, Add) {
  Type type = f32Tensor({pickSize(), pickSize()});
  check({type, type}, [](OpBuilder &b, Location loc, ValueRange x) {
    return SmallVector<Value>{AddOp::create(b, loc, x[0], x[1])};
  });
}

TEST_F(AdjointTest, BatchNormTrain) {
  for (int trial = 0; trial < 5; ++trial) {
    int64_t b = pickSize(2), c = pickSize();
    check({f32Tensor({b, c}), f32Tensor({c}), f32Tensor({c})},
          [](OpBuilder &b, Location loc, ValueRange x) {
            auto op = BatchNormTrainOp::create(b, loc, x[0], x[1], x[2],
                                               b.getF32FloatAttr(0.125f));
            return SmallVector<Value>{op.getResult()};
          });
  }
}

TEST_F(AdjointTest, SoftmaxCrossEntropy) {
  int64_t b = pickSize(), c = pickSize(2);
  check(
      {f32Tensor({b, c}), i32Tensor({b})},
      [](OpBuilder &b, Location loc, ValueRange x) {
        return SmallVector<Value>{
            SoftmaxCrossEntropyOp::create(b, loc, x[0], x[1])};
      },
      c);
}

TEST_F(AdjointTest, SquaredHinge) {
  int64_t b = pickSize(), c = pickSize(2);
  check(
      {f32Tensor({b, c}), i32Tensor({b})},
      [](OpBuilder &b, Location loc, ValueRange x) {
        return SmallVector<Value>{SquaredHingeOp::create(b, loc, x[0], x[1])};
      },
      c);
}

/// Targets have no gradient: only the outputs are differentiated.
TEST_F(AdjointTest, MeanSquaredError) {
  RankedTensorType type = f32Tensor({pickSize(), pickSize()});
  Datum target = pick(type, 1);
  check({type}, [&](OpBuilder &b, Location loc, ValueRange x) {
    auto constant = arith::ConstantOp::create(b, loc, target.toAttr());
    return SmallVector<Value>{
        MeanSquaredErrorOp::create(b, loc, x[0], constant)};
  });
}
