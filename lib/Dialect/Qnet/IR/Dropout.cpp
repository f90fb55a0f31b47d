//===- Dropout.cpp - Dropout: verifiers and adjoint -----------------------===//
//
// The training form of qnet.dropout, and its adjoint: the same op.
//
//===----------------------------------------------------------------------===//

#include "TensorChecks.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

using namespace mlir;
using namespace qnet;

static LogicalResult verifyProbability(Operation *op, const APFloat &p) {
  if (p >= APFloat(0.0f) && p < APFloat(1.0f))
    return success();
  return op->emitOpError("expected probability to be in [0, 1), got ")
         << p.convertToFloat();
}

LogicalResult DropoutOp::verify() {
  if (getInput().getType().getRank() == 0)
    return emitOpError("expected a batch of samples, got ")
           << getInput().getType();
  return verifyProbability(*this, getProbability());
}

SmallVector<ModalState> DropoutOp::getModalStates() { return {}; }

Value DropoutOp::buildTraining(OpBuilder &b, const TrainingContext &context,
                               ValueRange operands, ValueRange,
                               SmallVectorImpl<Value> &) {
  return DropoutTrainOp::create(b, getLoc(), context.number, operands[0],
                                context.seed, context.step, context.first,
                                getProbability());
}

Value DropoutOp::buildInference(OpBuilder &, ValueRange operands, ValueRange) {
  return operands[0];
}

LogicalResult DropoutTrainOp::inferReturnTypes(MLIRContext *,
                                               std::optional<Location>,
                                               Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  types.push_back(adaptor.getInput().getType());
  return success();
}

LogicalResult DropoutTrainOp::verify() {
  if (getInput().getType().getRank() == 0)
    return emitOpError("expected a batch of samples, got ")
           << getInput().getType();
  if (static_cast<int32_t>(getNumber()) < 0)
    return emitOpError("expected the number of a dropout, got ")
           << static_cast<int32_t>(getNumber());
  return verifyProbability(*this, getProbability());
}

Gradients DropoutTrainOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                                       ArrayRef<bool>) {
  SmallVector<Value> gradients(getNumOperands());
  gradients[0] = DropoutTrainOp::create(
      b, getLoc(), getNumber(), resultGradients[0], getSeed(), getStep(),
      getFirst(), getProbability());
  return gradients;
}
