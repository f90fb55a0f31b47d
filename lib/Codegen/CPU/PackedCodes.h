//===- PackedCodes.h - Vectors of codes in packed words ---------*- C++ -*-===//
//
// Reads and writes the ordinals of 16 consecutive codes as vector<16xi32>. The
// codes of a group start at a whole word. Invariant: a written word is written
// whole, and its bits past the last code are zero.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_PACKEDCODES_H
#define QNET_LIB_CODEGEN_CPU_PACKEDCODES_H

#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace qnet {

class PackedCodes {
public:
  /// `words` holds the codes; `firstWord` (index) is the group's first word.
  PackedCodes(mlir::OpBuilder &builder, mlir::Location loc,
              GridAttrInterface grid, mlir::Value words, mlir::Value firstWord)
      : builder(builder), loc(loc), bits(grid.getStorageBits()),
        perWord(getCodesPerWord(grid)), words(words), firstWord(firstWord) {}

  /// Ordinals of the codes [16 * part, 16 * part + valid) of the group; lanes
  /// past `valid` hold anything.
  mlir::Value load(int64_t part, int64_t valid);
  /// Writes them. One-bit codes reach memory with every second part, or
  /// `isLast`.
  void store(int64_t part, int64_t valid, mlir::Value ordinals, bool isLast);

private:
  mlir::Value wordIndex(int64_t word);
  mlir::Value loadWord(int64_t word);
  mlir::Value loadWords(int64_t first, int64_t count, int64_t valid);
  mlir::Value loadBits(int64_t part);
  mlir::Value shifts(int64_t firstBit);
  void storeBits(int64_t part, mlir::Value ordinals, bool isLast);
  void storeFields(int64_t part, int64_t valid, mlir::Value ordinals);
  mlir::Value clearPast(mlir::Value ordinals, int64_t valid);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  int64_t bits, perWord;
  mlir::Value words, firstWord;
  int64_t loadedWord = -1;
  mlir::Value loaded;  ///< the word that the last load of one-bit codes took
  mlir::Value lowHalf; ///< one-bit codes that wait for the upper half word
};

/// A vector<16xi1> whose first `valid` lanes are set.
mlir::Value buildLaneMask(mlir::OpBuilder &builder, mlir::Location loc,
                          int64_t valid);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_CPU_PACKEDCODES_H
