//===- QnetReals.cpp - Tensors as plain arrays of floats ------------------===//
//
// The checks that the qnet rules make before they read operands.
//
//===----------------------------------------------------------------------===//

#include "QnetReals.h"

using namespace mlir;
using namespace qnet;

static LogicalResult checkCode(Operation *op, GridAttrInterface grid,
                               int64_t ordinal) {
  if (ordinal >= 0 && ordinal < grid.getNumLevels())
    return success();
  return op->emitOpError("reads code ")
         << ordinal << " of a grid with " << grid.getNumLevels() << " levels";
}

FailureOr<float> qnet::decode(Operation *op, GridAttrInterface grid,
                              int64_t ordinal) {
  if (failed(checkCode(op, grid, ordinal)))
    return failure();
  return grid.getLevel(ordinal);
}

LogicalResult qnet::checkOperands(Operation *op, Frame &frame) {
  for (Value operand : op->getOperands()) {
    const Datum &datum = frame.get(operand);
    if (datum.hasPoison())
      return op->emitOpError("reads poison (an element that was never written, "
                             "or of an out-of-range shift or conversion)");
    auto code = dyn_cast<QType>(datum.getElementType());
    for (int64_t i = 0; code && i < datum.getNumElements(); ++i)
      if (failed(checkCode(op, code.getGrid(), datum[i].integer)))
        return failure();
  }
  return success();
}

FailureOr<std::vector<int64_t>> qnet::getLabels(Operation *op, Frame &frame,
                                                Value labels, int64_t classes) {
  const Datum &datum = frame.get(labels);
  std::vector<int64_t> result(datum.getNumElements());
  for (size_t i = 0; i < result.size(); ++i) {
    result[i] = datum[i].integer;
    if (result[i] < 0 || result[i] >= classes)
      return op->emitOpError("expected labels in [0, ")
             << classes << "), got " << result[i] << " for sample " << i;
  }
  return result;
}
