//===- philox.h - counter-based random bits of qnet programs ----*- C++ -*-===//
//
// Philox4x32 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011): a bijection of a 128-bit counter under a 64-bit key, so any word of
// any stream is computed on its own and no generator state exists. qnet's
// use of key and counter is the contract stated in docs/trainer.md.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_PHILOX_H
#define QNET_RUNTIME_PHILOX_H

#include <stdint.h>

namespace qnet {

/// What a word of the generator is used for: the last word of the counter.
enum class Stream : uint32_t {
  UpdateRounding = 0,
  ForwardRounding = 1,
  Initialization = 2,
  Shuffle = 3,
  SyntheticData = 4,
  Augmentation = 5,
  Dropout = 6,
};

/// The number of rounds of every stream of qnet.
constexpr int philoxRounds = 7;

/// One counter before, or one block of random words after, the bijection.
struct PhiloxBlock {
  uint32_t word[4];
};

/// Philox4x32 with `Rounds` rounds, for a raw counter and key.
template <int Rounds = philoxRounds>
constexpr PhiloxBlock philox4x32(PhiloxBlock counter, uint32_t key0,
                                 uint32_t key1) {
  for (int round = 0; round < Rounds; ++round) {
    uint64_t first = uint64_t(0xD2511F53u) * counter.word[0];
    uint64_t second = uint64_t(0xCD9E8D57u) * counter.word[2];
    counter = {
        {uint32_t(second >> 32) ^ counter.word[1] ^ key0, uint32_t(second),
         uint32_t(first >> 32) ^ counter.word[3] ^ key1, uint32_t(first)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

/// Block `block` of a stream of qnet. `parameter` is the parameter's index, or
/// 0 for streams that belong to no parameter.
constexpr PhiloxBlock randomBlock(uint32_t seed, uint32_t parameter,
                                  uint64_t block, uint32_t step,
                                  Stream stream) {
  return philox4x32<>(
      {{uint32_t(block), uint32_t(block >> 32), step, uint32_t(stream)}}, seed,
      parameter);
}

} // namespace qnet

#endif // QNET_RUNTIME_PHILOX_H
