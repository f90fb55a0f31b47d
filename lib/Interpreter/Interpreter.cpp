//===- Interpreter.cpp - The executable specification ---------------------===//
//
// Finds the rule of each op and runs blocks and functions. Types are checked
// where values come into being (arguments and results), so that rules may rely
// on them.
//
//===----------------------------------------------------------------------===//

#include "qnet/Interpreter/Interpreter.h"

using namespace mlir;
using namespace qnet;

const InterpreterRule *InterpreterRules::lookup(StringRef opName) const {
  auto it = rules.find(opName);
  if (it != rules.end())
    return &it->second;
  return fallback ? &fallback : nullptr;
}

bool Frame::isWide() const { return interpreter.options.wide; }

FailureOr<int64_t> Frame::getInteger(Operation *op, Value value) const {
  const Datum &datum = get(value);
  if (datum[0].poison)
    return op->emitOpError("depends on poison (the result of an out-of-range "
                           "shift, conversion or division)");
  return datum[0].integer;
}

LogicalResult Frame::run(Block &block, SmallVectorImpl<Datum> &yielded) {
  for (Operation &op : block) {
    if (op.hasTrait<OpTrait::ReturnLike>()) {
      for (Value operand : op.getOperands())
        yielded.push_back(get(operand));
      return success();
    }
    if (failed(interpreter.evaluate(&op, *this)))
      return failure();
  }
  return block.getParentOp()->emitOpError(
      "expected a region that ends with a return or yield");
}

const InterpreterRule *Interpreter::lookup(OperationName name) {
  auto [it, isNew] = cache.try_emplace(name, nullptr);
  if (!isNew)
    return it->second;
  if (Dialect *dialect = name.getDialect())
    if (auto *rules = dialect->getRegisteredInterface<InterpreterRules>())
      it->second = rules->lookup(name.getStringRef());
  return it->second;
}

LogicalResult Interpreter::evaluate(Operation *op, Frame &frame) {
  const InterpreterRule *rule = lookup(op->getName());
  if (!rule)
    return op->emitOpError("has no interpreter rule");
  for (Type type : op->getResultTypes())
    if (!Datum::isSupported(type))
      return op->emitOpError("has a result that the interpreter cannot hold: ")
             << type;
  return (*rule)(op, frame);
}

static LogicalResult checkArguments(func::FuncOp function,
                                    ArrayRef<Datum> arguments) {
  if (function.isExternal())
    return function.emitOpError("expected a body to interpret");
  if (!function.getBody().hasOneBlock())
    return function.emitOpError("expected structured control flow: one block, "
                                "got ")
           << function.getBody().getBlocks().size();
  if (arguments.size() != function.getNumArguments())
    return function.emitOpError("expected ")
           << function.getNumArguments() << " arguments, got "
           << arguments.size();
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    if (!Datum::isSupported(type) || arguments[i].getType() != type)
      return function.emitOpError("expected argument ")
             << i << " of type " << type << ", got " << arguments[i].getType();
  return success();
}

FailureOr<SmallVector<Datum>> Interpreter::call(func::FuncOp function,
                                                ArrayRef<Datum> arguments,
                                                unsigned depth) {
  if (failed(checkArguments(function, arguments)))
    return failure();
  if (depth > options.maxDepth)
    return function.emitOpError("calls itself more than ")
           << options.maxDepth << " deep";
  Frame frame(*this, depth);
  for (auto [value, datum] : llvm::zip(function.getArguments(), arguments))
    frame.set(value, datum);
  SmallVector<Datum> results;
  if (failed(frame.run(function.getBody().front(), results)))
    return failure();
  for (auto [i, result] : llvm::enumerate(results))
    if (result.hasPoison())
      return function.emitOpError("returns poison (of an out-of-range shift, "
                                  "conversion or division) in result ")
             << i;
  return results;
}
