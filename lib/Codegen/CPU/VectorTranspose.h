//===- VectorTranspose.h - Transposition in registers -----------*- C++ -*-===//
//
// For squares of f32 of 4, 8 or 16 vectors.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_VECTORTRANSPOSE_H
#define QNET_LIB_CODEGEN_CPU_VECTORTRANSPOSE_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace qnet {

/// Transposes the square whose rows are `rows`, as many vectors as each has
/// elements: 4, 8 or 16.
void transposeSquare(mlir::ImplicitLocOpBuilder &b,
                     llvm::MutableArrayRef<mlir::Value> rows);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_CPU_VECTORTRANSPOSE_H
