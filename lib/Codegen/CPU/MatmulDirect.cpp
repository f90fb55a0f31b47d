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
#include "RegisterTile.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
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

namespace {
/// The nest being emitted.
struct DirectNest : DirectCut {
  DirectNest(ImplicitLocOpBuilder &b, const Product &given,
             const ProductSchedule &schedule)
      : DirectCut(given, schedule), b(b), left(flatten(b, given.left.buffer)),
        out(flatten(b, given.out)) {}
  void emit();

  ImplicitLocOpBuilder &b;
  Value left, out;

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
  Value panel, firstRow, leftAt, outAt;
  Value firstStep, lastStep, blockStep; ///< of the slowest loop of sums
  ImplicitLocOpBuilder &b = nest.b;
  int64_t lanes = nest.product.tiling.lanes;
  int64_t vectors = llvm::divideCeil(columns.count, lanes);
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
  SmallVector<Value> sumOver(unsigned level, Value left, Value right,
                             SmallVector<Value> values);
  SmallVector<Value> multiply(Value left, Value right,
                              SmallVector<Value> values);
};
} // namespace

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
  auto elementOf = [&](int64_t row) -> Value {
    Value at = add(b, left, row * nest.rows.back().left);
    return memref::LoadOp::create(b, nest.left, at);
  };
  addTerm(b, active, elementOf, rights, values);
  return values;
}

static LLVM::LoopAnnotationAttr noUnrolling(MLIRContext *context) {
  auto unroll = LLVM::LoopUnrollAttr::get(context, BoolAttr::get(context, true),
                                          {}, {}, {}, {}, {}, {});
  return LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unroll, {}, {}, {},
                                       {}, {}, {}, {}, {}, {}, {}, {});
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
  // LLVM would unroll a loop of few terms, see that windows share elements, and
  // keep those it broadcast on the stack.
  if (sums[level].size <= kFewTerms)
    loop->setAttr("llvm.loop_annotation", noUnrolling(b.getContext()));
  if (hasNeighbours())
    prefetch(b, nest.left,
             add(b, add(b, left, run.rows * sums[0].size),
                 mul(b, i, run.rows)),
             /*isWrite=*/false);
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
      columns.count,
      [&](int64_t row, int64_t v) -> SmallVector<Value> {
        int64_t from = row * nest.rows.back().out + v * lanes;
        return {add(b, outAt, from)};
      },
      [&](int64_t row) { return add(b, firstRow, row); },
      [&](int64_t v) { return add(b, columns.start, v * lanes); }};
  SmallVector<Value> values =
      loadSums(output, product.accumulate, product.tiling.numBlocks, block);
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

void DirectNest::multiplyBlock(Value first, Value last, Value panel,
                               Columns columns, KBlock block) {
  forEach(b, first, last, 1, [&](Value item) {
    auto [line, tile] = divide(b, item, pixels.tiles);
    Value start =
        add(b, mul(b, tile, pixels.rows - 1), min(b, tile, pixels.tallTiles));
    Value firstRow = add(b, mul(b, line, rows.back().size), start);
    SmallVector<Value> place(rows.size());
    place.back() = start;
    for (int64_t d = int64_t(rows.size()) - 2; d >= 0; --d) {
      if (d == 0)
        place[d] = line;
      else
        std::tie(line, place[d]) = divide(b, line, rows[d].size);
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
      DirectKernel kernel{*this,  run,   columns,     panel,        firstRow,
                          leftAt, outAt, steps.first, steps.second, blockStep};
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
    prepareEpilogue(b, product, columns);
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
  auto type = MemRefType::get(panelSize(), b.getF32Type());
  forAll(b, llvm::divideCeil(numItems, groupItems), [&](Value group) {
    Value panel = memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
    Value first = mul(b, group, groupItems);
    multiplyGroup(first, min(b, add(b, first, groupItems), numItems), panel);
  });
}

void matmul::emitDirectNest(ImplicitLocOpBuilder &b, const Product &product,
                            const ProductSchedule &schedule) {
  DirectNest(b, product, schedule).emit();
}
