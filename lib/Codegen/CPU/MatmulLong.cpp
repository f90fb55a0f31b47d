//===- MatmulLong.cpp - Long sums that pack neither factor ----------------===//
//
// The filter gradient of a convolution: a term for each pixel. A register tile
// is a run of filters by a few vectors of one tap's channels; for each pixel it
// broadcasts the gradient and loads the input under the tap, both where they
// lie. A few images at a time go through all tiles, so that they are read from
// the second-level cache. Pixels whose tap is on the zeros around an image are
// left out by the bounds of the loops.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "MatmulDirect.h"
#include "RegisterTile.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// A product of matrices with at least so many terms is long.
static constexpr int64_t kMinTerms = 2048;
/// Rows that are several loops have code of their own for each tile: at most so
/// many.
static constexpr int64_t kMaxStaticRows = 128;
/// Bytes of both factors in a block: part of a second-level cache.
static constexpr int64_t kMaxBlockBytes = 512 << 10;
/// Bytes of the lines that a register tile reads in a block, if blocks can be
/// so short: part of a first-level cache.
static constexpr int64_t kMaxTileBytes = 24 << 10;
/// Distance of terms that a hardware prefetcher follows.
static constexpr int64_t kNearFloats = 64;
/// Terms ahead that the factors are asked for, at most.
static constexpr int64_t kTermsAhead = 16;
/// Lines of each factor that are asked for with a term, at most.
static constexpr int64_t kMaxLines = 2;
/// Items that ask for a block together, if there are so many.
static constexpr int64_t kMinSweep = 8, kMaxSweep = 16;
/// Register tiles of a product, at least, if each has so many sums.
static constexpr int64_t kMinItems = 4, kMinSums = 12;

namespace {
/// Rows of a register tile and where they lie, from the tile's first.
struct RowTile {
  Value first, left, out; ///< of the tile
  SmallVector<int64_t> leftOffsets, outOffsets;
};

/// One term, or the first one of a loop: where it lies in the factors, and its
/// number among all that the items of a block have.
struct Term {
  Value leftAt, rightAt, number;
};

/// How the product is cut.
struct LongCut {
  LongCut(const Product &given, const ProductSchedule &schedule);

  Product product;
  SmallVector<Loop> rows, taps, sums; ///< taps: all columns but a run
  Loop run;                           ///< the fastest columns
  int64_t numPanels, stepsPerBlock;

  int64_t termsPerStep() const { return product.k / sums[0].size; }
  int64_t termsAhead() const;
  /// Whether what a register tile reads in a block stays in a first-level cache
  /// for the next tile.
  bool staysNear() const {
    return sums.size() == 1 && tileBytes() * stepsPerBlock <= kMaxTileBytes;
  }

private:
  int64_t tileBytes() const;
  int64_t chooseNumTiles(const RegisterTile &tile) const;
  int64_t chooseSteps(const ProductSchedule &schedule) const;
};

/// The nest being emitted.
struct LongNest : LongCut {
  LongNest(ImplicitLocOpBuilder &b, const Product &given,
           const ProductSchedule &schedule)
      : LongCut(given, schedule), b(b), left(flatten(b, product.left.buffer)),
        right(flatten(b, product.right.buffer)), out(flatten(b, product.out)),
        outOrigin(index(b, product.outOffset)),
        type(f32Lanes(b, product.tiling.lanes)) {}
  void emit();
  void emitRows(const LongRows &some);

  ImplicitLocOpBuilder &b;
  Value left, right, out;
  Value outOrigin;      ///< where the output's first element would be in `out`
  int64_t numItems = 0; ///< register tiles of the output

  /// Items that ask for all of the next block together: where there are many,
  /// those of one of two threads.
  int64_t itemsOfSweep() const {
    return std::min(numItems, std::clamp(numItems / 2, kMinSweep, kMaxSweep));
  }
  VectorType type;

  void forEachBlock(function_ref<void(KBlock)> body);
  int64_t numPlaces() { return countOf(taps) * numPanels; }
  void multiplyItem(Value item, Value number, Value place, KBlock block);
  void withRows(Value tile, function_ref<void(const RowTile &)> body);
  void multiply(const RowTile &tile, ArrayRef<Value> tap, Columns columns,
                KBlock block, Value firstTerm);
  SmallVector<Value> sumOver(unsigned level, const RowTile &tile,
                             ArrayRef<Value> tap, int64_t columns, KBlock block,
                             Term term, SmallVector<Value> values);
  SmallVector<Value> addTerm(const RowTile &tile, int64_t columns, KBlock block,
                             Term term, SmallVector<Value> values);
  void prefetchTerm(const RowTile &tile, int64_t vectors, Term term);
  void prefetchBlock(KBlock block, Value number);
  std::pair<Value, Value> boundsOf(unsigned level, ArrayRef<Value> tap,
                                   KBlock block);
};
} // namespace

//===----------------------------------------------------------------------===//
// Cutting
//===----------------------------------------------------------------------===//

bool matmul::canBeLong(const Product &product) {
  if (product.rows.empty() || !product.left.isPlain() ||
      !product.right.isPlain())
    return false;
  // Rows lie side by side in the left factor, columns in the right one, and
  // terms follow one another in both.
  auto ascends = [](const Loop &loop) {
    return loop.left > 0 && loop.right > 0;
  };
  return product.rows.back().left == 1 && product.columns.back().right == 1 &&
         llvm::all_of(product.sums, ascends) &&
         (mergeLoops(product.rows).size() == 1 || product.m <= kMaxStaticRows);
}

bool matmul::isLong(const Product &product) {
  // A convolution's input, or matrices whose rows are the terms.
  bool hasManyTerms = product.k >= kMinTerms && product.k >= 4 * product.m;
  return canBeLong(product) &&
         (product.right.isAffine || (hasManyTerms && product.left.transposed &&
                                     product.right.transposed));
}

/// Row tiles: more than `tile` asks for where there is little else for threads
/// to share, as long as one has enough sums to keep a core busy.
int64_t LongCut::chooseNumTiles(const RegisterTile &tile) const {
  int64_t tiles = llvm::divideCeil(product.m, tile.rows);
  auto sumsOf = [&](int64_t count) { return product.m / count * tile.vectors; };
  while (tiles * countOf(taps) * numPanels < kMinItems &&
         sumsOf(tiles + 1) >= kMinSums)
    ++tiles;
  return tiles;
}

int64_t LongCut::chooseSteps(const ProductSchedule &schedule) const {
  if (schedule.block)
    return schedule.block / termsPerStep();
  constexpr int64_t floatBytes = sizeof(float);
  int64_t steps =
      kMaxBlockBytes / ((sums[0].left + sums[0].right) * floatBytes);
  if (sums.size() > 1)
    return steps;
  return std::min(steps, kMaxTileBytes / tileBytes());
}

/// Bytes that a register tile reads for a term, in lines of their own if terms
/// are so far apart.
int64_t LongCut::tileBytes() const {
  auto linesOf = [&](int64_t count, int64_t stride) {
    return std::min<int64_t>(llvm::alignTo(count, kLineFloats), stride);
  };
  return (linesOf(product.tiling.rows, sums[0].left) +
          linesOf(product.tiling.panel, sums[0].right)) *
         int64_t(sizeof(float));
}

/// The product of the transposed factors.
static Product transpose(const Product &given) {
  Product product = given;
  std::swap(product.left, product.right);
  std::swap(product.m, product.n);
  std::swap(product.rows, product.columns);
  std::swap(product.rowLoops, product.columnLoops);
  for (SmallVector<Loop> *loops :
       {&product.rows, &product.columns, &product.sums})
    for (Loop &loop : *loops)
      std::swap(loop.left, loop.right);
  for (std::optional<Border> &border : product.borders)
    border.reset();
  product.hasLeftBorders = false;
  return product;
}

/// Where the channels of a window fill no vector, the columns are broadcast,
/// and the rows are vectors.
static Product withWideRuns(const Product &given, int64_t lanes) {
  if (given.columns.back().size >= lanes || given.epilogue ||
      given.m % lanes != 0 || given.rows.size() != 1)
    return given;
  Product turned = transpose(given);
  return canBeLong(turned) ? turned : given;
}

LongCut::LongCut(const Product &given, const ProductSchedule &schedule)
    : product(withWideRuns(given, schedule.vectorBits / 32)),
      rows(mergeLoops(product.rows)) {
  int64_t lanes = schedule.vectorBits / 32;
  auto &borders = product.borders;
  if (product.hasLeftBorders)
    borders[0].reset(), borders[1].reset();
  SmallVector<Loop> columns = product.columns;
  // Runs over several taps, where a tap has no whole vectors, or only one: an
  // element that is broadcast then serves several.
  bool isNarrow =
      columns.back().size % lanes != 0 || columns.back().size == lanes;
  if (isNarrow && columns.size() > 1) {
    borders[1].reset();
    SmallVector<Loop> merged{columns.front()};
    llvm::append_range(merged,
                       mergeLoops(ArrayRef<Loop>(columns).drop_front()));
    columns = merged;
  }
  for (auto &border : borders)
    if (border && border->tap + 1 >= columns.size())
      border.reset();
  if (!borders[0] && !borders[1])
    columns = mergeLoops(columns);
  sums = borders[0] || borders[1] ? product.sums : mergeLoops(product.sums);
  run = columns.back();
  taps.assign(columns.begin(), columns.end() - 1);
  RegisterTile tile = chooseRegisterTile(product.m, run.size, schedule);
  product.tiling = chooseTiling(product.m, run.size, product.k, schedule);
  product.tiling.panel = tile.vectors * lanes;
  numPanels = llvm::divideCeil(run.size, product.tiling.panel);
  product.tiling.tiles = chooseNumTiles(tile);
  product.tiling.rows = llvm::divideCeil(product.m, product.tiling.tiles);
  product.tiling.tallTiles =
      product.m - product.tiling.tiles * (product.tiling.rows - 1);
  stepsPerBlock = std::clamp<int64_t>(chooseSteps(schedule), 1, sums[0].size);
  product.tiling.numBlocks = llvm::divideCeil(sums[0].size, stepsPerBlock);
}

/// How far ahead the factors are asked for: not beyond the end of an image row,
/// where the next one is far away.
int64_t LongCut::termsAhead() const {
  const Loop &pixels = sums.back();
  bool isFar = sums.size() > 1 &&
               sums[sums.size() - 2].right > 2 * pixels.size * pixels.right;
  return isFar ? std::min(kTermsAhead, pixels.size / 2) : kTermsAhead;
}

//===----------------------------------------------------------------------===//
// The register tile
//===----------------------------------------------------------------------===//

/// Asks for a term to come. Terms are pixels, of which a tile takes some
/// channels: of many channels, they are too far apart for a hardware
/// prefetcher.
void LongNest::prefetchTerm(const RowTile &tile, int64_t vectors, Term term) {
  const Loop &pixels = sums.back();
  for (int64_t v = 0; v < vectors && pixels.right > kNearFloats; ++v)
    prefetch(b, right,
             add(b, term.rightAt,
                 v * product.tiling.lanes + termsAhead() * pixels.right),
             /*isWrite=*/false);
  if (pixels.left > kNearFloats)
    prefetch(
        b, left,
        add(b, term.leftAt, tile.leftOffsets[0] + termsAhead() * pixels.left),
        /*isWrite=*/false);
}

/// Asks for a part of the next block's factors, the part with `number` of as
/// many as some items have terms. Not of one
/// whose terms are far apart, as under windows that skip pixels.
void LongNest::prefetchBlock(KBlock block, Value number) {
  int64_t numTerms = itemsOfSweep() * stepsPerBlock * termsPerStep();
  auto ask = [&](Value factor, int64_t offset, int64_t stride, int64_t run) {
    if (stride > 2 * run * termsPerStep())
      return;
    auto [step, lines] =
        Sweep::over(stepsPerBlock * stride, numTerms, kMaxLines);
    Value at = add(b, mul(b, block.end, stride), offset);
    at = add(b, at, mul(b, number, step));
    for (int64_t line = 0; line < lines; ++line)
      prefetchFar(b, factor, add(b, at, line * kLineFloats));
  };
  ask(left, product.left.offset, sums[0].left, rows.back().size);
  ask(right, product.right.offset, sums[0].right, run.size);
}

/// One term for all of the tile.
SmallVector<Value> LongNest::addTerm(const RowTile &tile, int64_t columns,
                                     KBlock block, Term term,
                                     SmallVector<Value> values) {
  int64_t lanes = product.tiling.lanes;
  int64_t vectors = llvm::divideCeil(columns, lanes);
  SmallVector<Value> rights;
  for (int64_t v = 0; v < vectors; ++v)
    rights.push_back(loadLanes(b, type, right, add(b, term.rightAt, v * lanes),
                               std::min(lanes, columns - v * lanes)));
  if (!staysNear())
    prefetchTerm(tile, vectors, term);
  if (product.tiling.numBlocks > 1)
    prefetchBlock(block, term.number);
  auto elementOf = [&](int64_t row) -> Value {
    Value at = add(b, term.leftAt, tile.leftOffsets[row]);
    return memref::LoadOp::create(b, left, at);
  };
  int64_t numRows = tile.leftOffsets.size();
  matmul::addTerm(b, llvm::to_vector(llvm::seq(numRows)), elementOf, rights,
                  values);
  return values;
}

/// Bounds of a loop of sums: of the block, and without pixels whose tap is
/// outside of the image.
std::pair<Value, Value> LongNest::boundsOf(unsigned level, ArrayRef<Value> tap,
                                           KBlock block) {
  Value first = level == 0 ? block.begin : index(b, 0);
  Value last = level == 0 ? block.end : index(b, sums[level].size);
  for (const std::optional<Border> &border : product.borders) {
    if (!border || border->place != level)
      continue;
    // The first place with start + step * tap + scale * place >= bound.
    auto placeOf = [&](int64_t bound) {
      Value rest = sub(b, index(b, bound - border->start),
                       mul(b, tap[border->tap], border->step));
      rest = b.createOrFold<arith::MaxSIOp>(rest, index(b, 0));
      rest = add(b, rest, border->scale - 1);
      return b.createOrFold<arith::DivUIOp>(rest, index(b, border->scale));
    };
    first = b.createOrFold<arith::MaxSIOp>(first, placeOf(border->low));
    last = b.createOrFold<arith::MinSIOp>(last, placeOf(border->high));
  }
  return {first, last};
}

SmallVector<Value> LongNest::sumOver(unsigned level, const RowTile &tile,
                                     ArrayRef<Value> tap, int64_t columns,
                                     KBlock block, Term term,
                                     SmallVector<Value> values) {
  if (level == sums.size())
    return addTerm(tile, columns, block, term, values);
  const Loop &loop = sums[level];
  auto [first, last] = boundsOf(level, tap, block);
  auto iterate = scf::ForOp::create(b, first, last, index(b, 1), values);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(iterate.getBody());
  Value i = iterate.getInductionVar();
  Value inBlock = level == 0 ? sub(b, i, block.begin) : i;
  int64_t count = countOf(ArrayRef<Loop>(sums).drop_front(level + 1));
  Term next{add(b, term.leftAt, mul(b, i, loop.left)),
            add(b, term.rightAt, mul(b, i, loop.right)),
            add(b, term.number, mul(b, inBlock, count))};
  SmallVector<Value> carried(iterate.getRegionIterArgs().begin(),
                             iterate.getRegionIterArgs().end());
  scf::YieldOp::create(
      b, sumOver(level + 1, tile, tap, columns, block, next, carried));
  return llvm::to_vector_of<Value>(iterate.getResults());
}

void LongNest::multiply(const RowTile &tile, ArrayRef<Value> tap,
                        Columns columns, KBlock block, Value firstTerm) {
  Value rightAt = add(b, columns.start, product.right.offset);
  Value outAt = add(b, mul(b, columns.start, run.out), tile.out);
  Value number; // of the tap
  for (auto [i, loop] : llvm::zip_equal(tap, taps)) {
    rightAt = add(b, rightAt, mul(b, i, loop.right));
    outAt = add(b, outAt, mul(b, i, loop.out));
    number = number ? add(b, mul(b, number, loop.size), i) : i;
  }
  Value firstColumn = columns.start;
  if (number)
    firstColumn = add(b, firstColumn, mul(b, number, run.size));
  int64_t lanes = product.tiling.lanes;
  OutputTile output{b,
                    out,
                    type,
                    lanes,
                    int64_t(tile.outOffsets.size()),
                    columns.count,
                    [&](int64_t row, int64_t v) -> SmallVector<Value> {
                      int64_t column = v * lanes * run.out;
                      return {add(b, outAt, tile.outOffsets[row] + column)};
                    },
                    [&](int64_t row) { return add(b, tile.first, row); },
                    [&](int64_t v) { return add(b, firstColumn, v * lanes); },
                    run.out};
  SmallVector<Value> values =
      loadSums(output, product.accumulate, product.tiling.numBlocks, block);
  storeSums(output,
            sumOver(0, tile, tap, columns.count, block,
                    {tile.left, rightAt, firstTerm}, values),
            product, block);
}

//===----------------------------------------------------------------------===//
// The nest
//===----------------------------------------------------------------------===//

/// Runs `body` with the rows of tile `number`.
void LongNest::withRows(Value number,
                        function_ref<void(const RowTile &)> body) {
  const Tiling &tiling = product.tiling;
  Value origin = index(b, product.left.offset);
  if (rows.size() == 1) {
    Value row = tileRow(b, product, number);
    Value leftAt = add(b, origin, mul(b, row, rows[0].left));
    Value outAt = add(b, outOrigin, mul(b, row, rows[0].out));
    auto withCount = [&](int64_t count) {
      RowTile tile{row, leftAt, outAt, {}, {}};
      for (int64_t r = 0; r < count; ++r) {
        tile.leftOffsets.push_back(r * rows[0].left);
        tile.outOffsets.push_back(r * rows[0].out);
      }
      body(tile);
    };
    split(
        b, number, tiling.tallTiles, tiling.tiles,
        [&] { withCount(tiling.rows); }, [&] { withCount(tiling.rows - 1); });
    return;
  }
  // Code for each tile: its rows lie at odd places.
  std::function<void(int64_t, int64_t)> emitFrom = [&](int64_t t,
                                                       int64_t first) {
    int64_t count = tiling.rows - (t < tiling.tallTiles ? 0 : 1);
    split(
        b, number, t + 1, tiling.tiles,
        [&] {
          RowTile tile{index(b, first), origin, outOrigin, {}, {}};
          for (int64_t r = first; r < first + count; ++r) {
            int64_t rest = r, leftAt = 0, outAt = 0;
            for (const Loop &loop : llvm::reverse(rows)) {
              leftAt += rest % loop.size * loop.left;
              outAt += rest % loop.size * loop.out;
              rest /= loop.size;
            }
            tile.leftOffsets.push_back(leftAt);
            tile.outOffsets.push_back(outAt);
          }
          body(tile);
        },
        [&] { emitFrom(t + 1, first + count); });
  };
  emitFrom(0, 0);
}

/// The last digit of `number` to a base; the rest stays in `number`.
static Value takeDigit(ImplicitLocOpBuilder &b, Value &number, int64_t base) {
  Value digit;
  std::tie(number, digit) = divide(b, number, base);
  return digit;
}

/// Item `item`, the register tile `number` of the columns at `place`, a panel
/// of a tap.
void LongNest::multiplyItem(Value item, Value number, Value place,
                            KBlock block) {
  const Tiling &tiling = product.tiling;
  Value panel = takeDigit(b, place, numPanels);
  SmallVector<Value> tap(taps.size());
  for (int64_t d = int64_t(taps.size()) - 1; d >= 0; --d)
    tap[d] = d == 0 ? place : takeDigit(b, place, taps[d].size);
  int64_t full = run.size / tiling.panel, rest = run.size % tiling.panel;
  Value firstTerm = mul(b, divide(b, item, itemsOfSweep()).second,
                        stepsPerBlock * termsPerStep());
  withRows(number, [&](const RowTile &tile) {
    split(
        b, panel, full, numPanels,
        [&] {
          multiply(tile, tap, {mul(b, panel, tiling.panel), tiling.panel},
                   block, firstTerm);
        },
        [&] {
          multiply(tile, tap, {index(b, full * tiling.panel), rest}, block,
                   firstTerm);
        });
  });
}

void LongNest::forEachBlock(function_ref<void(KBlock)> body) {
  forEach(b, index(b, 0), index(b, product.tiling.numBlocks), 1,
          [&](Value number) {
            Value begin = mul(b, number, stepsPerBlock);
            Value end = min(b, add(b, begin, stepsPerBlock), sums[0].size);
            body({number, begin, end});
          });
}

void LongNest::emit() {
  numItems = numPlaces() * product.tiling.tiles;
  forEachBlock([&](KBlock block) {
    forAll(b, numItems, [&](Value item) {
      Value place = item;
      Value number = takeDigit(b, place, product.tiling.tiles);
      multiplyItem(item, number, place, block);
    });
  });
}

void LongNest::emitRows(const LongRows &some) {
  Value skipped = mul(b, some.firstRow, rows[0].out);
  outOrigin = sub(b, index(b, product.outOffset), skipped);
  numItems = numPlaces() * some.numTiles;
  forEachBlock([&](KBlock block) {
    forAll(b, numItems, [&](Value item) {
      Value place = item;
      Value number = add(b, some.firstTile, takeDigit(b, place, some.numTiles));
      Value exists = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, number,
                                           some.lastTile);
      auto guard = scf::IfOp::create(b, exists);
      OpBuilder::InsertionGuard inside(b);
      b.setInsertionPointToStart(guard.thenBlock());
      multiplyItem(item, number, place, block);
    });
  });
}

void matmul::emitLongNest(ImplicitLocOpBuilder &b, const Product &product,
                          const ProductSchedule &schedule) {
  LongNest(b, product, schedule).emit();
}

std::optional<Tiling> matmul::getLongTiling(const Product &product,
                                            const ProductSchedule &schedule) {
  if (!isLong(product) ||
      cast<MemRefType>(product.out.getType()).getRank() != 2)
    return std::nullopt;
  LongCut cut(product, schedule);
  if (cut.rows.size() != 1)
    return std::nullopt;
  return cut.product.tiling;
}

void matmul::emitLongRows(ImplicitLocOpBuilder &b, const Product &product,
                          const ProductSchedule &schedule,
                          const LongRows &rows) {
  LongNest(b, product, schedule).emitRows(rows);
}
