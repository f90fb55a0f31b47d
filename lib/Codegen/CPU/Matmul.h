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
#include "qnet/Codegen/CPU/Products.h"
#include <memory>

namespace qnet {
struct PaddedCopy;
} // namespace qnet

namespace qnet::matmul {

struct Epilogue;
struct PartSums;

/// One of the loops M, N and K of a product as an operand sees it: nested
/// dimensions, the last one fastest, and how far apart their elements lie.
struct Axis {
  llvm::SmallVector<int64_t> sizes, strides;

  /// Whether `lanes` elements from any multiple of `lanes` on are contiguous.
  bool hasContiguous(int64_t lanes) const;
};

/// One of the loops of a product, and how far apart its elements lie in the
/// factors and the output.
struct Loop {
  int64_t size, left, right, out;
};

/// Places of a padded image that are known to be zero: all but those whose
/// coordinate, start + scale * place + step * tap, is in [low, high). `place`
/// and `tap` are loops.
struct Border {
  unsigned place, tap;
  int64_t start, scale, step, low, high;
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
  /// Whether it is f32 that the body multiplies as it is.
  bool isPlain() const { return !holdsCodes() && value == element; }
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
  /// The loops of M, N and K, each from the slowest to the fastest.
  llvm::SmallVector<Loop> rows = {}, columns = {}, sums = {};
  /// The op's loops that are rows, columns and sums, in this order.
  llvm::SmallVector<unsigned> rowLoops = {}, columnLoops = {}, sumLoops = {};
  int64_t outOffset = 0;
  /// Whether out is the matrix [M, N] and both factors can be packed: if not,
  /// only what reads them in place applies.
  bool hasMatrices = true;
  bool packsRight = true; ///< the right factor can be packed
  /// Buffers are still those of the op: `placeBuffers` makes views of them.
  bool needsViews = false;
  bool isMatrixOutput = true;
  /// In the padded factor of a convolution: along image rows and columns. Its
  /// places are loops of `rows` (left) or `sums` (right), its taps of `sums`
  /// (left) or `columns` (right).
  std::optional<Border> borders[2] = {};
  bool hasLeftBorders = false;
  /// What is done with finished sums, if anything (Epilogue.h).
  std::shared_ptr<const Epilogue> epilogue = {};
  /// What is summed over parts of the result, if anything (PartSums.h).
  std::shared_ptr<const PartSums> partSums = {};
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
/// Either of them. Changes nothing; the rewriter hears why it fails.
mlir::FailureOr<Product> recognizeProduct(mlir::linalg::GenericOp op,
                                          mlir::RewriterBase &rewriter);
/// Views of the buffers before `op`, as the emitters read them.
void placeBuffers(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op,
                  Product &product);
/// Both.
mlir::FailureOr<Product> findProduct(mlir::linalg::GenericOp op,
                                     mlir::RewriterBase &rewriter);
/// Sets `borders` by what the conversion to linalg knows; m, n and k are the
/// loops of the groups.
void findBorders(mlir::linalg::GenericOp op, Product &product,
                 llvm::ArrayRef<unsigned> m, llvm::ArrayRef<unsigned> n,
                 llvm::ArrayRef<unsigned> k);
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

Tiling chooseTiling(int64_t m, int64_t n, int64_t k,
                    const ProductSchedule &schedule);
/// The method for the product's shape; none of tables. It has a tiling.
ProductMethod chooseMethod(const Product &product);
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
/// Whether rows of the right factor are contiguous: then neighbouring panels
/// are packed a row at a time, as a row of one is on a page of its own.
bool packsByRows(const Product &product);
/// Packs one of them, row `k` of a panel.
void packRightRow(mlir::ImplicitLocOpBuilder &b, const Product &product,
                  Columns columns, KBlock block, mlir::Value k,
                  mlir::Value panel, mlir::Value start);
/// `packRight` for a factor of codes.
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

/// `buffer` as a buffer of one dimension.
mlir::Value flatten(mlir::ImplicitLocOpBuilder &b, mlir::Value buffer);
/// Loops that continue one another become one; those of `borders` stay.
llvm::SmallVector<Loop> mergeLoops(llvm::ArrayRef<Loop> loops);

/// The packed nest (BlockMatmul.cpp).
bool canBePacked(const Product &product);
void emitPackedNest(mlir::ImplicitLocOpBuilder &b, const Product &product,
                    const ProductSchedule &schedule);

/// A product whose left factor is read where it lies (MatmulDirect.cpp): rows
/// with runs of K. `isDirect` is where that is the fastest: many rows.
bool canBeDirect(const Product &product);
/// Whether its nest can run the product's part sums.
bool canSumDirect(const Product &product, const ProductSchedule &schedule);
bool isDirect(const Product &product);
void emitDirectNest(mlir::ImplicitLocOpBuilder &b, const Product &product,
                    const ProductSchedule &schedule);

/// A sum of products of elements that both lie where they can be read
/// (MatmulLong.cpp). `isLong`: a long one, as the filter gradient of a
/// convolution.
bool canBeLong(const Product &product);
bool isLong(const Product &product);
void emitLongNest(mlir::ImplicitLocOpBuilder &b, const Product &product,
                  const ProductSchedule &schedule);
/// Some rows of a long product: those of register tiles [firstTile, lastTile),
/// at most numTiles, from row firstRow on. The product's output holds them
/// alone.
struct LongRows {
  mlir::Value firstTile, lastTile, firstRow;
  int64_t numTiles;
};
/// How rows are cut into register tiles, if they can be computed a few at a
/// time.
std::optional<Tiling> getLongTiling(const Product &product,
                                    const ProductSchedule &schedule);
/// Computes them, in parallel.
void emitLongRows(mlir::ImplicitLocOpBuilder &b, const Product &product,
                  const ProductSchedule &schedule, const LongRows &rows);

/// Convolutions with windows of 3 x 3 that move by one pixel, by minimal
/// filtering (Winograd.h): forward and input gradients, whose stack is counted,
/// and filter gradients. Channels and filters are multiples of 16, images have
/// even sides.
bool canBeWinograd(const Product &product);
/// Of them, no filter gradients.
bool isWinogradForward(const Product &product);
/// Of them, those whose nest can run the product's part sums.
bool canSumWinograd(const Product &product, const ProductSchedule &schedule);
void emitWinogradNest(mlir::ImplicitLocOpBuilder &b, const Product &product,
                      const ProductSchedule &schedule);
int64_t winogradStackBytes(const Product &product,
                           const ProductSchedule &schedule);

/// Loops of a product with far more rows than columns (MatmulNests.cpp).
bool canBeTall(const Product &product);
bool isTall(const Product &product);
void emitTallNest(mlir::ImplicitLocOpBuilder &b, const Product &product,
                  const ProductSchedule &schedule);

/// Whether the nest of a convolution by the schedule's method reads none of the
/// zeros around its image.
bool readsInside(mlir::linalg::GenericOp op, const Product &product,
                 const ProductSchedule &schedule);
/// Makes such a product read the image that `copy` pads where it lies; fails,
/// and changes nothing, if the copy adds other zeros than are known of `op`.
mlir::LogicalResult readImage(mlir::linalg::GenericOp op,
                              const PaddedCopy &copy, Product &product);

/// Bytes on the stack of a thread that runs the nest.
int64_t packedStackBytes(const Product &product,
                         const ProductSchedule &schedule);
int64_t directStackBytes(const Product &product,
                         const ProductSchedule &schedule);
int64_t tallStackBytes(const Product &product, const ProductSchedule &schedule);

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_MATMUL_H
