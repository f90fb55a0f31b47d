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

#include "MatmulDirect.h"
#include "Epilogue.h"
#include "LoopEmitter.h"
#include "PartSums.h"
#include "RegisterTile.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Terms of a loop that LLVM might unroll.
static constexpr int64_t kFewTerms = 32;
/// Lines of outputs that are asked for with a term, at most.
static constexpr int64_t kMaxLines = 4;

namespace {
/// Where a tile of rows is: its number in its run of rows, its first row, and
/// that row's index in each loop.
struct TilePlace {
  Value number, firstRow;
  SmallVector<Value> at;
};

/// A packed panel.
struct Panel {
  Columns columns;
  Value buffer, start; ///< where it is packed
  /// The number of the first of its terms among those of all panels that a tile
  /// is multiplied by at once; null if it is multiplied by one.
  Value firstTerm = {};
};

/// The nest being emitted.
struct DirectNest : DirectCut {
  DirectNest(ImplicitLocOpBuilder &b, const Product &given,
             const ProductSchedule &schedule)
      : DirectCut(given, schedule), b(b), left(flatten(b, given.left.buffer)),
        out(flatten(b, given.out)) {}
  void emit();

  ImplicitLocOpBuilder &b;
  Value left, out;

  void multiplyByPanels(Value first, Value last, Value panel);
  void multiplyByTiles(Value first, Value last, Value panels);
  void forEachPanel(function_ref<void(Columns, Value)> body);
  void forEachTile(Value first, Value last,
                   function_ref<void(const TilePlace &)> body);
  void forEachPart(Value first, Value last,
                   function_ref<void(Value, Value)> body);
  void sumParts(Value first, Value last, Columns columns);
  void multiply(const TilePlace &tile, const Panel &panel, KBlock block);
  void withRun(Value tile, ArrayRef<TileRun> among,
               function_ref<void(const TileRun &)> body);
  std::pair<Value, Value> stepsOf(ArrayRef<Value> place, KBlock block);
};

/// One register tile.
struct DirectKernel {
  DirectNest &nest;
  const TileRun &run;
  const Panel &panel;
  Value firstRow, leftAt, outAt;
  Value nextOut; ///< the first output of the next tile of rows
  Value firstStep, lastStep, blockStep; ///< of the slowest loop of sums
  ImplicitLocOpBuilder &b = nest.b;
  int64_t lanes = nest.product.tiling.lanes;
  int64_t vectors = llvm::divideCeil(panel.columns.count, lanes);
  VectorType type = f32Lanes(b, lanes);
  SmallVector<Loop> sums = nest.sums;
  SmallVector<int64_t> active = {};

  void emit(KBlock block);

private:
  /// Whether the rows of the tile and of the next one follow one another in the
  /// left factor, as under windows of one pixel: then a few terms of the next
  /// come with each term. They are too many streams for a hardware prefetcher.
  bool hasNeighbours() const {
    return sums.size() == 1 && sums[0].left == 1 &&
           nest.rows.back().left == sums[0].size;
  }
  SmallVector<Value> sumOver(unsigned level, Value left, Value term,
                             SmallVector<Value> values);
  SmallVector<Value> multiply(Value left, Value term,
                              SmallVector<Value> values);
  void prefetchInputs(Value left, Value term);
  void prefetchOutputs(Value term);
};
} // namespace

//===----------------------------------------------------------------------===//
// The register tile
//===----------------------------------------------------------------------===//

/// Asks for the rows of the next tile, a part of them with each panel.
void DirectKernel::prefetchInputs(Value left, Value term) {
  int64_t size = sums[0].size, step = run.rows;
  if (panel.firstTerm) {
    step = llvm::divideCeil(step, nest.numPanels());
    term = add(b, panel.firstTerm, term);
  }
  prefetch(b, nest.left,
           add(b, add(b, left, run.rows * size), mul(b, term, step)),
           /*isWrite=*/false);
}

/// Asks for the outputs of the tiles to come, some with each term: a tile's
/// lines at once would fill the buffers for misses, and the terms would wait.
void DirectKernel::prefetchOutputs(Value term) {
  auto [step, lines] =
      Sweep::over(run.rows * vectors * lanes, nest.product.k, kMaxLines);
  const std::shared_ptr<const Epilogue> &epilogue = nest.product.epilogue;
  for (int64_t line = 0; line < lines; ++line) {
    Value offset =
        add(b, mul(b, add(b, panel.firstTerm, term), step), line * kLineFloats);
    if (!epilogue || writesResult(*epilogue))
      prefetchFar(b, nest.out, add(b, nextOut, offset));
    if (epilogue)
      prefetchEpilogueFar(b, *epilogue, add(b, firstRow, run.rows), offset);
  }
}

/// One term of the sum for each active row; `term` is its number in the block.
SmallVector<Value> DirectKernel::multiply(Value left, Value term,
                                          SmallVector<Value> values) {
  if (panel.firstTerm)
    prefetchOutputs(term);
  Value right = add(b, panel.start, mul(b, term, vectors * lanes));
  SmallVector<Value> rights;
  for (int64_t v = 0; v < vectors; ++v)
    rights.push_back(vector::LoadOp::create(b, type, panel.buffer,
                                            add(b, right, v * lanes)));
  auto elementOf = [&](int64_t row) -> Value {
    Value at = add(b, left, row * nest.rows.back().left);
    return memref::LoadOp::create(b, nest.left, at);
  };
  addTerm(b, active, elementOf, rights, values);
  return values;
}

/// Adds the terms of the loops from `level` on; `left` is the place and `term`
/// the number of their first one.
SmallVector<Value> DirectKernel::sumOver(unsigned level, Value left, Value term,
                                         SmallVector<Value> values) {
  if (level == sums.size())
    return multiply(left, term, values);
  int64_t count = countOf(ArrayRef<Loop>(sums).drop_front(level + 1));
  auto body = [&](Value i, Value fromBlock, SmallVector<Value> sumsSoFar) {
    return sumOver(level + 1, add(b, left, mul(b, i, sums[level].left)),
                   add(b, term, mul(b, fromBlock, count)), sumsSoFar);
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
  // LLVM would unroll a loop of few terms, see that windows share elements, and
  // keep those it broadcast on the stack.
  if (sums[level].size <= kFewTerms)
    keepRolled(loop);
  if (hasNeighbours())
    prefetchInputs(left, i);
  scf::YieldOp::create(b, body(i, fromBlock, carried));
  return llvm::to_vector_of<Value>(loop.getResults());
}

void DirectKernel::emit(KBlock block) {
  // Only taps of a border along image columns need their loop.
  if (run.active.empty())
    sums = mergeRest(sums);
  active = llvm::to_vector(llvm::seq<int64_t>(0, run.rows));
  const Product &product = nest.product;
  OutputTile output{
      b,
      nest.out,
      type,
      lanes,
      run.rows,
      panel.columns.count,
      [&](int64_t row, int64_t v) -> SmallVector<Value> {
        int64_t from = row * nest.rows.back().out + v * lanes;
        return {add(b, outAt, from)};
      },
      [&](int64_t row) { return add(b, firstRow, row); },
      [&](int64_t v) { return add(b, panel.columns.start, v * lanes); }};
  SmallVector<Value> values =
      loadSums(output, product.accumulate, product.tiling.numBlocks, block);
  if (!panel.firstTerm)
    prefetchSums(output, product);
  storeSums(output, sumOver(0, leftAt, index(b, 0), values), product, block);
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

/// Runs `body` for the tiles [first, last).
void DirectNest::forEachTile(Value first, Value last,
                             function_ref<void(const TilePlace &)> body) {
  forEach(b, first, last, 1, [&](Value item) {
    auto [line, tile] = divide(b, item, pixels.tiles);
    Value start =
        add(b, mul(b, tile, pixels.rows - 1), min(b, tile, pixels.tallTiles));
    TilePlace place{tile, add(b, mul(b, line, rows.back().size), start),
                    SmallVector<Value>(rows.size())};
    place.at.back() = start;
    for (int64_t d = int64_t(rows.size()) - 2; d >= 0; --d) {
      if (d == 0)
        place.at[d] = line;
      else
        std::tie(line, place.at[d]) = divide(b, line, rows[d].size);
    }
    body(place);
  });
}

/// Runs `body` with the columns of each panel and its number.
void DirectNest::forEachPanel(function_ref<void(Columns, Value)> body) {
  int64_t width = product.tiling.panel;
  int64_t full = product.n / width, rest = product.n % width;
  forEach(b, index(b, 0), index(b, full), 1, [&](Value number) {
    body({mul(b, number, width), width}, number);
  });
  if (rest)
    body({index(b, full * width), rest}, index(b, full));
}

void DirectNest::multiply(const TilePlace &tile, const Panel &panel,
                          KBlock block) {
  Value leftAt = index(b, product.left.offset);
  Value rowAt = index(b, product.outOffset);
  for (auto [index, loop] : llvm::zip_equal(tile.at, rows)) {
    leftAt = add(b, leftAt, mul(b, index, loop.left));
    rowAt = add(b, rowAt, mul(b, index, loop.out));
  }
  Value outAt = add(b, rowAt, panel.columns.start);
  std::pair<Value, Value> steps = stepsOf(tile.at, block);
  Value blockStep =
      b.createOrFold<arith::DivUIOp>(block.begin, index(b, termsPerStep));
  withRun(tile.number, runs, [&](const TileRun &run) {
    Value nextOut = add(b, rowAt, run.rows * rows.back().out);
    DirectKernel kernel{*this, run,     panel,       tile.firstRow, leftAt,
                        outAt, nextOut, steps.first, steps.second,  blockStep};
    kernel.emit(block);
  });
}

/// Runs `body` for the tiles [first, last), those of a part at a time if parts
/// are summed.
void DirectNest::forEachPart(Value first, Value last,
                             function_ref<void(Value, Value)> body) {
  if (!product.partSums)
    return body(first, last);
  int64_t step = tilesOfPart();
  forEach(b, first, last, step,
          [&](Value tile) { body(tile, add(b, tile, step)); });
}

/// Sums the parts that the tiles [first, last) make up.
void DirectNest::sumParts(Value first, Value last, Columns columns) {
  if (!product.partSums)
    return;
  int64_t step = tilesOfPart();
  forEach(b, first, last, step, [&](Value tile) {
    Value part = b.createOrFold<arith::DivUIOp>(tile, index(b, step));
    emitPartSums(b, *product.partSums, part, columns);
  });
}

/// Goes through all tiles for each panel.
void DirectNest::multiplyByPanels(Value first, Value last, Value buffer) {
  forEachPanel([&](Columns columns, Value) {
    prepareEpilogue(b, product, columns);
    forEachBlock(b, product, [&](KBlock block) {
      Value start = index(b, 0);
      packRight(b, product, columns, block, buffer, start);
      forEachTile(first, last, [&](const TilePlace &tile) {
        multiply(tile, {columns, buffer, start}, block);
      });
    });
    sumParts(first, last, columns);
  });
}

/// Goes through all panels for each tile: outputs are written in their order,
/// and rows are read once.
void DirectNest::multiplyByTiles(Value first, Value last, Value buffer) {
  KBlock whole{index(b, 0), index(b, 0), index(b, product.k)};
  auto startOf = [&](Value number) { return mul(b, number, panelSize()); };
  forEachPanel([&](Columns columns, Value number) {
    packRight(b, product, columns, whole, buffer, startOf(number));
    if (numPanels() == 1)
      prepareEpilogue(b, product, columns);
  });
  forEachPart(first, last, [&](Value begin, Value end) {
    forEachTile(begin, end, [&](const TilePlace &tile) {
      forEachPanel([&](Columns columns, Value number) {
        multiply(tile,
                 {columns, buffer, startOf(number), mul(b, number, product.k)},
                 whole);
      });
    });
    sumParts(begin, end, {index(b, 0), product.n});
  });
}

void DirectNest::emit() {
  auto type = MemRefType::get(stackSize(), b.getF32Type());
  forAll(b, llvm::divideCeil(numItems, groupItems), [&](Value group) {
    Value panels = memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
    Value first = mul(b, group, groupItems);
    Value last = min(b, add(b, first, groupItems), numItems);
    if (keepsPanels())
      multiplyByTiles(first, last, panels);
    else
      multiplyByPanels(first, last, panels);
  });
}

void matmul::emitDirectNest(ImplicitLocOpBuilder &b, const Product &product,
                            const ProductSchedule &schedule) {
  DirectNest(b, product, schedule).emit();
}
