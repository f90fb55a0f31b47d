//===- PhiloxTest.cpp - generator and shuffle -----------------------------===//
//
// Known answers are those published with Random123; the shuffle is compared
// with the words it is documented to use.
//
//===----------------------------------------------------------------------===//
#include "qnet-runtime/philox.h"
#include "Shuffle.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <set>

using namespace qnet;

static void expectBlock(PhiloxBlock got, std::vector<uint32_t> expected) {
  EXPECT_EQ(std::vector<uint32_t>(got.word, got.word + 4), expected);
}

static constexpr PhiloxBlock zeros{{0, 0, 0, 0}};
static constexpr PhiloxBlock ones{{~0u, ~0u, ~0u, ~0u}};
static constexpr PhiloxBlock pi{
    {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}};

TEST(Philox, ten_rounds_match_known_answers) {
  expectBlock(philox4x32<10>(zeros, 0, 0),
              {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  expectBlock(philox4x32<10>(ones, ~0u, ~0u),
              {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  expectBlock(philox4x32<10>(pi, 0xa4093822, 0x299f31d0),
              {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST(Philox, seven_rounds_match_known_answers) {
  expectBlock(philox4x32<>(zeros, 0, 0),
              {0x5f6fb709, 0x0d893f64, 0x4f121f81, 0x4f730a48});
  expectBlock(philox4x32<7>(ones, ~0u, ~0u),
              {0x5207ddc2, 0x45165e59, 0x4d8ee751, 0x8c52f662});
}

TEST(Philox, is_a_constant_expression) {
  static_assert(philox4x32<7>(zeros, 0, 0).word[0] == 0x5f6fb709);
}

TEST(Philox, block_step_and_stream_are_the_words_of_the_counter) {
  PhiloxBlock expected = philox4x32<7>({{5, 1, 9, 3}}, 11, 13);
  PhiloxBlock got =
      randomBlock(11, 13, (uint64_t(1) << 32) + 5, 9, Stream::Shuffle);
  EXPECT_TRUE(std::equal(got.word, got.word + 4, expected.word));
}

TEST(Shuffle, is_a_permutation_for_every_size) {
  std::vector<uint32_t> order;
  for (uint32_t count : {0u, 1u, 2u, 3u, 5u, 64u, 1000u}) {
    rt::shuffleEpoch(3, 4, count, order);
    std::sort(order.begin(), order.end());
    std::vector<uint32_t> all(count);
    std::iota(all.begin(), all.end(), 0u);
    EXPECT_EQ(order, all) << count;
  }
}

TEST(Shuffle, uses_the_documented_words) {
  std::vector<uint32_t> order, expected = {0, 1, 2, 3, 4, 5};
  rt::shuffleEpoch(21, 2, 6, order);
  for (uint32_t i = 5, k = 0; i > 0; --i, ++k) {
    PhiloxBlock block = philox4x32<7>({{k / 4, 0, 2, 3}}, 21, 0);
    uint64_t j = uint64_t(block.word[k % 4]) * (i + 1) >> 32;
    std::swap(expected[i], expected[j]);
  }
  EXPECT_EQ(order, expected);
}

TEST(Shuffle, differs_by_epoch_and_seed) {
  std::set<std::vector<uint32_t>> orders;
  std::vector<uint32_t> order;
  for (uint32_t seed = 0; seed < 4; ++seed)
    for (uint32_t epoch = 0; epoch < 4; ++epoch) {
      rt::shuffleEpoch(seed, epoch, 100, order);
      orders.insert(order);
    }
  EXPECT_EQ(orders.size(), 16u);
}

TEST(Shuffle, every_position_is_about_equally_likely) {
  // 6 orders of 3 samples over 6000 epochs: 1000 each, deviation about 29.
  std::vector<int> counts(27);
  std::vector<uint32_t> order;
  for (uint32_t epoch = 0; epoch < 6000; ++epoch) {
    rt::shuffleEpoch(1, epoch, 3, order);
    ++counts[order[0] * 9 + order[1] * 3 + order[2]];
  }
  int seen = 0;
  for (int count : counts)
    if (count) {
      ++seen;
      EXPECT_NEAR(count, 1000, 150);
    }
  EXPECT_EQ(seen, 6);
}
