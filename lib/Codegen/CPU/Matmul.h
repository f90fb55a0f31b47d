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

/// One of the loops M, N and K of a product as an operand sees it: nested
/// dimensions, the last one fastest, and how far apart their elements lie.
struct Axis {
  llvm::SmallVector<int64_t> sizes, strides;

  /// Whether `lanes` elements from any multiple of `lanes` on are contiguous.
  bool hasContiguous(int64_t lanes) const;
};

/// One factor. Its buffer is [M or N, K], or transposed, [K, M or N]; or, where
/// `isAffine`, any buffer, flat, whose element (i, k) is at offset + outer(i) +
/// inner(k): a convolution's input under its windows.
struct Factor {
  mlir::Value buffer;
  bool transposed;             ///< the outer axis is the contiguous one
  mlir::BlockArgument element; ///< its element in the body
  mlir::Value value;           ///< the f32 that the body multiplies
  bool isAffine = false;
  Axis outer, inner;
  int64_t offset = 0;

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

/// A product of two matrices.
mlir::FailureOr<Product> matchProduct(mlir::linalg::GenericOp op,
                                      mlir::RewriterBase &rewriter);
/// A product of operands that are affine in more than three loops.
mlir::FailureOr<Product> matchAffineProduct(mlir::linalg::GenericOp op,
                                            mlir::RewriterBase &rewriter);
/// The factors x and y of a body that yields out + x * y, or nulls.
std::pair<mlir::Value, mlir::Value> matchBody(mlir::linalg::GenericOp op);
/// The element of an input that `value` is computed from, by elementwise ops of
/// `body` only; null if there is not exactly one.
mlir::BlockArgument findElement(mlir::Value value, mlir::Block *body);

/// Where element (i, k) of a factor is in its buffer.
llvm::SmallVector<mlir::Value> locate(mlir::ImplicitLocOpBuilder &b,
                                      const Factor &factor, mlir::Value i,
                                      mlir::Value k);
/// The distance of element `i` from the first along an axis.
mlir::Value alongAxis(mlir::ImplicitLocOpBuilder &b, const Axis &axis,
                      mlir::Value i);

Tiling chooseTiling(int64_t m, int64_t n, int64_t k, unsigned vectorBits);
LeftLayout getLeftLayout(const Product &product);

/// The K blocks in ascending order.
void forEachBlock(mlir::ImplicitLocOpBuilder &b, const Product &product,
                  llvm::function_ref<void(KBlock)> body);
/// First row of a tile.
mlir::Value tileRow(mlir::ImplicitLocOpBuilder &b, const Product &product,
                    mlir::Value tile);
/// Runs `body` with the number of rows of row tile `tile`.
void withTile(mlir::ImplicitLocOpBuilder &b, const Product &product,
              mlir::Value tile, llvm::function_ref<void(int64_t)> body);
/// Runs `body` with the columns of panel `number`.
void withPanel(mlir::ImplicitLocOpBuilder &b, const Product &product,
               mlir::Value number, llvm::function_ref<void(Columns)> body);

/// Packs the whole left factor; returns the workspace (f32, 1-D).
mlir::Value packLeft(mlir::ImplicitLocOpBuilder &b, const Product &product);
/// Start of a tile in the workspace.
mlir::Value leftTileStart(mlir::ImplicitLocOpBuilder &b, const Product &product,
                          mlir::Value block, mlir::Value tile);

/// Packs a block of the right factor's columns into `panel` from `start` on,
/// [k][columns rounded up to vectors]. Values in lanes after the last column
/// are arbitrary.
void packRight(mlir::ImplicitLocOpBuilder &b, const Product &product,
               Columns columns, KBlock block, mlir::Value panel,
               mlir::Value start);
/// The same for a factor of codes.
void packCodes(mlir::ImplicitLocOpBuilder &b, const Product &product,
               Columns columns, KBlock block, mlir::Value panel,
               mlir::Value start);

/// The part of a factor's body between its element and the multiplication, on
/// vectors. `elements` holds f32, or i32 ordinals for a factor of codes.
mlir::Value applyBody(mlir::ImplicitLocOpBuilder &b, const Factor &factor,
                      mlir::Value elements);

/// Packs one row tile of a block, its first row `row`, into `to` from `at` on.
void packLeftTile(mlir::ImplicitLocOpBuilder &b, const Product &product,
                  int64_t rows, mlir::Value row, KBlock block, mlir::Value to,
                  mlir::Value at);

/// Operands of the kernel: a tile of `rows` rows starting at `row`. The panel
/// of the block starts at `rightStart` of `right`.
struct KernelTile {
  mlir::Value left, leftStart, right, rightStart, row;
  int64_t rows;
};
void emitKernel(mlir::ImplicitLocOpBuilder &b, const Product &product,
                const KernelTile &tile, Columns columns, KBlock block);

/// Loops of a product with far more rows than columns, and of one with a long
/// sum and a gathered right factor (MatmulNests.cpp).
bool isTall(const Product &product);
void emitTallNest(mlir::ImplicitLocOpBuilder &b, const Product &product);
bool isLong(const Product &product);
void emitLongNest(mlir::ImplicitLocOpBuilder &b, const Product &product);

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_MATMUL_H
