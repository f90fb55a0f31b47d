//===- Elementwise.cpp - Bias, relu, add, averages to linalg --------------===//
//
// Layers without products, and their gradients.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"

using namespace mlir;
using namespace qnet;

/// The f32 result of one element of `op`, from its operands.
static Value buildElement(BiasOp, Scalars s, ValueRange args) {
  return s.add(args[0], args[1]);
}
static Value buildElement(AddOp, Scalars s, ValueRange args) {
  return s.add(args[0], args[1]);
}
/// max(x, 0) that lets NaN through: a NaN must reach the update, which reports
/// it.
static Value buildElement(ReluOp, Scalars s, ValueRange args) {
  Value zero = s.f32(0);
  Value notPositive = arith::CmpFOp::create(
      s.b, s.loc, arith::CmpFPredicate::OLE, args[0], zero);
  return s.select(notPositive, zero, args[0]);
}
static Value buildElement(ReluGradOp, Scalars s, ValueRange args) {
  Value zero = s.f32(0);
  return s.select(s.greater(args[1], zero), args[0], zero);
}
static Value limited(Scalars s, Value value, float low, float high) {
  auto outside = [&](arith::CmpFPredicate predicate, float bound) {
    Value limit = s.f32(bound);
    Value beyond = arith::CmpFOp::create(s.b, s.loc, predicate, value, limit);
    value = s.select(beyond, limit, value);
  };
  outside(arith::CmpFPredicate::OLT, low);
  outside(arith::CmpFPredicate::OGT, high);
  return value;
}
static Value buildElement(HardTanhOp, Scalars s, ValueRange args) {
  return limited(s, args[0], -1.0f, 1.0f);
}
static Value buildElement(SignOp, Scalars s, ValueRange args) {
  Value notNegative = arith::CmpFOp::create(
      s.b, s.loc, arith::CmpFPredicate::OGE, args[0], s.f32(0));
  return s.select(notNegative, s.f32(1.0f), s.f32(-1.0f));
}
static Value buildElement(HardTanhGradOp, Scalars s, ValueRange args) {
  Value clamped = limited(s, args[1], -1.0f, 1.0f);
  Value inside = arith::CmpFOp::create(s.b, s.loc, arith::CmpFPredicate::OEQ,
                                       clamped, args[1]);
  return s.select(inside, args[0], s.f32(0));
}
static Value buildElement(ScaleShiftOp, Scalars s, ValueRange args) {
  return s.add(s.mul(args[0], args[1]), args[2]);
}
static Value buildElement(ThresholdOp, Scalars s, ValueRange args) {
  auto isAtMost = [&](Value x, Value y) -> Value {
    return arith::CmpFOp::create(s.b, s.loc, arith::CmpFPredicate::OLE, x, y);
  };
  Value inside = arith::AndIOp::create(s.b, s.loc, isAtMost(args[1], args[0]),
                                       isAtMost(args[0], args[2]));
  return s.select(inside, s.f32(1.0f), s.f32(-1.0f));
}
static Value buildElement(RunningAverageOp op, Scalars s, ValueRange args) {
  float momentum = op.getMomentum().convertToFloat();
  float share = (1.0f - momentum) * op.getCorrection().convertToFloat();
  return s.add(s.mul(s.f32(momentum), args[0]), s.mul(s.f32(share), args[1]));
}

namespace {
template <typename OpT> struct ConvertElementwise : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
      return SmallVector<Value>{buildElement(op, Scalars{b, loc}, args)};
    };
    Value result = op.getResult();
    rewriter.replaceOp(op, buildElementwise(rewriter, op.getLoc(),
                                            tensorTypeOf(result),
                                            op->getOperands(), body));
    return success();
  }
};

struct ConvertBiasGrad : OpRewritePattern<BiasGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(BiasGradOp op,
                                PatternRewriter &rewriter) const override {
    auto body = [](OpBuilder &, Location, ValueRange args) {
      return SmallVector<Value>{args[0]};
    };
    rewriter.replaceOp(op, buildSampleChannelSums(rewriter, op.getLoc(),
                                                  op.getGradient(), 1, body));
    return success();
  }
};
} // namespace

void qnet::populateElementwiseToLinalgPatterns(RewritePatternSet &patterns) {
  patterns
      .add<ConvertElementwise<BiasOp>, ConvertElementwise<AddOp>,
           ConvertElementwise<ReluOp>, ConvertElementwise<ReluGradOp>,
           ConvertElementwise<RunningAverageOp>,
           ConvertElementwise<ScaleShiftOp>, ConvertElementwise<ThresholdOp>,
           ConvertElementwise<HardTanhOp>, ConvertElementwise<SignOp>,
           ConvertElementwise<HardTanhGradOp>, ConvertBiasGrad>(
          patterns.getContext());
}
