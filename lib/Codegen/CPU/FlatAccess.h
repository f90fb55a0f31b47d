//===- FlatAccess.h - Operands as flat buffers ------------------*- C++ -*-===//
//
// Where an operand of a linalg op has the element of an iteration, as a place
// in a buffer of one dimension.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_FLATACCESS_H
#define QNET_LIB_CODEGEN_CPU_FLATACCESS_H

#include "Matmul.h"

namespace qnet::matmul {

/// The flat place of an operand's element as constant + sum of strides x loops.
struct FlatAccess {
  int64_t offset = 0;
  llvm::SmallVector<int64_t> strides;
};

/// The strides of a buffer, if they are known and so is its offset: a part at a
/// place that is known at run time has no flat view.
bool getStaticStrides(mlir::MemRefType type,
                      llvm::SmallVector<int64_t> &strides);
/// None where the operand is no static buffer, or its map is not linear.
std::optional<FlatAccess> getAccess(mlir::linalg::GenericOp op,
                                    mlir::OpOperand &operand);
/// The group of loops as an axis; dimensions that continue one another merge.
Axis buildAxis(llvm::ArrayRef<unsigned> loops, llvm::ArrayRef<int64_t> sizes,
               const FlatAccess &access);
/// `buffer`, which may be a slice, as a buffer of one dimension from its first
/// element on.
mlir::Value flattenAny(mlir::ImplicitLocOpBuilder &b, mlir::Value buffer);

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_FLATACCESS_H
