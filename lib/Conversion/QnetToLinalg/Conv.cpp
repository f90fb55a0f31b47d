//===- Conv.cpp - Convolutions to linalg ----------------------------------===//
//
// Convolutions as products of two matrices (im2col; Chellapilla et al., "High
// performance convolutional neural networks for document processing", 2006):
// row (n, p, q) of the columns matrix holds the input's values under the
// window's taps (i, j, c). A 1x1 convolution of stride 1 needs no columns: its
// input is the matrix. Nor do convolutions whose windows have rows of whole
// vectors (DirectConv.h): the columns are left to those of few channels and to
// input gradients with strides.
//
//===----------------------------------------------------------------------===//

#include "DirectConv.h"
#include "Gather.h"
#include "qnet/Dialect/Qnet/IR/TensorNames.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"

using namespace mlir;
using namespace qnet;

using Results = SmallVector<Value>;

static RankedTensorType f32Tensor(OpBuilder &b, ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, b.getF32Type());
}

/// Loops (n, p, q, i, j, c) of a convolution.
static SmallVector<int64_t> columnsShape(RankedTensorType input,
                                         const Windows &windows) {
  return {input.getDimSize(0), windows.output[0], windows.output[1],
          windows.window[0],   windows.window[1], input.getDimSize(3)};
}

static bool isPointwise(const Windows &windows) {
  return windows.window[0] == 1 && windows.window[1] == 1 &&
         windows.strides[0] == 1 && windows.strides[1] == 1;
}

static bool isDirect(const Windows &windows, RankedTensorType input) {
  return !isPointwise(windows) && hasVectorRows(windows, input.getDimSize(3));
}

/// The columns matrix [N P Q, KH KW C] of `input`.
static Value buildColumns(OpBuilder &b, Location loc, Value input,
                          const Windows &windows) {
  if (isPointwise(windows))
    return buildCollapsed(b, loc, input, {3, 1});
  RankedTensorType type =
      f32Tensor(b, columnsShape(tensorTypeOf(input), windows));
  Value columns = buildElementwise(
      b, extendName(loc, ".columns"), type, {},
      [&](OpBuilder &inner, Location bodyLoc, ValueRange) {
        Places at{inner, bodyLoc};
        Place row = at.inWindow(at.loop(1), at.loop(3), windows, 0);
        Place column = at.inWindow(at.loop(2), at.loop(4), windows, 1);
        return Results{at.read(
            input, {{at.loop(0), {}}, row, column, {at.loop(5), {}}}, 0)};
      });
  return buildCollapsed(b, loc, columns, {3, 3});
}

/// Adds the columns matrix up at the inputs it was read from.
static Value buildFromColumns(OpBuilder &b, Location loc, Value matrix,
                              RankedTensorType input, const Windows &windows) {
  if (isPointwise(windows))
    return buildExpanded(b, loc, matrix, input, {3, 1});
  RankedTensorType type = f32Tensor(b, columnsShape(input, windows));
  Value columns = buildExpanded(b, loc, matrix, type, {3, 3});
  // Loops (n, h, w, i, j, c); the taps' sizes come from a shape-only operand.
  Value taps = tensor::EmptyOp::create(
      b, loc, {windows.window[0], windows.window[1]}, b.getF32Type());
  LoopOperand result{buildFilled(b, loc, input, 0), {0, 1, 2, 5}};
  auto body = [&](OpBuilder &inner, Location bodyLoc, ValueRange args) {
    Places at{inner, bodyLoc};
    Place row = at.ofWindow(at.loop(1), at.loop(3), windows, 0);
    Place column = at.ofWindow(at.loop(2), at.loop(4), windows, 1);
    Value term = at.read(columns,
                         {{at.loop(0), {}},
                          row,
                          column,
                          {at.loop(3), {}},
                          {at.loop(4), {}},
                          {at.loop(5), {}}},
                         0);
    return Results{Scalars{inner, bodyLoc}.add(args[1], term)};
  };
  return buildGeneric(b, loc, 6, {3, 4}, {{taps, {3, 4}}}, {result}, body)
      .getResult(0);
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
    if (isDirect(windows, tensorTypeOf(op.getInput()))) {
      rewriter.replaceOp(op, buildDirectConv(rewriter, loc, op.getInput(),
                                             op.getWeights(), result, windows));
      return success();
    }
    Value columns = buildColumns(rewriter, loc, op.getInput(), windows);
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
    if (!isPointwise(windows) &&
        hasDirectInputGrad(windows,
                           tensorTypeOf(op.getGradient()).getDimSize(3))) {
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
    Value columns =
        buildContraction(rewriter, extendName(loc, ".columns"),
                         {gradient, {0, 2}}, {weights, {2, 1}}, flat);
    rewriter.replaceOp(
        op, buildFromColumns(rewriter, loc, columns, input, windows));
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
    if (isDirect(windows, tensorTypeOf(op.getInput()))) {
      rewriter.replaceOp(op,
                         buildDirectWeightGrad(rewriter, loc, op.getGradient(),
                                               op.getInput(), result, windows));
      return success();
    }
    Value gradient = buildCollapsed(rewriter, loc, op.getGradient(), {3, 1});
    Value columns = buildColumns(rewriter, loc, op.getInput(), windows);
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
