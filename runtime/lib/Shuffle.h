//===- Shuffle.h - the order of samples in an epoch -------------*- C++ -*-===//
//
// Fisher-Yates with the words of the generator's shuffle stream: the order
// depends on seed, epoch and number of samples only (docs/trainer.md).
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_SHUFFLE_H
#define QNET_RUNTIME_LIB_SHUFFLE_H

#include <cstdint>
#include <vector>

namespace qnet::rt {

/// Sets `order` to the permutation of [0, count) of this epoch.
void shuffleEpoch(uint32_t seed, uint32_t epoch, uint32_t count,
                  std::vector<uint32_t> &order);

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_SHUFFLE_H
