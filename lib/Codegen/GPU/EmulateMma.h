//===- EmulateMma.h - Warps' matrix instructions on a CPU -------*- C++ -*-===//
//
// mma.sync as the PTX ISA says it: which elements of the matrices are in which
// register of which lane. Written from the ISA's formulas, independent of the
// kernels, so that a kernel that mistakes a place gives other results.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_EMULATEMMA_H
#define QNET_LIB_CODEGEN_GPU_EMULATEMMA_H

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace qnet {

/// The registers of an instruction, of all threads of a block: buffers
/// [register][thread], i32 for the factors, f32 for sums and results.
struct MmaRegisters {
  mlir::Value a, b, sums, results;
};

/// Fails, with an error, for an instruction that is not emulated.
mlir::LogicalResult checkMma(mlir::NVVM::MmaOp op);

/// Emits what the instruction does, for `threads` / 32 warps.
void emulateMma(mlir::ImplicitLocOpBuilder &b, mlir::NVVM::MmaOp op,
                int64_t threads, const MmaRegisters &registers);

/// The same of wgmma.mma_async: descriptors by thread, i64; sums, which become
/// the results, [register][thread]; and the block's shared memory as i16.
struct WarpgroupRegisters {
  mlir::Value a, b, sums, shared;
};
mlir::LogicalResult checkWarpgroupMma(mlir::NVVM::WgmmaMmaAsyncOp op);
/// For `threads` / 128 warpgroups.
void emulateWarpgroupMma(mlir::ImplicitLocOpBuilder &b,
                         mlir::NVVM::WgmmaMmaAsyncOp op, int64_t threads,
                         const WarpgroupRegisters &registers);

/// Replaces conversions to tf32 by arithmetic on bits, and copies to shared
/// memory by loads and stores, as late as may be: where their group is waited
/// for. A copy that nobody waits for does nothing.
void expandForHost(mlir::Operation *kernel);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_EMULATEMMA_H
