//===- Matmul.h - Blocked matrix products -----------------------*- C++ -*-===//
//
// What the parts of qnet-block-matmul share: the product as it was found, how
// it is cut, and the emitters of packing and of the kernel.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_MATMUL_H
#define QNET_LIB_CODEGEN_CPU_MATMUL_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"

namespace qnet::matmul {

/// One factor. Its buffer is [M or N, K], or transposed, [K, M or N].
struct Factor {
  mlir::Value buffer;
  bool transposed;
  mlir::BlockArgument element; ///< its element in the body
  mlir::Value value;           ///< the f32 that the body multiplies

  bool holdsCodes() const;
};

/// How loops over M, N and K are cut. K blocks do not depend on the target.
struct Tiling {
  int64_t lanes;     ///< f32 in a vector
  int64_t panel;     ///< columns in a panel, a multiple of `lanes`
  int64_t block;     ///< K in a block, a multiple of 32 if there are several
  int64_t numBlocks; ///< K blocks
  int64_t tiles;     ///< row tiles
  int64_t tallTiles; ///< the first of them, with `rows` rows; the others have
                     ///< one less
  int64_t rows;      ///< rows in a tall tile
};

/// out[M, N] (+)= left * right.
struct Product {
  mlir::Value out;
  Factor left, right;
  int64_t m, n, k;
  bool accumulate = true; ///< out holds terms already
  Tiling tiling = {};
};

/// Columns [start, start + count) of the product, count <= panel.
struct Columns {
  mlir::Value start;
  int64_t count;
};

/// A block of K: its number, its first k, and the k after its last.
struct KBlock {
  mlir::Value number, begin, end;
};

/// Where the left factor's tiles lie in the workspace: element (row, k) of a
/// tile is at row * rowStride + k * kStride from the tile's start.
struct LeftLayout {
  int64_t rowStride, kStride, tileSize;
};

mlir::FailureOr<Product> matchProduct(mlir::linalg::GenericOp op,
                                      mlir::RewriterBase &rewriter);
Tiling chooseTiling(int64_t m, int64_t n, int64_t k, unsigned vectorBits);
LeftLayout getLeftLayout(const Product &product);

/// The K blocks in ascending order.
void forEachBlock(mlir::ImplicitLocOpBuilder &b, const Product &product,
                  llvm::function_ref<void(KBlock)> body);
/// First row of a tile.
mlir::Value tileRow(mlir::ImplicitLocOpBuilder &b, const Product &product,
                    mlir::Value tile);

/// Packs the whole left factor; returns the workspace (f32, 1-D).
mlir::Value packLeft(mlir::ImplicitLocOpBuilder &b, const Product &product);
/// Start of a tile in the workspace.
mlir::Value leftTileStart(mlir::ImplicitLocOpBuilder &b, const Product &product,
                          mlir::Value block, mlir::Value tile);

/// Packs a block of the right factor's columns into `panel`, [k][columns
/// rounded up to vectors]. Values in lanes after the last column are arbitrary.
void packRight(mlir::ImplicitLocOpBuilder &b, const Product &product,
               Columns columns, KBlock block, mlir::Value panel);
/// The same for a factor of codes.
void packCodes(mlir::ImplicitLocOpBuilder &b, const Product &product,
               Columns columns, KBlock block, mlir::Value panel);

/// The part of a factor's body between its element and the multiplication, on
/// vectors. `elements` holds f32, or i32 ordinals for a factor of codes.
mlir::Value applyBody(mlir::ImplicitLocOpBuilder &b, const Factor &factor,
                      mlir::Value elements);

/// Packs one row tile of a block, its first row `row`, at the start of `to`.
void packLeftTile(mlir::ImplicitLocOpBuilder &b, const Product &product,
                  int64_t rows, mlir::Value row, KBlock block, mlir::Value to);

/// Operands of the kernel: a tile of `rows` rows starting at `row`. The panel
/// of the block starts at `rightStart` of `right`.
struct KernelTile {
  mlir::Value left, leftStart, right, rightStart, row;
  int64_t rows;
};
void emitKernel(mlir::ImplicitLocOpBuilder &b, const Product &product,
                const KernelTile &tile, Columns columns, KBlock block);

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_MATMUL_H
