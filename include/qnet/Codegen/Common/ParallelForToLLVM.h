//===- ParallelForToLLVM.h - Threaded loops as calls ------------*- C++ -*-===//
//
// Lowers qnet.parallel_for to a call of the runtime.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_COMMON_PARALLELFORTOLLVM_H
#define QNET_CODEGEN_COMMON_PARALLELFORTOLLVM_H

namespace mlir {
class LLVMTypeConverter;
class RewritePatternSet;
} // namespace mlir

namespace qnet {

/// Adds the pattern that turns qnet.parallel_for into
///   void qnet_parallel_for(ptr runtime, i64 count, ptr body, ptr captures)
/// with a generated body `void (ptr captures, i64 begin, i64 end)`. Needs a
/// converter with the bare-pointer calling convention.
void populateParallelForToLLVMPatterns(mlir::LLVMTypeConverter &converter,
                                       mlir::RewritePatternSet &patterns);

} // namespace qnet

#endif // QNET_CODEGEN_COMMON_PARALLELFORTOLLVM_H
