//===- Losses.cpp - Loss attributes ---------------------------------------===//
//
// What each loss attribute builds; the ops themselves are in LossOps.cpp.
//
//===----------------------------------------------------------------------===//

#include "qnet/Dialect/Qnet/IR/QnetOps.h"

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
