//===- MatmulLong.cpp - Long sums that pack neither factor ----------------===//
//
// The filter gradient of a convolution: a term for each pixel. A register tile
// is a run of filters by a few vectors of one tap's channels; for each pixel it
// broadcasts the gradient and loads the input under the tap, both where they
// lie. A few images, or rows of one, go through all tiles of a thread before
// the next, so that they are read from a near cache. Pixels whose tap is on the
// zeros around an image are left out by the bounds of the loops.
//
//===----------------------------------------------------------------------===//

#include "MatmulLong.h"
#include "LoopEmitter.h"
#include "MatmulDirect.h"
#include "RegisterTile.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Lines of each factor that are asked for with a run of terms, at most.
static constexpr int64_t kMaxLines = 32;

namespace {
/// Rows of a register tile and where they lie, from the tile's first.
struct RowTile {
  Value first, left, out; ///< of the tile
  SmallVector<int64_t> leftOffsets, outOffsets;
};

/// One term, or the first one of a loop: where it lies in the factors, and the
/// number of its run, a fastest loop, among those that the items of a block
/// have.
struct Term {
  Value leftAt, rightAt, number;
};

/// A block of terms: iterations [begin, end) of the loop that blocks cut, in
/// iteration `outer` of the loop around it, if there is one.
struct LongBlock : KBlock {
  Value outer;
};

/// The nest being emitted.
struct LongNest : LongCut {
  LongNest(ImplicitLocOpBuilder &b, const Product &given,
           const ProductSchedule &schedule)
      : LongCut(given, schedule), b(b), left(flatten(b, product.left.buffer)),
        right(flatten(b, product.right.buffer)), out(flatten(b, product.out)),
        outOrigin(index(b, product.outOffset)),
        type(f32Lanes(b, product.tiling.lanes)) {
    if (keepsSums())
      kept = allocateWorkspace(
          b, MemRefType::get(product.m * product.n, b.getF32Type()));
  }
  void emit();
  void emitRows(const LongRows &some);

  ImplicitLocOpBuilder &b;
  Value left, right, out;
  Value kept;           ///< sums between blocks, [m][n], if they are kept apart
  Value outOrigin;      ///< where the output's first element would be in `out`
  int64_t numItems = 0; ///< register tiles of the output

  /// Items that ask for all of the next block together: those of one of two
  /// threads.
  int64_t itemsOfSweep() const { return llvm::divideCeil(numItems, 2); }
  /// Fastest loops in an iteration of the loop at `level`, and in a block.
  int64_t runsPerStep(unsigned level) const {
    return countOf(ArrayRef<Loop>(sums).drop_back().drop_front(level + 1));
  }
  int64_t runsPerBlock() const {
    return cutLoop + 1 == sums.size() ? 1
                                      : stepsPerBlock * runsPerStep(cutLoop);
  }
  VectorType type;

  /// What is done with a register tile.
  using TileBody =
      function_ref<void(const RowTile &, ArrayRef<Value> tap, Columns)>;

  int64_t numPlaces() { return countOf(taps) * numPanels; }
  void emitItems(const LongRows &some, bool guarded);
  void
  forEachItem(const LongRows &some, bool guarded,
              function_ref<void(Value item, Value number, Value place)> body);
  void forEachBlock(function_ref<void(LongBlock)> body);
  void withTile(Value number, Value place, TileBody body);
  void withRows(Value tile, function_ref<void(const RowTile &)> body);
  std::pair<OutputTile, OutputTile>
  placesOf(const RowTile &tile, ArrayRef<Value> tap, Columns columns);
  void multiply(const RowTile &tile, ArrayRef<Value> tap, Columns columns,
                LongBlock block, Value firstRun);
  SmallVector<Value> sumOver(unsigned level, const RowTile &tile,
                             ArrayRef<Value> tap, int64_t columns,
                             LongBlock block, Term term,
                             SmallVector<Value> values);
  SmallVector<Value> addTerm(const RowTile &tile, int64_t columns, Term term,
                             SmallVector<Value> values);
  void prefetchBlock(LongBlock block, Value number);
  std::pair<Value, Value> boundsOf(unsigned level, ArrayRef<Value> tap,
                                   LongBlock block);
};
} // namespace

//===----------------------------------------------------------------------===//
// The register tile
//===----------------------------------------------------------------------===//

/// Asks for a part of the next block's factors, the part with `number` of as
/// many as some items have runs of terms. Not of a factor of which little is
/// read, as under windows that skip pixels.
void LongNest::prefetchBlock(LongBlock block, Value number) {
  int64_t numRuns = itemsOfSweep() * runsPerBlock();
  auto ask = [&](Value factor, int64_t offset, int64_t Loop::*along,
                 int64_t readPerTerm) {
    int64_t stride = sums[cutLoop].*along;
    if (stride > 2 * readPerTerm * termsPerStep())
      return;
    auto [step, lines] =
        Sweep::over(stepsPerBlock * stride, numRuns, kMaxLines);
    Value at = add(b, mul(b, block.end, stride), offset);
    if (block.outer)
      at = add(b, at, mul(b, block.outer, sums[0].*along));
    at = add(b, at, mul(b, number, step));
    for (int64_t line = 0; line < lines; ++line)
      prefetchFar(b, factor, add(b, at, line * kLineFloats));
  };
  ask(left, product.left.offset, &Loop::left, product.m);
  ask(right, product.right.offset, &Loop::right, product.n);
}

/// One term for all of the tile.
SmallVector<Value> LongNest::addTerm(const RowTile &tile, int64_t columns,
                                     Term term, SmallVector<Value> values) {
  int64_t lanes = product.tiling.lanes;
  int64_t vectors = llvm::divideCeil(columns, lanes);
  SmallVector<Value> rights;
  for (int64_t v = 0; v < vectors; ++v)
    rights.push_back(loadLanes(b, type, right, add(b, term.rightAt, v * lanes),
                               std::min(lanes, columns - v * lanes)));
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
                                           LongBlock block) {
  bool isCut = level == cutLoop;
  Value first = isCut ? block.begin : index(b, 0);
  Value last = isCut ? block.end : index(b, sums[level].size);
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
                                     LongBlock block, Term term,
                                     SmallVector<Value> values) {
  if (level == sums.size())
    return addTerm(tile, columns, term, values);
  const Loop &loop = sums[level];
  bool isRun = level + 1 == sums.size();
  if (isRun && product.tiling.numBlocks > 1)
    prefetchBlock(block, term.number);
  auto next = [&](Value i, Value inBlock) -> Term {
    int64_t count = isRun ? 0 : runsPerStep(level);
    return {add(b, term.leftAt, mul(b, i, loop.left)),
            add(b, term.rightAt, mul(b, i, loop.right)),
            add(b, term.number, mul(b, inBlock, count))};
  };
  if (level < cutLoop)
    return sumOver(level + 1, tile, tap, columns, block,
                   next(block.outer, index(b, 0)), values);
  auto [first, last] = boundsOf(level, tap, block);
  auto iterate = scf::ForOp::create(b, first, last, index(b, 1), values);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(iterate.getBody());
  Value i = iterate.getInductionVar();
  Value inBlock = level == cutLoop ? sub(b, i, block.begin) : i;
  SmallVector<Value> carried(iterate.getRegionIterArgs().begin(),
                             iterate.getRegionIterArgs().end());
  scf::YieldOp::create(b, sumOver(level + 1, tile, tap, columns, block,
                                  next(i, inBlock), carried));
  return llvm::to_vector_of<Value>(iterate.getResults());
}

/// Where the sums of a tile are in the output, and where they are between
/// blocks.
std::pair<OutputTile, OutputTile>
LongNest::placesOf(const RowTile &tile, ArrayRef<Value> tap, Columns columns) {
  Value outAt = add(b, mul(b, columns.start, run.out), tile.out);
  Value number; // of the tap
  for (auto [i, loop] : llvm::zip_equal(tap, taps)) {
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
                    [=](int64_t row, int64_t v) -> SmallVector<Value> {
                      int64_t column = v * lanes * run.out;
                      return {add(b, outAt, tile.outOffsets[row] + column)};
                    },
                    [=](int64_t row) { return add(b, tile.first, row); },
                    [=](int64_t v) { return add(b, firstColumn, v * lanes); },
                    run.out};
  if (!keepsSums())
    return {output, output};
  OutputTile between = output;
  between.out = kept;
  between.columnStride = 1;
  Value keptAt = add(b, mul(b, tile.first, product.n), firstColumn);
  between.place = [=](int64_t row, int64_t v) -> SmallVector<Value> {
    return {add(b, keptAt, row * product.n + v * lanes)};
  };
  return {output, between};
}

void LongNest::multiply(const RowTile &tile, ArrayRef<Value> tap,
                        Columns columns, LongBlock block, Value firstRun) {
  Value rightAt = add(b, columns.start, product.right.offset);
  for (auto [i, loop] : llvm::zip_equal(tap, taps))
    rightAt = add(b, rightAt, mul(b, i, loop.right));
  auto [output, between] = placesOf(tile, tap, columns);
  const Tiling &tiling = product.tiling;
  SmallVector<Value> values =
      loadSums(between, product.accumulate, tiling.numBlocks, block);
  values = sumOver(0, tile, tap, columns.count, block,
                   {tile.left, rightAt, firstRun}, values);
  if (!keepsSums())
    return storeSums(output, values, product, block);
  split(
      b, block.number, tiling.numBlocks - 1, tiling.numBlocks,
      [&, &between = between] { storeTile(between, values); },
      [&, &output = output] { storeSums(output, values, product, block); });
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

/// Runs `body` with the register tile `number` of the columns at `place`, a
/// panel of a tap.
void LongNest::withTile(Value number, Value place, TileBody body) {
  const Tiling &tiling = product.tiling;
  Value panel = takeDigit(b, place, numPanels);
  SmallVector<Value> tap(taps.size());
  for (int64_t d = int64_t(taps.size()) - 1; d >= 0; --d)
    tap[d] = d == 0 ? place : takeDigit(b, place, taps[d].size);
  int64_t full = run.size / tiling.panel, rest = run.size % tiling.panel;
  withRows(number, [&](const RowTile &tile) {
    split(
        b, panel, full, numPanels,
        [&] {
          body(tile, tap, {mul(b, panel, tiling.panel), tiling.panel});
        },
        [&] {
          body(tile, tap, {index(b, full * tiling.panel), rest});
        });
  });
}

/// A thread goes through all blocks with its items: no other one reads or
/// writes their sums.
void LongNest::forEachBlock(function_ref<void(LongBlock)> body) {
  forEachRound(b, product.tiling.numBlocks, [&](Value number) {
    LongBlock block{{number, {}, {}}, {}};
    Value part = number;
    if (cutLoop)
      std::tie(block.outer, part) = divide(b, number, numParts);
    block.begin = mul(b, part, stepsPerBlock);
    block.end = min(b, add(b, block.begin, stepsPerBlock), sums[cutLoop].size);
    body(block);
  });
}

/// Runs `body` with each item, in parallel, and the number of its row tile.
void LongNest::forEachItem(const LongRows &some, bool guarded,
                           function_ref<void(Value, Value, Value)> body) {
  forAll(b, numItems, [&](Value item) {
    Value place = item;
    Value number = add(b, some.firstTile, takeDigit(b, place, some.numTiles));
    if (!guarded)
      return body(item, number, place);
    Value exists = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, number,
                                         some.lastTile);
    auto guard = scf::IfOp::create(b, exists);
    OpBuilder::InsertionGuard inside(b);
    b.setInsertionPointToStart(guard.thenBlock());
    body(item, number, place);
  });
}

void LongNest::emitItems(const LongRows &some, bool guarded) {
  numItems = numPlaces() * some.numTiles;
  if (keepsSums() && product.accumulate)
    forEachItem(some, guarded, [&](Value, Value number, Value place) {
      withTile(number, place,
               [&](const RowTile &tile, ArrayRef<Value> tap, Columns columns) {
                 auto [output, between] = placesOf(tile, tap, columns);
                 storeTile(between, loadSums(output, /*accumulate=*/true, 1,
                                             {index(b, 0), {}, {}}));
               });
    });
  forEachBlock([&](LongBlock block) {
    forEachItem(some, guarded, [&](Value item, Value number, Value place) {
      Value firstRun =
          mul(b, divide(b, item, itemsOfSweep()).second, runsPerBlock());
      withTile(number, place,
               [&](const RowTile &tile, ArrayRef<Value> tap, Columns columns) {
                 multiply(tile, tap, columns, block, firstRun);
               });
    });
  });
}

void LongNest::emit() {
  Value all = index(b, product.tiling.tiles);
  emitItems({index(b, 0), all, index(b, 0), product.tiling.tiles},
            /*guarded=*/false);
}

void LongNest::emitRows(const LongRows &some) {
  Value skipped = mul(b, some.firstRow, rows[0].out);
  outOrigin = sub(b, index(b, product.outOffset), skipped);
  emitItems(some, /*guarded=*/true);
}

void matmul::emitLongNest(ImplicitLocOpBuilder &b, const Product &product,
                          const ProductSchedule &schedule) {
  LongNest(b, product, schedule).emit();
}

void matmul::emitLongRows(ImplicitLocOpBuilder &b, const Product &product,
                          const ProductSchedule &schedule,
                          const LongRows &rows) {
  LongNest(b, product, schedule).emitRows(rows);
}
