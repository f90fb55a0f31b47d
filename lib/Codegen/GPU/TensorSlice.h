//===- TensorSlice.h - A factor on its way to tensor cores ------*- C++ -*-===//
//
// A slice of a factor in shared memory: a row of 16 words for each row (or
// column) of the tile, 16 terms of the sums as tf32 or 32 as bf16, two in a
// word. Invariant: rows and terms outside of the product are +0 in both
// factors, so that they add nothing.
//
// f32 that multiply as they are, in aligned runs, for tf32: copied without a
// way through registers (cp.async) and rounded when a warp reads them. All
// others, and what instructions read from shared memory themselves: loaded,
// decoded, rounded, stored.
//
// The four words from 4 q on lie at 4 (q xor row / 2 mod 4): eight threads that
// store four words each, and eight that read them as parts of fragments, then
// meet all 32 banks, whether neighbours are along a row or across rows.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_TENSORSLICE_H
#define QNET_LIB_CODEGEN_GPU_TENSORSLICE_H

#include "../CPU/Matmul.h"
#include "ChunkCodes.h"
#include "Kernel.h"

namespace qnet {

/// How kernels multiply: f32, or on tensor cores what is rounded to tf32 (11
/// significant bits) or bf16 (8), with sums in f32.
enum class ProductMath { F32, TF32, BF16 };

/// "f32", "tf32", "bf16".
std::optional<ProductMath> parseProductMath(llvm::StringRef name);

/// Words of a row of a slice.
constexpr int64_t sliceWords = 16;
/// Terms of the sums in a slice.
constexpr int64_t sliceDepth(ProductMath math) {
  return math == ProductMath::BF16 ? 2 * sliceWords : sliceWords;
}

/// The place in its row of the four words from 4 `quarter` on.
mlir::Value swizzle(mlir::ImplicitLocOpBuilder &b, mlir::Value row,
                    mlir::Value quarter);

class TensorSlice {
public:
  /// `extent` is the factor's rows or columns, `terms` the length of the sums,
  /// `reach` where the last slice ends; `width` rows of it are loaded by
  /// `threads` threads. With `isReadWhole` no warp reads it in parts.
  TensorSlice(mlir::ImplicitLocOpBuilder &b, const matmul::Factor &factor,
              int64_t extent, int64_t terms, int64_t reach, int64_t width,
              int64_t threads, ProductMath math, bool isReadWhole);
  int64_t width() const { return rows; }
  /// The two buffers that take turns.
  mlir::MemRefType sharedType() const;

  /// In the kernel: the thread's number, and the tile's first row.
  void begin(mlir::Value thread, mlir::Value start);
  /// Starts to bring the thread's part of the slice at term `k` to buffer
  /// `number` of `shared`: copies, whose tokens are added to `copies`, or
  /// loads, four f32 at a time, whose values are returned. No address is
  /// outside of the factor.
  llvm::SmallVector<mlir::Value>
  load(mlir::Value k, mlir::Value shared, mlir::Value number,
       llvm::SmallVectorImpl<mlir::Value> &copies);
  /// Rounds what was loaded and stores it.
  void store(mlir::ValueRange loaded, mlir::Value k, mlir::Value shared,
             mlir::Value number);
  /// Four words of `row`, as an instruction takes them.
  llvm::SmallVector<mlir::Value> read(mlir::Value shared, mlir::Value number,
                                      mlir::Value row, mlir::Value at);

private:
  struct Unit {
    mlir::Value row, quarter;
  };
  Unit unitOf(int64_t number);
  mlir::Value termOf(const Unit &unit, mlir::Value k, int64_t chunk);
  mlir::Value placeRow(const Unit &unit);
  mlir::Value loadFour(mlir::Value i, mlir::Value k);
  mlir::Value copyFour(const Unit &unit, mlir::Value k, mlir::Value shared,
                       mlir::Value number);
  mlir::Value exists(const Unit &unit, mlir::Value k);
  void roundFour(mlir::Value four, llvm::SmallVectorImpl<mlir::Value> &words);
  int64_t chunks() const { return sliceDepth(math) / sliceWords; }
  int64_t units() const { return rows * sliceWords / 4 / threads; }

  mlir::ImplicitLocOpBuilder &b;
  const matmul::Factor &factor;
  int64_t extent, terms, rows, threads;
  ProductMath math;
  bool alongTerms;   ///< Neighbouring threads load neighbouring terms.
  bool isWhole;      ///< No slice ends behind the last term.
  bool loadsVectors; ///< Four terms are one aligned vector.
  bool copies;       ///< They are copied as they are.
  std::optional<ChunkCodes> codes;
  mlir::Value thread, start;
};

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_TENSORSLICE_H
