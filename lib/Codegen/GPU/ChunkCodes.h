//===- ChunkCodes.h - Packed codes of a block's elements --------*- C++ -*-===//
//
// Reads and writes the ordinals of four consecutive codes as vector<4xi32>, a
// thread's share. Codes of less than eight bits share a word between threads:
// each leaves its bits in shared memory, and one of them writes the word.
// Invariant: a word is written whole, and its bits past the last code are zero.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_GPU_CHUNKCODES_H
#define QNET_LIB_CODEGEN_GPU_CHUNKCODES_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

#include <optional>

namespace qnet {

/// Elements of a thread and of a block.
constexpr int64_t chunkLanes = 4;
constexpr int64_t chunkElements = 1024;

class ChunkCodes {
public:
  /// `codes` holds `count` codes.
  ChunkCodes(mlir::ImplicitLocOpBuilder &b, mlir::Value codes, int64_t count);

  bool sharesWords() const { return perWord > chunkLanes; }
  /// Ordinals from element `first` on; lanes past `valid` hold anything.
  mlir::Value load(mlir::Value first, int64_t valid);
  /// Writes them, or leaves them in `mailbox` where threads share words.
  void store(mlir::Value first, mlir::Value thread, int64_t valid,
             mlir::Value ordinals, mlir::Value mailbox);
  /// Empties a thread's place in the mailbox.
  void clear(mlir::Value thread, mlir::Value mailbox);
  /// Writes the words that the block's threads left, behind a barrier.
  void gather(mlir::Value first, mlir::Value thread, mlir::Value mailbox);

  /// Number of the mailbox among the kernel's shared buffers, if it needs one.
  std::optional<unsigned> sharedNumber;

private:
  mlir::Value index(int64_t value);
  mlir::Value integer(int64_t value);
  mlir::Value wordAt(mlir::Value first, int64_t offset = 0);
  mlir::Value firstBit(mlir::Value first);
  mlir::Value pack(mlir::Value ordinals, int64_t begin, int64_t end);

  mlir::ImplicitLocOpBuilder &b;
  int64_t bits, perWord, numWords;
  mlir::Value words;
};

/// Four elements from `first` on; lanes past `valid` are zero.
mlir::Value loadChunk(mlir::ImplicitLocOpBuilder &b, mlir::VectorType type,
                      mlir::Value buffer, mlir::Value first, int64_t valid);
void storeChunk(mlir::ImplicitLocOpBuilder &b, mlir::Value vector,
                mlir::Value buffer, mlir::Value first, int64_t valid);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_GPU_CHUNKCODES_H
