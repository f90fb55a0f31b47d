//===- BatchNorm.cpp - Batch normalization to linalg ----------------------===//
//
// Statistics by two passes over the batch (mean, then mean of squared
// deviations), each summed in the order of ChannelSums.cpp; formulas as in
// dialects/Qnet/QnetLayerOps.td.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"

using namespace mlir;
using namespace qnet;

using Results = SmallVector<Value>;

/// 1/n for the n samples per channel of `type`.
static float sampleShare(RankedTensorType type) {
  int64_t count = type.getNumElements() / type.getShape().back();
  return 1.0f / static_cast<float>(count);
}

/// 1/sqrt(variance + epsilon)
static Value buildInverse(OpBuilder &b, Location loc, Value variance,
                          APFloat epsilon) {
  return buildElementwise(
      b, loc, tensorTypeOf(variance), variance,
      [&](OpBuilder &inner, Location innerLoc, ValueRange args) {
        Scalars s{inner, innerLoc};
        Value sum = s.add(args[0], s.f32(epsilon.convertToFloat()));
        Value root = math::SqrtOp::create(inner, innerLoc, sum);
        return Results{s.div(s.f32(1.0f), root)};
      });
}

/// scale (x - mean) inverse + shift
static Value buildNormalized(OpBuilder &b, Location loc, Value input,
                             Value mean, Value inverse, Value scale,
                             Value shift) {
  return buildElementwise(
      b, loc, tensorTypeOf(input), {input, mean, inverse, scale, shift},
      [](OpBuilder &inner, Location innerLoc, ValueRange args) {
        Scalars s{inner, innerLoc};
        Value z = s.mul(s.sub(args[0], args[1]), args[2]);
        return Results{s.add(s.mul(args[3], z), args[4])};
      });
}

namespace {
struct ConvertBatchNormTrain : OpRewritePattern<BatchNormTrainOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(BatchNormTrainOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = op.getInput();
    float share = sampleShare(tensorTypeOf(input));
    Results sums = buildSplitChannelSums(rewriter, loc, input, 1,
                                    [](OpBuilder &, Location, ValueRange args) {
                                      return Results{args[0]};
                                    });
    Value mean = buildScaled(rewriter, loc, sums[0], share);
    Results squares =
        buildSplitChannelSums(rewriter, loc, {input, mean}, 1,
                         [](OpBuilder &b, Location bodyLoc, ValueRange args) {
                           Scalars s{b, bodyLoc};
                           Value deviation = s.sub(args[0], args[1]);
                           return Results{s.mul(deviation, deviation)};
                         });
    Value variance = buildScaled(rewriter, loc, squares[0], share);
    Value inverse = buildInverse(rewriter, loc, variance, op.getEpsilon());
    Value result = buildNormalized(rewriter, loc, input, mean, inverse,
                                   op.getScale(), op.getShift());
    rewriter.replaceOp(op, {result, mean, variance, inverse});
    return success();
  }
};

struct ConvertBatchNormFold : OpRewritePattern<BatchNormFoldOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(BatchNormFoldOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = tensorTypeOf(op.getScale());
    Value inverse =
        buildInverse(rewriter, loc, op.getVariance(), op.getEpsilon());
    Value factor = buildElementwise(
        rewriter, loc, type, {op.getScale(), inverse},
        [](OpBuilder &b, Location bodyLoc, ValueRange args) {
          return Results{Scalars{b, bodyLoc}.mul(args[0], args[1])};
        });
    Value offset = buildElementwise(
        rewriter, loc, type, {op.getShift(), op.getMean(), factor},
        [](OpBuilder &b, Location bodyLoc, ValueRange args) {
          Scalars s{b, bodyLoc};
          return Results{s.sub(args[0], s.mul(args[1], args[2]))};
        });
    rewriter.replaceOp(op, {factor, offset});
    return success();
  }
};

struct ConvertBatchNormGrad : OpRewritePattern<BatchNormGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(BatchNormGradOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value gradient = op.getGradient(), input = op.getInput();
    Value mean = op.getMean(), inverse = op.getInverse();
    Results sums =
        buildSplitChannelSums(rewriter, loc, {gradient, input, mean, inverse}, 2,
                         [](OpBuilder &b, Location bodyLoc, ValueRange args) {
                           Scalars s{b, bodyLoc};
                           Value z = s.mul(s.sub(args[1], args[2]), args[3]);
                           return Results{args[0], s.mul(args[0], z)};
                         });
    float share = sampleShare(tensorTypeOf(input));
    Value inputGradient = buildElementwise(
        rewriter, loc, tensorTypeOf(input),
        {gradient, input, mean, inverse, op.getScale(), sums[0], sums[1]},
        [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
          Scalars s{b, bodyLoc};
          Value z = s.mul(s.sub(args[1], args[2]), args[3]);
          Value n = s.f32(share);
          Value centred = s.sub(args[0], s.mul(args[5], n));
          Value rest = s.sub(centred, s.mul(z, s.mul(args[6], n)));
          return Results{s.mul(s.mul(args[4], args[3]), rest)};
        });
    rewriter.replaceOp(op, {inputGradient, sums[1], sums[0]});
    return success();
  }
};
} // namespace

void qnet::populateBatchNormToLinalgPatterns(RewritePatternSet &patterns) {
  patterns
      .add<ConvertBatchNormTrain, ConvertBatchNormFold, ConvertBatchNormGrad>(
          patterns.getContext());
}
