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

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <optional>
#include <vector>

using namespace qnet;
using namespace qnet::test;

namespace {
float fma(float x, float y, float z) { return std::fma(x, y, z); }
double fma(double x, double y, double z) { return x * y + z; }

/// The transforms of Winograd.h for tiles of `size` x `size` outputs.
template <typename T> struct Filtering {
  using Line = std::vector<T>;
  using Square = std::vector<T>; ///< by rows

  int size;
  bool onMagnitudes = false;

  int inputs() const { return size + 2; }
  int elements() const { return inputs() * inputs(); }

  T plus(T x, T y) const { return x + y; }
  T minus(T x, T y) const { return onMagnitudes ? x + y : x - y; }
  /// number * x + y
  T addTimes(float number, T x, T y) const {
    return fma(T(onMagnitudes ? std::fabs(number) : number), x, y);
  }
  T times(float number, T x) const {
    return T(onMagnitudes ? std::fabs(number) : number) * x;
  }

  /// Bt d.
  Line input(Line d) const {
    if (size == 2)
      return {minus(d[0], d[2]), plus(d[1], d[2]), minus(d[2], d[1]),
              minus(d[1], d[3])};
    T even = addTimes(-4, d[2], d[4]), odd = addTimes(-4, d[1], d[3]);
    T step = minus(d[4], d[2]), rise = minus(d[3], d[1]);
    return {addTimes(4, d[0], addTimes(-5, d[2], d[4])),
            plus(even, odd),
            minus(even, odd),
            addTimes(2, rise, step),
            addTimes(-2, rise, step),
            addTimes(4, d[1], addTimes(-5, d[3], d[5]))};
  }
  /// G g.
  Line filter(Line g) const {
    if (size == 2) {
      T ends = plus(g[0], g[2]);
      return {g[0], times(0.5, plus(ends, g[1])), times(0.5, minus(ends, g[1])),
              g[2]};
    }
    const float rows[6][3] = {{1 / 4.f, 0, 0},
                              {-1 / 6.f, -1 / 6.f, -1 / 6.f},
                              {-1 / 6.f, 1 / 6.f, -1 / 6.f},
                              {1 / 24.f, 1 / 12.f, 1 / 6.f},
                              {1 / 24.f, -1 / 12.f, 1 / 6.f},
                              {0, 0, 1}};
    Line result;
    for (const float *row : rows)
      result.push_back(
          addTimes(row[2], g[2], addTimes(row[1], g[1], times(row[0], g[0]))));
    return result;
  }
  /// At m.
  Line output(Line m) const {
    if (size == 2)
      return {plus(plus(m[0], m[1]), m[2]), minus(minus(m[1], m[2]), m[3])};
    T near = plus(m[1], m[2]), nearStep = minus(m[1], m[2]);
    T far = plus(m[3], m[4]), farStep = minus(m[3], m[4]);
    return {plus(plus(m[0], near), far), addTimes(2, farStep, nearStep),
            addTimes(4, far, near), plus(addTimes(8, farStep, nearStep), m[5])};
  }
  /// A y.
  Line spread(Line y) const {
    if (size == 2)
      return {y[0], plus(y[0], y[1]), minus(y[0], y[1]),
              onMagnitudes ? y[1] : -y[1]};
    T even = plus(y[0], y[2]), odd = plus(y[1], y[3]);
    T farEven = addTimes(4, y[2], y[0]), farOdd = addTimes(4, y[3], y[1]);
    return {y[0],
            plus(even, odd),
            minus(even, odd),
            addTimes(2, farOdd, farEven),
            addTimes(-2, farOdd, farEven),
            y[3]};
  }
  /// Gt m.
  Line collect(Line m) const {
    if (size == 2) {
      T both = times(0.5, plus(m[1], m[2]));
      return {plus(m[0], both), times(0.5, minus(m[1], m[2])),
              plus(both, m[3])};
    }
    T near = plus(m[1], m[2]), nearStep = minus(m[1], m[2]);
    T far = plus(m[3], m[4]), farStep = minus(m[3], m[4]);
    return {
        addTimes(1 / 24.f, far, addTimes(-1 / 6.f, near, times(1 / 4.f, m[0]))),
        addTimes(1 / 12.f, farStep, times(-1 / 6.f, nearStep)),
        addTimes(1 / 6.f, minus(far, near), m[5])};
  }

  using Step = Line (Filtering::*)(Line) const;
  /// Down the columns of a square, then along its rows.
  Square twice(const Square &x, Step step) const {
    int side = std::lround(std::sqrt(x.size()));
    std::vector<Line> down;
    for (int j = 0; j < side; ++j) {
      Line column;
      for (int i = 0; i < side; ++i)
        column.push_back(x[side * i + j]);
      down.push_back((this->*step)(column));
    }
    Square result;
    for (size_t i = 0; i < down[0].size(); ++i) {
      Line row;
      for (const Line &column : down)
        row.push_back(column[i]);
      for (T value : (this->*step)(row))
        result.push_back(value);
    }
    return result;
  }
};

enum class Kind { Forward, InputGradient, FilterGradient };

/// A convolution of stride 1 with a border of 1, by loops over its factors.
template <typename T> struct Reference {
  Geometry g;
  Kind kind;
  const float *x;       ///< images, or the gradients of the outputs
  std::vector<float> w; ///< filters, or the images of a filter gradient
  Filtering<T> filtering;

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
    int side = filtering.inputs();
    typename Filtering<T>::Square d;
    for (int i = 0; i < side * side; ++i)
      d.push_back(pixel(image, size, n, h - 1 + i / side, v - 1 + i % side, c));
    return filtering.twice(d, &Filtering<T>::input);
  }

  int64_t terms() const {
    return kind == Kind::Forward ? g.channels : g.filters;
  }
  int64_t columns() const {
    return kind == Kind::Forward ? g.filters : g.channels;
  }

  /// The filters that give column `column` from term `k`, transformed.
  typename Filtering<T>::Square filter(int64_t k, int64_t column) const {
    typename Filtering<T>::Square taps;
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j)
        taps.push_back(value(kind == Kind::Forward
                                 ? w[g.weightAt(column, i, j, k)]
                                 : w[g.weightAt(k, 2 - i, 2 - j, column)]));
    return filtering.twice(taps, &Filtering<T>::filter);
  }

  std::vector<T> computeImages() const {
    std::vector<typename Filtering<T>::Square> filters, under(terms());
    for (int64_t k = 0; k < terms(); ++k)
      for (int64_t c = 0; c < columns(); ++c)
        filters.push_back(filter(k, c));
    int size = filtering.size;
    std::vector<T> y(g.batch * g.height * g.width * columns());
    for (int64_t n = 0; n < g.batch; ++n)
      for (int64_t h = 0; h < g.height; h += size)
        for (int64_t v = 0; v < g.width; v += size) {
          for (int64_t k = 0; k < terms(); ++k)
            under[k] = inputs(x, terms(), n, h, v, k);
          for (int64_t c = 0; c < columns(); ++c) {
            typename Filtering<T>::Square sums(filtering.elements());
            for (int64_t k = 0; k < terms(); ++k)
              addProducts(sums, under[k], filters[k * columns() + c]);
            sums = filtering.twice(sums, &Filtering<T>::output);
            for (int i = 0; i < size; ++i)
              for (int j = 0; j < size; ++j)
                y[((n * g.height + h + i) * g.width + v + j) * columns() + c] =
                    sums[size * i + j];
          }
        }
    return y;
  }

  static void addProducts(typename Filtering<T>::Square &sums,
                          const typename Filtering<T>::Square &x,
                          const typename Filtering<T>::Square &y) {
    for (size_t e = 0; e < sums.size(); ++e)
      sums[e] = fma(x[e], y[e], sums[e]);
  }

  /// The gradients of a tile's outputs of filter `f`, spread.
  typename Filtering<T>::Square gradients(int64_t n, int64_t h, int64_t v,
                                          int64_t f) const {
    typename Filtering<T>::Square y;
    for (int i = 0; i < filtering.size; ++i)
      for (int j = 0; j < filtering.size; ++j)
        y.push_back(pixel(x, g.filters, n, h + i, v + j, f));
    return filtering.twice(y, &Filtering<T>::spread);
  }

  /// The sums over the tiles of images [n, last), of all filters and channels.
  std::vector<typename Filtering<T>::Square> sumGroup(int64_t n,
                                                      int64_t last) const {
    int size = filtering.size;
    std::vector<typename Filtering<T>::Square> sums(
        g.filters * g.channels,
        typename Filtering<T>::Square(filtering.elements()));
    for (; n < last; ++n)
      for (int64_t h = 0; h < g.height; h += size)
        for (int64_t v = 0; v < g.width; v += size) {
          std::vector<typename Filtering<T>::Square> under;
          for (int64_t c = 0; c < g.channels; ++c)
            under.push_back(inputs(w.data(), g.channels, n, h, v, c));
          for (int64_t f = 0; f < g.filters; ++f) {
            auto y = gradients(n, h, v, f);
            for (int64_t c = 0; c < g.channels; ++c)
              addProducts(sums[f * g.channels + c], y, under[c]);
          }
        }
    return sums;
  }

  /// Images whose tiles are summed before they are collected: with 64 tiles of
  /// 4 x 4.
  int64_t groupImages() const {
    int64_t tiles = g.height * g.width / 16;
    return filtering.size == 2 ? 1 : (63 + tiles) / tiles;
  }

  std::vector<T> computeFilters() const {
    std::vector<T> dw(g.filters * 9 * g.channels);
    for (int64_t n = 0; n < g.batch; n += groupImages()) {
      auto sums = sumGroup(n, n + groupImages());
      for (int64_t f = 0; f < g.filters; ++f)
        for (int64_t c = 0; c < g.channels; ++c) {
          auto taps =
              filtering.twice(sums[f * g.channels + c], &Filtering<T>::collect);
          for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j)
              dw[g.weightAt(f, i, j, c)] += taps[3 * i + j];
        }
    }
    return dw;
  }

  std::vector<T> compute() const {
    return kind == Kind::FilterGradient ? computeFilters() : computeImages();
  }
};

struct Case {
  int size; ///< of tiles
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
      return g.batch * g.height * g.width / (size * size) + g.batch + 30;
    return (kind == Kind::Forward ? g.channels : g.filters) + 30;
  }
};
} // namespace

static std::vector<Case> makeCases() {
  return {{2, Kind::Forward, {2, 8, 6, 16, 16, 3, 1, 1}},
          {2, Kind::Forward, {3, 6, 10, 32, 48, 3, 1, 1}},
          {2, Kind::Forward, {1, 6, 4, 144, 80, 3, 1, 1}},
          {2, Kind::InputGradient, {2, 2, 8, 16, 16, 3, 1, 1}},
          {2, Kind::InputGradient, {1, 10, 6, 48, 32, 3, 1, 1}},
          {2, Kind::FilterGradient, {5, 12, 12, 16, 16, 3, 1, 1}},
          {2, Kind::FilterGradient, {2, 10, 14, 48, 32, 3, 1, 1}},
          {2, Kind::FilterGradient, {3, 16, 16, 64, 48, 3, 1, 1}}};
}

/// Tiles of 4 x 4: one panel of filters, several that have their own inputs,
/// several that share them; images that make up a group of a filter gradient.
static std::vector<Case> makeLargeCases() {
  return {{4, Kind::Forward, {2, 8, 8, 16, 16, 3, 1, 1}},
          {4, Kind::Forward, {2, 8, 12, 32, 48, 3, 1, 1}},
          {4, Kind::Forward, {1, 4, 8, 80, 112, 3, 1, 1}},
          {4, Kind::Forward, {2, 32, 100, 160, 80, 3, 1, 1}},
          {4, Kind::Forward, {1, 4, 4, 512, 80, 3, 1, 1}},
          {4, Kind::Forward, {9, 32, 8, 32, 272, 3, 1, 1}},
          {4, Kind::InputGradient, {1, 12, 8, 64, 64, 3, 1, 1}},
          {4, Kind::InputGradient, {2, 4, 4, 208, 160, 3, 1, 1}},
          {4, Kind::FilterGradient, {2, 32, 32, 16, 16, 3, 1, 1}},
          {4, Kind::FilterGradient, {4, 16, 20, 80, 32, 3, 1, 1}},
          {4, Kind::FilterGradient, {32, 8, 8, 64, 64, 3, 1, 1}}};
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

static void fill(const CompiledProgram &program, StateBytes &state,
                 std::mt19937 &random, const char *name) {
  const StateEntry &entry = program.getEntry(name);
  if (llvm::isa<QType>(entry.type.getElementType()))
    return fillCodes(entry, state, random);
  fillSpread(entry, state, random);
}

namespace {
/// A case's factors, and what it must give.
struct Expectation {
  Expectation(const Case &one, const CompiledProgram &program);
  void expectIn(CompiledProgram &program) const;
  void expectClose(const ProductCase &product, int64_t numRoundings) const;

  StateBytes start;
  const float *x;
  std::vector<float> w, sums;
  std::vector<double> magnitudes;
};
} // namespace

Expectation::Expectation(const Case &one, const CompiledProgram &program)
    : start(program.getDescription().stateBytes) {
  std::mt19937 random(getSeed());
  fill(program, start, random, "x");
  fill(program, start, random, "p0");
  x = reinterpret_cast<const float *>(start.data() +
                                      program.getEntry("x").offset);
  w = readSecond(program, start);
  sums = Reference<float>{one.g, one.kind, x, w, {one.size}}.compute();
  magnitudes =
      Reference<double>{one.g, one.kind, x, w, {one.size, true}}.compute();
}

void Expectation::expectIn(CompiledProgram &program) const {
  const StateEntry &result = program.getEntry("y");
  ASSERT_EQ(int64_t(sums.size()), result.type.getNumElements());
  StateBytes expected = start;
  std::memcpy(expected.data() + result.offset, sums.data(), 4 * sums.size());
  for (unsigned threads : {1u, 2u, 5u}) {
    StateBytes state = start;
    program.runCompiled(state, {}, threads);
    SCOPED_TRACE("threads " + std::to_string(threads));
    expectSameState(program.getDescription(), state, expected);
  }
}

void Expectation::expectClose(const ProductCase &product,
                              int64_t numRoundings) const {
  for (size_t i = 0; i < sums.size(); i += 7) {
    double exact = 0;
    for (Term term : product.terms(i)) {
      if (term.input < 0 || term.weight < 0)
        continue;
      exact += double(x[term.input]) * w[term.weight];
    }
    double bound = numRoundings * 0x1p-24 * magnitudes[i];
    ASSERT_LE(std::fabs(sums[i] - exact), bound) << "element " << i;
  }
}

static void expectFiltered(const Case &one,
                           const std::vector<Target> &targets) {
  ProductCase product = one.product();
  std::optional<Expectation> expectation;
  for (const Target &target : targets) {
    SCOPED_TRACE(product.name + " of " + std::to_string(target.vectorBits) +
                 " bits, seed " + std::to_string(getSeed()));
    auto program =
        CompiledProgram::create(makeProductProgram(product.product), target);
    ASSERT_TRUE(program);
    if (!expectation)
      expectation.emplace(one, *program);
    expectation->expectIn(*program);
  }
  expectation->expectClose(product, one.numRoundings());
}

static void expectFilteredOnAll(const std::vector<Case> &cases) {
  std::vector<Target> targets;
  for (unsigned bits : {128u, 256u, 512u})
    if (bits <= resolveTargetCPU("native")->vectorBits)
      targets.push_back({"native", bits, true, ProductKind::Winograd});
  for (const Case &one : cases)
    expectFiltered(one, targets);
}

TEST(WinogradKernelTest, SumsAreThoseOfTheFormulasOnEveryCPU) {
  expectFilteredOnAll(makeCases());
}

TEST(WinogradKernelTest, SumsOfLargeTilesAreThoseOfTheFormulasOnEveryCPU) {
  expectFilteredOnAll(makeLargeCases());
}

TEST(WinogradKernelTest, UnoptimizedCodeHasTheSameBits) {
  Target target{"native", 0, false, ProductKind::Winograd};
  expectFiltered({2, Kind::Forward, {1, 6, 6, 32, 16, 3, 1, 1}}, {target});
  expectFiltered({4, Kind::Forward, {1, 4, 4, 64, 64, 3, 1, 1}}, {target});
}

/// Also of binary weights that tables could multiply.
TEST(WinogradKernelTest, WindowsAreFilteredInPlaceOfTables) {
  if (resolveTargetCPU("native")->hasTables)
    expectFiltered({4, Kind::Forward, {1, 4, 4, 256, 64, 3, 1, 1}},
                   {{"native", 0, true, ProductKind::Table}});
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
