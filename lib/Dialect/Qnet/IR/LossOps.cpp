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

static LogicalResult expectMargins(std::optional<Location> loc,
                                   RankedTensorType outputs) {
  if (outputs.getRank() == 2 && outputs.getDimSize(1) == 1)
    return success();
  return emitOptionalError(
      loc, "expected one output per sample, the margin, got ", outputs);
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

#define QNET_DEFINE_LOSS(LossOp, GradOp, check)                                \
  LogicalResult LossOp::inferReturnTypes(                                      \
      MLIRContext *, std::optional<Location> loc, Adaptor adaptor,             \
      SmallVectorImpl<Type> &types) {                                          \
    if (failed(check(loc, tensorOf(adaptor.getOutputs()))))                    \
      return failure();                                                        \
    return inferLoss(loc, adaptor.getOutputs(), adaptor.getLabels(), types);   \
  }                                                                            \
  LogicalResult GradOp::inferReturnTypes(                                      \
      MLIRContext *, std::optional<Location> loc, Adaptor adaptor,             \
      SmallVectorImpl<Type> &types) {                                          \
    if (failed(check(loc, tensorOf(adaptor.getOutputs()))))                    \
      return failure();                                                        \
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

QNET_DEFINE_LOSS(SoftmaxCrossEntropyOp, SoftmaxCrossEntropyGradOp,
                 expectOutputs)
QNET_DEFINE_LOSS(SquaredHingeOp, SquaredHingeGradOp, expectOutputs)
QNET_DEFINE_LOSS(MeanSquaredErrorOp, MeanSquaredErrorGradOp, expectOutputs)
QNET_DEFINE_LOSS(LogisticOp, LogisticGradOp, expectMargins)

LogicalResult SumOutputsOp::inferReturnTypes(MLIRContext *,
                                             std::optional<Location> loc,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  RankedTensorType outputs = tensorOf(adaptor.getOutputs());
  if (failed(expectOutputs(loc, outputs)))
    return failure();
  types.push_back(perSample(outputs, outputs.getElementType()));
  return success();
}

Gradients SumOutputsOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                                     ArrayRef<bool>) {
  Value gradient = SumOutputsGradOp::create(b, getLoc(), getOutputs().getType(),
                                            resultGradients[0]);
  return SmallVector<Value>{gradient};
}

LogicalResult SumOutputsGradOp::verify() {
  RankedTensorType result = tensorOf(getResult());
  if (failed(expectOutputs(getLoc(), result)))
    return failure();
  RankedTensorType expected = perSample(result, result.getElementType());
  if (getGradient().getType() == expected)
    return success();
  return emitOpError("expected a gradient of type ")
         << expected << ", got " << getGradient().getType();
}

LogicalResult IsPositiveOp::inferReturnTypes(MLIRContext *context,
                                             std::optional<Location> loc,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  RankedTensorType outputs = tensorOf(adaptor.getOutputs());
  if (failed(expectMargins(loc, outputs)))
    return failure();
  types.push_back(perSample(outputs, IntegerType::get(context, 32)));
  return success();
}

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
