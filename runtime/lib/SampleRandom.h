//===- SampleRandom.h - random numbers of one synthetic sample --*- C++ -*-===//
//
// Reads the words of the synthetic-data stream of one sample in order. Only
// exact operations and +, -, *, / are used, so that every machine makes the
// same data.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_SAMPLERANDOM_H
#define QNET_RUNTIME_LIB_SAMPLERANDOM_H

#include "qnet-runtime/philox.h"

namespace qnet::rt {

/// What a sequence of synthetic numbers belongs to.
enum class SyntheticPart : uint32_t { Train = 0, Test = 1, World = 2 };

class SampleRandom {
public:
  SampleRandom(SyntheticPart part, uint32_t index) : part(part), index(index) {}

  uint32_t word() {
    if (used % 4 == 0)
      block = randomBlock(dataSeed, uint32_t(part), used / 4, index,
                          Stream::SyntheticData);
    return block.word[used++ % 4];
  }
  /// Uniform in [0, count).
  uint32_t below(uint32_t count) { return uint64_t(word()) * count >> 32; }
  /// Uniform in [low, high).
  double between(double low, double high) {
    return low + (high - low) * (word() * 0x1p-32);
  }
  /// Nearly normal with variance 1: the centred sum of eight 16-bit uniforms.
  double normal() {
    double sum = 0;
    for (int i = 0; i < 4; ++i) {
      uint32_t bits = word();
      sum += (bits & 0xFFFF) + (bits >> 16);
    }
    constexpr double center = 8 * 32767.5;
    constexpr double scale = 0x1p-16 * 1.2247448713915890; // sqrt(12 / 8)
    return (sum - center) * scale;
  }

private:
  /// Fixed: --seed changes the training, never the data.
  static constexpr uint32_t dataSeed = 0x71646174;
  SyntheticPart part;
  uint32_t index;
  uint64_t used = 0;
  PhiloxBlock block{};
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_SAMPLERANDOM_H
