//===- OutputLosses.cpp - Losses without classes per output to linalg -----===//
//
// The logistic loss of one margin per sample, and the sum of outputs. Every
// exponential is of a value that is not positive, so that none overflows.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"

using namespace mlir;
using namespace qnet;

using Results = SmallVector<Value>;

/// The margins [B, 1] as [B].
static Value buildMargins(OpBuilder &b, Location loc, Value outputs) {
  return buildCollapsed(b, loc, outputs, {2});
}

/// Whether `label` (i32) is class 1.
static Value isFirst(Scalars s, Value label) {
  Value one = buildI32(s.b, s.loc, label.getType(), 1);
  return arith::CmpIOp::create(s.b, s.loc, arith::CmpIPredicate::eq, label,
                               one);
}

static Value negative(Scalars s, Value x) {
  return arith::NegFOp::create(s.b, s.loc, x);
}

/// -t y, the label's margin negated.
static Value buildMiss(Scalars s, Value y, Value label) {
  return s.select(isFirst(s, label), negative(s, y), y);
}

/// exp(-|x|)
static Value buildDecay(Scalars s, Value x) {
  Value size = math::AbsFOp::create(s.b, s.loc, x);
  return math::ExpOp::create(s.b, s.loc, negative(s, size));
}

static RankedTensorType perSampleOf(RankedTensorType outputs) {
  return RankedTensorType::get(outputs.getDimSize(0), outputs.getElementType());
}

namespace {
struct ConvertLogistic : OpRewritePattern<LogisticOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(LogisticOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto body = [](OpBuilder &b, Location bodyLoc, ValueRange args) {
      Scalars s{b, bodyLoc};
      Value miss = buildMiss(s, args[0], args[1]), zero = s.f32(0);
      // NaN is not at most 0: it goes on to the loss.
      Value met = arith::CmpFOp::create(b, bodyLoc, arith::CmpFPredicate::OLE,
                                        miss, zero);
      Value sum = s.add(s.f32(1.0f), buildDecay(s, miss));
      Value log = math::LogOp::create(b, bodyLoc, sum);
      return Results{s.add(s.select(met, zero, miss), log)};
    };
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, loc, tensorTypeOf(op.getResult()),
                {buildMargins(rewriter, loc, op.getOutputs()), op.getLabels()},
                body));
    return success();
  }
};

struct ConvertLogisticGrad : OpRewritePattern<LogisticGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(LogisticGradOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = tensorTypeOf(op.getResult());
    auto body = [](OpBuilder &b, Location bodyLoc, ValueRange args) {
      Scalars s{b, bodyLoc};
      Value miss = buildMiss(s, args[0], args[1]), one = s.f32(1.0f);
      Value decay = buildDecay(s, miss);
      Value top = s.select(s.greater(miss, s.f32(0)), one, decay);
      Value share = s.div(top, s.add(one, decay));
      Value slope =
          s.select(isFirst(s, args[1]), negative(s, args[2]), args[2]);
      return Results{s.mul(slope, share)};
    };
    Value gradient =
        buildElementwise(rewriter, loc, perSampleOf(type),
                         {buildMargins(rewriter, loc, op.getOutputs()),
                          op.getLabels(), op.getGradient()},
                         body);
    rewriter.replaceOp(op, buildExpanded(rewriter, loc, gradient, type, {2}));
    return success();
  }
};

struct ConvertIsPositive : OpRewritePattern<IsPositiveOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(IsPositiveOp op,
                                PatternRewriter &rewriter) const override {
    auto body = [](OpBuilder &b, Location bodyLoc, ValueRange args) {
      Scalars s{b, bodyLoc};
      Type i32 = b.getI32Type();
      return Results{s.select(s.greater(args[0], s.f32(0)),
                              buildI32(b, bodyLoc, i32, 1),
                              buildI32(b, bodyLoc, i32, 0))};
    };
    Location loc = op.getLoc();
    rewriter.replaceOp(
        op,
        buildElementwise(rewriter, loc, tensorTypeOf(op.getResult()),
                         buildMargins(rewriter, loc, op.getOutputs()), body));
    return success();
  }
};

struct ConvertSumOutputs : OpRewritePattern<SumOutputsOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(SumOutputsOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value zero = buildFilled(rewriter, loc, tensorTypeOf(op.getResult()), 0);
    auto body = [](OpBuilder &b, Location bodyLoc, ValueRange args) {
      return Results{Scalars{b, bodyLoc}.add(args[1], args[0])};
    };
    auto sums = buildGeneric(rewriter, loc, 2, {1}, {{op.getOutputs(), {0, 1}}},
                             {{zero, {0}}}, body);
    rewriter.replaceOp(op, sums.getResults());
    return success();
  }
};

struct ConvertSumOutputsGrad : OpRewritePattern<SumOutputsGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(SumOutputsGradOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = tensorTypeOf(op.getResult());
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(),
                                          type.getElementType());
    auto body = [](OpBuilder &, Location, ValueRange args) {
      return Results{args[0]};
    };
    auto spread = buildGeneric(rewriter, loc, 2, {}, {{op.getGradient(), {0}}},
                               {{empty, {0, 1}}}, body);
    rewriter.replaceOp(op, spread.getResults());
    return success();
  }
};
} // namespace

void qnet::populateOutputLossToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertLogistic, ConvertLogisticGrad, ConvertIsPositive,
               ConvertSumOutputs, ConvertSumOutputsGrad>(patterns.getContext());
}
