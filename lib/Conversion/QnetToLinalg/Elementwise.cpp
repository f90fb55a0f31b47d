//===- Elementwise.cpp - Bias, relu, add, averages to linalg ---------------===//
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
/// max(x, 0) that lets NaN through: a NaN must reach the update, which reports it.
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
static Value buildElement(RunningAverageOp op, Scalars s, ValueRange args) {
  float momentum = op.getMomentum().convertToFloat();
  float share = (1.0f - momentum) * op.getCorrection().convertToFloat();
  return s.add(s.mul(s.f32(momentum), args[0]), s.mul(s.f32(share), args[1]));
}

namespace {
template <typename OpT>
struct ConvertElementwise : OpRewritePattern<OpT> {
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
    rewriter.replaceOp(op, buildChannelSums(rewriter, op.getLoc(),
                                            op.getGradient(), 1, body));
    return success();
  }
};
} // namespace

void qnet::populateElementwiseToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertElementwise<BiasOp>, ConvertElementwise<AddOp>,
               ConvertElementwise<ReluOp>, ConvertElementwise<ReluGradOp>,
               ConvertElementwise<RunningAverageOp>, ConvertBiasGrad>(
      patterns.getContext());
}
