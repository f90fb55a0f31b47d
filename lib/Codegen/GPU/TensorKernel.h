//===- TensorKernel.h - Products of matrices on tensor cores ----*- C++ -*-===//
//
// A block computes a tile of the output, a warp a part of it, as 16 x 8 squares
// by mma.sync: m16n8k16 of bf16, m16n8k8 of tf32. Sums are f32; their order is
// the hardware's.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_TENSORKERNEL_H
#define QNET_LIB_CODEGEN_GPU_TENSORKERNEL_H

#include "TensorSlice.h"

namespace qnet {

/// How a product is cut: rows and columns of a block and of a warp.
struct TensorTile {
  int64_t rows, columns, warpRows, warpColumns;
  bool byWarpgroups = false; ///< four warps multiply 64 rows together
};

/// Where sums are cut into at most `parts`.
TensorTile chooseTensorTile(int64_t m, int64_t n, int64_t parts);

/// Emits the launch at the builder's place. `product.accumulate` says whether
/// the sums are added to the output's elements; they may be cut into at most
/// `mostParts` parts; returns whether they are. With `warpgroups` large tiles
/// are multiplied by wgmma.
bool emitTensorKernel(mlir::ImplicitLocOpBuilder &b,
                      const matmul::Product &product, ProductMath math,
                      int64_t mostParts, bool warpgroups);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_TENSORKERNEL_H
