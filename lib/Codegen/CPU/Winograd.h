//===- Winograd.h - Convolutions by minimal filtering -----------*- C++ -*-===//
//
// Winograd's minimal filtering F(m x m, 3 x 3), m = 2 or 4, as Lavin and Gray,
// "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016) apply it: a
// tile of m x m outputs under windows of 3 x 3 takes (m + 2)^2 multiplications
// for each channel and filter instead of 9 m^2: 16 instead of 36, or 36 instead
// of 144. With the inputs d under a tile, filters g and gradients y of the
// outputs,
//
//   outputs           At [(G g Gt) * (Bt d B)] A, summed over channels
//   filter gradient   Gt [(A y At) * (Bt d B)] G, summed over tiles
//
// where * is elementwise, the sum is one chain of fma for each element, and for
// m = 2
//
//        1  0 -1  0         1    0    0
//   Bt = 0  1  1  0    G = 1/2  1/2  1/2    At = 1  1  1  0
//        0 -1  1  0        1/2 -1/2  1/2         0  1 -1 -1
//        0  1  0 -1         0    0    1
//
// for m = 4
//
//        4  0 -5  0  1  0        1/4    0     0
//        0 -4 -4  1  1  0       -1/6  -1/6  -1/6        1  1  1  1  1  0
//   Bt = 0  4 -4 -1  1  0   G = -1/6   1/6  -1/6   At = 0  1 -1  2 -2  0
//        0 -2 -1  2  1  0       1/24  1/12   1/6        0  1  1  4  4  0
//        0  2 -1 -2  1  0       1/24 -1/12   1/6        0  1 -1  8 -8  1
//        0  4  0 -5  0  1         0     0     1
//
// WinogradTransforms.cpp writes all their sums out; they go down the columns
// first, then along the rows. What a filter gradient sums is stated in
// WinogradFilters.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_WINOGRAD_H
#define QNET_LIB_CODEGEN_CPU_WINOGRAD_H

#include "Matmul.h"

namespace qnet::matmul {

/// Taps of a window along a side.
inline constexpr int64_t kTaps = 3;

/// The tiles that are filtered.
struct TileShape {
  int64_t outputs; ///< along a side, 2 or 4

  int64_t inputs() const { return outputs + kTaps - 1; }
  /// Of a transformed tile.
  int64_t elements() const { return inputs() * inputs(); }
};

/// The places of 3 x 3 windows that move by one pixel, and the tiles of them.
struct Windows {
  TileShape shape;
  Loop images, rows, columns; ///< windows
  Loop tapRows, tapColumns;
  int64_t channels;
  int64_t origin; ///< of the lowest input under the first window
  /// How far apart inputs that are neighbours are.
  int64_t rowStep, columnStep;

  int64_t tileRows() const { return rows.size / shape.outputs; }
  int64_t tileColumns() const { return columns.size / shape.outputs; }
  int64_t imageTiles() const { return tileRows() * tileColumns(); }
  int64_t numTiles() const { return images.size * imageTiles(); }
  /// Images whose tiles a filter gradient sums before it is collected: one, or
  /// for tiles of 4 x 4, whose collecting takes more, those with 64 of them.
  int64_t groupImages() const;
  int64_t groupTiles() const { return groupImages() * imageTiles(); }
  /// Tiles of a part whose outputs are summed; 0 if tiles cross parts.
  int64_t tilesOfPart(const PartSums &sums) const;
  /// The number among the left factor's taps of a window's tap, which are
  /// counted by rows from the lowest input: where taps run backwards over the
  /// image, the last one is the lowest.
  int64_t tapNumber(int64_t tap) const;
};

/// The windows over the left factor: of a convolution, or of its input
/// gradient.
std::optional<Windows> findWindows(const Product &product);
/// The windows over the right factor, of a filter gradient.
std::optional<Windows> findFilterWindows(const Product &product);

/// The place of the first window of tile number `tile` in a factor or the
/// output.
mlir::Value alongWindows(mlir::ImplicitLocOpBuilder &b, const Windows &windows,
                         mlir::Value tile, int64_t Loop::*stride,
                         int64_t origin);

/// Bt d B of the vectors d of a tile, by rows.
llvm::SmallVector<mlir::Value> transformInputs(mlir::ImplicitLocOpBuilder &b,
                                               TileShape shape,
                                               mlir::ValueRange inputs);
/// G g Gt of the 9 vectors g of a filter.
llvm::SmallVector<mlir::Value> transformFilter(mlir::ImplicitLocOpBuilder &b,
                                               TileShape shape,
                                               mlir::ValueRange filter);
/// Row `row` of it, for tiles of 4 x 4 outputs.
llvm::SmallVector<mlir::Value> transformFilterRow(mlir::ImplicitLocOpBuilder &b,
                                                  mlir::Value row,
                                                  mlir::ValueRange filter);
/// At m A: the outputs of a tile.
llvm::SmallVector<mlir::Value> collectOutputs(mlir::ImplicitLocOpBuilder &b,
                                              TileShape shape,
                                              mlir::ValueRange elements);
/// A y At of the gradients of a tile's outputs.
llvm::SmallVector<mlir::Value> spreadOutputs(mlir::ImplicitLocOpBuilder &b,
                                             TileShape shape,
                                             mlir::ValueRange gradients);
/// Gt m G: the nine gradients of a filter.
llvm::SmallVector<mlir::Value> collectFilter(mlir::ImplicitLocOpBuilder &b,
                                             TileShape shape,
                                             mlir::ValueRange elements);

/// Matrices of transformed elements, [rows, width] each.
struct Elements {
  mlir::Value buffer;
  int64_t count, rows, width;

  /// Matrices are a cache line further apart than they are large: else their
  /// elements at one place would share a set of the cache.
  int64_t stride() const { return rows * width + 16; }
  int64_t size() const { return count * stride(); }
  int64_t bytes() const { return size() * int64_t(sizeof(float)); }
};
/// Elements on a thread's stack.
Elements allocateElements(mlir::ImplicitLocOpBuilder &b, int64_t count,
                          int64_t rows, int64_t width);
/// Stores vectors of the elements at (row, column) of the matrices.
void storeElements(mlir::ImplicitLocOpBuilder &b, const Elements &to,
                   mlir::Value row, mlir::Value column,
                   mlir::ValueRange values);
llvm::SmallVector<mlir::Value> loadElements(mlir::ImplicitLocOpBuilder &b,
                                            const Elements &from,
                                            mlir::Value row, mlir::Value column,
                                            int64_t lanes);
/// The inputs under tile number `tile`, transformed, in row `row` of `to`:
/// `width` channels from `channel` on.
void storeInputs(mlir::ImplicitLocOpBuilder &b, const Windows &windows,
                 mlir::Value factor, int64_t Loop::*stride, mlir::Value tile,
                 mlir::Value channel, int64_t lanes, const Elements &to,
                 mlir::Value row);

/// The products of matrices that minimal filtering sums, the same for each of
/// the elements: sums[row, column] = sum over terms of left and right, which
/// is [term, column].
struct ElementProduct {
  Elements left, right, sums;
  /// How far apart the left factor's elements are.
  int64_t rowStride, termStride;
  mlir::Value rows;
  int64_t terms;
  int64_t tileRows, tileVectors; ///< of a register tile
  bool goesOn = false;           ///< from what the sums are
  /// The left factor's first row, and the element that right begins with.
  mlir::Value leftRow = {}, firstElement = {};
};
/// The product of element `number`. Rows that are no multiple of `tileRows` are
/// rounded up: buffers have room for them.
void multiplyElement(mlir::ImplicitLocOpBuilder &b,
                     const ElementProduct &product, mlir::Value number,
                     int64_t lanes);

/// Asks for the inputs under a tile that its left neighbour does not have.
void prefetchInputs(mlir::ImplicitLocOpBuilder &b, const Windows &windows,
                    mlir::Value factor, int64_t Loop::*stride, mlir::Value tile,
                    mlir::Value channel, int64_t lanes, int64_t width);

/// Whether all panels of filters share inputs that were transformed before
/// (WinogradShared.cpp); few panels transform them anew.
bool sharesInputs(const Windows &windows, int64_t panels);
void emitSharedInputs(mlir::ImplicitLocOpBuilder &b, const Product &product,
                      const Windows &windows, const ProductSchedule &schedule);
int64_t sharedStackBytes(const Product &product, const Windows &windows,
                         const ProductSchedule &schedule);
/// Whether their nest can run the product's part sums.
bool canSumShared(const Product &product, const Windows &windows,
                  const ProductSchedule &schedule);
/// Stores the outputs of tile number `tile`, whose sums are in a row.
void storeOutputs(mlir::ImplicitLocOpBuilder &b, const Product &product,
                  const Windows &windows, mlir::Value out, mlir::Value tile,
                  mlir::Value row, Columns columns, const Elements &sums);

/// The filter gradient; how its rows are cut into tiles, if they can be
/// computed a few at a time; and some of them, as emitLongRows.
void emitWinogradFilters(mlir::ImplicitLocOpBuilder &b, const Product &product,
                         const ProductSchedule &schedule);
std::optional<Tiling> getWinogradTiling(const Product &product,
                                        const ProductSchedule &schedule);
void emitWinogradRows(mlir::ImplicitLocOpBuilder &b, const Product &product,
                      const ProductSchedule &schedule, const LongRows &rows);

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_WINOGRAD_H
