//===- UpdateKernel.h - Flat elementwise loops as kernels -------*- C++ -*-===//
//
// A block takes 1024 elements in three phases: random words to shared memory,
// one generator call a thread; four elements a thread, read and written as
// vectors; words of small codes, put together from what the threads left.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_UPDATEKERNEL_H
#define QNET_LIB_CODEGEN_GPU_UPDATEKERNEL_H

#include "../CPU/UpdateLoop.h"

namespace qnet {

/// Replaces the loop by a launch.
void emitUpdateKernel(mlir::RewriterBase &rewriter, const UpdateLoop &loop);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_UPDATEKERNEL_H
