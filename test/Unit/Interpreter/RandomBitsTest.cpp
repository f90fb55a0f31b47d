//===- RandomBitsTest.cpp - The generator and who gets which bits ---------===//
//
// Published answers of Philox4x32, and that elements share no bits.
//
//===----------------------------------------------------------------------===//

#include "qnet/Interpreter/RandomBits.h"
#include <gtest/gtest.h>
#include <set>

using namespace qnet;

using Words = std::array<uint32_t, 4>;

TEST(RandomBitsTest, PhiloxGivesThePublishedAnswers) {
  EXPECT_EQ(evaluatePhilox({0, 0, 0, 0}, 0, 0, 10),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(evaluatePhilox({0, 0, 0, 0}, 0, 0, 7),
            (Words{0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48}));
  EXPECT_EQ(evaluatePhilox({~0u, ~0u, ~0u, ~0u}, ~0u, ~0u, 10),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(RandomBitsTest, ElementsOfAGroupUseEachWordOnce) {
  std::multiset<uint32_t> drawn, words;
  for (uint64_t element = 0; element < 256; ++element)
    drawn.insert(evaluateRandomBits({5, 3, 9, Stream::Forward}, element, 32));
  for (uint32_t block = 0; block < 64; ++block)
    for (uint32_t word : evaluatePhilox({block, 0, 9, 1}, 5, 3))
      words.insert(word);
  EXPECT_EQ(drawn, words);
}

TEST(RandomBitsTest, NarrowDrawsAreTheSlotsOfWords) {
  for (unsigned bits : {1u, 7u, 8u, 9u, 16u, 17u, 24u, 31u}) {
    unsigned width = bits <= 8 ? 8 : bits <= 16 ? 16 : 32, per = 32 / width;
    uint32_t mask = (uint64_t(1) << bits) - 1;
    std::multiset<uint32_t> drawn, slots;
    for (uint64_t element = 0; element < 2 * 64 * per; ++element)
      drawn.insert(
          evaluateRandomBits({1, 2, 3, Stream::Update}, element, bits));
    for (uint32_t block = 0; block < 32; ++block)
      for (uint32_t word : evaluatePhilox({block, 0, 3, 0}, 1, 2))
        for (unsigned slot = 0; slot < per; ++slot)
          slots.insert(word >> (slot * width) & mask);
    EXPECT_EQ(drawn, slots) << bits << " bits";
  }
}

TEST(RandomBitsTest, LargeIndicesReachTheHighCounterWord) {
  uint64_t element = (uint64_t(1) << 32) / 16 * 64;
  EXPECT_EQ(evaluateRandomBits({1, 2, 3, Stream::Update}, element, 32),
            evaluatePhilox({0, 1, 3, 0}, 1, 2)[0]);
}
