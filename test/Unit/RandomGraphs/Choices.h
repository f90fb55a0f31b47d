//===- Choices.h - Random choices that can be replayed ----------*- C++ -*-===//
//
// A random graph is a function of the choices it draws. Choices are recorded,
// so that a graph is shrunk by shrinking their list: 0 is always the simplest
// choice, and choices beyond the end of the list are 0.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_RANDOMGRAPHS_CHOICES_H
#define QNET_TEST_UNIT_RANDOMGRAPHS_CHOICES_H

#include <cstdint>
#include <random>
#include <vector>

namespace qnet::test {

class Choices {
public:
  explicit Choices(uint32_t seed) : random(seed), replays(false) {}
  explicit Choices(std::vector<uint32_t> given)
      : given(std::move(given)), replays(true) {}

  /// A number below `bound`.
  uint32_t draw(uint32_t bound) {
    uint32_t choice = next() % bound;
    made.push_back(choice);
    return choice;
  }
  /// One of a list, the first being the simplest.
  template <typename T, size_t N> const T &pick(const T (&list)[N]) {
    return list[draw(N)];
  }
  /// True once in `n` times.
  bool oneIn(uint32_t n) { return draw(n) == n - 1; }

  /// What was drawn up to now.
  const std::vector<uint32_t> &getMade() const { return made; }

private:
  uint32_t next() {
    if (!replays)
      return random();
    return made.size() < given.size() ? given[made.size()] : 0;
  }

  std::mt19937 random;
  std::vector<uint32_t> given, made;
  const bool replays;
};

} // namespace qnet::test

#endif // QNET_TEST_UNIT_RANDOMGRAPHS_CHOICES_H
