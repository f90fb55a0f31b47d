//===- LossOps.cpp - Losses: shapes and adjoints --------------------------===//
//
// Losses take outputs [B, C] and give one loss per sample, [B].
//
//===----------------------------------------------------------------------===//

#include "TensorChecks.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

using namespace mlir;
using namespace qnet;

static RankedTensorType perSample(RankedTensorType outputs, Type element) {
  return RankedTensorType::get({outputs.getDimSize(0)}, element);
}

static LogicalResult expectOutputs(std::optional<Location> loc,
                                   RankedTensorType outputs) {
  if (outputs.getRank() == 2)
    return success();
  return emitOptionalError(loc, "expected outputs of rank 2, got ", outputs);
}

/// Labels are class indices [B], or targets of the outputs' type.
static LogicalResult expectLabels(std::optional<Location> loc, Value outputs,
                                  Value labels) {
  RankedTensorType outputsType = tensorOf(outputs);
  if (failed(expectOutputs(loc, outputsType)))
    return failure();
  RankedTensorType expected = outputsType;
  Type element = tensorOf(labels).getElementType();
  if (!element.isF32())
    expected = perSample(outputsType, element);
  if (labels.getType() == expected)
    return success();
  return emitOptionalError(loc, "expected labels of type ", expected, ", got ",
                           labels.getType());
}

static LogicalResult inferLoss(std::optional<Location> loc, Value outputs,
                               Value labels, SmallVectorImpl<Type> &types) {
  if (failed(expectLabels(loc, outputs, labels)))
    return failure();
  RankedTensorType type = tensorOf(outputs);
  types.push_back(perSample(type, type.getElementType()));
  return success();
}

static LogicalResult inferLossGrad(std::optional<Location> loc, Value gradient,
                                   Value outputs, Value labels,
                                   SmallVectorImpl<Type> &types) {
  if (failed(expectLabels(loc, outputs, labels)))
    return failure();
  RankedTensorType type = tensorOf(outputs);
  RankedTensorType expected = perSample(type, type.getElementType());
  if (gradient.getType() != expected)
    return emitOptionalError(loc, "expected a gradient of type ", expected,
                             ", got ", gradient.getType());
  types.push_back(type);
  return success();
}

#define QNET_DEFINE_LOSS(LossOp, GradOp)                                       \
  LogicalResult LossOp::inferReturnTypes(                                      \
      MLIRContext *, std::optional<Location> loc, Adaptor adaptor,             \
      SmallVectorImpl<Type> &types) {                                          \
    return inferLoss(loc, adaptor.getOutputs(), adaptor.getLabels(), types);   \
  }                                                                            \
  LogicalResult GradOp::inferReturnTypes(                                      \
      MLIRContext *, std::optional<Location> loc, Adaptor adaptor,             \
      SmallVectorImpl<Type> &types) {                                          \
    return inferLossGrad(loc, adaptor.getGradient(), adaptor.getOutputs(),     \
                         adaptor.getLabels(), types);                          \
  }                                                                            \
  Gradients LossOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,     \
                                 ArrayRef<bool> needed) {                      \
    if (needed[1])                                                             \
      return emitOpError("has no adjoint with respect to its labels");         \
    Value gradient = GradOp::create(b, getLoc(), resultGradients[0],           \
                                    getOutputs(), getLabels());                \
    return SmallVector<Value>{gradient, Value()};                              \
  }

QNET_DEFINE_LOSS(SoftmaxCrossEntropyOp, SoftmaxCrossEntropyGradOp)
QNET_DEFINE_LOSS(SquaredHingeOp, SquaredHingeGradOp)
QNET_DEFINE_LOSS(MeanSquaredErrorOp, MeanSquaredErrorGradOp)

LogicalResult ArgmaxOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  RankedTensorType outputs = tensorOf(adaptor.getOutputs());
  if (failed(expectOutputs(loc, outputs)))
    return failure();
  types.push_back(perSample(outputs, IntegerType::get(context, 32)));
  return success();
}
