//===- TensorSlice.cpp - Rules of tensor slices ---------------------------===//
//
// extract_slice and insert_slice with static or computed offsets, sizes and
// strides, in row-major order. Slices that do not lie within the tensor are
// errors.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace qnet;

/// The row-major positions in a tensor of `shape` of the elements of the slice
/// that `op` describes.
static FailureOr<std::vector<int64_t>>
getPositions(OffsetSizeAndStrideOpInterface op, Frame &frame,
             ArrayRef<int64_t> shape) {
  std::vector<int64_t> positions = {0};
  SmallVector<SmallVector<int64_t>, 3> lists;
  for (const auto &mixed :
       {op.getMixedOffsets(), op.getMixedSizes(), op.getMixedStrides()}) {
    SmallVector<int64_t> &list = lists.emplace_back();
    for (OpFoldResult value : mixed) {
      if (auto attr = dyn_cast<Attribute>(value)) {
        list.push_back(cast<IntegerAttr>(attr).getInt());
        continue;
      }
      FailureOr<int64_t> number = frame.getInteger(op, cast<Value>(value));
      if (failed(number))
        return failure();
      list.push_back(*number);
    }
  }
  for (auto [i, dim] : llvm::enumerate(shape)) {
    int64_t offset = lists[0][i], size = lists[1][i], stride = lists[2][i];
    bool inside = offset >= 0 && size >= 0 && stride > 0 && offset <= dim &&
                  (size == 0 ||
                   (size - 1 <= (dim - 1 - offset) / stride && offset < dim));
    if (!inside)
      return op->emitOpError("expected a slice within ")
             << dim << " elements of dimension " << i << ", got offset "
             << offset << ", size " << size << ", stride " << stride;
    std::vector<int64_t> next;
    next.reserve(positions.size() * size);
    for (int64_t position : positions)
      for (int64_t j = 0; j < size; ++j)
        next.push_back(position * dim + offset + j * stride);
    positions = std::move(next);
  }
  return positions;
}

static LogicalResult evaluateExtractSlice(Operation *op, Frame &frame) {
  auto slice = cast<tensor::ExtractSliceOp>(op);
  const Datum &source = frame.get(slice.getSource());
  auto positions = getPositions(slice, frame, source.getShape());
  if (failed(positions))
    return failure();
  Datum result = Datum::zeros(slice.getType());
  if (result.getNumElements() != int64_t(positions->size()))
    return op->emitOpError("expected a slice of the result's size");
  Scalar *elements = result.edit();
  for (auto [i, position] : llvm::enumerate(*positions))
    elements[i] = source[position];
  frame.set(slice, std::move(result));
  return success();
}

static LogicalResult evaluateInsertSlice(Operation *op, Frame &frame) {
  auto slice = cast<tensor::InsertSliceOp>(op);
  const Datum &source = frame.get(slice.getSource());
  Datum result = frame.get(slice.getDest());
  auto positions = getPositions(slice, frame, result.getShape());
  if (failed(positions))
    return failure();
  if (source.getNumElements() != int64_t(positions->size()))
    return op->emitOpError("expected a slice of the source's size");
  Scalar *elements = result.edit();
  for (auto [i, position] : llvm::enumerate(*positions))
    elements[position] = source[i];
  frame.set(slice, std::move(result));
  return success();
}

void qnet::addTensorSliceRules(InterpreterRules &rules) {
  rules.add<tensor::ExtractSliceOp>(evaluateExtractSlice);
  rules.add<tensor::InsertSliceOp>(evaluateInsertSlice);
}
