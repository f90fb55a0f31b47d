//===- WinogradKernelTest.cpp - Convolutions by minimal filtering ---------===//
//
// The sums that Winograd.h states, written out as plain loops over one tile, an
// image or a filter at a time: every bit is compared, for each width of vectors
// and any number of threads. The same formulas on magnitudes, in double, bound
// the distance from the defining sums.
//
//===----------------------------------------------------------------------===//

#include "ProductCases.h"
#include "TestValues.h"

#include <array>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace qnet;
using namespace qnet::test;

namespace {
template <typename T> struct Filtering {
  using Four = std::array<T, 4>;
  using Square = std::array<T, 16>; ///< by rows
  bool onMagnitudes = false;

  T plus(T x, T y) const { return x + y; }
  T minus(T x, T y) const { return onMagnitudes ? x + y : x - y; }

  /// Bt d of four values.
  Four input(Four d) const {
    return {minus(d[0], d[2]), plus(d[1], d[2]), minus(d[2], d[1]),
            minus(d[1], d[3])};
  }
  /// G g of three.
  Four filter(Four g) const {
    T ends = plus(g[0], g[2]);
    return {g[0], plus(ends, g[1]) * T(0.5), minus(ends, g[1]) * T(0.5), g[2]};
  }
  /// At m: two.
  Four output(Four m) const {
    return {plus(plus(m[0], m[1]), m[2]), minus(minus(m[1], m[2]), m[3])};
  }
  /// A y of two.
  Four spread(Four y) const {
    return {y[0], plus(y[0], y[1]), minus(y[0], y[1]),
            onMagnitudes ? y[1] : -y[1]};
  }
  /// Gt m: three.
  Four collect(Four m) const {
    T both = plus(m[1], m[2]) * T(0.5);
    return {plus(m[0], both), minus(m[1], m[2]) * T(0.5), plus(both, m[3])};
  }

  using Step = Four (Filtering::*)(Four) const;
  Square twice(Square x, Step step) const {
    for (int j = 0; j < 4; ++j) {
      Four down = (this->*step)({x[j], x[4 + j], x[8 + j], x[12 + j]});
      for (int i = 0; i < 4; ++i)
        x[4 * i + j] = down[i];
    }
    for (int i = 0; i < 4; ++i) {
      Four along =
          (this->*step)({x[4 * i], x[4 * i + 1], x[4 * i + 2], x[4 * i + 3]});
      std::copy(along.begin(), along.end(), x.begin() + 4 * i);
    }
    return x;
  }
};

float fma(float x, float y, float z) { return std::fma(x, y, z); }
double fma(double x, double y, double z) { return x * y + z; }

enum class Kind { Forward, InputGradient, FilterGradient };

/// A convolution of stride 1 with a border of 1, by loops over its factors.
template <typename T> struct Reference {
  Geometry g;
  Kind kind;
  const float *x;       ///< images, or the gradients of the outputs
  std::vector<float> w; ///< filters, or the images of a filter gradient
  Filtering<T> filtering = {};

  T value(float number) const {
    return filtering.onMagnitudes ? std::fabs(T(number)) : T(number);
  }
  T pixel(const float *image, int64_t size, int64_t n, int64_t h, int64_t v,
          int64_t c) const {
    bool isInside = h >= 0 && h < g.height && v >= 0 && v < g.width;
    if (!isInside)
      return 0;
    return value(image[((n * g.height + h) * g.width + v) * size + c]);
  }
  typename Filtering<T>::Square inputs(const float *image, int64_t size,
                                       int64_t n, int64_t h, int64_t v,
                                       int64_t c) const {
    typename Filtering<T>::Square d;
    for (int i = 0; i < 16; ++i)
      d[i] = pixel(image, size, n, h - 1 + i / 4, v - 1 + i % 4, c);
    return filtering.twice(d, &Filtering<T>::input);
  }

  /// Four outputs of a tile, for one column.
  typename Filtering<T>::Square tile(int64_t n, int64_t h, int64_t v,
                                     int64_t column) const {
    bool isForward = kind == Kind::Forward;
    int64_t terms = isForward ? g.channels : g.filters;
    typename Filtering<T>::Square sums = {};
    for (int64_t k = 0; k < terms; ++k) {
      typename Filtering<T>::Square taps = {};
      for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
          taps[4 * i + j] =
              value(isForward ? w[g.weightAt(column, i, j, k)]
                              : w[g.weightAt(k, 2 - i, 2 - j, column)]);
      taps = filtering.twice(taps, &Filtering<T>::filter);
      auto d = inputs(x, terms, n, h, v, k);
      for (int e = 0; e < 16; ++e)
        sums[e] = fma(d[e], taps[e], sums[e]);
    }
    return filtering.twice(sums, &Filtering<T>::output);
  }

  std::vector<T> computeImages() const {
    int64_t columns = kind == Kind::Forward ? g.filters : g.channels;
    std::vector<T> y(g.batch * g.height * g.width * columns);
    for (int64_t n = 0; n < g.batch; ++n)
      for (int64_t h = 0; h < g.height; h += 2)
        for (int64_t v = 0; v < g.width; v += 2)
          for (int64_t c = 0; c < columns; ++c) {
            auto outputs = tile(n, h, v, c);
            for (int i = 0; i < 2; ++i)
              for (int j = 0; j < 2; ++j)
                y[((n * g.height + h + i) * g.width + v + j) * columns + c] =
                    outputs[4 * i + j];
          }
    return y;
  }

  std::vector<T> computeFilters() const {
    std::vector<T> dw(g.filters * 9 * g.channels);
    for (int64_t n = 0; n < g.batch; ++n)
      for (int64_t f = 0; f < g.filters; ++f)
        for (int64_t c = 0; c < g.channels; ++c) {
          typename Filtering<T>::Square sums = {};
          for (int64_t h = 0; h < g.height; h += 2)
            for (int64_t v = 0; v < g.width; v += 2) {
              typename Filtering<T>::Square y = {};
              for (int i = 0; i < 2; ++i)
                for (int j = 0; j < 2; ++j)
                  y[4 * i + j] = pixel(x, g.filters, n, h + i, v + j, f);
              y = filtering.twice(y, &Filtering<T>::spread);
              auto d = inputs(w.data(), g.channels, n, h, v, c);
              for (int e = 0; e < 16; ++e)
                sums[e] = fma(y[e], d[e], sums[e]);
            }
          sums = filtering.twice(sums, &Filtering<T>::collect);
          for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j)
              dw[g.weightAt(f, i, j, c)] += sums[4 * i + j];
        }
    return dw;
  }

  std::vector<T> compute() const {
    return kind == Kind::FilterGradient ? computeFilters() : computeImages();
  }
};

struct Case {
  Kind kind;
  Geometry g;

  ProductCase product() const {
    ProductCase one = kind == Kind::Forward         ? makeConv(g)
                      : kind == Kind::InputGradient ? makeConvInputGradient(g)
                                                    : makeConvWeightGradient(g);
    return one;
  }
  /// Roundings on the way from the factors to a result.
  int64_t numRoundings() const {
    if (kind == Kind::FilterGradient)
      return g.height * g.width / 4 + g.batch + 12;
    return (kind == Kind::Forward ? g.channels : g.filters) + 14;
  }
};
} // namespace

static std::vector<Case> makeCases() {
  return {{Kind::Forward, {2, 8, 8, 16, 16, 3, 1, 1}},
          {Kind::Forward, {3, 6, 10, 32, 48, 3, 1, 1}},
          {Kind::Forward, {1, 4, 4, 144, 80, 3, 1, 1}},
          {Kind::InputGradient, {2, 8, 8, 16, 16, 3, 1, 1}},
          {Kind::InputGradient, {1, 10, 6, 48, 32, 3, 1, 1}},
          {Kind::FilterGradient, {5, 12, 12, 16, 16, 3, 1, 1}},
          {Kind::FilterGradient, {2, 10, 14, 48, 32, 3, 1, 1}},
          {Kind::FilterGradient, {3, 16, 16, 64, 144, 3, 1, 1}}};
}

static std::vector<float> readSecond(const CompiledProgram &program,
                                     StateBytes &state) {
  const StateEntry &entry = program.getEntry("p0");
  int64_t count = entry.type.getNumElements();
  std::vector<float> values(count);
  auto grid = llvm::dyn_cast<QType>(entry.type.getElementType());
  for (int64_t i = 0; i < count; ++i) {
    if (!grid) {
      std::memcpy(&values[i], state.data() + entry.offset + 4 * i, 4);
      continue;
    }
    uint32_t word;
    std::memcpy(&word, state.data() + entry.offset + i / 32 * 4, 4);
    values[i] = grid.getGrid().getLevel(word >> (i % 32) & 1);
  }
  return values;
}

static void fill(CompiledProgram &program, StateBytes &state,
                 std::mt19937 &random, const char *name) {
  const StateEntry &entry = program.getEntry(name);
  if (llvm::isa<QType>(entry.type.getElementType()))
    return fillCodes(entry, state, random);
  fillSpread(entry, state, random);
}

static void expectFiltered(const Case &one, const Target &target) {
  ProductCase product = one.product();
  SCOPED_TRACE(product.name + " on " + target.cpu + ", seed " +
               std::to_string(getSeed()));
  auto program =
      CompiledProgram::create(makeProductProgram(product.product), target);
  ASSERT_TRUE(program);
  std::mt19937 random(getSeed());
  StateBytes start(program->getDescription().stateBytes);
  fill(*program, start, random, "x");
  fill(*program, start, random, "p0");
  auto *x = reinterpret_cast<const float *>(start.data() +
                                            program->getEntry("x").offset);
  std::vector<float> w = readSecond(*program, start);
  std::vector<float> sums = Reference<float>{one.g, one.kind, x, w}.compute();
  std::vector<double> magnitudes =
      Reference<double>{one.g, one.kind, x, w, {true}}.compute();
  const StateEntry &result = program->getEntry("y");
  ASSERT_EQ(int64_t(sums.size()), result.type.getNumElements());
  StateBytes expected = start;
  std::memcpy(expected.data() + result.offset, sums.data(), 4 * sums.size());
  for (unsigned threads : {1u, 2u, 5u}) {
    StateBytes state = start;
    program->runCompiled(state, {}, threads);
    SCOPED_TRACE("threads " + std::to_string(threads));
    expectSameState(program->getDescription(), state, expected);
  }
  for (size_t i = 0; i < sums.size(); i += 7) {
    double exact = 0;
    for (Term term : product.terms(i)) {
      if (term.input < 0 || term.weight < 0)
        continue;
      exact += double(x[term.input]) * w[term.weight];
    }
    double bound = one.numRoundings() * 0x1p-24 * magnitudes[i];
    ASSERT_LE(std::fabs(sums[i] - exact), bound) << "element " << i;
  }
}

TEST(WinogradKernelTest, SumsAreThoseOfTheFormulasOnEveryCPU) {
  for (const Case &one : makeCases())
    for (unsigned bits : {128u, 256u, 512u}) {
      if (bits > resolveTargetCPU("native")->vectorBits)
        continue;
      expectFiltered(one, {"native", bits, true, ProductKind::Winograd});
    }
}

TEST(WinogradKernelTest, UnoptimizedCodeHasTheSameBits) {
  expectFiltered({Kind::Forward, {1, 6, 6, 32, 16, 3, 1, 1}},
                 {"native", 0, false, ProductKind::Winograd});
}

/// Also of binary weights that tables could multiply, up to 256 channels.
TEST(WinogradKernelTest, FewChannelsAreFilteredInPlaceOfTables) {
  if (resolveTargetCPU("native")->hasTables)
    expectFiltered({Kind::Forward, {1, 4, 4, 256, 64, 3, 1, 1}},
                   {"native", 0, true, ProductKind::Table});
}

/// What is not made for it is a chain, whatever is asked for.
TEST(WinogradKernelTest, OtherWindowsAreChains) {
  for (Geometry g :
       {Geometry{1, 7, 8, 16, 16, 3, 1, 1}, Geometry{1, 8, 8, 16, 16, 3, 2, 1},
        Geometry{1, 8, 8, 8, 16, 3, 1, 1}, Geometry{1, 8, 8, 16, 24, 3, 1, 1},
        Geometry{1, 8, 8, 16, 16, 5, 1, 2}}) {
    ProductCase one = makeConv(g);
    Target filtered{"native", 0, true, ProductKind::Winograd};
    Target chain{"native", 0, true, ProductKind::Chain};
    auto a = CompiledProgram::create(makeProductProgram(one.product), filtered);
    auto b = CompiledProgram::create(makeProductProgram(one.product), chain);
    ASSERT_TRUE(a && b);
    std::mt19937 random(getSeed());
    StateBytes first(a->getDescription().stateBytes);
    fill(*a, first, random, "x");
    fill(*a, first, random, "p0");
    StateBytes second = first;
    a->runCompiled(first, {}, 2);
    b->runCompiled(second, {}, 2);
    expectSameState(a->getDescription(), first, second);
  }
}
