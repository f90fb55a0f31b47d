//===- AdjointTest.cpp - Adjoints against finite differences --------------===//
//
// See AdjointTest.h.
//
//===----------------------------------------------------------------------===//

#include "AdjointTest.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

SmallVector<int64_t> AdjointTest::pickLayer(int64_t least) {
  SmallVector<int64_t> shape{pickSize(least)};
  for (int64_t rank = 1 + random() % 3; rank > 0; --rank)
    shape.push_back(1 + random() % 4);
  return shape;
}

std::vector<double> AdjointTest::pickReals(int64_t count) {
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double &value : values)
    value = normal(random);
  return values;
}

std::vector<double> AdjointTest::pickSpaced(int64_t count) {
  std::vector<double> values(count);
  for (int64_t i = 0; i < count; ++i)
    values[i] = (i - count / 2) / 8.0 + 1.0 / 16;
  std::shuffle(values.begin(), values.end(), random);
  return values;
}

Datum AdjointTest::pick(RankedTensorType type, int64_t classes) {
  int64_t count = type.getNumElements();
  if (isa<FloatType>(type.getElementType()))
    return makeReals(type, spaced ? pickSpaced(count) : pickReals(count));
  std::vector<int64_t> labels(count);
  for (int64_t &label : labels)
    label = random() % classes;
  return makeIntegers(type, labels);
}

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
                        int64_t classes, const Body &buildForward) {
  SCOPED_TRACE("seed " + std::to_string(getSeed()));
  TestFunction forward(types, buildForward ? buildForward : buildOp);
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
