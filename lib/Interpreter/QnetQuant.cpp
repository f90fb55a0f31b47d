//===- QnetQuant.cpp - Rules of rounding, codes and random bits -----------===//
//
// Through the attributes' own C++ methods, not through the IR they build:
// comparing this with the interpreted expansion tests the expansion.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "QnetReals.h"
#include "Rules.h"
#include "qnet/Dialect/Qnet/IR/ConstantData.h"
#include "qnet/Interpreter/RandomBits.h"

using namespace mlir;
using namespace qnet;

static uint32_t drawnBits(ArrayRef<Scalar> operands) {
  return operands.size() > 1 ? uint32_t(operands[1].integer) : 0;
}

static LogicalResult evaluateRound(Operation *op, Frame &frame) {
  auto round = cast<RoundOp>(op);
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) {
    int64_t ordinal = roundToOrdinal(round.getGrid(), round.getRounding(),
                                     float(v[0].real), drawnBits(v));
    result.real = round.getGrid().getLevel(ordinal);
    return success();
  };
  return evaluateElementwise(op, frame, apply);
}

static LogicalResult evaluateEncode(Operation *op, Frame &frame) {
  auto encode = cast<EncodeOp>(op);
  GridAttrInterface grid = encode.getGrid();
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) {
    result.integer = roundToOrdinal(grid, encode.getRounding(),
                                    float(v[0].real), drawnBits(v));
    return success();
  };
  return evaluateElementwise(op, frame, apply);
}

static LogicalResult evaluateDecode(Operation *op, Frame &frame) {
  GridAttrInterface grid = cast<DecodeOp>(op).getGrid();
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) -> LogicalResult {
    FailureOr<float> level = decode(op, grid, v[0].integer);
    if (failed(level))
      return failure();
    result.real = *level;
    return success();
  };
  return evaluateElementwise(op, frame, apply);
}

/// to_code and from_code change the type only.
static LogicalResult evaluateRetype(Operation *op, Frame &frame) {
  frame.set(op->getResult(0),
            frame.get(op->getOperand(0)).withType(op->getResult(0).getType()));
  return success();
}

static LogicalResult evaluatePackedConstant(Operation *op, Frame &frame) {
  auto constant = cast<PackedConstantOp>(op);
  auto words =
      readWords(constant.getWords(), [&] { return op->emitOpError(); });
  if (failed(words))
    return failure();
  auto type = cast<RankedTensorType>(constant.getResult().getType());
  GridAttrInterface grid = cast<QType>(type.getElementType()).getGrid();
  unsigned bits = grid.getStorageBits(), perWord = getCodesPerWord(grid);
  uint64_t mask = (uint64_t(1) << bits) - 1;
  Datum result = Datum::zeros(type);
  Scalar *elements = result.edit();
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    elements[i].integer = (*words)[i / perWord] >> (i % perWord * bits) & mask;
  frame.set(constant, std::move(result));
  return success();
}

static LogicalResult evaluateRandomBitsOp(Operation *op, Frame &frame) {
  auto random = cast<RandomBitsOp>(op);
  auto seed = frame.getInteger(op, random.getSeed());
  auto step = frame.getInteger(op, random.getStep());
  if (failed(seed) || failed(step))
    return failure();
  uint32_t parameter = random.getParameter();
  if (Value base = random.getBase()) {
    FailureOr<int64_t> number = frame.getInteger(op, base);
    if (failed(number))
      return failure();
    parameter += uint32_t(*number);
  }
  RandomSource source = {uint32_t(*seed), parameter, uint32_t(*step),
                         random.getStream()};
  Datum result = Datum::zeros(random.getType());
  Scalar *elements = result.edit();
  int64_t first = 0;
  if (Value at = random.getIndex()) {
    FailureOr<int64_t> index = frame.getInteger(op, at);
    if (failed(index))
      return failure();
    if (*index < 0)
      return op->emitOpError("expected an index that is not negative, got ")
             << *index;
    first = *index;
  }
  for (int64_t i = 0; i < result.getNumElements(); ++i)
    elements[i].integer =
        int32_t(evaluateRandomBits(source, first + i, random.getBits()));
  frame.set(random, std::move(result));
  return success();
}

static LogicalResult evaluateInitialValueOp(Operation *op, Frame &frame) {
  auto initial = cast<InitialValueOp>(op);
  auto seed = frame.getInteger(op, initial.getSeed());
  if (failed(seed))
    return failure();
  auto type = cast<RankedTensorType>(initial.getType());
  std::vector<float> values(type.getNumElements());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] =
        evaluateInitialValue(initial.getInitializer(), uint32_t(*seed),
                             initial.getParameter(), type.getShape(), i);
  setReals(frame, initial, values);
  return success();
}

void qnet::addQnetQuantRules(InterpreterRules &rules) {
  rules.add<RoundOp>(evaluateRound);
  rules.add<EncodeOp>(evaluateEncode);
  rules.add<DecodeOp>(evaluateDecode);
  rules.add<ToCodeOp>(evaluateRetype);
  rules.add<FromCodeOp>(evaluateRetype);
  rules.add<PackedConstantOp>(evaluatePackedConstant);
  rules.add<RandomBitsOp>(evaluateRandomBitsOp);
  rules.add<InitialValueOp>(evaluateInitialValueOp);
}
