//===- EmulatedKernels.h - Launches as loops over blocks --------*- C++ -*-===//
//
// A program for a GPU as one for this CPU: kernels become functions of a block
// (qnet-emulate-kernels), and launches loops that call them.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_COMPILED_EMULATEDKERNELS_H
#define QNET_TEST_UNIT_COMPILED_EMULATEDKERNELS_H

#include "mlir/IR/BuiltinOps.h"

namespace qnet::test {

/// Blocks, and threads of a block, run one after the other, the first first or
/// the last first.
llvm::LogicalResult runKernelsInPlace(mlir::ModuleOp module, bool descending);

} // namespace qnet::test

#endif // QNET_TEST_UNIT_COMPILED_EMULATEDKERNELS_H
