//===- LayerOps.cpp - Layers: shapes, verifiers, adjoints -----------------===//
//
// Result types of layers and of their gradient ops, and the adjoint each layer
// builds. Shapes: B batch, I inputs, O outputs, C channels (last dimension).
//
//===----------------------------------------------------------------------===//

#include "TensorChecks.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

using namespace mlir;
using namespace qnet;

static RankedTensorType f32Tensor(MLIRContext *context, Shape shape) {
  return RankedTensorType::get(shape, Float32Type::get(context));
}

/// Fails with "expected `what` of rank `rank`, got `type`".
static LogicalResult expectRank(std::optional<Location> loc, Value value,
                                int64_t rank, StringRef what) {
  if (tensorOf(value).getRank() == rank)
    return success();
  return emitOptionalError(loc, "expected ", what, " of rank ", rank, ", got ",
                           value.getType());
}

static LogicalResult expectDim(std::optional<Location> loc, int64_t got,
                               int64_t expected, StringRef what) {
  if (got == expected)
    return success();
  return emitOptionalError(loc, "expected ", what, " to be ", expected,
                           ", got ", got);
}

LogicalResult qnet::detail::verifyResultTypes(Operation *op,
                                              TypeRange inferred) {
  if (op->getResultTypes() == inferred)
    return success();
  return op->emitOpError("expected results of type ")
         << inferred << ", got " << op->getResultTypes();
}

//===----------------------------------------------------------------------===//
// Dense
//===----------------------------------------------------------------------===//

LogicalResult DenseOp::inferReturnTypes(MLIRContext *context,
                                        std::optional<Location> loc,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  Value input = adaptor.getInput(), weights = adaptor.getWeights();
  if (failed(expectRank(loc, input, 2, "an input")) ||
      failed(expectRank(loc, weights, 2, "weights")) ||
      failed(expectDim(loc, shapeOf(weights)[1], shapeOf(input)[1],
                       "the weights' inputs")))
    return failure();
  types.push_back(f32Tensor(context, {shapeOf(input)[0], shapeOf(weights)[0]}));
  return success();
}

Gradients DenseOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                                ArrayRef<bool> needed) {
  Value gradient = resultGradients[0];
  SmallVector<Value> gradients(2);
  if (needed[0])
    gradients[0] =
        DenseInputGradOp::create(b, getLoc(), gradient, getWeights());
  if (needed[1])
    gradients[1] = DenseWeightGradOp::create(b, getLoc(), gradient, getInput());
  return gradients;
}

LogicalResult DenseInputGradOp::inferReturnTypes(MLIRContext *context,
                                                 std::optional<Location> loc,
                                                 Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  Value gradient = adaptor.getGradient(), weights = adaptor.getWeights();
  if (failed(expectRank(loc, gradient, 2, "a gradient")) ||
      failed(expectRank(loc, weights, 2, "weights")) ||
      failed(expectDim(loc, shapeOf(weights)[0], shapeOf(gradient)[1],
                       "the weights' outputs")))
    return failure();
  types.push_back(
      f32Tensor(context, {shapeOf(gradient)[0], shapeOf(weights)[1]}));
  return success();
}

LogicalResult DenseWeightGradOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc, Adaptor adaptor,
    SmallVectorImpl<Type> &types) {
  Value gradient = adaptor.getGradient(), input = adaptor.getInput();
  if (failed(expectRank(loc, gradient, 2, "a gradient")) ||
      failed(expectRank(loc, input, 2, "an input")) ||
      failed(expectDim(loc, shapeOf(input)[0], shapeOf(gradient)[0],
                       "the input's batch")))
    return failure();
  types.push_back(
      f32Tensor(context, {shapeOf(gradient)[1], shapeOf(input)[1]}));
  return success();
}

//===----------------------------------------------------------------------===//
// Bias
//===----------------------------------------------------------------------===//

/// The number of channels, the last dimension of `value`.
static FailureOr<int64_t> channelsOf(std::optional<Location> loc, Value value) {
  if (tensorOf(value).getRank() < 2) {
    (void)emitOptionalError(loc, "expected a tensor of rank 2 or more, got ",
                            value.getType());
    return failure();
  }
  if (shapeOf(value).back() == 0) {
    (void)emitOptionalError(loc, "expected at least one channel, got ",
                            value.getType());
    return failure();
  }
  return shapeOf(value).back();
}

/// Checks that each of `values` has one f32 per channel of `input`.
static LogicalResult expectPerChannel(std::optional<Location> loc, Value input,
                                      ValueRange values, StringRef what) {
  FailureOr<int64_t> channels = channelsOf(loc, input);
  if (failed(channels))
    return failure();
  for (Value value : values)
    if (failed(expectRank(loc, value, 1, what)) ||
        failed(expectDim(loc, shapeOf(value)[0], *channels,
                         (what + "'s channels").str())))
      return failure();
  return success();
}

LogicalResult BiasOp::inferReturnTypes(MLIRContext *,
                                       std::optional<Location> loc,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  if (failed(expectPerChannel(loc, adaptor.getInput(), adaptor.getBias(),
                              "a bias")))
    return failure();
  types.push_back(adaptor.getInput().getType());
  return success();
}

Gradients BiasOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                               ArrayRef<bool> needed) {
  SmallVector<Value> gradients{resultGradients[0], Value()};
  if (needed[1])
    gradients[1] = BiasGradOp::create(b, getLoc(), resultGradients[0]);
  return gradients;
}

LogicalResult BiasGradOp::inferReturnTypes(MLIRContext *context,
                                           std::optional<Location> loc,
                                           Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  FailureOr<int64_t> channels = channelsOf(loc, adaptor.getGradient());
  if (failed(channels))
    return failure();
  types.push_back(f32Tensor(context, *channels));
  return success();
}

//===----------------------------------------------------------------------===//
// Activations and sums
//===----------------------------------------------------------------------===//

OpFoldResult ReluOp::fold(FoldAdaptor) {
  // relu(relu(x)) = relu(x)
  if (getInput().getDefiningOp<ReluOp>())
    return getInput();
  return {};
}

Gradients ReluOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                               ArrayRef<bool>) {
  Value gradient =
      ReluGradOp::create(b, getLoc(), resultGradients[0], getResult());
  return SmallVector<Value>{gradient};
}

Gradients AddOp::buildAdjoint(OpBuilder &, ValueRange resultGradients,
                              ArrayRef<bool>) {
  return SmallVector<Value>{resultGradients[0], resultGradients[0]};
}

//===----------------------------------------------------------------------===//
// Batch normalization
//===----------------------------------------------------------------------===//

template <typename OpT> static LogicalResult verifyEpsilon(OpT op) {
  APFloat epsilon = op.getEpsilon();
  if (epsilon.isFinite() && !epsilon.isNegative() && !epsilon.isZero())
    return success();
  return op.emitOpError("expected epsilon to be positive and finite, got ")
         << epsilon.convertToFloat();
}

LogicalResult BatchNormOp::verify() {
  APFloat momentum = getMomentum();
  if (!(momentum >= APFloat(0.0f) && momentum <= APFloat(1.0f)))
    return emitOpError("expected momentum to be in [0, 1], got ")
           << momentum.convertToFloat();
  return verifyEpsilon(*this);
}
LogicalResult BatchNormTrainOp::verify() { return verifyEpsilon(*this); }
LogicalResult BatchNormFoldOp::verify() { return verifyEpsilon(*this); }

LogicalResult BatchNormOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  if (failed(expectPerChannel(loc, adaptor.getInput(),
                              {adaptor.getScale(), adaptor.getShift()},
                              "a scale or shift")))
    return failure();
  types.push_back(adaptor.getInput().getType());
  return success();
}

SmallVector<ModalState> BatchNormOp::getModalStates() {
  auto type = cast<RankedTensorType>(getScale().getType());
  std::string name = getLayerName().str();
  return {{name + ".mean", name, type, 0.0f},
          {name + ".variance", name, type, 1.0f}};
}

/// n/(n-1) for the n samples per channel of `input`.
static float varianceCorrection(Value input) {
  int64_t count = tensorOf(input).getNumElements() / shapeOf(input).back();
  return count > 1 ? static_cast<float>(count) / static_cast<float>(count - 1)
                   : 1.0f;
}

Value BatchNormOp::buildTraining(OpBuilder &b, const TrainingContext &,
                                 ValueRange operands, ValueRange states,
                                 SmallVectorImpl<Value> &newStates) {
  auto norm = BatchNormTrainOp::create(b, getLoc(), operands[0], operands[1],
                                       operands[2], getEpsilonAttr());
  auto average = [&](Value running, Value batch, float factor) {
    newStates.push_back(RunningAverageOp::create(b, getLoc(), running, batch,
                                                 getMomentumAttr(),
                                                 b.getF32FloatAttr(factor)));
  };
  average(states[0], norm.getMean(), 1.0f);
  average(states[1], norm.getVariance(), varianceCorrection(operands[0]));
  return norm.getResult();
}

Value BatchNormOp::buildInference(OpBuilder &b, ValueRange operands,
                                  ValueRange states) {
  auto folded = BatchNormFoldOp::create(b, getLoc(), operands[1], operands[2],
                                        states[0], states[1], getEpsilonAttr());
  return ScaleShiftOp::create(b, getLoc(), operands[0], folded.getFactor(),
                              folded.getOffset());
}

Value BatchNormOp::buildStatistics(OpBuilder &b, ValueRange operands,
                                   ValueRange,
                                   SmallVectorImpl<Value> &newStates) {
  auto norm = BatchNormTrainOp::create(b, getLoc(), operands[0], operands[1],
                                       operands[2], getEpsilonAttr());
  newStates.push_back(norm.getMean());
  // Without momentum: the variance itself, corrected to be unbiased.
  newStates.push_back(RunningAverageOp::create(
      b, getLoc(), norm.getVariance(), norm.getVariance(),
      b.getF32FloatAttr(0.0f),
      b.getF32FloatAttr(varianceCorrection(operands[0]))));
  return norm.getResult();
}

LogicalResult BatchNormTrainOp::inferReturnTypes(MLIRContext *,
                                                 std::optional<Location> loc,
                                                 Adaptor adaptor,
                                                 SmallVectorImpl<Type> &types) {
  if (failed(expectPerChannel(loc, adaptor.getInput(),
                              {adaptor.getScale(), adaptor.getShift()},
                              "a scale or shift")))
    return failure();
  types.push_back(adaptor.getInput().getType());
  types.append(3, adaptor.getScale().getType());
  return success();
}

Gradients BatchNormTrainOp::buildAdjoint(OpBuilder &b,
                                         ValueRange resultGradients,
                                         ArrayRef<bool>) {
  if (resultGradients[1] || resultGradients[2] || resultGradients[3])
    return emitOpError("has no adjoint through its statistics");
  auto gradient =
      BatchNormGradOp::create(b, getLoc(), resultGradients[0], getInput(),
                              getScale(), getMean(), getInverse());
  return SmallVector<Value>(gradient.getResults());
}

LogicalResult BatchNormFoldOp::inferReturnTypes(MLIRContext *,
                                                std::optional<Location> loc,
                                                Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  Type type = adaptor.getScale().getType();
  if (failed(expectRank(loc, adaptor.getScale(), 1, "a scale")))
    return failure();
  for (Value value : adaptor.getOperands().drop_front())
    if (value.getType() != type)
      return emitOptionalError(loc,
                               "expected shift, mean and variance of type ",
                               type, ", got ", value.getType());
  types.append(2, type);
  return success();
}

void BatchNormFoldOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getFactor(), "factor");
  setName(getOffset(), "offset");
}

LogicalResult ScaleShiftOp::inferReturnTypes(MLIRContext *,
                                             std::optional<Location> loc,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  if (failed(expectPerChannel(loc, adaptor.getInput(),
                              {adaptor.getFactor(), adaptor.getOffset()},
                              "a factor or offset")))
    return failure();
  types.push_back(adaptor.getInput().getType());
  return success();
}

LogicalResult ThresholdOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> loc,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  if (failed(expectPerChannel(loc, adaptor.getInput(),
                              {adaptor.getLow(), adaptor.getHigh()},
                              "a bound")))
    return failure();
  types.push_back(adaptor.getInput().getType());
  return success();
}

LogicalResult BatchNormGradOp::inferReturnTypes(MLIRContext *,
                                                std::optional<Location> loc,
                                                Adaptor adaptor,
                                                SmallVectorImpl<Type> &types) {
  if (adaptor.getGradient().getType() != adaptor.getInput().getType())
    return emitOptionalError(loc, "expected a gradient of type ",
                             adaptor.getInput().getType(), ", got ",
                             adaptor.getGradient().getType());
  if (failed(expectPerChannel(
          loc, adaptor.getInput(),
          {adaptor.getScale(), adaptor.getMean(), adaptor.getInverse()},
          "a scale, mean or inverse")))
    return failure();
  types.push_back(adaptor.getInput().getType());
  types.append(2, adaptor.getScale().getType());
  return success();
}
