//===- ProductKernel.h - Products of matrices as kernels --------*- C++ -*-===//
//
// A block computes a tile of the output. Per step in k its threads load a slice
// of each factor to shared memory, decoding codes and reading convolution
// windows on the way, and then add the products to sums in registers.
// Invariant: an element is one fma chain in ascending k, as on a CPU, or one
// for each of its parts.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_PRODUCTKERNEL_H
#define QNET_LIB_CODEGEN_GPU_PRODUCTKERNEL_H

#include "../CPU/Matmul.h"

namespace qnet {

/// How a product is cut. A thread's rows and columns come in runs of at most
/// four, spread over the tile so that the threads of a warp read neighbouring
/// banks. A slice has a whole number of elements for each thread.
struct ProductTile {
  int64_t rows, columns, depth;      ///< of a block
  int64_t threadRows, threadColumns; ///< of a thread
};

/// Where sums are cut into at most `parts`.
ProductTile chooseProductTile(int64_t m, int64_t n, int64_t parts);

/// Whether tiles of `size` rows and columns, in `parts` parts, are enough
/// blocks to go round, and the product is not smaller than one.
bool fillsDevice(int64_t m, int64_t n, int64_t size, int64_t parts);

/// The f32 that the body multiplies, of element (i, k) of a factor.
mlir::Value loadFactorElement(mlir::ImplicitLocOpBuilder &b,
                              const matmul::Factor &factor, mlir::Value i,
                              mlir::Value k);
/// Whether elements that follow each other in k lie side by side.
bool isContiguousInTerms(const matmul::Factor &factor);
/// Where an element of the product is in its output.
llvm::SmallVector<mlir::Value> placeInOutput(mlir::ImplicitLocOpBuilder &b,
                                             const matmul::Product &product,
                                             mlir::Value row,
                                             mlir::Value column);

/// Emits the launch at the builder's place. `product.accumulate` says whether
/// the sums go on from the output's elements; they may be cut into at most
/// `mostParts` parts; returns whether they are.
bool emitProductKernel(mlir::ImplicitLocOpBuilder &b,
                       const matmul::Product &product, int64_t mostParts);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_PRODUCTKERNEL_H
