//===- ConstantData.h - The bytes of constants ------------------*- C++ -*-===//
//
// Constants of inference graphs are dense or dense_resource attributes of
// 32-bit elements; this reads both.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_IR_CONSTANTDATA_H
#define QNET_DIALECT_QNET_IR_CONSTANTDATA_H

#include "mlir/IR/BuiltinAttributeInterfaces.h"

#include <vector>

namespace qnet {

/// The 32-bit elements of `value`, as bits. Where they are not known (the file
/// lacks the resource, or it has another size) emits an error by `emitError`.
mlir::FailureOr<std::vector<uint32_t>>
readWords(mlir::ElementsAttr value,
          llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

} // namespace qnet

#endif // QNET_DIALECT_QNET_IR_CONSTANTDATA_H
