//===- Losses.cpp - Losses and predictions to linalg ----------------------===//
//
// Loops are (sample d0, class d1). The softmax is shifted by the largest
// output, so that its exponentials cannot overflow.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"
#include <limits>

using namespace mlir;
using namespace qnet;

using Results = SmallVector<Value>;

static RankedTensorType perSample(Value outputs, Type element) {
  return RankedTensorType::get(tensorTypeOf(outputs).getDimSize(0), element);
}

/// Accumulates the body's values over the classes of each sample. The body's
/// last arguments are the accumulators.
static Results buildOverClasses(OpBuilder &b, Location loc,
                                ArrayRef<LoopOperand> inputs,
                                ArrayRef<Value> starts, BodyFn body) {
  SmallVector<LoopOperand> outputs;
  for (Value start : starts)
    outputs.push_back({start, {0}});
  auto generic = buildGeneric(b, loc, 2, {1}, inputs, outputs, body);
  return Results(generic.getResults());
}

/// Whether the class of this iteration (loop 1) is `label` (i32).
static Value isLabel(OpBuilder &b, Location loc, Value label) {
  Value index = linalg::IndexOp::create(b, loc, 1);
  Value cls = arith::IndexCastOp::create(b, loc, b.getI32Type(), index);
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, cls, label);
}

/// The largest output of each sample.
static Value buildMaxima(OpBuilder &b, Location loc, Value outputs) {
  Value lowest = buildFilled(b, loc, perSample(outputs, b.getF32Type()),
                             -std::numeric_limits<float>::infinity());
  return buildOverClasses(
      b, loc, {{outputs, {0, 1}}}, {lowest},
      [](OpBuilder &inner, Location innerLoc, ValueRange args) {
        Scalars s{inner, innerLoc};
        return Results{s.select(s.greater(args[0], args[1]), args[0], args[1])};
      })[0];
}

/// sum_c exp(y - max) of each sample.
static Value buildExpSums(OpBuilder &b, Location loc, Value outputs,
                          Value maxima) {
  Value zero = buildFilled(b, loc, perSample(outputs, b.getF32Type()), 0);
  return buildOverClasses(
      b, loc, {{outputs, {0, 1}}, {maxima, {0}}}, {zero},
      [](OpBuilder &inner, Location innerLoc, ValueRange args) {
        Scalars s{inner, innerLoc};
        Value e = math::ExpOp::create(inner, innerLoc, s.sub(args[0], args[1]));
        return Results{s.add(args[2], e)};
      })[0];
}

/// One value per output from the body; operands of rank 1 are per sample.
static Value buildPerOutput(OpBuilder &b, Location loc, Value outputs,
                            ValueRange inputs, BodyFn body) {
  SmallVector<LoopOperand> operands;
  for (Value input : inputs)
    operands.push_back({input, tensorTypeOf(input).getRank() == 1
                                   ? SmallVector<int64_t>{0}
                                   : SmallVector<int64_t>{0, 1}});
  RankedTensorType type = tensorTypeOf(outputs);
  Value empty =
      tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  return buildGeneric(b, loc, 2, {}, operands, {{empty, {0, 1}}}, body)
      .getResult(0);
}

/// +1 at the label, -1 elsewhere.
static Value hingeTarget(Scalars s, Value label) {
  return s.select(isLabel(s.b, s.loc, label), s.f32(1.0f), s.f32(-1.0f));
}

/// max(0, 1 - t y), NaN if y is.
static Value hingeMargin(Scalars s, Value target, Value output) {
  Value zero = s.f32(0);
  Value margin = s.sub(s.f32(1.0f), s.mul(target, output));
  Value met = arith::CmpFOp::create(s.b, s.loc, arith::CmpFPredicate::OLE,
                                    margin, zero);
  return s.select(met, zero, margin);
}

namespace {
struct ConvertSoftmax : OpRewritePattern<SoftmaxCrossEntropyOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(SoftmaxCrossEntropyOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value outputs = op.getOutputs();
    Value maxima = buildMaxima(rewriter, loc, outputs);
    Value sums = buildExpSums(rewriter, loc, outputs, maxima);
    Value zero = buildFilled(rewriter, loc, tensorTypeOf(op.getResult()), 0);
    Value atLabel = buildOverClasses(
        rewriter, loc,
        {{outputs, {0, 1}}, {maxima, {0}}, {op.getLabels(), {0}}}, {zero},
        [](OpBuilder &b, Location bodyLoc, ValueRange args) {
          Scalars s{b, bodyLoc};
          Value shifted = s.sub(args[0], args[1]);
          return Results{
              s.select(isLabel(b, bodyLoc, args[2]), shifted, args[3])};
        })[0];
    rewriter.replaceOp(
        op, buildElementwise(
                rewriter, loc, tensorTypeOf(op.getResult()), {sums, atLabel},
                [](OpBuilder &b, Location bodyLoc, ValueRange args) {
                  Value log = math::LogOp::create(b, bodyLoc, args[0]);
                  return Results{Scalars{b, bodyLoc}.sub(log, args[1])};
                }));
    return success();
  }
};

struct ConvertSoftmaxGrad : OpRewritePattern<SoftmaxCrossEntropyGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(SoftmaxCrossEntropyGradOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value outputs = op.getOutputs();
    Value maxima = buildMaxima(rewriter, loc, outputs);
    Value sums = buildExpSums(rewriter, loc, outputs, maxima);
    rewriter.replaceOp(
        op, buildPerOutput(
                rewriter, loc, outputs,
                {outputs, maxima, sums, op.getLabels(), op.getGradient()},
                [](OpBuilder &b, Location bodyLoc, ValueRange args) {
                  Scalars s{b, bodyLoc};
                  Value e =
                      math::ExpOp::create(b, bodyLoc, s.sub(args[0], args[1]));
                  Value p = s.div(e, args[2]);
                  Value one = s.select(isLabel(b, bodyLoc, args[3]),
                                       s.f32(1.0f), s.f32(0.0f));
                  return Results{s.mul(args[4], s.sub(p, one))};
                }));
    return success();
  }
};

struct ConvertSquaredHinge : OpRewritePattern<SquaredHingeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(SquaredHingeOp op,
                                PatternRewriter &rewriter) const override {
    Value zero =
        buildFilled(rewriter, op.getLoc(), tensorTypeOf(op.getResult()), 0);
    rewriter.replaceOp(
        op, buildOverClasses(
                rewriter, op.getLoc(),
                {{op.getOutputs(), {0, 1}}, {op.getLabels(), {0}}}, {zero},
                [](OpBuilder &b, Location bodyLoc, ValueRange args) {
                  Scalars s{b, bodyLoc};
                  Value margin =
                      hingeMargin(s, hingeTarget(s, args[1]), args[0]);
                  return Results{s.add(args[2], s.mul(margin, margin))};
                }));
    return success();
  }
};

struct ConvertSquaredHingeGrad : OpRewritePattern<SquaredHingeGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(SquaredHingeGradOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op,
        buildPerOutput(rewriter, op.getLoc(), op.getOutputs(),
                       {op.getOutputs(), op.getLabels(), op.getGradient()},
                       [](OpBuilder &b, Location bodyLoc, ValueRange args) {
                         Scalars s{b, bodyLoc};
                         Value target = hingeTarget(s, args[1]);
                         Value margin = hingeMargin(s, target, args[0]);
                         Value slope = s.mul(s.f32(-2.0f), target);
                         return Results{s.mul(s.mul(slope, args[2]), margin)};
                       }));
    return success();
  }
};

struct ConvertSquaredError : OpRewritePattern<MeanSquaredErrorOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(MeanSquaredErrorOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = tensorTypeOf(op.getResult());
    Value zero = buildFilled(rewriter, loc, type, 0);
    Value sums = buildOverClasses(
        rewriter, loc, {{op.getOutputs(), {0, 1}}, {op.getLabels(), {0, 1}}},
        {zero}, [](OpBuilder &b, Location bodyLoc, ValueRange args) {
          Scalars s{b, bodyLoc};
          Value error = s.sub(args[0], args[1]);
          return Results{s.add(args[2], s.mul(error, error))};
        })[0];
    float targets = tensorTypeOf(op.getOutputs()).getDimSize(1);
    rewriter.replaceOp(
        op,
        buildElementwise(rewriter, loc, type, sums,
                         [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
                           Scalars s{b, bodyLoc};
                           return Results{s.div(args[0], s.f32(targets))};
                         }));
    return success();
  }
};

struct ConvertSquaredErrorGrad : OpRewritePattern<MeanSquaredErrorGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(MeanSquaredErrorGradOp op,
                                PatternRewriter &rewriter) const override {
    float targets = tensorTypeOf(op.getOutputs()).getDimSize(1);
    rewriter.replaceOp(
        op,
        buildPerOutput(rewriter, op.getLoc(), op.getOutputs(),
                       {op.getOutputs(), op.getLabels(), op.getGradient()},
                       [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
                         Scalars s{b, bodyLoc};
                         Value error = s.sub(args[0], args[1]);
                         Value share = s.div(s.f32(2.0f), s.f32(targets));
                         return Results{s.mul(s.mul(share, args[2]), error)};
                       }));
    return success();
  }
};

struct ConvertArgmax : OpRewritePattern<ArgmaxOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(ArgmaxOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value outputs = op.getOutputs();
    Value lowest =
        buildFilled(rewriter, loc, perSample(outputs, rewriter.getF32Type()),
                    -std::numeric_limits<float>::infinity());
    Value first = buildFilled(rewriter, loc, tensorTypeOf(op.getResult()), 0);
    Results results =
        buildOverClasses(rewriter, loc, {{outputs, {0, 1}}}, {lowest, first},
                         [](OpBuilder &b, Location bodyLoc, ValueRange args) {
                           Scalars s{b, bodyLoc};
                           Value larger = s.greater(args[0], args[1]);
                           Value index = linalg::IndexOp::create(b, bodyLoc, 1);
                           Value cls = arith::IndexCastOp::create(
                               b, bodyLoc, b.getI32Type(), index);
                           return Results{s.select(larger, args[0], args[1]),
                                          s.select(larger, cls, args[2])};
                         });
    rewriter.replaceOp(op, results[1]);
    return success();
  }
};
} // namespace

void qnet::populateLossToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertSoftmax, ConvertSoftmaxGrad, ConvertSquaredHinge,
               ConvertSquaredHingeGrad, ConvertSquaredError,
               ConvertSquaredErrorGrad, ConvertArgmax>(patterns.getContext());
}
