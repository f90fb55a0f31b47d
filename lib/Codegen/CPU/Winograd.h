//===- Winograd.h - Convolutions by minimal filtering -----------*- C++ -*-===//
//
// Winograd's minimal filtering F(2x2, 3x3), as Lavin and Gray, "Fast Algorithms
// for Convolutional Neural Networks" (CVPR 2016) apply it: a tile of 2 x 2
// outputs under windows of 3 x 3 takes 16 multiplications for each channel and
// filter instead of 36. With the 4 x 4 inputs d under a tile, filters g and
// gradients y of the outputs,
//
//   outputs           At [(G g Gt) * (Bt d B)] A, summed over channels
//   filter gradient   Gt [(A y At) * (Bt d B)] G, summed over tiles
//
// where * is elementwise, the sum is one chain of fma for each of the 16
// elements, and
//
//        1  0 -1  0         1    0    0
//   Bt = 0  1  1  0    G = 1/2  1/2  1/2    At = 1  1  1  0
//        0 -1  1  0        1/2 -1/2  1/2         0  1 -1 -1
//        0  1  0 -1         0    0    1
//
// All sums of the transforms are written out below, rows before columns. What a
// filter gradient sums is stated in WinogradFilters.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_WINOGRAD_H
#define QNET_LIB_CODEGEN_CPU_WINOGRAD_H

#include "Matmul.h"

namespace qnet::matmul {

/// Taps of a window along a side, outputs of a tile, and inputs under it.
inline constexpr int64_t kTaps = 3, kTileOutputs = 2, kTileInputs = 4;
/// Elements of a transformed tile.
inline constexpr int64_t kElements = kTileInputs * kTileInputs;

/// The places of 3 x 3 windows that move by one pixel, and the tiles of two by
/// two of them.
struct Windows {
  Loop images, rows, columns; ///< windows
  Loop tapRows, tapColumns;
  int64_t channels;
  int64_t origin; ///< of the lowest input under the first window
  /// How far apart inputs that are neighbours are.
  int64_t rowStep, columnStep;

  int64_t tileRows() const { return rows.size / kTileOutputs; }
  int64_t tileColumns() const { return columns.size / kTileOutputs; }
  int64_t imageTiles() const { return tileRows() * tileColumns(); }
  int64_t numTiles() const { return images.size * imageTiles(); }
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

/// Bt d B of the 16 vectors d of a tile, by rows.
llvm::SmallVector<mlir::Value> transformInputs(mlir::ImplicitLocOpBuilder &b,
                                               mlir::ValueRange inputs);
/// G g Gt of the 9 vectors g of a filter.
llvm::SmallVector<mlir::Value> transformFilter(mlir::ImplicitLocOpBuilder &b,
                                               mlir::ValueRange filter);
/// At m A: four outputs.
llvm::SmallVector<mlir::Value> collectOutputs(mlir::ImplicitLocOpBuilder &b,
                                              mlir::ValueRange elements);
/// A y At of four gradients of outputs.
llvm::SmallVector<mlir::Value> spreadOutputs(mlir::ImplicitLocOpBuilder &b,
                                             mlir::ValueRange gradients);
/// Gt m G: the nine gradients of a filter.
llvm::SmallVector<mlir::Value> collectFilter(mlir::ImplicitLocOpBuilder &b,
                                             mlir::ValueRange elements);

/// 16 matrices of transformed elements on a thread's stack, [rows, width] each.
struct Elements {
  mlir::Value buffer;
  int64_t rows, width;

  /// Matrices are a cache line further apart than they are large: else their
  /// elements at one place would share a set of the cache.
  int64_t stride() const { return rows * width + 16; }
  int64_t size() const { return kElements * stride(); }
  static int64_t bytesOf(int64_t rows, int64_t width);
};
Elements allocateElements(mlir::ImplicitLocOpBuilder &b, int64_t rows,
                          int64_t width);
/// Stores vectors of a tile's 16 elements at (row, column) of the matrices.
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
/// the 16 elements: sums[row, column] = sum over terms of left and right, which
/// is [term, column].
struct ElementProduct {
  Elements left, right, sums;
  /// How far apart the left factor's elements are.
  int64_t rowStride, termStride;
  int64_t rows, terms;
  int64_t tileRows; ///< of a register tile
  bool goesOn;      ///< from what the sums are
};
/// The product of element `number`.
void multiplyElement(mlir::ImplicitLocOpBuilder &b,
                     const ElementProduct &product, mlir::Value number,
                     int64_t lanes);

/// Asks for the inputs under a tile that its left neighbour does not have.
void prefetchInputs(mlir::ImplicitLocOpBuilder &b, const Windows &windows,
                    mlir::Value factor, int64_t Loop::*stride, mlir::Value tile,
                    mlir::Value channel, int64_t lanes, int64_t width);
/// Asks for the vector at a place of a buffer.
void prefetch(mlir::ImplicitLocOpBuilder &b, mlir::Value buffer, mlir::Value at,
              bool isWrite);

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
