//===- MatmulLong.h - How a long product is cut -----------------*- C++ -*-===//
//
// A product whose factors are both read where they lie, a term at a time.
// MatmulLong.cpp emits the loops.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_MATMULLONG_H
#define QNET_LIB_CODEGEN_CPU_MATMULLONG_H

#include "Matmul.h"

namespace qnet::matmul {

struct RegisterTile;

struct LongCut {
  LongCut(const Product &given, const ProductSchedule &schedule);

  Product product; ///< or that of the transposed factors
  llvm::SmallVector<Loop> rows, taps, sums; ///< taps: all columns but a run
  Loop run;                                 ///< the fastest columns
  int64_t numPanels;
  /// The loop of sums that blocks cut: the slowest, or the one in it, where a
  /// block is a part of one step of the slowest.
  unsigned cutLoop = 0;
  int64_t stepsPerBlock; ///< iterations of that loop
  int64_t numParts;      ///< blocks that it is cut into

  /// Terms of one iteration of the loop that blocks cut.
  int64_t termsPerStep() const;
  /// Whether sums are kept in an order of their own between blocks: elements of
  /// a vector are apart in the output.
  bool keepsSums() const {
    return run.out != 1 && product.tiling.numBlocks > 1;
  }
  bool hasBorder(int dimension) const {
    return product.borders[dimension].has_value();
  }

private:
  int64_t tileBytes() const;
  int64_t chooseNumTiles(const RegisterTile &tile) const;
  void cutSums(const ProductSchedule &schedule);
  int64_t chooseSteps(const ProductSchedule &schedule);
  int64_t choosePlainSteps() const;
};

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_MATMULLONG_H
