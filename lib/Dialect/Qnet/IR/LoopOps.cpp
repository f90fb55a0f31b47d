//===- LoopOps.cpp - Loops on the runtime's threads -----------------------===//
//
// Checks that a loop's function takes what the loop passes to it.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

using namespace mlir;
using namespace qnet;

LogicalResult
ParallelForOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  if (!isa<LLVM::LLVMPointerType>(getRuntime().getType()))
    return emitOpError("expected an !llvm.ptr to the runtime, got ")
           << getRuntime().getType();
  auto callee = symbolTable.lookupNearestSymbolFrom<FunctionOpInterface>(
      *this, getBodyAttr());
  if (!callee)
    return emitOpError("expected a function named ") << getBodyAttr();
  SmallVector<Type> expected(getCaptures().getTypes());
  expected.append(2, IndexType::get(getContext()));
  if (callee.getNumResults() == 0 &&
      callee.getArgumentTypes() == ArrayRef<Type>(expected))
    return success();
  InFlightDiagnostic error =
      emitOpError("expected a function of the captures and two indices");
  error.attachNote(callee.getLoc()) << getBodyAttr() << " is here";
  return error;
}
