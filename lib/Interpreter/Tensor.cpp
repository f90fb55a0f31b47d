//===- Tensor.cpp - Rules of tensors: elements and shapes -----------------===//
//
// Every index is checked. The elements of tensor.empty are poison, so that
// reading what was never written is an error.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "Rules.h"

using namespace mlir;
using namespace qnet;

/// Row-major position of an element whose indices are operands of `op`.
static FailureOr<int64_t> locate(Operation *op, Frame &frame,
                                 ValueRange indices, ArrayRef<int64_t> shape) {
  int64_t position = 0;
  for (auto [i, index] : llvm::enumerate(indices)) {
    FailureOr<int64_t> value = frame.getInteger(op, index);
    if (failed(value))
      return failure();
    if (*value < 0 || *value >= shape[i])
      return op->emitOpError("expected index ")
             << i << " in [0, " << shape[i] << "), got " << *value;
    position = position * shape[i] + *value;
  }
  return position;
}

static LogicalResult evaluateEmpty(Operation *op, Frame &frame) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  frame.set(op->getResult(0),
            Datum(type, std::vector<Scalar>(type.getNumElements(),
                                            Scalar::ofPoison())));
  return success();
}

static LogicalResult evaluateExtract(Operation *op, Frame &frame) {
  auto extract = cast<tensor::ExtractOp>(op);
  const Datum &source = frame.get(extract.getTensor());
  FailureOr<int64_t> position =
      locate(op, frame, extract.getIndices(), source.getShape());
  if (failed(position))
    return failure();
  frame.set(extract, Datum(extract.getType(), source[*position]));
  return success();
}

static LogicalResult evaluateInsert(Operation *op, Frame &frame) {
  auto insert = cast<tensor::InsertOp>(op);
  Datum result = frame.get(insert.getDest());
  FailureOr<int64_t> position =
      locate(op, frame, insert.getIndices(), result.getShape());
  if (failed(position))
    return failure();
  result.edit()[*position] = frame.get(insert.getScalar())[0];
  frame.set(insert, std::move(result));
  return success();
}

static LogicalResult evaluateSplat(Operation *op, Frame &frame) {
  auto type = cast<ShapedType>(op->getResult(0).getType());
  frame.set(op->getResult(0),
            Datum(type, std::vector<Scalar>(type.getNumElements(),
                                            frame.get(op->getOperand(0))[0])));
  return success();
}

static LogicalResult evaluateFromElements(Operation *op, Frame &frame) {
  std::vector<Scalar> elements;
  for (Value operand : op->getOperands())
    elements.push_back(frame.get(operand)[0]);
  frame.set(
      op->getResult(0),
      Datum(cast<ShapedType>(op->getResult(0).getType()), std::move(elements)));
  return success();
}

/// Reshapes and casts: row-major order keeps the elements where they are.
static LogicalResult evaluateReshape(Operation *op, Frame &frame) {
  Type type = op->getResult(0).getType();
  const Datum &source = frame.get(op->getOperand(0));
  if (source.getNumElements() != cast<ShapedType>(type).getNumElements())
    return op->emitOpError("expected as many elements in its result as in ")
           << source.getType();
  frame.set(op->getResult(0), source.withType(type));
  return success();
}

static LogicalResult evaluateDim(Operation *op, Frame &frame) {
  auto dim = cast<tensor::DimOp>(op);
  FailureOr<int64_t> index = frame.getInteger(op, dim.getIndex());
  if (failed(index))
    return failure();
  ArrayRef<int64_t> shape = frame.get(dim.getSource()).getShape();
  if (*index < 0 || *index >= int64_t(shape.size()))
    return op->emitOpError("expected a dimension in [0, ")
           << shape.size() << "), got " << *index;
  frame.set(dim, Datum(dim.getType(), Scalar::ofInteger(shape[*index])));
  return success();
}

void qnet::addTensorRules(InterpreterRules &rules) {
  rules.add<tensor::EmptyOp>(evaluateEmpty);
  rules.add<tensor::ExtractOp>(evaluateExtract);
  rules.add<tensor::InsertOp>(evaluateInsert);
  rules.add<tensor::SplatOp>(evaluateSplat);
  rules.add<tensor::FromElementsOp>(evaluateFromElements);
  rules.add<tensor::CollapseShapeOp>(evaluateReshape);
  rules.add<tensor::ExpandShapeOp>(evaluateReshape);
  rules.add<tensor::CastOp>(evaluateReshape);
  rules.add<tensor::DimOp>(evaluateDim);
}
