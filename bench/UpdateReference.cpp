//===- UpdateReference.cpp - Updates as plain loops -----------------------===//
//
// The rules as docs/ and the ops' descriptions state them, written without the
// compiler's code: one loop over the weights, one word of codes at a time.
// Groups of 128 weights share 16 calls of the generator (16 random bits a
// weight).
//
//===----------------------------------------------------------------------===//

#include "UpdateCases.h"
#include "qnet-runtime/philox.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

using namespace qnet;
using namespace qnet::bench;

namespace {

struct Scalars {
  float rate, correctedRate, inverse;
};

template <Grid G> struct Levels;
template <> struct Levels<Grid::Binary> {
  static constexpr float lowest = -1.0f, highest = 1.0f;
  static constexpr unsigned bits = 1;
  static float decode(uint32_t code) { return code ? 1.0f : -1.0f; }
  static float floorOf(float) { return -1.0f; }
  static constexpr float gap = 2.0f;
};
template <unsigned Bits, int Low, int High> struct UniformLevels {
  static constexpr unsigned bits = Bits;
  static constexpr float step = Bits == 2 ? 1.0f : 0.25f;
  static constexpr float lowest = Low * step, highest = High * step;
  static constexpr float gap = step;
  static float decode(uint32_t code) { return float(int(code) + Low) * step; }
  static float floorOf(float value) {
    return std::min(std::floor(value / step), float(High - 1)) * step;
  }
};
template <> struct Levels<Grid::Ternary> : UniformLevels<2, -1, 1> {};
template <> struct Levels<Grid::Uniform4> : UniformLevels<4, -8, 7> {};

} // namespace

static float clampTo(float value, float lowest, float highest) {
  return std::min(std::max(value, lowest), highest);
}

/// The code of `value` by Qd, or by Qs with 16 random bits.
template <Rule R, Grid G>
static uint32_t roundToCode(float value, uint32_t draw) {
  using L = Levels<G>;
  value = clampTo(value, L::lowest, L::highest);
  float lower = L::floorOf(value);
  uint32_t code = uint32_t(int((lower - L::lowest) / L::gap));
  if (R == Rule::SR) {
    float threshold = std::nearbyint((value - lower) / L::gap * 65536.0f);
    return code + (int32_t(draw) < int32_t(threshold));
  }
  float below = value - lower, above = lower + L::gap - value;
  return code + (below > above || (below == above && value >= 0));
}

template <Optimizer O>
static float stepOf(float gradient, const float *old, float *updated,
                    const Scalars &s) {
  if (O == Optimizer::Sgd)
    return s.rate * gradient;
  if (O == Optimizer::Momentum) {
    updated[0] = kMu * old[0] + gradient;
    return s.rate * updated[0];
  }
  updated[0] = kBeta1 * old[0] + (1.0f - kBeta1) * gradient;
  updated[1] = kBeta2 * old[1] + (1.0f - kBeta2) * gradient * gradient;
  float denominator = std::sqrt(updated[1] * s.inverse) + kEpsilon;
  return s.correctedRate * updated[0] / denominator;
}

/// 16 random bits of each weight of a group.
static void drawGroup(uint32_t seed, uint32_t step, int64_t group,
                      uint16_t (&draws)[128]) {
  for (int64_t lane = 0; lane < 16; ++lane) {
    PhiloxBlock block =
        randomBlock(seed, 0, group * 16 + lane, step, Stream::UpdateRounding);
    for (int j = 0; j < 8; ++j)
      draws[j * 16 + lane] = uint16_t(block.word[j % 4] >> (j / 4 * 16));
  }
}

namespace {
/// One case on one state block.
template <Rule R, Optimizer O, Grid G> struct Update {
  static constexpr bool codes = R == Rule::R || R == Rule::SR;
  static constexpr unsigned numSlots = static_cast<unsigned>(O);
  float *weights;
  uint32_t *words;
  float *slots[2];
  const float *gradient;
  Scalars scalars;
  int32_t flag = 0;

  /// Candidate of element i with the weight w; false if it is not a number.
  bool advance(int64_t i, float w, float &candidate) {
    float old[2] = {}, updated[2] = {};
    for (unsigned k = 0; k < numSlots; ++k)
      old[k] = slots[k][i];
    candidate = w - stepOf<O>(gradient[i], old, updated, scalars);
    bool number = candidate == candidate;
    for (unsigned k = 0; k < numSlots; ++k)
      number &= updated[k] == updated[k];
    for (unsigned k = 0; k < numSlots; ++k)
      slots[k][i] = number ? updated[k] : old[k];
    flag |= !number;
    return number;
  }

  void runFloats(int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float w = weights[i], candidate;
      bool number = advance(i, w, candidate);
      if (R == Rule::BC)
        candidate = clampTo(candidate, Levels<G>::lowest, Levels<G>::highest);
      weights[i] = number ? candidate : w;
    }
  }

  void runWord(int64_t first, int64_t end, const uint16_t *draws) {
    using L = Levels<G>;
    constexpr int perWord = 32 / L::bits;
    uint32_t &word = words[first / perWord], updated = word;
    constexpr uint32_t mask = (1u << L::bits) - 1;
    int valid = int(std::min<int64_t>(perWord, end - first));
    for (int k = 0; k < valid; ++k) {
      uint32_t code = word >> (k * L::bits) & mask;
      float candidate;
      if (!advance(first + k, L::decode(code), candidate))
        continue;
      uint32_t rounded = roundToCode<R, G>(candidate, draws[k]);
      updated ^= (code ^ rounded) << (k * L::bits);
    }
    word = updated;
  }

  void runCodes(int64_t begin, int64_t end, uint32_t seed, uint32_t step) {
    constexpr int perWord = 32 / Levels<G>::bits;
    for (int64_t i = begin; i < end; i += 128) {
      uint16_t draws[128] = {};
      if (R == Rule::SR)
        drawGroup(seed, step, i / 128, draws);
      int64_t last = std::min(end, i + 128);
      for (int64_t k = i; k < last; k += perWord)
        runWord(k, last, draws + (k - i));
    }
  }
};
} // namespace

/// x^n by repeated squaring.
static double powerOf(double x, uint32_t n) {
  double result = 1.0;
  for (; n; n >>= 1, x *= x)
    if (n & 1)
      result *= x;
  return result;
}

namespace {
struct Call {
  const UpdateCase &update;
  char *state;
  int64_t count;
  const float *gradient;
  uint32_t seed, step;
  int64_t begin, end;

  template <Rule R, Optimizer O, Grid G> int32_t run() const {
    Update<R, O, G> loop{};
    loop.weights = reinterpret_cast<float *>(state);
    loop.words = reinterpret_cast<uint32_t *>(state);
    for (unsigned k = 0; k < loop.numSlots; ++k)
      loop.slots[k] =
          reinterpret_cast<float *>(state + update.slotOffset(count, k));
    loop.gradient = gradient;
    double first = 1.0 - powerOf(kBeta1, step + 1);
    double second = 1.0 - powerOf(kBeta2, step + 1);
    loop.scalars = {kRate, float(double(kRate) / first), float(1.0 / second)};
    if constexpr (loop.codes)
      loop.runCodes(begin, end, seed, step);
    else
      loop.runFloats(begin, end);
    return loop.flag;
  }
  template <Rule R, Optimizer O> int32_t byGrid() const {
    switch (update.grid) {
    case Grid::Binary:
      return run<R, O, Grid::Binary>();
    case Grid::Ternary:
      return run<R, O, Grid::Ternary>();
    case Grid::Uniform4:
      return run<R, O, Grid::Uniform4>();
    }
    return 1;
  }
  template <Rule R> int32_t byOptimizer() const {
    switch (update.optimizer) {
    case Optimizer::Sgd:
      return byGrid<R, Optimizer::Sgd>();
    case Optimizer::Momentum:
      return byGrid<R, Optimizer::Momentum>();
    case Optimizer::Adam:
      return byGrid<R, Optimizer::Adam>();
    }
    return 1;
  }
};
} // namespace

int32_t qnet::bench::runReference(const UpdateCase &update, char *state,
                                  int64_t count, const float *gradient,
                                  uint32_t seed, uint32_t step, int64_t begin,
                                  int64_t end) {
  Call call{update, state, count, gradient, seed, step, begin, end};
  switch (update.rule) {
  case Rule::Full:
    return call.byOptimizer<Rule::Full>();
  case Rule::R:
    return call.byOptimizer<Rule::R>();
  case Rule::SR:
    return call.byOptimizer<Rule::SR>();
  case Rule::BC:
    return call.byOptimizer<Rule::BC>();
  }
  return 1;
}
