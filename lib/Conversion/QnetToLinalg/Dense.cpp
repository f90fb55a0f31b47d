//===- Dense.cpp - Dense layers to linalg -----------------------------------===//
//
// The three products of a dense layer as contractions of three loops. Weights that
// are codes are decoded in the body.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"

using namespace mlir;
using namespace qnet;

static Value decoded(OpBuilder &b, Location loc, Value element) {
  if (isa<QType>(element.getType()))
    return DecodeOp::create(b, loc, b.getF32Type(), element);
  return element;
}

/// result[d0, d1] = sum over d2 of lhs * rhs, each indexed by the loops given.
static Value buildProduct(OpBuilder &b, Location loc, LoopOperand lhs,
                          LoopOperand rhs, RankedTensorType type) {
  LoopOperand result{buildFilled(b, loc, type, 0), {0, 1}};
  auto body = [](OpBuilder &inner, Location innerLoc, ValueRange args) {
    Scalars s{inner, innerLoc};
    Value product = s.mul(decoded(inner, innerLoc, args[0]),
                          decoded(inner, innerLoc, args[1]));
    return SmallVector<Value>{s.add(args[2], product)};
  };
  return buildGeneric(b, loc, 3, {2}, {lhs, rhs}, {result}, body)
      .getResult(0);
}

namespace {
/// y[b,o] = sum_i x[b,i] w[o,i]
struct ConvertDense : OpRewritePattern<DenseOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(DenseOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, buildProduct(rewriter, op.getLoc(),
                                        {op.getInput(), {0, 2}},
                                        {op.getWeights(), {1, 2}},
                                        tensorTypeOf(op.getResult())));
    return success();
  }
};

/// dx[b,i] = sum_o dy[b,o] w[o,i]
struct ConvertDenseInputGrad : OpRewritePattern<DenseInputGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(DenseInputGradOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, buildProduct(rewriter, op.getLoc(),
                                        {op.getGradient(), {0, 2}},
                                        {op.getWeights(), {2, 1}},
                                        tensorTypeOf(op.getResult())));
    return success();
  }
};

/// dw[o,i] = sum_b dy[b,o] x[b,i]
struct ConvertDenseWeightGrad : OpRewritePattern<DenseWeightGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(DenseWeightGradOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, buildProduct(rewriter, op.getLoc(),
                                        {op.getGradient(), {2, 0}},
                                        {op.getInput(), {2, 1}},
                                        tensorTypeOf(op.getResult())));
    return success();
  }
};
} // namespace

void qnet::populateDenseToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertDense, ConvertDenseInputGrad, ConvertDenseWeightGrad>(
      patterns.getContext());
}
