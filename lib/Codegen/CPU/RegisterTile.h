//===- RegisterTile.h - The sums of a register tile -------------*- C++ -*-===//
//
// How large a tile of the output stays in registers, and how its sums come from
// memory and go back.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_REGISTERTILE_H
#define QNET_LIB_CODEGEN_CPU_REGISTERTILE_H

#include "Matmul.h"
#include <functional>

namespace qnet::matmul {

/// Rows, at most, and vectors of columns.
struct RegisterTile {
  int64_t rows, vectors;
};

/// The most vectors of a register tile, up to `most`, that divide those of a
/// panel.
int64_t divideVectors(int64_t vectors, int64_t most);

/// The tile that is likely the fastest for rows in runs of `run`, of `columns`
/// each, with the rows and vectors that the schedule gives, if it does.
RegisterTile chooseRegisterTile(int64_t run, int64_t columns,
                                const ProductSchedule &schedule);

/// A tile of `rows` x `columns` of the output.
struct OutputTile {
  mlir::ImplicitLocOpBuilder &b;
  mlir::Value out;
  mlir::VectorType type;
  int64_t lanes, rows, columns;
  /// The place of a vector of a row.
  std::function<llvm::SmallVector<mlir::Value>(int64_t row, int64_t vector)>
      place;
  /// The number of a row, and of a vector's first column, in the product.
  std::function<mlir::Value(int64_t)> rowNumber, columnNumber;
  /// How far apart the elements of a row are.
  int64_t columnStride = 1;

  int64_t numVectors() const { return (columns + lanes - 1) / lanes; }
  int64_t lanesAt(int64_t vector) const {
    return std::min(lanes, columns - vector * lanes);
  }
};

/// The sums before a block of K, row by row: zeros before the first one, unless
/// the product accumulates, or those in memory.
llvm::SmallVector<mlir::Value> loadSums(const OutputTile &tile, bool accumulate,
                                        int64_t numBlocks, KBlock block);
/// Asks for the cache line at a place of a buffer.
void prefetch(mlir::ImplicitLocOpBuilder &b, mlir::Value buffer,
              mlir::ValueRange at, bool isWrite);
/// f32 in a cache line.
inline constexpr int64_t kLineFloats = 16;

/// How many elements, a part of them with each of some terms, are asked for:
/// from `step * term` on, the first of each of `lines` cache lines.
struct Sweep {
  int64_t step, lines;

  /// All of `count` f32 with `terms` terms, but for what more than `most` lines
  /// a term would be.
  static Sweep over(int64_t count, int64_t terms, int64_t most);
};

/// Asks for the cache line at a place of a buffer that is needed later: it
/// comes as far as the second-level cache.
void prefetchFar(mlir::ImplicitLocOpBuilder &b, mlir::Value buffer,
                 mlir::ValueRange at);
/// Asks for the places of the sums, which the loop over k gives time to come.
void prefetchSums(const OutputTile &tile, const Product &product);
/// Stores the sums as they are.
void storeTile(const OutputTile &tile, mlir::ValueRange sums);
/// Stores the sums after a block of K. Here every nest hands its results on:
/// after the last block, to the product's epilogue, if it has one.
void storeSums(const OutputTile &tile, mlir::ValueRange sums,
               const Product &product, KBlock block);

/// Adds one term to the sums of a tile: the elements of `rows`, which
/// `elementOf` loads, times the vectors of the columns.
void addTerm(mlir::ImplicitLocOpBuilder &b, llvm::ArrayRef<int64_t> rows,
             llvm::function_ref<mlir::Value(int64_t)> elementOf,
             mlir::ValueRange columns, llvm::MutableArrayRef<mlir::Value> sums);

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_REGISTERTILE_H
