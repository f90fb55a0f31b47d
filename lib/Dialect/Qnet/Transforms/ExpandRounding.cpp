//===- ExpandRounding.cpp - qnet-expand-rounding --------------------------===//
//
// Rounding, encoding and decoding become the arithmetic that grids and
// roundings build; a new grid or rounding needs no edit here.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/Transforms/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETEXPANDROUNDING
#include "qnet/Dialect/Qnet/Transforms/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
struct ExpandRound : OpRewritePattern<RoundOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(RoundOp op,
                                PatternRewriter &rewriter) const override {
    Value ordinal =
        buildRoundToOrdinal(rewriter, op.getLoc(), op.getGrid(),
                            op.getRounding(), op.getValue(), op.getRandom());
    rewriter.replaceOp(
        op, op.getGrid().buildDecode(rewriter, op.getLoc(), ordinal));
    return success();
  }
};

struct ExpandEncode : OpRewritePattern<EncodeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(EncodeOp op,
                                PatternRewriter &rewriter) const override {
    Value ordinal =
        buildRoundToOrdinal(rewriter, op.getLoc(), op.getGrid(),
                            op.getRounding(), op.getValue(), op.getRandom());
    rewriter.replaceOpWithNewOp<ToCodeOp>(op, op.getResult().getType(),
                                          ordinal);
    return success();
  }
};

struct ExpandDecode : OpRewritePattern<DecodeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(DecodeOp op,
                                PatternRewriter &rewriter) const override {
    Type ordinals =
        withElementType(op.getResult().getType(), rewriter.getI32Type());
    Value ordinal =
        FromCodeOp::create(rewriter, op.getLoc(), ordinals, op.getCodes());
    rewriter.replaceOp(
        op, op.getGrid().buildDecode(rewriter, op.getLoc(), ordinal));
    return success();
  }
};

struct QnetExpandRounding
    : qnet::impl::QnetExpandRoundingBase<QnetExpandRounding> {
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([&](Operation *op) {
      numExpanded += isa<RoundOp, EncodeOp, DecodeOp>(op);
    });
    RewritePatternSet patterns(&getContext());
    populateExpandRoundingPatterns(patterns);
    // Folding is left to canonicalize: only what is named here is changed.
    GreedyRewriteConfig config;
    config.enableFolding(false);
    if (failed(
            applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};
} // namespace

void qnet::populateExpandRoundingPatterns(RewritePatternSet &patterns) {
  patterns.add<ExpandRound, ExpandEncode, ExpandDecode>(patterns.getContext());
}
