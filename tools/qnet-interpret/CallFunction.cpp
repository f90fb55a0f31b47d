//===- CallFunction.cpp - Calls one function and prints it ----------------===//
//
// Arguments come as attribute texts; results go out as attributes, in one line
// each.
//
//===----------------------------------------------------------------------===//

#include "CallFunction.h"
#include "mlir/AsmParser/AsmParser.h"
#include "qnet/Dialect/Qnet/IR/QnetTypes.h"
#include "qnet/Interpreter/Interpreter.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace qnet;

/// The type under which an argument of type `type` is written: codes are i32.
static Type getTextType(Type type) {
  if (!isa<QType>(getElementTypeOrSelf(type)))
    return type;
  return withElementType(type, IntegerType::get(type.getContext(), 32));
}

static LogicalResult checkCodes(func::FuncOp function, const Datum &datum,
                                Type type) {
  auto code = dyn_cast<QType>(getElementTypeOrSelf(type));
  for (int64_t i = 0; code && i < datum.getNumElements(); ++i)
    if (datum[i].integer < 0 ||
        datum[i].integer >= code.getGrid().getNumLevels())
      return function.emitOpError("expected ordinals in [0, ")
             << code.getGrid().getNumLevels() << "), got " << datum[i].integer;
  return success();
}

static FailureOr<Datum> parseArgument(func::FuncOp function, unsigned index,
                                      StringRef text) {
  Type type = function.getArgumentTypes()[index];
  Attribute attr = parseAttribute(text, function.getContext());
  if (!attr)
    return failure();
  FailureOr<Datum> datum = Datum::fromAttr(attr);
  if (failed(datum) || datum->getType() != getTextType(type))
    return function.emitOpError("expected a value of type ")
           << getTextType(type) << " for argument " << index << ", got "
           << attr;
  if (failed(checkCodes(function, *datum, type)))
    return failure();
  return datum->withType(type);
}

static LogicalResult call(func::FuncOp function, ArrayRef<std::string> texts,
                          bool wide) {
  if (texts.size() != function.getNumArguments())
    return function.emitOpError("takes ")
           << function.getNumArguments() << " arguments, got " << texts.size();
  SmallVector<Datum> arguments;
  for (auto [i, text] : llvm::enumerate(texts)) {
    FailureOr<Datum> argument = parseArgument(function, i, text);
    if (failed(argument))
      return failure();
    arguments.push_back(*argument);
  }
  InterpreterOptions options;
  options.wide = wide;
  Interpreter interpreter(options);
  auto results = interpreter.call(function, arguments);
  if (failed(results))
    return failure();
  for (const Datum &result : *results)
    llvm::outs() << result.toAttr() << "\n";
  return success();
}

LogicalResult callFunctions(ModuleOp module, const InterpretOptions &options) {
  if (options.all) {
    for (auto function : module.getOps<func::FuncOp>()) {
      if (function.getNumArguments() || function.isPrivate())
        continue;
      llvm::outs() << "@" << function.getSymName() << "\n";
      if (failed(call(function, {}, options.wide)))
        return failure();
    }
    return success();
  }
  auto function = module.lookupSymbol<func::FuncOp>(options.entry);
  if (!function)
    return module.emitError("expected a function '")
           << options.entry << "' in the module";
  return call(function, options.args, options.wide);
}
