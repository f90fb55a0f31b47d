//===- MatmulUpdate.h - Products that updates consume -----------*- C++ -*-===//
//
// A nest that computes a tile of a gradient on a thread's stack and runs the
// update on it.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_MATMULUPDATE_H
#define QNET_LIB_CODEGEN_CPU_MATMULUPDATE_H

#include "Matmul.h"
#include "UpdateLoop.h"

namespace qnet::matmul {

/// Bytes of a tile of a gradient, at most.
constexpr int64_t kMaxTileBytes = 256 << 10;

/// An update, and which of its operands is the gradient.
struct UpdateNest {
  UpdateLoop loop;
  unsigned gradient;
};

/// Emits the nest before the insertion point, by minimal filtering where that is
/// on and can compute the product; both ops stay for the caller to
/// erase. Fails, with the IR as it was, where the ops do not fit it.
mlir::LogicalResult emitUpdateNest(mlir::RewriterBase &rewriter,
                                   mlir::linalg::GenericOp product,
                                   const UpdateNest &nest, unsigned vectorBits,
                                   bool winogradProducts);

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_MATMULUPDATE_H
