//===- SumKernel.h - Long sums of few elements as kernels -------*- C++ -*-===//
//
// One thread for each element would leave most of a device idle, and wait for
// memory at each term. So a block takes a few elements: all of its threads
// compute terms, many at a time, to shared memory, and one thread for each
// element adds them in ascending order. The bits are those of one thread, and
// so of a CPU.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_SUMKERNEL_H
#define QNET_LIB_CODEGEN_GPU_SUMKERNEL_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace qnet {

/// Emits the launch at the builder's place, or fails where the op has no long
/// sums, or so many that a thread for each is enough. `fills` are the constants
/// that outputs start from, null where they start from what they hold.
llvm::LogicalResult emitSumKernel(mlir::ImplicitLocOpBuilder &b,
                                  mlir::linalg::GenericOp op,
                                  llvm::ArrayRef<mlir::linalg::FillOp> fills);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_SUMKERNEL_H
