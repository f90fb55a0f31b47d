//===- CallFunction.h - Calls one function and prints it --------*- C++ -*-===//
//
// The mode of qnet-interpret that tests with expected values use.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TOOLS_INTERPRET_CALLFUNCTION_H
#define QNET_TOOLS_INTERPRET_CALLFUNCTION_H

#include "Options.h"
#include "mlir/IR/BuiltinOps.h"

/// Calls `options.entry` of the module and prints one line for each result, or
/// calls every public function without arguments.
mlir::LogicalResult callFunctions(mlir::ModuleOp module,
                                  const InterpretOptions &options);

#endif // QNET_TOOLS_INTERPRET_CALLFUNCTION_H
