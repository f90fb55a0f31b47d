//===- MatmulDirect.cpp - Products that read their left factor in place ---===//
//
// Convolutions as Georganas et al. cut them, "Anatomy of High-Performance Deep
// Learning Convolutions on SIMD Architectures" (SC 2018): a register tile is a
// run of pixels of one image row by a few vectors of filters, and its sum runs
// over the window's taps. Elements of the left factor are broadcast from where
// they lie, so that nothing of it is copied; a panel of columns is packed by
// each thread for a group of tiles. Taps on the zeros around an image are left
// out: image rows by the bounds of a loop, image columns by separate code for
// the tiles at the edges.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "Matmul.h"
#include "RegisterTile.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Terms of a packed panel, at most, if the loops can be cut so: the panel is
/// on a thread's stack and in its second-level cache.
static constexpr int64_t kMaxTerms = 1536;
/// Rows that share a packed panel, if that leaves `kFewGroups` groups of them,
/// and groups of more rows.
static constexpr int64_t kGroupRows = 512, kFewGroups = 8, kManyGroups = 32;
/// Bytes of the left factor that a group goes through again for each panel.
static constexpr int64_t kMaxGroupBytes = 768 << 10;
/// A matrix with at least so many rows is read in place.
static constexpr int64_t kMinRows = 256;

namespace {
/// Tiles [first, last) of the fastest loop of rows that are alike.
struct TileRun {
  int64_t first, last;
  int64_t rows;
  /// The rows of the tile that have a term, for each tap along image columns;
  /// empty if all have.
  SmallVector<SmallVector<int64_t>> active;

  bool isLike(const TileRun &other) const {
    return rows == other.rows && active == other.active;
  }
};

/// The nest being emitted.
struct DirectNest {
  DirectNest(ImplicitLocOpBuilder &b, const Product &given,
             unsigned vectorBits);
  void emit();

  ImplicitLocOpBuilder &b;
  Product product; ///< its K blocks cut the slowest loop of sums
  SmallVector<Loop> rows, sums;
  Value left, out;
  Tiling pixels; ///< of the fastest loop of rows
  SmallVector<TileRun> runs;
  int64_t numItems;     ///< tiles in all
  int64_t termsPerStep; ///< of one iteration of the slowest loop of sums
  int64_t stepsPerBlock;

  bool hasBorder(int dimension) const {
    return product.borders[dimension].has_value();
  }
  bool hasLoopsOf(int dimension) const;
  TileRun describe(int64_t tile) const;
  void multiplyGroup(Value first, Value last, Value panel);
  void multiplyBlock(Value first, Value last, Value panel, Columns columns,
                     KBlock block);
  void withRun(Value tile, ArrayRef<TileRun> among,
               function_ref<void(const TileRun &)> body);
  std::pair<Value, Value> stepsOf(ArrayRef<Value> place, KBlock block);
};

/// One register tile.
struct DirectKernel {
  DirectNest &nest;
  const TileRun &run;
  Columns columns;
  Value panel, leftAt, outAt;
  Value firstStep, lastStep, blockStep; ///< of the slowest loop of sums
  ImplicitLocOpBuilder &b = nest.b;
  int64_t lanes = nest.product.tiling.lanes;
  int64_t vectors = llvm::divideCeil(columns.count, lanes);
  VectorType type = f32Lanes(b, lanes);
  SmallVector<Loop> sums = nest.sums;
  SmallVector<int64_t> active = {};

  void emit(KBlock block);

private:
  SmallVector<Value> sumOver(unsigned level, Value left, Value right,
                             SmallVector<Value> values);
  SmallVector<Value> multiply(Value left, Value right,
                              SmallVector<Value> values);
};
} // namespace

//===----------------------------------------------------------------------===//
// Cutting
//===----------------------------------------------------------------------===//

bool matmul::isDirect(const Product &product) {
  if (product.rows.empty() || product.left.holdsCodes() ||
      product.left.value != product.left.element)
    return false;
  // Runs of K; a matrix whose rows collide in the first-level cache is packed.
  SmallVector<Loop> rows = mergeLoops(product.rows);
  SmallVector<Loop> columns = mergeLoops(product.columns);
  if (product.sums.back().left != 1 || columns.size() != 1 ||
      columns[0].out != 1)
    return false;
  bool collides = rows.back().left % 1024 == 0;
  bool isTall = product.m >= kMinRows && product.m >= 8 * product.n;
  return product.left.isAffine || (isTall && !collides);
}

/// Merges all loops but the slowest.
static SmallVector<Loop> mergeRest(ArrayRef<Loop> loops) {
  SmallVector<Loop> merged{loops.front()};
  llvm::append_range(merged, mergeLoops(loops.drop_front()));
  return merged;
}

static int64_t countOf(ArrayRef<Loop> loops) {
  int64_t count = 1;
  for (const Loop &loop : loops)
    count *= loop.size;
  return count;
}

DirectNest::DirectNest(ImplicitLocOpBuilder &b, const Product &given,
                       unsigned vectorBits)
    : b(b), product(given), left(flatten(b, given.left.buffer)),
      out(flatten(b, given.out)) {
  // Places along image columns are the fastest rows, taps along image rows the
  // slowest sums, or their border is as good as any other value.
  for (int dimension : {0, 1})
    if (hasBorder(dimension) &&
        !(product.hasLeftBorders && hasLoopsOf(dimension)))
      product.borders[dimension].reset();
  bool bordered = hasBorder(0) || hasBorder(1);
  rows = bordered ? product.rows : mergeLoops(product.rows);
  // The right factor is packed: its strides do not matter.
  for (Loop &loop : product.sums)
    loop.right = 0;
  sums = product.sums;
  if (!bordered)
    sums = mergeLoops(sums);
  else if (!hasBorder(1))
    sums = mergeRest(sums);
  int64_t run = rows.back().size;
  RegisterTile tile = chooseRegisterTile(run, product.n, vectorBits);
  product.tiling.lanes = vectorBits / 32;
  product.tiling.panel = tile.vectors * product.tiling.lanes;
  termsPerStep = product.k / sums.front().size;
  stepsPerBlock = sums.front().size;
  if (product.k > kMaxTerms)
    stepsPerBlock = std::max<int64_t>(kMaxTerms / termsPerStep, 1);
  // Packing goes by whole vectors, and codes by whole words, from a block's
  // start.
  while (stepsPerBlock < sums.front().size &&
         stepsPerBlock * termsPerStep % 32 != 0)
    ++stepsPerBlock;
  product.tiling.block = stepsPerBlock * termsPerStep;
  product.tiling.numBlocks = llvm::divideCeil(sums.front().size, stepsPerBlock);
  pixels.tiles = llvm::divideCeil(run, tile.rows);
  pixels.rows = llvm::divideCeil(run, pixels.tiles);
  pixels.tallTiles = run - pixels.tiles * (pixels.rows - 1);
  numItems = countOf(rows) / run * pixels.tiles;
  for (int64_t t = 0; t < pixels.tiles; ++t) {
    TileRun next = describe(t);
    if (!runs.empty() && runs.back().isLike(next))
      runs.back().last = t + 1;
    else
      runs.push_back(next);
  }
}

bool DirectNest::hasLoopsOf(int dimension) const {
  const Border &border = *product.borders[dimension];
  if (dimension == 1)
    return border.place + 1 == product.rows.size() && border.tap != 0;
  // A tile is in one image row.
  return border.tap == 0 && std::abs(border.step) == 1 &&
         border.place + 1 < product.rows.size();
}

TileRun DirectNest::describe(int64_t tile) const {
  TileRun run{
      tile, tile + 1, pixels.rows - (tile < pixels.tallTiles ? 0 : 1), {}};
  if (!hasBorder(1))
    return run;
  const Border &border = *product.borders[1];
  int64_t first = tile * (pixels.rows - 1) + std::min(tile, pixels.tallTiles);
  bool isWhole = true;
  for (int64_t tap = 0; tap < sums[border.tap].size; ++tap) {
    SmallVector<int64_t> &active = run.active.emplace_back();
    for (int64_t row = 0; row < run.rows; ++row) {
      int64_t at =
          border.start + border.scale * (first + row) + border.step * tap;
      if (at >= border.low && at < border.high)
        active.push_back(row);
    }
    isWhole &= int64_t(active.size()) == run.rows;
  }
  if (isWhole)
    run.active.clear();
  return run;
}

//===----------------------------------------------------------------------===//
// The register tile
//===----------------------------------------------------------------------===//

/// One term of the sum for each active row.
SmallVector<Value> DirectKernel::multiply(Value left, Value right,
                                          SmallVector<Value> values) {
  SmallVector<Value> rights;
  for (int64_t v = 0; v < vectors; ++v)
    rights.push_back(
        vector::LoadOp::create(b, type, panel, add(b, right, v * lanes)));
  for (int64_t row : active) {
    Value at = add(b, left, row * nest.rows.back().left);
    Value scalar = memref::LoadOp::create(b, nest.left, at);
    Value wide = vector::BroadcastOp::create(b, type, scalar);
    for (int64_t v = 0; v < vectors; ++v) {
      Value &sum = values[row * vectors + v];
      sum = vector::FMAOp::create(b, wide, rights[v], sum);
    }
  }
  return values;
}

/// Adds the terms of the loops from `level` on; `left` and `right` are the
/// places of their first ones.
SmallVector<Value> DirectKernel::sumOver(unsigned level, Value left,
                                         Value right,
                                         SmallVector<Value> values) {
  if (level == sums.size())
    return multiply(left, right, values);
  int64_t width = vectors * lanes;
  int64_t rightStride =
      countOf(ArrayRef<Loop>(sums).drop_front(level + 1)) * width;
  auto body = [&](Value i, Value fromBlock, SmallVector<Value> sumsSoFar) {
    return sumOver(level + 1, add(b, left, mul(b, i, sums[level].left)),
                   add(b, right, mul(b, fromBlock, rightStride)), sumsSoFar);
  };
  if (!run.active.empty() && level == nest.product.borders[1]->tap) {
    for (int64_t tap = 0; tap < sums[level].size; ++tap) {
      active = run.active[tap];
      if (!active.empty())
        values = body(index(b, tap), index(b, tap), values);
    }
    return values;
  }
  Value first = level == 0 ? firstStep : index(b, 0);
  Value last = level == 0 ? lastStep : index(b, sums[level].size);
  auto loop = scf::ForOp::create(b, first, last, index(b, 1), values);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value i = loop.getInductionVar();
  Value fromBlock = level == 0 ? sub(b, i, blockStep) : i;
  SmallVector<Value> carried(loop.getRegionIterArgs().begin(),
                             loop.getRegionIterArgs().end());
  scf::YieldOp::create(b, body(i, fromBlock, carried));
  return llvm::to_vector_of<Value>(loop.getResults());
}

void DirectKernel::emit(KBlock block) {
  // Only taps of a border along image columns need their loop.
  if (run.active.empty())
    sums = mergeRest(sums);
  active = llvm::to_vector(llvm::seq<int64_t>(0, run.rows));
  const Product &product = nest.product;
  OutputTile output{b,
                    nest.out,
                    type,
                    lanes,
                    run.rows,
                    columns.count,
                    [&](int64_t row, int64_t v) -> SmallVector<Value> {
                      int64_t from = row * nest.rows.back().out + v * lanes;
                      return {add(b, outAt, from)};
                    }};
  SmallVector<Value> values =
      loadSums(output, product.accumulate, product.tiling.numBlocks, block);
  prefetchSums(output);
  storeSums(output, sumOver(0, leftAt, index(b, 0), values));
}

//===----------------------------------------------------------------------===//
// The nest
//===----------------------------------------------------------------------===//

/// Steps of the slowest loop of sums that a block has for an image row: those
/// on zeros are left out.
std::pair<Value, Value> DirectNest::stepsOf(ArrayRef<Value> place,
                                            KBlock block) {
  Value first =
      b.createOrFold<arith::DivUIOp>(block.begin, index(b, termsPerStep));
  Value last =
      b.createOrFold<arith::DivUIOp>(block.end, index(b, termsPerStep));
  if (!hasBorder(0))
    return {first, last};
  const Border &border = *product.borders[0];
  // The coordinate without the tap, and the taps that bring it inside.
  Value origin =
      add(b, mul(b, place[border.place], border.scale), index(b, border.start));
  Value low, high;
  if (border.step > 0) {
    low = sub(b, index(b, border.low), origin);
    high = sub(b, index(b, border.high), origin);
  } else {
    low = sub(b, origin, index(b, border.high - 1));
    high = sub(b, origin, index(b, border.low - 1));
  }
  return {b.createOrFold<arith::MaxSIOp>(first, low),
          b.createOrFold<arith::MinSIOp>(last, high)};
}

/// Runs `body` with the run that `tile` is in.
void DirectNest::withRun(Value tile, ArrayRef<TileRun> among,
                         function_ref<void(const TileRun &)> body) {
  if (among.size() == 1)
    return body(among[0]);
  split(
      b, tile, among[0].last, pixels.tiles, [&] { body(among[0]); },
      [&] { withRun(tile, among.drop_front(), body); });
}

void DirectNest::multiplyBlock(Value first, Value last, Value panel,
                               Columns columns, KBlock block) {
  forEach(b, first, last, 1, [&](Value item) {
    Value tile = b.createOrFold<arith::RemUIOp>(item, index(b, pixels.tiles));
    Value line = b.createOrFold<arith::DivUIOp>(item, index(b, pixels.tiles));
    Value start =
        add(b, mul(b, tile, pixels.rows - 1), min(b, tile, pixels.tallTiles));
    SmallVector<Value> place(rows.size());
    place.back() = start;
    for (int64_t d = int64_t(rows.size()) - 2; d >= 0; --d) {
      place[d] = line;
      if (d == 0)
        break;
      place[d] = b.createOrFold<arith::RemUIOp>(line, index(b, rows[d].size));
      line = b.createOrFold<arith::DivUIOp>(line, index(b, rows[d].size));
    }
    Value leftAt = index(b, product.left.offset);
    Value outAt = add(b, columns.start, product.outOffset);
    for (auto [index, loop] : llvm::zip_equal(place, rows)) {
      leftAt = add(b, leftAt, mul(b, index, loop.left));
      outAt = add(b, outAt, mul(b, index, loop.out));
    }
    std::pair<Value, Value> steps = stepsOf(place, block);
    Value blockStep =
        b.createOrFold<arith::DivUIOp>(block.begin, index(b, termsPerStep));
    withRun(tile, runs, [&](const TileRun &run) {
      DirectKernel kernel{*this, run,         columns,      panel,    leftAt,
                          outAt, steps.first, steps.second, blockStep};
      kernel.emit(block);
    });
  });
}

/// All panels for the tiles [first, last).
void DirectNest::multiplyGroup(Value first, Value last, Value panel) {
  int64_t panels = llvm::divideCeil(product.n, product.tiling.panel);
  int64_t full = product.n / product.tiling.panel;
  int64_t rest = product.n % product.tiling.panel;
  auto multiply = [&](Columns columns) {
    forEachBlock(b, product, [&](KBlock block) {
      packRight(b, product, columns, block, panel, index(b, 0));
      multiplyBlock(first, last, panel, columns, block);
    });
  };
  forEach(b, index(b, 0), index(b, full), 1, [&](Value number) {
    multiply({mul(b, number, product.tiling.panel), product.tiling.panel});
  });
  if (full != panels)
    multiply({index(b, full * product.tiling.panel), rest});
}

void DirectNest::emit() {
  int64_t rowsPerItem = llvm::divideCeil(product.m, numItems);
  int64_t groupRows = std::max(product.m / kManyGroups,
                               std::min(product.m / kFewGroups, kGroupRows));
  // Neighbouring windows share their values but for one tap.
  int64_t rowBytes = product.sums.back().size * int64_t(sizeof(float));
  groupRows =
      std::min(groupRows, std::max(kMaxGroupBytes / rowBytes, kGroupRows / 2));
  int64_t groupItems =
      std::max<int64_t>(std::min(groupRows / rowsPerItem, numItems), 1);
  auto type = MemRefType::get(product.tiling.block * product.tiling.panel,
                              b.getF32Type());
  forAll(b, llvm::divideCeil(numItems, groupItems), [&](Value group) {
    Value panel = memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
    Value first = mul(b, group, groupItems);
    multiplyGroup(first, min(b, add(b, first, groupItems), numItems), panel);
  });
}

void matmul::emitDirectNest(ImplicitLocOpBuilder &b, const Product &product,
                            unsigned vectorBits) {
  DirectNest(b, product, vectorBits).emit();
}
