//===- KernelParameters.h - How a kernel gets its scalars -------*- C++ -*-===//
//
// A kernel's parameters are its buffers, and one more if it has scalars: their
// place in the device's memory, where each has a word of eight bytes, in its
// low bytes. So nothing in a launch changes from step to step, and a step can
// be captured as a graph. Three places agree on this: the runtime's launches
// (LaunchToLLVM.cpp), kernels (ConvertQnetToNvvm.cpp) and what emulates them
// (EmitKernelEntries.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_KERNELPARAMETERS_H
#define QNET_LIB_CODEGEN_GPU_KERNELPARAMETERS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace qnet {

/// Whether a type is that of a scalar that a word holds.
bool fitsWord(mlir::Type type);

/// A scalar of the LLVM dialect as a word; null where it is none that fits.
mlir::Value widenScalar(mlir::OpBuilder &b, mlir::Location loc,
                        mlir::Value scalar);

/// The `number`-th scalar, of `type`, from the words at `words`.
mlir::Value loadScalar(mlir::OpBuilder &b, mlir::Location loc,
                       mlir::Value words, int64_t number, mlir::Type type);

/// Replaces the scalars among a kernel's parameters by their address.
void gatherScalars(mlir::LLVM::LLVMFuncOp kernel);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_KERNELPARAMETERS_H
