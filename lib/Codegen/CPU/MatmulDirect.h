//===- MatmulDirect.h - Products that read their left factor ----*- C++ -*-===//
//
// How a product whose left factor is read where it lies is cut;
// MatmulDirect.cpp emits the loops.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_MATMULDIRECT_H
#define QNET_LIB_CODEGEN_CPU_MATMULDIRECT_H

#include "Matmul.h"
#include "llvm/Support/MathExtras.h"

namespace qnet::matmul {

/// Tiles [first, last) of the fastest loop of rows that are alike.
struct TileRun {
  int64_t first, last;
  int64_t rows;
  /// The rows of the tile that have a term, for each tap along image columns;
  /// empty if all have.
  llvm::SmallVector<llvm::SmallVector<int64_t>> active;

  bool isLike(const TileRun &other) const {
    return rows == other.rows && active == other.active;
  }
};

struct DirectCut {
  DirectCut(const Product &given, const ProductSchedule &schedule);

  Product product; ///< its K blocks cut the slowest loop of sums
  llvm::SmallVector<Loop> rows, sums;
  Tiling pixels; ///< of the fastest loop of rows
  llvm::SmallVector<TileRun> runs;
  int64_t numItems;     ///< tiles in all
  int64_t groupItems;   ///< tiles that share a packed panel
  int64_t termsPerStep; ///< of one iteration of the slowest loop of sums
  int64_t stepsPerBlock;

  bool hasBorder(int dimension) const {
    return product.borders[dimension].has_value();
  }
  /// f32 in a packed panel.
  int64_t panelSize() const {
    return product.tiling.block * product.tiling.panel;
  }
  int64_t numPanels() const {
    return llvm::divideCeil(product.n, product.tiling.panel);
  }
  /// Whether a thread packs all panels before it multiplies.
  bool keepsPanels() const;
  /// Tiles of a part whose results are summed; 0 if tiles cross parts.
  int64_t tilesOfPart() const;
  /// f32 of the panels that a thread keeps.
  int64_t stackSize() const {
    return keepsPanels() ? numPanels() * panelSize() : panelSize();
  }

private:
  void cutSums(const ProductSchedule &schedule);
  void groupTiles(const ProductSchedule &schedule);
  bool hasLoopsOf(int dimension, const ProductSchedule &schedule) const;
  TileRun describe(int64_t tile) const;
};

/// Merges all loops but the slowest.
llvm::SmallVector<Loop> mergeRest(llvm::ArrayRef<Loop> loops);
int64_t countOf(llvm::ArrayRef<Loop> loops);

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_MATMULDIRECT_H
