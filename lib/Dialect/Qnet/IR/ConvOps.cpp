//===- ConvOps.cpp - Convolution and pooling: shapes and adjoints ---------===//
//
// Result types, verifiers and adjoints of the layers on images (NHWC).
//
//===----------------------------------------------------------------------===//

#include "TensorChecks.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/IR/Windows.h"

using namespace mlir;
using namespace qnet;

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

FailureOr<Windows> qnet::getWindows(std::optional<Location> loc, Shape input,
                                    Shape window, Shape strides, Shape pads) {
  if (input.size() != 4) {
    (void)emitOptionalError(loc,
                            "expected an input of rank 4 (n, h, w, c), "
                            "got rank ",
                            input.size());
    return failure();
  }
  if (failed(checkValues(loc, window, 2, 1, "window")) ||
      failed(checkValues(loc, strides, 2, 1, "strides")) ||
      failed(checkValues(loc, pads, 4, 0, "pads")))
    return failure();
  Windows windows;
  for (int i = 0; i < 2; ++i) {
    windows.window[i] = window[i];
    windows.strides[i] = strides[i];
    windows.low[i] = pads[i];
    windows.high[i] = pads[i + 2];
    windows.input[i] = input[i + 1];
    int64_t padded = input[i + 1] + pads[i] + pads[i + 2];
    if (padded < window[i] || input[i + 1] == 0) {
      (void)emitOptionalError(loc,
                              "expected a window within the padded input, "
                              "got a window of ",
                              window[i], " on ", padded);
      return failure();
    }
    if (pads[i] >= window[i] || pads[i + 2] >= window[i]) {
      (void)emitOptionalError(loc, "expected pads smaller than the window of ",
                              window[i], ", got ", pads[i], " and ",
                              pads[i + 2]);
      return failure();
    }
    windows.output[i] = (padded - window[i]) / strides[i] + 1;
  }
  return windows;
}

static RankedTensorType imageType(RankedTensorType like, int64_t n,
                                  const int64_t size[2], int64_t channels) {
  return RankedTensorType::get({n, size[0], size[1], channels},
                               Float32Type::get(like.getContext()));
}

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

/// The windows of a convolution of `input` by `weights`.
static FailureOr<Windows> convWindows(std::optional<Location> loc,
                                      RankedTensorType input,
                                      RankedTensorType weights, Shape strides,
                                      Shape pads) {
  if (weights.getRank() != 4 || input.getRank() != 4) {
    (void)emitOptionalError(loc,
                            "expected an input (n, h, w, c) and a kernel "
                            "(f, kh, kw, c) of rank 4, got ",
                            input, " and ", weights);
    return failure();
  }
  if (weights.getDimSize(3) != input.getDimSize(3)) {
    (void)emitOptionalError(loc, "expected the kernel's channels to be ",
                            input.getDimSize(3), ", got ",
                            weights.getDimSize(3));
    return failure();
  }
  return getWindows(loc, input.getShape(), weights.getShape().slice(1, 2),
                    strides, pads);
}

LogicalResult Conv2DOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorOf(adaptor.getInput());
  RankedTensorType weights = tensorOf(adaptor.getWeights());
  FailureOr<Windows> windows =
      convWindows(loc, input, weights, adaptor.getStrides(), adaptor.getPads());
  if (failed(windows))
    return failure();
  int64_t filters = weights.getDimSize(0);
  if (Value bias = adaptor.getBias())
    if (shapeOf(bias) != Shape(filters))
      return emitOptionalError(loc, "expected a bias of ", filters,
                               " values, got ", bias.getType());
  types.push_back(
      imageType(input, input.getDimSize(0), windows->output, filters));
  return success();
}

Gradients Conv2DOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                                 ArrayRef<bool> needed) {
  SmallVector<Value> gradients(getNumOperands());
  if (needed[0])
    gradients[0] = Conv2DInputGradOp::create(b, getLoc(), getInput().getType(),
                                             resultGradients[0], getWeights(),
                                             getStridesAttr(), getPadsAttr());
  if (needed[1]) {
    auto type = tensorOf(getWeights()).clone(b.getF32Type());
    gradients[1] =
        Conv2DWeightGradOp::create(b, getLoc(), type, resultGradients[0],
                                   getInput(), getStridesAttr(), getPadsAttr());
  }
  if (getBias() && needed[2])
    gradients[2] = BiasGradOp::create(b, getLoc(), resultGradients[0]);
  return gradients;
}

/// Checks that a convolution of `input` by `weights` gives `gradient`'s shape.
static LogicalResult verifyConvGrad(Operation *op, RankedTensorType input,
                                    RankedTensorType weights,
                                    RankedTensorType gradient, Shape strides,
                                    Shape pads) {
  FailureOr<Windows> windows =
      convWindows(op->getLoc(), input, weights, strides, pads);
  if (failed(windows))
    return failure();
  RankedTensorType expected = imageType(input, input.getDimSize(0),
                                        windows->output, weights.getDimSize(0));
  if (gradient != expected)
    return op->emitOpError("expected a gradient of type ")
           << expected << ", got " << gradient;
  return success();
}

LogicalResult Conv2DInputGradOp::verify() {
  return verifyConvGrad(*this, tensorOf(getResult()), tensorOf(getWeights()),
                        tensorOf(getGradient()), getStrides(), getPads());
}

LogicalResult Conv2DWeightGradOp::verify() {
  return verifyConvGrad(*this, tensorOf(getInput()), tensorOf(getResult()),
                        tensorOf(getGradient()), getStrides(), getPads());
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

template <typename AdaptorT>
static LogicalResult inferPool(std::optional<Location> loc, AdaptorT adaptor,
                               SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorOf(adaptor.getInput());
  FailureOr<Windows> windows =
      getWindows(loc, input.getShape(), adaptor.getWindow(),
                 adaptor.getStrides(), adaptor.getPads());
  if (failed(windows))
    return failure();
  types.push_back(imageType(input, input.getDimSize(0), windows->output,
                            input.getDimSize(3)));
  return success();
}

LogicalResult MaxPool2DOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return inferPool(loc, adaptor, types);
}
LogicalResult AvgPool2DOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  return inferPool(loc, adaptor, types);
}

Gradients MaxPool2DOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                                    ArrayRef<bool>) {
  Value gradient = MaxPool2DGradOp::create(
      b, getLoc(), getInput().getType(), resultGradients[0], getInput(),
      getWindowAttr(), getStridesAttr(), getPadsAttr());
  return SmallVector<Value>{gradient};
}

Gradients AvgPool2DOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                                    ArrayRef<bool>) {
  Value gradient = AvgPool2DGradOp::create(b, getLoc(), getInput().getType(),
                                           resultGradients[0], getWindowAttr(),
                                           getStridesAttr(), getPadsAttr());
  return SmallVector<Value>{gradient};
}

template <typename OpT> static LogicalResult verifyPoolGrad(OpT op) {
  RankedTensorType input = tensorOf(op.getResult());
  FailureOr<Windows> windows =
      getWindows(op.getLoc(), input.getShape(), op.getWindow(), op.getStrides(),
                 op.getPads());
  if (failed(windows))
    return failure();
  RankedTensorType expected = imageType(input, input.getDimSize(0),
                                        windows->output, input.getDimSize(3));
  if (op.getGradient().getType() != expected)
    return op.emitOpError("expected a gradient of type ")
           << expected << ", got " << op.getGradient().getType();
  return success();
}

LogicalResult MaxPool2DGradOp::verify() {
  if (getInput().getType() != getResult().getType())
    return emitOpError("expected a result of type ")
           << getInput().getType() << ", got " << getResult().getType();
  return verifyPoolGrad(*this);
}
LogicalResult AvgPool2DGradOp::verify() { return verifyPoolGrad(*this); }

LogicalResult GlobalAvgPool2DOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  Shape shape = shapeOf(adaptor.getInput());
  if (shape.size() != 4)
    return emitOptionalError(loc,
                             "expected an input of rank 4 (n, h, w, c), "
                             "got ",
                             adaptor.getInput().getType());
  types.push_back(
      RankedTensorType::get({shape[0], shape[3]}, Float32Type::get(context)));
  return success();
}

Gradients GlobalAvgPool2DOp::buildAdjoint(OpBuilder &b,
                                          ValueRange resultGradients,
                                          ArrayRef<bool>) {
  Value gradient = GlobalAvgPool2DGradOp::create(
      b, getLoc(), getInput().getType(), resultGradients[0]);
  return SmallVector<Value>{gradient};
}

LogicalResult GlobalAvgPool2DGradOp::verify() {
  Shape result = shapeOf(getResult()), gradient = shapeOf(getGradient());
  if (result.size() == 4 && gradient.size() == 2 && result[0] == gradient[0] &&
      result[3] == gradient[1])
    return success();
  return emitOpError("expected a gradient (n, c) for a result (n, h, w, c), "
                     "got ")
         << getGradient().getType() << " and " << getResult().getType();
}
