//===- WinogradFilters.cpp - Filter gradients by minimal filtering --------===//
//
// A thread takes some filters, a panel of channels and a group of images: it
// transforms tiles of the input and of the outputs' gradients, a few at a time,
// sums the products of their elements, and collects the gradients of the
// filters.
//
// Order of the sum: within a group of images, tiles by images and rows; then
// groups. So whole groups of a batch may come in several parts, as
// micro-batches bring them.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "RegisterTile.h"
#include "Winograd.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Tiles that are transformed at a time: few, where they and the sums then stay
/// in a first-level cache.
static constexpr int64_t kFewTiles = 8, kManyTiles = 16;
/// Bytes of sums that leave room there.
static constexpr int64_t kMaxSumsBytes = 20 << 10;
/// Bytes of the gradients that groups have of their own before they are added,
/// and groups that have, at most.
static constexpr int64_t kMaxGroupsBytes = 1 << 20, kMaxGroups = 8;
/// Filters and channels of a part, where its sums are in a second-level cache.
static constexpr int64_t kLargePart = 64;

namespace {
struct FilterCut {
  FilterCut(const Product &given, const ProductSchedule &schedule);

  Product product; ///< register tiles are the filters of a part
  Windows windows;
  int64_t panel;       ///< channels
  int64_t blockTiles;  ///< tiles that are transformed at a time
  int64_t tileRows;    ///< filters of a register tile
  int64_t tileVectors; ///< of its channels
  int64_t numGroups;   ///< that are summed apart

  int64_t lanes() const { return product.tiling.lanes; }
  int64_t numPanels() const { return windows.channels / panel; }
  int64_t numBlocks() const { return windows.groupTiles() / blockTiles; }
  int64_t allGroups() const {
    return windows.images.size / windows.groupImages();
  }
  int64_t rows() const { return product.tiling.rows; }

private:
  void cutPart(const ProductSchedule &schedule);
};

struct FilterNest : FilterCut {
  FilterNest(ImplicitLocOpBuilder &b, const Product &given,
             const ProductSchedule &schedule)
      : FilterCut(given, schedule), b(b), left(flatten(b, given.left.buffer)),
        right(flatten(b, given.right.buffer)), out(flatten(b, given.out)),
        type(f32Lanes(b, lanes())) {}
  void emit(const LongRows &some);

  ImplicitLocOpBuilder &b;
  Value left, right, out;
  VectorType type;
  Value outOrigin = {}, groups = {}; ///< groups: their gradients, if apart

private:
  struct Item {
    Value group, slot, filter, localFilter, channel;
  };
  int64_t groupSize(int64_t numRows) const { return numRows * product.n; }
  /// What a thread works in.
  struct Buffers {
    Elements inputs, gradients, sums;
  };
  void sumGroup(const Item &item, const Buffers &buffers, int64_t numRows);
  Value gradientsAt(const Item &item, Value tile);
  void transformBlock(const Item &item, Value block, const Elements &inputs,
                      const Elements &gradients);
  void prefetchTile(const Item &item, Value block, Value number);
  void collect(const Item &item, const Elements &sums, int64_t numRows);
  void addGroups(Value round, const LongRows &some);
  Value outPlace(Value filter, int64_t i, int64_t j, Value channel);
  Value loadBefore(Value at, Value isFirst);
};
} // namespace

/// Filters and channels of a part, and of its register tiles.
void FilterCut::cutPart(const ProductSchedule &schedule) {
  Tiling &tiling = product.tiling;
  bool isLarge = windows.shape.outputs > 2;
  tiling.rows = product.m % 32 == 0 ? 32 : 16;
  if (isLarge && product.m % kLargePart == 0)
    tiling.rows = kLargePart;
  tiling.tiles = tiling.tallTiles = product.m / tiling.rows;
  int64_t most = schedule.vectors ? schedule.vectors : 2;
  int64_t vectors = isLarge ? kLargePart / tiling.lanes : most;
  while (windows.channels % (vectors * tiling.lanes) != 0)
    --vectors;
  panel = vectors * tiling.lanes;
  tileVectors = divideVectors(vectors, most);
  tileRows = std::max<int64_t>((schedule.vectorBits == 512 ? 16 : 8) /
                                   llvm::PowerOf2Ceil(tileVectors),
                               1);
}

FilterCut::FilterCut(const Product &given, const ProductSchedule &schedule)
    : product(given), windows(*findFilterWindows(given)) {
  product.tiling.lanes = schedule.vectorBits / 32;
  cutPart(schedule);
  Elements sums{{}, windows.shape.elements(), rows(), panel};
  blockTiles = std::min(sums.bytes() <= kMaxSumsBytes ? kFewTiles : kManyTiles,
                        windows.groupTiles());
  while (windows.groupTiles() % blockTiles != 0)
    --blockTiles;
  int64_t bytes = product.m * product.n * int64_t(sizeof(float));
  numGroups = std::clamp<int64_t>(kMaxGroupsBytes / bytes, 1,
                                  std::min(kMaxGroups, allGroups()));
}

/// Where the gradients of a tile's outputs are.
Value FilterNest::gradientsAt(const Item &item, Value tile) {
  return add(b,
             alongWindows(b, windows, tile, &Loop::left, product.left.offset),
             item.filter);
}

/// The inputs and the gradients of the outputs of a block of tiles.
void FilterNest::transformBlock(const Item &item, Value block,
                                const Elements &inputs,
                                const Elements &gradients) {
  Value firstTile = add(b, mul(b, item.group, windows.groupTiles()),
                        mul(b, block, blockTiles));
  forEach(b, index(b, 0), index(b, blockTiles), 1, [&](Value row) {
    Value tile = add(b, firstTile, row);
    storeInputs(b, windows, right, &Loop::right, tile, item.channel, lanes(),
                inputs, row);
    Value first = gradientsAt(item, tile);
    forEach(b, index(b, 0), index(b, gradients.width), lanes(), [&](Value f) {
      SmallVector<Value> outputs;
      for (int64_t i = 0; i < windows.shape.outputs; ++i)
        for (int64_t j = 0; j < windows.shape.outputs; ++j)
          outputs.push_back(vector::LoadOp::create(
              b, type, left,
              add(b, add(b, first, f),
                  i * windows.rows.left + j * windows.columns.left)));
      storeElements(b, gradients, row, f,
                    spreadOutputs(b, windows.shape, outputs));
    });
  });
}

/// Gives some places of the next block time to come, with each product.
void FilterNest::prefetchTile(const Item &item, Value block, Value number) {
  Value first = add(b, mul(b, item.group, windows.groupTiles()),
                    mul(b, block, blockTiles));
  forEach(b, number, index(b, blockTiles), windows.shape.elements(),
          [&](Value row) {
            Value tile = add(b, first, row);
            prefetchInputs(b, windows, right, &Loop::right, tile, item.channel,
                           lanes(), panel);
            Value at = gradientsAt(item, tile);
            forEach(b, index(b, 0), index(b, rows()), lanes(), [&](Value f) {
              for (int64_t i = 0; i < windows.shape.outputs; ++i)
                for (int64_t j = 0; j < windows.shape.outputs; ++j)
                  prefetch(
                      b, left,
                      add(b, add(b, at, f),
                          i * windows.rows.left + j * windows.columns.left),
                      /*isWrite=*/false);
            });
          });
}

Value FilterNest::outPlace(Value filter, int64_t i, int64_t j, Value channel) {
  Value at = add(b, outOrigin, mul(b, filter, product.rows[0].out));
  at = add(b, at, i * windows.tapRows.out + j * windows.tapColumns.out);
  return add(b, at, channel);
}

/// A vector of the gradient as the groups before left it: zeros before the
/// first one, unless it accumulates.
Value FilterNest::loadBefore(Value at, Value isFirst) {
  Value before = vector::LoadOp::create(b, type, out, at);
  if (product.accumulate)
    return before;
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return arith::SelectOp::create(b, isFirst, zero, before);
}

/// The gradients of the filters of one group of images.
void FilterNest::collect(const Item &item, const Elements &sums,
                         int64_t numRows) {
  Value isFirst = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq,
                                                item.group, index(b, 0));
  forEach(b, index(b, 0), index(b, rows()), 1, [&](Value row) {
    forEach(b, index(b, 0), index(b, panel), lanes(), [&](Value v) {
      SmallVector<Value> taps = collectFilter(
          b, windows.shape, loadElements(b, sums, row, v, lanes()));
      for (auto [number, tap] : llvm::enumerate(taps)) {
        int64_t i = number / kTaps, j = number % kTaps;
        if (windows.tapRows.right < 0)
          i = kTaps - 1 - i;
        if (windows.tapColumns.right < 0)
          j = kTaps - 1 - j;
        Value channel = add(b, item.channel, v);
        if (!groups) {
          Value at = outPlace(add(b, item.filter, row), i, j, channel);
          Value sum = arith::AddFOp::create(b, loadBefore(at, isFirst), tap);
          vector::StoreOp::create(b, sum, out, at);
          continue;
        }
        Value at = mul(b, add(b, item.localFilter, row), product.n);
        at = add(b, at, mul(b, item.slot, groupSize(numRows)));
        at = add(b, at, (i * kTaps + j) * windows.channels);
        vector::StoreOp::create(b, tap, groups, add(b, at, channel));
      }
    });
  });
}

void FilterNest::sumGroup(const Item &item, const Buffers &buffers,
                          int64_t numRows) {
  const Elements &inputs = buffers.inputs, &gradients = buffers.gradients,
                 &sums = buffers.sums;
  if (numBlocks() > 1)
    forEach(b, index(b, 0), index(b, sums.size()), lanes(), [&](Value at) {
      Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
      vector::StoreOp::create(b, zero, sums.buffer, at);
    });
  ElementProduct ofBlock{gradients,
                         inputs,
                         sums,
                         /*rowStride=*/1,
                         /*termStride=*/rows(),
                         index(b, rows()),
                         blockTiles,
                         tileRows,
                         tileVectors,
                         /*goesOn=*/numBlocks() > 1};
  forEach(b, index(b, 0), index(b, numBlocks()), 1, [&](Value block) {
    transformBlock(item, block, inputs, gradients);
    forEach(b, index(b, 0), index(b, windows.shape.elements()), 1,
            [&](Value number) {
              prefetchTile(item, add(b, block, 1), number);
              multiplyElement(b, ofBlock, number, lanes());
            });
  });
  collect(item, sums, numRows);
}

/// Adds the gradients of a round's groups, one after the other.
void FilterNest::addGroups(Value round, const LongRows &some) {
  int64_t numRows = some.numTiles * rows();
  Value count = min(b, sub(b, index(b, allGroups()), mul(b, round, numGroups)),
                    numGroups);
  Value isFirst = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, round,
                                                index(b, 0));
  Value lastRow = mul(b, sub(b, some.lastTile, some.firstTile), rows());
  forAll(b, numRows, [&](Value row) {
    Value end = arith::SelectOp::create(
        b, arith::CmpIOp::create(b, arith::CmpIPredicate::ult, row, lastRow),
        index(b, windows.channels), index(b, 0));
    Value filter = add(b, some.firstRow, row);
    for (int64_t tap = 0; tap < kTaps * kTaps; ++tap)
      forEach(b, index(b, 0), end, lanes(), [&](Value channel) {
        Value at = outPlace(filter, tap / kTaps, tap % kTaps, channel);
        Value before = loadBefore(at, isFirst);
        Value from = add(b, mul(b, row, product.n),
                         add(b, channel, tap * windows.channels));
        auto loop = scf::ForOp::create(b, index(b, 0), count, index(b, 1),
                                       ValueRange{before});
        {
          OpBuilder::InsertionGuard guard(b);
          b.setInsertionPointToStart(loop.getBody());
          Value group = vector::LoadOp::create(
              b, type, groups,
              add(b, from, mul(b, loop.getInductionVar(), groupSize(numRows))));
          Value sum = arith::AddFOp::create(b, loop.getRegionIterArg(0), group);
          scf::YieldOp::create(b, sum);
        }
        vector::StoreOp::create(b, loop.getResult(0), out, at);
      });
  });
}

void FilterNest::emit(const LongRows &some) {
  outOrigin = sub(b, index(b, product.outOffset),
                  mul(b, some.firstRow, product.rows[0].out));
  int64_t numRows = some.numTiles * rows();
  if (numGroups > 1)
    groups = allocateWorkspace(
        b, MemRefType::get(numGroups * groupSize(numRows), b.getF32Type()));
  int64_t rounds = llvm::divideCeil(allGroups(), numGroups);
  forEach(b, index(b, 0), index(b, rounds), 1, [&](Value round) {
    forAll(b, numGroups * some.numTiles * numPanels(), [&](Value number) {
      auto [rest, panelNumber] = divide(b, number, numPanels());
      auto [slot, part] = divide(b, rest, some.numTiles);
      Value tile = add(b, some.firstTile, part);
      Value localFilter = mul(b, part, rows());
      Item item{add(b, mul(b, round, numGroups), slot), slot,
                add(b, some.firstRow, localFilter), localFilter,
                mul(b, panelNumber, panel)};
      int64_t count = windows.shape.elements();
      Buffers buffers{allocateElements(b, count, blockTiles, panel),
                      allocateElements(b, count, blockTiles, rows()),
                      allocateElements(b, count, rows(), panel)};
      Value exists = arith::AndIOp::create(
          b, lessThan(b, item.group, allGroups()),
          arith::CmpIOp::create(b, arith::CmpIPredicate::ult, tile,
                                some.lastTile));
      auto guard = scf::IfOp::create(b, exists);
      OpBuilder::InsertionGuard inside(b);
      b.setInsertionPointToStart(guard.thenBlock());
      sumGroup(item, buffers, numRows);
    });
    if (groups)
      addGroups(round, some);
  });
}

void matmul::emitWinogradFilters(ImplicitLocOpBuilder &b,
                                 const Product &product,
                                 const ProductSchedule &schedule) {
  FilterNest nest(b, product, schedule);
  int64_t tiles = nest.product.tiling.tiles;
  nest.emit({index(b, 0), index(b, tiles), index(b, 0), tiles});
}

std::optional<Tiling>
matmul::getWinogradTiling(const Product &product,
                          const ProductSchedule &schedule) {
  if (!findFilterWindows(product) || !product.isMatrixOutput)
    return std::nullopt;
  return FilterCut(product, schedule).product.tiling;
}

void matmul::emitWinogradRows(ImplicitLocOpBuilder &b, const Product &product,
                              const ProductSchedule &schedule,
                              const LongRows &rows) {
  FilterNest(b, product, schedule).emit(rows);
}
