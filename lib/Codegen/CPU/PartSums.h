//===- PartSums.h - Sums of parts of a product's result ---------*- C++ -*-===//
//
// Sums over the pixels of a few images, or of a few rows of one, for each
// channel (ChannelSums.cpp cuts them): the statistics of a batch norm and their
// gradients. A product's nest runs them on each part of its result that it has
// computed, while that is in a cache. The order of each sum is that of the op,
// whatever the tiles of the product.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_PARTSUMS_H
#define QNET_LIB_CODEGEN_CPU_PARTSUMS_H

#include "Matmul.h"

namespace qnet::matmul {

/// Sums over [samples, rows, ..., channels], of equal parts of both the samples
/// and the rows.
struct PartSums {
  mlir::linalg::GenericOp op;
  /// Of each output, the fill that it starts from.
  llvm::SmallVector<mlir::linalg::FillOp> fills;
  llvm::SmallVector<int64_t> shape; ///< what is summed
  int64_t samples, rows;            ///< of a part

  int64_t partsOfRows() const { return shape[1] / rows; }
  /// Places of a part: rows of the product.
  int64_t numPlaces() const;
  /// Whether an input has the shape and is moved by all loops: `value` may be
  /// what a product computes.
  bool reads(mlir::Value value) const;
};

/// `op` as such sums. Changes nothing.
std::optional<PartSums> matchPartSums(mlir::linalg::GenericOp op);
/// Whether parts are whole image rows of the product, as it counts them.
bool arePartsOf(const PartSums &sums, const Product &product);
/// Emits the sums of the product's part number `part`, for some columns.
void emitPartSums(mlir::ImplicitLocOpBuilder &b, const PartSums &sums,
                  mlir::Value part, Columns columns);

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_PARTSUMS_H
