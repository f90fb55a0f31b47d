//===- Shuffle.cpp - the order of samples in an epoch ---------------------===//
//
// Fisher-Yates from the last index down; word k of the stream is word k % 4 of
// block k / 4, and picks j = word * (i + 1) / 2^32.
//
//===----------------------------------------------------------------------===//
#include "Shuffle.h"

#include "qnet-runtime/philox.h"

#include <numeric>
#include <utility>

void qnet::rt::shuffleEpoch(uint32_t seed, uint32_t epoch, uint32_t count,
                            std::vector<uint32_t> &order) {
  order.resize(count);
  std::iota(order.begin(), order.end(), 0u);
  PhiloxBlock block{};
  uint64_t used = 0;
  for (uint32_t i = count; i-- > 1; ++used) {
    if (used % 4 == 0)
      block = randomBlock(seed, 0, used / 4, epoch, Stream::Shuffle);
    uint32_t j = uint64_t(block.word[used % 4]) * (uint64_t(i) + 1) >> 32;
    std::swap(order[i], order[j]);
  }
}
