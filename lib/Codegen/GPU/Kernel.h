//===- Kernel.h - A GPU kernel while it is emitted --------------*- C++ -*-===//
//
// A gpu.launch with a one-dimensional grid of one-dimensional blocks. Invariant
// of every kernel that qnet emits: barriers stand in the body itself or in
// loops whose bounds all threads share, so that qnet-emulate-kernels can run a
// block phase by phase.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_KERNEL_H
#define QNET_LIB_CODEGEN_GPU_KERNEL_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace qnet {

/// Threads of a block where nothing asks for another number.
constexpr int64_t kernelThreads = 256;
/// The gpu.module that holds all kernels of a program.
constexpr llvm::StringLiteral kernelModuleName = "kernels";

/// Opens a launch at the builder's place and moves the builder into its body;
/// closes it, and moves the builder behind it, when it goes out of scope.
class Kernel {
public:
  /// `kind` names the kernel, behind the name of the function it is in.
  Kernel(mlir::ImplicitLocOpBuilder &b, llvm::StringRef kind, int64_t blocks,
         llvm::ArrayRef<mlir::MemRefType> shared = {},
         int64_t threads = kernelThreads);
  ~Kernel();
  Kernel(const Kernel &) = delete;

  mlir::Value block() { return launch.getBlockIds().x; }
  mlir::Value thread() { return launch.getThreadIds().x; }
  mlir::Value shared(unsigned i) {
    return launch.getWorkgroupAttributions()[i];
  }
  void barrier() { mlir::gpu::BarrierOp::create(b); }

private:
  mlir::ImplicitLocOpBuilder &b;
  mlir::gpu::LaunchOp launch;
};

/// A buffer that the threads of a block share.
mlir::MemRefType sharedBuffer(llvm::ArrayRef<int64_t> shape,
                              mlir::Type element);

/// `then` where `condition` holds.
void emitIf(mlir::ImplicitLocOpBuilder &b, mlir::Value condition,
            llvm::function_ref<void()> then);
/// `then` where i < bound; without a test where i is known to be below `count`
/// and `count` <= bound.
void emitIfBelow(mlir::ImplicitLocOpBuilder &b, mlir::Value i, int64_t bound,
                 int64_t count, llvm::function_ref<void()> then);

/// The fill of `out` by a constant that nothing but `op` sees, or null: then `op`
/// starts from the constant, and the fill may go away.
mlir::linalg::FillOp findConstantFill(mlir::Operation *op, mlir::Value out);
/// The constant of such a fill, at the builder's place.
mlir::Value fillValue(mlir::ImplicitLocOpBuilder &b,
                      mlir::linalg::FillOp fill);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_KERNEL_H
