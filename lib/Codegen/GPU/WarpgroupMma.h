//===- WarpgroupMma.h - wgmma on slices of factors --------------*- C++ -*-===//
//
// On sm_90a four warps multiply together, wgmma.mma_async m64nNk16 of bf16 or
// m64nNk8 of tf32, and read both factors from shared memory themselves. A slice of TensorSlice.h, rows of
// 64 bytes whose quarters are swapped by row / 2 mod 4, is just what the ISA
// calls a K-major matrix with a swizzle of 64 bytes.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_WARPGROUPMMA_H
#define QNET_LIB_CODEGEN_GPU_WARPGROUPMMA_H

#include "TensorSlice.h"

namespace qnet {

constexpr int64_t warpgroupThreads = 128, warpgroupRows = 64;
/// Where slices must start: the swizzle counts from there.
constexpr int64_t warpgroupAlignment = 1024;

/// Makes what the thread stored to shared memory visible to wgmma, behind the
/// next barrier.
void publishSlices(mlir::ImplicitLocOpBuilder &b);

/// `sums`, N / 2 of a thread, and the products of 64 rows of `left` from
/// `leftRow` on with N rows of `right` from `rightRow` on. Buffers are slices
/// one behind the other, whose rows count on.
llvm::SmallVector<mlir::Value>
multiplyWarpgroup(mlir::ImplicitLocOpBuilder &b, ProductMath math,
                  mlir::ValueRange sums, mlir::Value left, mlir::Value leftRow, mlir::Value right,
                  mlir::Value rightRow);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_WARPGROUPMMA_H
