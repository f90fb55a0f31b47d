//===- AttrParameters.h - f32 parameters of attributes ----------*- C++ -*-===//
//
// Parsing, printing and checking of the f32 parameters that grids, optimizers
// and schedules take.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_IR_ATTRPARAMETERS_H
#define QNET_DIALECT_QNET_IR_ATTRPARAMETERS_H

#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/SmallString.h"

namespace qnet::detail {

inline mlir::FailureOr<llvm::APFloat>
parseF32Parameter(mlir::AsmParser &parser) {
  llvm::APFloat value(llvm::APFloat::IEEEsingle());
  if (mlir::failed(parser.parseFloat(llvm::APFloat::IEEEsingle(), value)))
    return mlir::failure();
  return value;
}

inline void printF32Parameter(mlir::AsmPrinter &printer,
                              const llvm::APFloat &value) {
  printer.printFloat(value);
}

/// Fails with "expected `what` to be `range`, got `value`" unless `valid`.
inline mlir::LogicalResult
checkF32(llvm::function_ref<mlir::InFlightDiagnostic()> emitError,
         const llvm::APFloat &value, bool valid, llvm::StringRef what,
         llvm::StringRef range) {
  if (&value.getSemantics() != &llvm::APFloat::IEEEsingle())
    return emitError() << "expected " << what << " to be an f32";
  if (valid && value.isFinite())
    return mlir::success();
  llvm::SmallString<16> text;
  value.toString(text);
  return emitError() << "expected " << what << " to be " << range << ", got "
                     << text;
}

inline mlir::LogicalResult
checkPositive(llvm::function_ref<mlir::InFlightDiagnostic()> emitError,
              const llvm::APFloat &value, llvm::StringRef what) {
  bool positive = value.isFinite() && !value.isZero() && !value.isNegative();
  return checkF32(emitError, value, positive, what, "positive and finite");
}

} // namespace qnet::detail

#endif // QNET_DIALECT_QNET_IR_ATTRPARAMETERS_H
