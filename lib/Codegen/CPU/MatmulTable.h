//===- MatmulTable.h - Products with signs by table look-up -----*- C++ -*-===//
//
// A product whose right factor has two values, -D and +D, needs no
// multiplication per term: the 16 signed sums of four neighbouring elements of
// the left factor are a table, and four bits of a column's word look one of
// them up (on vectors of 8 lanes: two tables of two elements, two look-ups and
// a sum).
//
// Order of the sum, the same for all vectors: terms (k, k+1, k+2, k+3), k a
// multiple of four, give t = (+-x0 +- x1) + (+-x2 +- x3); sums of t in
// ascending k; D times the sum at the end. Terms past K are zeros, which change
// no bit.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_MATMULTABLE_H
#define QNET_LIB_CODEGEN_CPU_MATMULTABLE_H

#include "Matmul.h"

namespace qnet::matmul {

/// Terms that a word holds, and that share a table.
inline constexpr int64_t kWordTerms = 32, kTableTerms = 4;

/// A product to be computed with tables. Its tiling is that of this kernel:
/// blocks are whole words, and panels have one width (columns of zeros or of
/// anything fill the last one up).
struct TablePlan {
  Product product;
  float scale; ///< D
  /// K as runs of elements that are contiguous in the left factor: more than
  /// one only if `isDirect`.
  int64_t runs = 1, runLength = product.k;
  /// Tables are of the left factor's buffer as it lies, so that windows that
  /// overlap share them; otherwise of packed row tiles.
  bool isDirect = false;
  int64_t tilesInGroup = 1; ///< row tiles that share tables
  int64_t groupSpan = 0;    ///< elements under a group, at most, if `isDirect`
  /// Parallel parts, at least, where tiles and panels suffice.
  int64_t minGroups = 16;

  int64_t lanes() const { return product.tiling.lanes; }
  int64_t width() const { return product.tiling.panel; }
  int64_t vectors() const { return width() / lanes(); }
  int64_t wordsInRun() const;
  /// Words of a column, and columns with those that fill up.
  int64_t numWords() const { return runs * wordsInRun(); }
  int64_t paddedColumns() const;
  int64_t numPanels() const;
};

/// Whether the right factor is worth tables, and how; the answer depends on the
/// layer's shape alone, not on the number of rows or on the target.
std::optional<TablePlan> planTables(const Product &product,
                                    const ProductSchedule &schedule);
/// The parallel loops of the product.
void emitTableNest(mlir::ImplicitLocOpBuilder &b, const TablePlan &plan);

/// Packs words of columns into `to`, so that a panel's are contiguous: word w
/// of column c is at ((c / width) * `columnWords` + w) * width + c % width.
class WordPacker {
public:
  WordPacker(mlir::ImplicitLocOpBuilder &b, const TablePlan &plan,
             mlir::Value to, int64_t columnWords);

  /// Columns and words of the squares that `packSquare` packs.
  int64_t squareColumns() const;
  int64_t squareWords() const;
  /// Packs a square of the words of run `run`: its first column and word are
  /// given as they are in the factor and in `to`. Where the factor is stored by
  /// columns, `count` of the square's words exist, otherwise of its groups of
  /// 32 columns.
  void packSquare(mlir::Value run, mlir::Value column, mlir::Value word,
                  mlir::Value toColumn, mlir::Value toWord, int64_t count);

private:
  mlir::Value loadWindows(mlir::Value flat, bool isAligned, int64_t count);
  mlir::Value rowStart(mlir::Value k);
  bool hasAlignedRows() const;
  void packColumns(mlir::Value run, mlir::Value column, mlir::Value word,
                   mlir::Value toColumn, mlir::Value toWord, int64_t count);
  void packRows(mlir::Value run, mlir::Value column, mlir::Value word,
                mlir::Value toColumn, mlir::Value toWord, int64_t count);
  void store(mlir::Value values, mlir::Value toColumn, mlir::Value toWord);

  mlir::ImplicitLocOpBuilder &b;
  const TablePlan &plan;
  mlir::Value to;
  int64_t columnWords;
  int64_t lanes = plan.lanes();
  int64_t bufferWords;
  mlir::Value words;
};

/// Tables of the packed row tile `left`, `rows` rows of a block:
/// [four terms][row][lanes].
void buildTileTables(mlir::ImplicitLocOpBuilder &b, const TablePlan &plan,
                     mlir::Value left, int64_t rows, KBlock block,
                     mlir::Value tables);
/// Tables of elements [begin, end) of the left factor's buffer.
void buildDirectTables(mlir::ImplicitLocOpBuilder &b, const TablePlan &plan,
                       mlir::Value begin, mlir::Value end, mlir::Value tables);

/// Operands of the kernel: where each row's tables start, how far apart its
/// tables of neighbouring terms are, and the first word of the block's panel.
struct TableTile {
  mlir::Value tables;
  llvm::SmallVector<mlir::Value> rowStarts;
  int64_t stride;
  mlir::Value words, wordStart, row;
};
void emitTableKernel(mlir::ImplicitLocOpBuilder &b, const TablePlan &plan,
                     const TableTile &tile, Columns columns, KBlock block);

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_MATMULTABLE_H
