//===- RandomBits.h - Random bits as the contract states them ---*- C++ -*-===//
//
// Philox4x32-7 (Salmon et al., SC 2011) and which of its bits serve which
// element (docs/randomness.md), written once more and independently of the
// runtime and of the code generators, which are tested against this.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_INTERPRETER_RANDOMBITS_H
#define QNET_INTERPRETER_RANDOMBITS_H

#include "qnet/Dialect/Qnet/IR/QnetAttrs.h"

#include <array>
#include <cstdint>

namespace qnet {

/// The four words of one call of the generator.
std::array<uint32_t, 4> evaluatePhilox(std::array<uint32_t, 4> counter,
                                       uint32_t key0, uint32_t key1,
                                       unsigned rounds = 7);

/// Who draws: the key and the constant part of the counter.
struct RandomSource {
  uint32_t seed, parameter, step;
  Stream stream;
};

/// `bits` (1 to 32) random bits for the element with flat index `element`.
uint32_t evaluateRandomBits(const RandomSource &source, uint64_t element,
                            unsigned bits);

/// The initial value of an element: the initializer at u = n/2^24, where n are
/// 24 bits of stream `initialization`, step 0. A unit of a parameter [O, ...,
/// I] has as many incoming connections as the dimensions but the first have
/// elements, and as many outgoing ones as those but the last; of a vector, both
/// are its length.
float evaluateInitialValue(InitializerAttrInterface initializer, uint32_t seed,
                           uint32_t parameter, llvm::ArrayRef<int64_t> shape,
                           uint64_t element);

} // namespace qnet

#endif // QNET_INTERPRETER_RANDOMBITS_H
