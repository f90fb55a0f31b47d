//===- ProductParts.h - Long sums of products in parts ----------*- C++ -*-===//
//
// A product with few elements and long sums, as the gradient of a convolution's
// weights, has few tiles: its sums are cut, and a block sums one part for one
// tile. The parts' sums go to a workspace and are added in ascending order: an
// order that depends on the shape only, but is no CPU's.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_PRODUCTPARTS_H
#define QNET_LIB_CODEGEN_GPU_PRODUCTPARTS_H

#include "../CPU/Matmul.h"

namespace qnet {

/// Blocks below which a product is said not to fill a device.
constexpr int64_t enoughBlocks = 96;

struct ProductParts {
  int64_t parts = 1;
  int64_t terms;         ///< of a part; the last one may have fewer
  mlir::Value sums = {}; ///< [parts, as the output], if there are several

  bool areSeveral() const { return parts > 1; }
  /// The terms that all parts together would have.
  int64_t reach() const { return parts * terms; }
};

/// The most parts that a product's sums may be cut into; 1 where the parts
/// would not cover its output.
int64_t mostParts(const matmul::Product &product);
/// As many parts of whole slices as give a device enough blocks, at most
/// `most`.
ProductParts cutProduct(const matmul::Product &product, int64_t tileRows,
                        int64_t tileColumns, int64_t depth, int64_t most);
/// Allocates the workspace before the kernel, if there are several parts.
void allocateSums(mlir::ImplicitLocOpBuilder &b, const matmul::Product &product,
                  ProductParts &parts);
/// Adds the parts' sums to the output, or to zero, behind the kernel.
void addSums(mlir::ImplicitLocOpBuilder &b, const matmul::Product &product,
             const ProductParts &parts);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_PRODUCTPARTS_H
