//===- Flatten.cpp - Tensors as flat lists of elements --------------------===//
//
// See Flatten.h. A tensor of rank 0 is a list of one element.
//
//===----------------------------------------------------------------------===//

#include "qnet/Dialect/Qnet/IR/Flatten.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

/// One group of all dimensions; none for rank 0.
static SmallVector<ReassociationIndices> allDims(int64_t rank) {
  if (rank == 0)
    return {};
  return {llvm::to_vector<2>(llvm::seq<int64_t>(0, rank))};
}

Value qnet::buildFlattened(OpBuilder &b, Location loc, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t rank = type.getRank();
  if (rank == 1)
    return value;
  if (rank == 0)
    return tensor::ExpandShapeOp::create(b, loc, type.clone({1}), value,
                                         allDims(0));
  return tensor::CollapseShapeOp::create(b, loc, value, allDims(rank));
}

Value qnet::buildUnflattened(OpBuilder &b, Location loc, Value flat,
                             RankedTensorType type) {
  int64_t rank = type.getRank();
  if (rank == 1)
    return flat;
  if (rank == 0)
    return tensor::CollapseShapeOp::create(b, loc, type, flat, allDims(0));
  return tensor::ExpandShapeOp::create(b, loc, type, flat, allDims(rank));
}
