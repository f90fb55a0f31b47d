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
  for (int trial = 0; trial < 5; ++trial) {
    SmallVector<int64_t> shape = pickLayer(1);
    check({f32Tensor(shape), f32Tensor({shape.back()})},
          [](OpBuilder &b, Location loc, ValueRange x) {
            return SmallVector<Value>{BiasOp::create(b, loc, x[0], x[1])};
          });
  }
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
    SmallVector<int64_t> shape = pickLayer(2);
    int64_t c = shape.back();
    check({f32Tensor(shape), f32Tensor({c}), f32Tensor({c})},
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

TEST_F(AdjointTest, Logistic) {
  int64_t b = pickSize();
  check(
      {f32Tensor({b, 1}), i32Tensor({b})},
      [](OpBuilder &b, Location loc, ValueRange x) {
        return SmallVector<Value>{LogisticOp::create(b, loc, x[0], x[1])};
      },
      /*classes=*/2);
}

TEST_F(AdjointTest, SumOutputs) {
  check({f32Tensor({pickSize(), pickSize()})},
        [](OpBuilder &b, Location loc, ValueRange x) {
          return SmallVector<Value>{SumOutputsOp::create(b, loc, x[0])};
        });
}

/// The adjoint computes the mask of the forward pass again.
TEST_F(AdjointTest, DropoutTrain) {
  for (int trial = 0; trial < 5; ++trial) {
    int32_t seed = random(), step = random() % 1000, first = random() % 100;
    bool isPart = random() % 2;
    float probability = (random() % 8) / 8.0f;
    SCOPED_TRACE(probability);
    check({f32Tensor({pickSize(), pickSize(), pickSize()})},
          [&](OpBuilder &b, Location loc, ValueRange x) {
            Value firstSample;
            if (isPart)
              firstSample = arith::ConstantIndexOp::create(b, loc, first);
            return SmallVector<Value>{DropoutTrainOp::create(
                b, loc, b.getI32IntegerAttr(trial), x[0],
                buildI32(b, loc, b.getI32Type(), seed),
                buildI32(b, loc, b.getI32Type(), step), firstSample,
                b.getF32FloatAttr(probability))};
          });
  }
}
