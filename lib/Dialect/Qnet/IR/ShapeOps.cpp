//===- ShapeOps.cpp - Reshape, pad, slice and gates -----------------------===//
//
// Result types, verifiers and adjoints. Padding and slicing are each other's
// duals.
//
//===----------------------------------------------------------------------===//

#include "TensorChecks.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

using namespace mlir;
using namespace qnet;

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  RankedTensorType input = tensorOf(getInput());
  RankedTensorType result = tensorOf(getResult());
  if (input.getNumElements() != result.getNumElements())
    return emitOpError("expected a result of ")
           << input.getNumElements() << " elements, got "
           << result.getNumElements();
  if (input.getRank() == 0 || result.getRank() == 0 ||
      input.getDimSize(0) != result.getDimSize(0))
    return emitOpError("expected the batch to stay, got ")
           << input << " to " << result;
  return success();
}

void ReshapeOp::setBatch(int64_t batch) {
  RankedTensorType type = tensorOf(getResult());
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = batch;
  getResult().setType(type.clone(shape));
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getResult().getType())
    return getInput();
  if (auto inner = getInput().getDefiningOp<ReshapeOp>()) {
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return {};
}

Gradients ReshapeOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                                  ArrayRef<bool>) {
  Value gradient =
      ReshapeOp::create(b, getLoc(), getInput().getType(), resultGradients[0]);
  return SmallVector<Value>{gradient};
}

//===----------------------------------------------------------------------===//
// Pad and slice
//===----------------------------------------------------------------------===//

LogicalResult PadOp::inferReturnTypes(MLIRContext *,
                                      std::optional<Location> loc,
                                      Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorOf(adaptor.getInput());
  Shape low = adaptor.getLow(), high = adaptor.getHigh();
  if (failed(checkValues(loc, low, input.getRank(), 0, "low")) ||
      failed(checkValues(loc, high, input.getRank(), 0, "high")))
    return failure();
  SmallVector<int64_t> shape(input.getShape());
  for (auto [size, before, after] : llvm::zip_equal(shape, low, high))
    size += before + after;
  types.push_back(input.clone(shape));
  return success();
}

Gradients PadOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                              ArrayRef<bool>) {
  RankedTensorType input = tensorOf(getInput());
  SmallVector<int64_t> ones(input.getRank(), 1);
  Value gradient = SliceOp::create(
      b, getLoc(), resultGradients[0], getLowAttr(),
      b.getDenseI64ArrayAttr(input.getShape()), b.getDenseI64ArrayAttr(ones));
  return SmallVector<Value>{gradient};
}

/// Checks that offset + (size - 1) stride is inside, per dimension.
static LogicalResult checkSlice(std::optional<Location> loc, Shape whole,
                                Shape offsets, Shape sizes, Shape strides) {
  int64_t rank = whole.size();
  if (failed(checkValues(loc, offsets, rank, 0, "offsets")) ||
      failed(checkValues(loc, sizes, rank, 1, "sizes")) ||
      failed(checkValues(loc, strides, rank, 1, "strides")))
    return failure();
  for (int64_t i = 0; i < rank; ++i) {
    int64_t last = offsets[i] + (sizes[i] - 1) * strides[i];
    if (last >= whole[i])
      return emitOptionalError(loc, "expected the slice to end before ",
                               whole[i], " in dimension ", i, ", got ", last);
  }
  return success();
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> loc,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  RankedTensorType input = tensorOf(adaptor.getInput());
  if (failed(checkSlice(loc, input.getShape(), adaptor.getOffsets(),
                        adaptor.getSizes(), adaptor.getStrides())))
    return failure();
  types.push_back(input.clone(adaptor.getSizes()));
  return success();
}

/// A slice that takes the whole batch still does.
void SliceOp::setBatch(int64_t batch) {
  if (getOffsets()[0] != 0 || getStrides()[0] != 1)
    return;
  SmallVector<int64_t> sizes(getSizes());
  sizes[0] = batch;
  setSizes(sizes);
}

Gradients SliceOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                                ArrayRef<bool>) {
  Value gradient =
      SliceGradOp::create(b, getLoc(), getInput().getType(), resultGradients[0],
                          getOffsetsAttr(), getStridesAttr());
  return SmallVector<Value>{gradient};
}

LogicalResult SliceGradOp::verify() {
  RankedTensorType gradient = tensorOf(getGradient());
  RankedTensorType result = tensorOf(getResult());
  if (gradient.getRank() != result.getRank())
    return emitOpError("expected a result of rank ")
           << gradient.getRank() << ", got " << result;
  return checkSlice(getLoc(), result.getShape(), getOffsets(),
                    gradient.getShape(), getStrides());
}

//===----------------------------------------------------------------------===//
// Gates
//===----------------------------------------------------------------------===//

Gradients HardTanhOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                                   ArrayRef<bool>) {
  Value gradient =
      HardTanhGradOp::create(b, getLoc(), resultGradients[0], getInput());
  return SmallVector<Value>{gradient};
}

Gradients SignOp::buildAdjoint(OpBuilder &b, ValueRange resultGradients,
                               ArrayRef<bool>) {
  Value gradient =
      HardTanhGradOp::create(b, getLoc(), resultGradients[0], getInput());
  return SmallVector<Value>{gradient};
}
