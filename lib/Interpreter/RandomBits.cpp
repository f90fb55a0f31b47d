//===- RandomBits.cpp - Random bits as the contract states them -----------===//
//
// A straight reading of docs/randomness.md: elements are served in groups of 16
// blocks of four words, so that 16 consecutive elements draw from the same word
// of 16 blocks.
//
//===----------------------------------------------------------------------===//

#include "qnet/Interpreter/RandomBits.h"

using namespace mlir;
using namespace qnet;

std::array<uint32_t, 4> qnet::evaluatePhilox(std::array<uint32_t, 4> counter,
                                             uint32_t key0, uint32_t key1,
                                             unsigned rounds) {
  for (unsigned round = 0; round < rounds; ++round) {
    uint64_t even = uint64_t(0xD2511F53) * counter[0];
    uint64_t odd = uint64_t(0xCD9E8D57) * counter[2];
    counter = {uint32_t(odd >> 32) ^ counter[1] ^ key0, uint32_t(odd),
               uint32_t(even >> 32) ^ counter[3] ^ key1, uint32_t(even)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return counter;
}

uint32_t qnet::evaluateRandomBits(const RandomSource &source, uint64_t element,
                                  unsigned bits) {
  unsigned slotWidth = bits <= 8 ? 8 : bits <= 16 ? 16 : 32;
  unsigned slots = 32 / slotWidth;
  uint64_t groupSize = 64 * slots;
  uint64_t group = element / groupSize, rest = element % groupSize;
  uint64_t block = group * 16 + rest % 16;
  unsigned draw = rest / 16; // Which of the block's 4 * slots values.
  auto words = evaluatePhilox({uint32_t(block), uint32_t(block >> 32),
                               source.step, uint32_t(source.stream)},
                              source.seed, source.parameter);
  uint64_t value = words[draw % 4] >> (draw / 4 * slotWidth);
  return value & ((uint64_t(1) << bits) - 1);
}

float qnet::evaluateInitialValue(InitializerAttrInterface initializer,
                                 uint32_t seed, uint32_t parameter,
                                 ArrayRef<int64_t> shape, uint64_t element) {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim; // Not zero: there is an element.
  bool isMatrix = shape.size() >= 2;
  int64_t fanIn = isMatrix ? count / shape.front() : count;
  int64_t fanOut = isMatrix ? count / shape.back() : count;
  float uniform = 0;
  if (initializer.isRandom())
    uniform = evaluateRandomBits({seed, parameter, 0, Stream::Initialization},
                                 element, 24) *
              0x1p-24f;
  return initializer.evaluateValue(element, uniform, fanIn, fanOut);
}
