//===- MicroBatches.cpp - A batch in parts --------------------------------===//
//
// Where a training has a micro_batch, its functions compute a batch part by
// part in a loop that carries per-sample results, statistics and sums of
// gradients. What does not depend on the samples (rounded weights) is computed
// before it.
//
//===----------------------------------------------------------------------===//

#include "TrainingFunctions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace qnet;

SmallVector<RankedTensorType> TrainingFunctions::perSampleTypes() {
  SmallVector<RankedTensorType> types{lossesType};
  if (hasClasses())
    types.push_back(predictionsType);
  return types;
}

TrainingFunctions::WeightValues
TrainingFunctions::buildSharedWeights(OpBuilder &b, const StateValues &state,
                                      ArrayRef<Value> seedAndStep) {
  WeightValues weights;
  if (isSplit())
    for (ParameterOp parameter : parameters)
      weights[parameter] = buildForwardWeights(
          b, parameter, stateValue(state, parameter), seedAndStep);
  return weights;
}

namespace {
/// The samples of a micro-batch in a tensor of a whole batch.
struct Slice {
  SmallVector<OpFoldResult> offsets, sizes, strides;

  Slice(OpBuilder &b, RankedTensorType type, Value first, int64_t count)
      : offsets(type.getRank(), b.getIndexAttr(0)),
        strides(type.getRank(), b.getIndexAttr(1)) {
    for (int64_t dim : type.getShape())
      sizes.push_back(b.getIndexAttr(dim));
    offsets[0] = first;
    sizes[0] = b.getIndexAttr(count);
  }
};
} // namespace

TrainingFunctions::PartResults
TrainingFunctions::buildParts(OpBuilder &b, Location loc, ValueRange samples,
                              ArrayRef<RankedTensorType> perSample,
                              ValueRange carried, PartBody body) {
  if (!isSplit())
    return body(b, Part{Value(), samples, carried});
  SmallVector<Value> inits;
  for (RankedTensorType type : perSample)
    inits.push_back(tensor::EmptyOp::create(b, loc, type.getShape(),
                                            type.getElementType()));
  llvm::append_range(inits, carried);
  int64_t size = model.getBatch();
  Value begin = arith::ConstantIndexOp::create(b, loc, 0);
  Value end = arith::ConstantIndexOp::create(b, loc, batch);
  Value step = arith::ConstantIndexOp::create(b, loc, size);
  auto loop = scf::ForOp::create(b, loc, begin, end, step, inits);

  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value first = loop.getInductionVar();
  ValueRange args = loop.getRegionIterArgs();
  Part part{first, {}, args.drop_front(perSample.size())};
  for (Value whole : samples) {
    Slice slice(b, cast<RankedTensorType>(whole.getType()), first, size);
    part.samples.push_back(tensor::ExtractSliceOp::create(
        b, loc, whole, slice.offsets, slice.sizes, slice.strides));
  }
  PartResults results = body(b, part);
  if (failed(results))
    return failure();
  for (auto [i, type] : llvm::enumerate(perSample)) {
    Slice slice(b, type, first, size);
    Value &result = (*results)[i];
    result = tensor::InsertSliceOp::create(
        b, loc, result, args[i], slice.offsets, slice.sizes, slice.strides);
  }
  scf::YieldOp::create(b, loc, *results);
  return SmallVector<Value>(loop.getResults());
}
