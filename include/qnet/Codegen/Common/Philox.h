//===- Philox.h - The random generator as IR --------------------*- C++ -*-===//
//
// Builds Philox4x32-7 (Salmon et al., "Parallel random numbers: as easy as 1,
// 2, 3", SC 2011) and names the layout of its bits: which bits of which call
// serve which element (docs/randomness.md).
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_COMMON_PHILOX_H
#define QNET_CODEGEN_COMMON_PHILOX_H

#include "qnet/Dialect/Qnet/IR/QnetOps.h"

#include <array>

namespace qnet {

/// How draws of `bits` bits are cut from the generator's words. A group of
/// elements shares 16 blocks: 16 consecutive elements take the same slot of the
/// same word of the 16 blocks, the next 16 the next word, then the next slot.
struct RandomLayout {
  static constexpr int64_t lanes = 16;
  static constexpr int64_t words = 4;

  explicit RandomLayout(unsigned bits)
      : bits(bits), slotBits(bits <= 8    ? 8
                             : bits <= 16 ? 16
                                          : 32) {}

  unsigned bits;
  unsigned slotBits;
  int64_t slotsPerWord() const { return 32 / slotBits; }
  int64_t groupSize() const { return lanes * words * slotsPerWord(); }
  uint32_t mask() const { return bits >= 32 ? ~0u : (1u << bits) - 1; }
};

/// The four words of a call with key (seed, parameter) and counter (block, 0,
/// step, stream). `block` is i64 or a vector of it; `seed`, `step` and `base`,
/// which is added to the op's parameter unless it is null, are i32.
/// A word is in the low 32 bits of its i64; what is above is not zero.
std::array<mlir::Value, 4> buildPhilox(mlir::OpBuilder &builder,
                                       mlir::Location loc, RandomBitsOp op,
                                       mlir::Value block, mlir::Value seed,
                                       mlir::Value step, mlir::Value base);

} // namespace qnet

#endif // QNET_CODEGEN_COMMON_PHILOX_H
