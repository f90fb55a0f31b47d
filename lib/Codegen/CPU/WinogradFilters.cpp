//===- WinogradFilters.cpp - Filter gradients by minimal filtering --------===//
//
// A thread takes some filters, a panel of channels and an image: it transforms
// tiles of the input and of the outputs' gradients, a few at a time, sums their
// 16 products, and collects the gradients of the filters.
//
// Order of the sum: within an image, tiles by rows; then images. So the images
// of a batch may come in several parts, as micro-batches bring them.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
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
/// Bytes of the gradients that images have of their own before they are added,
/// and images that have, at most.
static constexpr int64_t kMaxImagesBytes = 1 << 20, kMaxImages = 8;

namespace {
struct FilterCut {
  FilterCut(const Product &given, const ProductSchedule &schedule);

  Product product; ///< register tiles are the filters of a part
  Windows windows;
  int64_t panel;      ///< channels
  int64_t blockTiles; ///< tiles that are transformed at a time
  int64_t tileRows;   ///< filters of a register tile
  int64_t numImages;  ///< that are summed apart

  int64_t lanes() const { return product.tiling.lanes; }
  int64_t numPanels() const { return windows.channels / panel; }
  int64_t numBlocks() const { return windows.imageTiles() / blockTiles; }
  int64_t rows() const { return product.tiling.rows; }
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
  Value outOrigin = {}, images = {}; ///< images: their gradients, if apart

private:
  struct Item {
    Value image, slot, filter, localFilter, channel;
  };
  int64_t imageSize(int64_t numRows) const { return numRows * product.n; }
  /// What a thread works in.
  struct Buffers {
    Elements inputs, gradients, sums;
  };
  void sumImage(const Item &item, const Buffers &buffers, int64_t numRows);
  Value gradientsAt(const Item &item, Value tile);
  void transformBlock(const Item &item, Value block, const Elements &inputs,
                      const Elements &gradients);
  void prefetchTile(const Item &item, Value block, Value number);
  void collect(const Item &item, const Elements &sums, int64_t numRows);
  void addImages(Value round, const LongRows &some);
  Value outPlace(Value filter, int64_t i, int64_t j, Value channel);
  Value loadBefore(Value at, Value isFirst);
};
} // namespace

FilterCut::FilterCut(const Product &given, const ProductSchedule &schedule)
    : product(given), windows(*findFilterWindows(given)) {
  Tiling &tiling = product.tiling;
  tiling.lanes = schedule.vectorBits / 32;
  bool isWide = schedule.vectorBits == 512;
  int64_t vectors = schedule.vectors ? schedule.vectors : 2;
  while (windows.channels % (vectors * tiling.lanes) != 0)
    --vectors;
  panel = vectors * tiling.lanes;
  tiling.rows = product.m % 32 == 0 ? 32 : 16;
  tiling.tiles = tiling.tallTiles = product.m / tiling.rows;
  tileRows =
      std::max<int64_t>((isWide ? 16 : 8) / llvm::PowerOf2Ceil(vectors), 1);
  bool isSmall = Elements::bytesOf(tiling.rows, panel) <= kMaxSumsBytes;
  blockTiles = std::min(isSmall ? kFewTiles : kManyTiles, windows.imageTiles());
  while (windows.imageTiles() % blockTiles != 0)
    --blockTiles;
  int64_t bytes = product.m * product.n * int64_t(sizeof(float));
  numImages = std::clamp<int64_t>(kMaxImagesBytes / bytes, 1,
                                  std::min(kMaxImages, windows.images.size));
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
  Value firstTile = add(b, mul(b, item.image, windows.imageTiles()),
                        mul(b, block, blockTiles));
  forEach(b, index(b, 0), index(b, blockTiles), 1, [&](Value row) {
    Value tile = add(b, firstTile, row);
    storeInputs(b, windows, right, &Loop::right, tile, item.channel, lanes(),
                inputs, row);
    Value first = gradientsAt(item, tile);
    for (int64_t f = 0; f < gradients.width; f += lanes()) {
      SmallVector<Value> outputs;
      for (int64_t i = 0; i < kTileOutputs; ++i)
        for (int64_t j = 0; j < kTileOutputs; ++j)
          outputs.push_back(vector::LoadOp::create(
              b, type, left,
              add(b, first,
                  i * windows.rows.left + j * windows.columns.left + f)));
      storeElements(b, gradients, row, index(b, f), spreadOutputs(b, outputs));
    }
  });
}

/// Gives some places of the next block time to come, with each product.
void FilterNest::prefetchTile(const Item &item, Value block, Value number) {
  Value first = add(b, mul(b, item.image, windows.imageTiles()),
                    mul(b, block, blockTiles));
  forEach(b, number, index(b, blockTiles), kElements, [&](Value row) {
    Value tile = add(b, first, row);
    prefetchInputs(b, windows, right, &Loop::right, tile, item.channel, lanes(),
                   panel);
    Value at = gradientsAt(item, tile);
    for (int64_t f = 0; f < rows(); f += lanes())
      for (int64_t i = 0; i < kTileOutputs; ++i)
        for (int64_t j = 0; j < kTileOutputs; ++j)
          prefetch(
              b, left,
              add(b, at, i * windows.rows.left + j * windows.columns.left + f),
              /*isWrite=*/false);
  });
}

Value FilterNest::outPlace(Value filter, int64_t i, int64_t j, Value channel) {
  Value at = add(b, outOrigin, mul(b, filter, product.rows[0].out));
  at = add(b, at, i * windows.tapRows.out + j * windows.tapColumns.out);
  return add(b, at, channel);
}

/// A vector of the gradient as the images before left it: zeros before the
/// first one, unless it accumulates.
Value FilterNest::loadBefore(Value at, Value isFirst) {
  Value before = vector::LoadOp::create(b, type, out, at);
  if (product.accumulate)
    return before;
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return arith::SelectOp::create(b, isFirst, zero, before);
}

/// The gradients of the filters of one image.
void FilterNest::collect(const Item &item, const Elements &sums,
                         int64_t numRows) {
  Value isFirst = b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq,
                                                item.image, index(b, 0));
  forEach(b, index(b, 0), index(b, rows()), 1, [&](Value row) {
    for (int64_t v = 0; v < panel; v += lanes()) {
      SmallVector<Value> taps =
          collectFilter(b, loadElements(b, sums, row, index(b, v), lanes()));
      for (int64_t i = 0; i < kTaps; ++i)
        for (int64_t j = 0; j < kTaps; ++j) {
          int64_t tapRow = windows.tapRows.right < 0 ? kTaps - 1 - i : i;
          int64_t tapColumn = windows.tapColumns.right < 0 ? kTaps - 1 - j : j;
          Value tap = taps[i * kTaps + j];
          if (!images) {
            Value at = outPlace(add(b, item.filter, row), tapRow, tapColumn,
                                add(b, item.channel, v));
            Value sum = arith::AddFOp::create(b, loadBefore(at, isFirst), tap);
            vector::StoreOp::create(b, sum, out, at);
            continue;
          }
          Value at = mul(b, add(b, item.localFilter, row), product.n);
          at = add(b, at, mul(b, item.slot, imageSize(numRows)));
          at = add(b, at, (tapRow * kTaps + tapColumn) * windows.channels + v);
          vector::StoreOp::create(b, tap, images, add(b, at, item.channel));
        }
    }
  });
}

void FilterNest::sumImage(const Item &item, const Buffers &buffers,
                          int64_t numRows) {
  const Elements &inputs = buffers.inputs, &gradients = buffers.gradients,
                 &sums = buffers.sums;
  if (numBlocks() > 1)
    forEach(b, index(b, 0), index(b, sums.size()), lanes(), [&](Value at) {
      Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
      vector::StoreOp::create(b, zero, sums.buffer, at);
    });
  ElementProduct ofBlock{gradients,  inputs,   sums,
                         1,          rows(),   rows(),
                         blockTiles, tileRows, numBlocks() > 1};
  forEach(b, index(b, 0), index(b, numBlocks()), 1, [&](Value block) {
    transformBlock(item, block, inputs, gradients);
    forEach(b, index(b, 0), index(b, kElements), 1, [&](Value number) {
      prefetchTile(item, add(b, block, 1), number);
      multiplyElement(b, ofBlock, number, lanes());
    });
  });
  collect(item, sums, numRows);
}

/// Adds the gradients of a round's images, one after the other.
void FilterNest::addImages(Value round, const LongRows &some) {
  int64_t numRows = some.numTiles * rows();
  Value count =
      min(b, sub(b, index(b, windows.images.size), mul(b, round, numImages)),
          numImages);
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
          Value image = vector::LoadOp::create(
              b, type, images,
              add(b, from, mul(b, loop.getInductionVar(), imageSize(numRows))));
          Value sum = arith::AddFOp::create(b, loop.getRegionIterArg(0), image);
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
  if (numImages > 1)
    images = allocateWorkspace(
        b, MemRefType::get(numImages * imageSize(numRows), b.getF32Type()));
  int64_t rounds = llvm::divideCeil(windows.images.size, numImages);
  forEach(b, index(b, 0), index(b, rounds), 1, [&](Value round) {
    forAll(b, numImages * some.numTiles * numPanels(), [&](Value number) {
      auto [rest, panelNumber] = divide(b, number, numPanels());
      auto [slot, part] = divide(b, rest, some.numTiles);
      Value tile = add(b, some.firstTile, part);
      Value localFilter = mul(b, part, rows());
      Item item{add(b, mul(b, round, numImages), slot), slot,
                add(b, some.firstRow, localFilter), localFilter,
                mul(b, panelNumber, panel)};
      Buffers buffers{allocateElements(b, blockTiles, panel),
                      allocateElements(b, blockTiles, rows()),
                      allocateElements(b, rows(), panel)};
      Value exists = arith::AndIOp::create(
          b, lessThan(b, item.image, windows.images.size),
          arith::CmpIOp::create(b, arith::CmpIPredicate::ult, tile,
                                some.lastTile));
      auto guard = scf::IfOp::create(b, exists);
      OpBuilder::InsertionGuard inside(b);
      b.setInsertionPointToStart(guard.thenBlock());
      sumImage(item, buffers, numRows);
    });
    if (images)
      addImages(round, some);
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
  if (!findFilterWindows(product) ||
      cast<MemRefType>(product.out.getType()).getRank() != 2)
    return std::nullopt;
  return FilterCut(product, schedule).product.tiling;
}

void matmul::emitWinogradRows(ImplicitLocOpBuilder &b, const Product &product,
                              const ProductSchedule &schedule,
                              const LongRows &rows) {
  FilterNest(b, product, schedule).emit(rows);
}
