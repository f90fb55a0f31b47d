//===- LayerAdjointTest.cpp - Adjoints of layers and losses ---------------===//
//
// Every differentiable op that is not about images, on random odd shapes.
//
//===----------------------------------------------------------------------===//

#include "AdjointTest.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

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
