//===- Losses.cpp - Loss attributes ---------------------------------------===//
//
// What each loss attribute builds; the ops themselves are in LossOps.cpp.
//
//===----------------------------------------------------------------------===//

#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include <cmath>

using namespace mlir;
using namespace qnet;

static RankedTensorType classLabels(RankedTensorType outputs) {
  return RankedTensorType::get({outputs.getDimSize(0)},
                               IntegerType::get(outputs.getContext(), 32));
}

RankedTensorType
SoftmaxCrossEntropyAttr::getLabelsType(RankedTensorType outputs) const {
  return classLabels(outputs);
}
Value SoftmaxCrossEntropyAttr::buildLoss(OpBuilder &b, Location loc,
                                         Value outputs, Value labels) const {
  return SoftmaxCrossEntropyOp::create(b, loc, outputs, labels);
}
Value SoftmaxCrossEntropyAttr::buildPredictions(OpBuilder &b, Location loc,
                                                Value outputs) const {
  return ArgmaxOp::create(b, loc, outputs);
}

RankedTensorType
SquaredHingeAttr::getLabelsType(RankedTensorType outputs) const {
  return classLabels(outputs);
}
Value SquaredHingeAttr::buildLoss(OpBuilder &b, Location loc, Value outputs,
                                  Value labels) const {
  return SquaredHingeOp::create(b, loc, outputs, labels);
}
Value SquaredHingeAttr::buildPredictions(OpBuilder &b, Location loc,
                                         Value outputs) const {
  return ArgmaxOp::create(b, loc, outputs);
}

RankedTensorType
MeanSquaredErrorAttr::getLabelsType(RankedTensorType outputs) const {
  return outputs;
}
Value MeanSquaredErrorAttr::buildLoss(OpBuilder &b, Location loc, Value outputs,
                                      Value labels) const {
  return MeanSquaredErrorOp::create(b, loc, outputs, labels);
}
Value MeanSquaredErrorAttr::buildPredictions(OpBuilder &, Location,
                                             Value) const {
  return {};
}

RankedTensorType LogisticAttr::getLabelsType(RankedTensorType outputs) const {
  return classLabels(outputs);
}
int64_t LogisticAttr::getNumClasses(RankedTensorType) const { return 2; }
LogicalResult
LogisticAttr::verifyOutputs(function_ref<InFlightDiagnostic()> emitError,
                            RankedTensorType outputs) const {
  if (outputs.getDimSize(1) == 1)
    return success();
  return emitError() << "expected one output per sample, the margin, got "
                     << outputs;
}
Value LogisticAttr::buildLoss(OpBuilder &b, Location loc, Value outputs,
                              Value labels) const {
  return LogisticOp::create(b, loc, outputs, labels);
}
Value LogisticAttr::buildPredictions(OpBuilder &b, Location loc,
                                     Value outputs) const {
  return IsPositiveOp::create(b, loc, outputs);
}

RankedTensorType MeanOutputAttr::getLabelsType(RankedTensorType outputs) const {
  return outputs;
}
Value MeanOutputAttr::buildLoss(OpBuilder &b, Location loc, Value outputs,
                                Value) const {
  return SumOutputsOp::create(b, loc, outputs);
}
Value MeanOutputAttr::buildPredictions(OpBuilder &, Location, Value) const {
  return {};
}

//===----------------------------------------------------------------------===//
// What theory may assume
//===----------------------------------------------------------------------===//

bool SoftmaxCrossEntropyAttr::isConvex() const { return true; }
bool SquaredHingeAttr::isConvex() const { return true; }
bool MeanSquaredErrorAttr::isConvex() const { return true; }
bool LogisticAttr::isConvex() const { return true; }
bool MeanOutputAttr::isConvex() const { return true; }

/// The gradient is p - e, e the label's unit vector and p probabilities.
double SoftmaxCrossEntropyAttr::getLargestGradient(RankedTensorType) const {
  return std::sqrt(2.0);
}
/// -t/(1 + exp(t y)).
double LogisticAttr::getLargestGradient(RankedTensorType) const { return 1.0; }
/// All ones.
double MeanOutputAttr::getLargestGradient(RankedTensorType outputs) const {
  return std::sqrt(double(outputs.getNumElements() / outputs.getDimSize(0)));
}
/// 2 (y - target)/outputs.
double
MeanSquaredErrorAttr::getGradientPerResidual(RankedTensorType outputs) const {
  return 2.0 / double(outputs.getNumElements() / outputs.getDimSize(0));
}
