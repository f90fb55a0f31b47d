//===- Conv.cpp - Convolutions to linalg ----------------------------------===//
//
// A 1x1 convolution of stride 1 is a product of matrices: its input is one,
// with a row for each pixel. Any other is a nest of loops over the padded input
// (DirectConv.h), which code generation reads under each window. No columns
// matrix (im2col) is stored.
//
//===----------------------------------------------------------------------===//

#include "DirectConv.h"
#include "Gather.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"
#include "qnet/Dialect/Qnet/IR/TensorNames.h"

using namespace mlir;
using namespace qnet;

using Results = SmallVector<Value>;

static RankedTensorType f32Tensor(OpBuilder &b, ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, b.getF32Type());
}

static bool isPointwise(const Windows &windows) {
  return windows.window[0] == 1 && windows.window[1] == 1 &&
         windows.strides[0] == 1 && windows.strides[1] == 1;
}

template <typename OpT>
static Windows windowsOf(OpT op, RankedTensorType input,
                         RankedTensorType weights) {
  return *getWindows(std::nullopt, input.getShape(),
                     weights.getShape().slice(1, 2), op.getStrides(),
                     op.getPads());
}

namespace {
/// conv2d(x, k, b) = bias(conv2d(x, k), b)
struct SplitBias : OpRewritePattern<Conv2DOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(Conv2DOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getBias())
      return rewriter.notifyMatchFailure(op, "has no bias");
    Value sums =
        Conv2DOp::create(rewriter, op.getLoc(), op.getInput(), op.getWeights(),
                         Value(), op.getStridesAttr(), op.getPadsAttr());
    rewriter.replaceOpWithNewOp<BiasOp>(op, sums, op.getBias());
    return success();
  }
};

/// y[npq, f] = sum_ijc columns[npq, ijc] k[f, ijc]
struct ConvertConv2D : OpRewritePattern<Conv2DOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(Conv2DOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getBias())
      return rewriter.notifyMatchFailure(op, "has a bias");
    Location loc = op.getLoc();
    RankedTensorType result = tensorTypeOf(op.getResult());
    Windows windows = windowsOf(op, tensorTypeOf(op.getInput()),
                                tensorTypeOf(op.getWeights()));
    if (!isPointwise(windows)) {
      rewriter.replaceOp(op, buildDirectConv(rewriter, loc, op.getInput(),
                                             op.getWeights(), result, windows));
      return success();
    }
    Value columns = buildCollapsed(rewriter, loc, op.getInput(), {3, 1});
    Value weights = buildCollapsed(rewriter, loc, op.getWeights(), {1, 3});
    RankedTensorType flat = f32Tensor(
        rewriter, {tensorTypeOf(columns).getDimSize(0), result.getDimSize(3)});
    Value product = buildContraction(rewriter, loc, {columns, {0, 2}},
                                     {weights, {1, 2}}, flat);
    rewriter.replaceOp(op,
                       buildExpanded(rewriter, loc, product, result, {3, 1}));
    return success();
  }
};

/// columns gradient [npq, ijc] = sum_f dy[npq, f] k[f, ijc], added up
struct ConvertConv2DInputGrad : OpRewritePattern<Conv2DInputGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(Conv2DInputGradOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType input = tensorTypeOf(op.getResult());
    Windows windows = windowsOf(op, input, tensorTypeOf(op.getWeights()));
    if (!isPointwise(windows)) {
      rewriter.replaceOp(op,
                         buildDirectInputGrad(rewriter, loc, op.getGradient(),
                                              op.getWeights(), input, windows));
      return success();
    }
    Value gradient = buildCollapsed(rewriter, loc, op.getGradient(), {3, 1});
    Value weights = buildCollapsed(rewriter, loc, op.getWeights(), {1, 3});
    RankedTensorType flat =
        f32Tensor(rewriter, {tensorTypeOf(gradient).getDimSize(0),
                             tensorTypeOf(weights).getDimSize(1)});
    Value columns = buildContraction(rewriter, loc, {gradient, {0, 2}},
                                     {weights, {2, 1}}, flat);
    rewriter.replaceOp(op,
                       buildExpanded(rewriter, loc, columns, input, {3, 1}));
    return success();
  }
};

/// dk[f, ijc] = sum_npq dy[npq, f] columns[npq, ijc]
struct ConvertConv2DWeightGrad : OpRewritePattern<Conv2DWeightGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(Conv2DWeightGradOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType result = tensorTypeOf(op.getResult());
    Windows windows = windowsOf(op, tensorTypeOf(op.getInput()), result);
    if (!isPointwise(windows)) {
      rewriter.replaceOp(op,
                         buildDirectWeightGrad(rewriter, loc, op.getGradient(),
                                               op.getInput(), result, windows));
      return success();
    }
    Value gradient = buildCollapsed(rewriter, loc, op.getGradient(), {3, 1});
    Value columns = buildCollapsed(rewriter, loc, op.getInput(), {3, 1});
    RankedTensorType flat = f32Tensor(
        rewriter, {result.getDimSize(0), tensorTypeOf(columns).getDimSize(1)});
    Value product = buildContraction(rewriter, loc, {gradient, {2, 0}},
                                     {columns, {2, 1}}, flat);
    rewriter.replaceOp(op,
                       buildExpanded(rewriter, loc, product, result, {1, 3}));
    return success();
  }
};
} // namespace

void qnet::populateConvToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<SplitBias, ConvertConv2D, ConvertConv2DInputGrad,
               ConvertConv2DWeightGrad>(patterns.getContext());
}
