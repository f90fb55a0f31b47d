//===- Dense.cpp - Dense layers to linalg ---------------------------------===//
//
// The three products of a dense layer as contractions of three loops.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"

using namespace mlir;
using namespace qnet;

namespace {
/// y[b,o] = sum_i x[b,i] w[o,i]
struct ConvertDense : OpRewritePattern<DenseOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(DenseOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, buildContraction(rewriter, op.getLoc(),
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
    rewriter.replaceOp(op, buildContraction(rewriter, op.getLoc(),
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
    rewriter.replaceOp(op, buildContraction(rewriter, op.getLoc(),
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
