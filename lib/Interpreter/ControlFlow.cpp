//===- ControlFlow.cpp - Rules of func and scf ----------------------------===//
//
// Calls, conditionals and counted loops, whose iterations run in ascending
// order.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace qnet;

static void setAll(Frame &frame, ValueRange values, ArrayRef<Datum> data) {
  for (auto [value, datum] : llvm::zip(values, data))
    frame.set(value, datum);
}

static LogicalResult evaluateCall(Operation *op, Frame &frame) {
  auto call = cast<func::CallOp>(op);
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      op, call.getCalleeAttr());
  if (!callee)
    return op->emitOpError("calls an unknown function ")
           << call.getCalleeAttr();
  SmallVector<Datum> arguments;
  for (Value operand : op->getOperands())
    arguments.push_back(frame.get(operand));
  auto results = frame.interpreter.call(callee, arguments, frame.depth + 1);
  if (failed(results))
    return failure();
  setAll(frame, op->getResults(), *results);
  return success();
}

static LogicalResult evaluateIf(Operation *op, Frame &frame) {
  auto branch = cast<scf::IfOp>(op);
  FailureOr<int64_t> condition = frame.getInteger(op, branch.getCondition());
  if (failed(condition))
    return failure();
  Region &region = *condition ? branch.getThenRegion() : branch.getElseRegion();
  SmallVector<Datum> results;
  if (!region.empty() && failed(frame.run(region.front(), results)))
    return failure();
  setAll(frame, op->getResults(), results);
  return success();
}

static LogicalResult evaluateFor(Operation *op, Frame &frame) {
  auto loop = cast<scf::ForOp>(op);
  if (loop.getUnsignedCmp())
    return op->emitOpError("has no interpreter rule with unsigned bounds");
  auto lower = frame.getInteger(op, loop.getLowerBound());
  auto upper = frame.getInteger(op, loop.getUpperBound());
  auto step = frame.getInteger(op, loop.getStep());
  if (failed(lower) || failed(upper) || failed(step))
    return failure();
  if (*step <= 0)
    return op->emitOpError("expected a positive step, got ") << *step;
  SmallVector<Datum> carried;
  for (Value value : loop.getInitArgs())
    carried.push_back(frame.get(value));
  Type type = loop.getInductionVar().getType();
  for (int64_t i = *lower; i < *upper; i += *step) {
    frame.set(loop.getInductionVar(), Datum(type, Scalar::ofInteger(i)));
    setAll(frame, loop.getRegionIterArgs(), carried);
    carried.clear();
    if (failed(frame.run(*loop.getBody(), carried)))
      return failure();
    if (*upper - i <= *step) // Also keeps `i` from overflowing.
      break;
  }
  setAll(frame, op->getResults(), carried);
  return success();
}

static LogicalResult evaluateApply(Operation *op, Frame &frame) {
  auto apply = cast<affine::AffineApplyOp>(op);
  SmallVector<Attribute> operands, results;
  for (Value operand : op->getOperands()) {
    FailureOr<int64_t> value = frame.getInteger(op, operand);
    if (failed(value))
      return failure();
    operands.push_back(Builder(op->getContext()).getIndexAttr(*value));
  }
  if (failed(apply.getAffineMap().constantFold(operands, results)))
    return op->emitOpError("divides by zero or overflows");
  int64_t value = cast<IntegerAttr>(results.front()).getInt();
  frame.set(apply, Datum(apply.getType(), Scalar::ofInteger(value)));
  return success();
}

void qnet::addFuncRules(InterpreterRules &rules) {
  rules.add<func::CallOp>(evaluateCall);
}

void qnet::addScfRules(InterpreterRules &rules) {
  rules.add<scf::IfOp>(evaluateIf);
  rules.add<scf::ForOp>(evaluateFor);
}

void qnet::addAffineRules(InterpreterRules &rules) {
  rules.add<affine::AffineApplyOp>(evaluateApply);
}
