//===- WinogradForward.cpp - Convolutions by minimal filtering ------------===//
//
// Convolutions and their input gradients. A thread takes a group of tiles of
// outputs: for each panel of filters it packs and transforms them on its stack,
// then goes through the tiles, a few at a time: inputs are transformed, 16
// products sum over the channels, outputs are collected. Nothing transformed
// leaves the thread's caches.
//
//===----------------------------------------------------------------------===//

#include "Epilogue.h"
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

/// Tiles that are transformed at a time, of so many channels at most, and of
/// more.
static constexpr int64_t kBlockTiles = 16, kFewChannels = 64, kFewTiles = 8;
/// Groups, at most, and tiles of a group, at least: enough to transform the
/// filters for.
static constexpr int64_t kMaxGroups = 16, kMinGroupTiles = 256;
/// Bytes of a panel's transformed filters.
static constexpr int64_t kMaxPanelBytes = 1100 << 10;

namespace {
struct ForwardCut {
  ForwardCut(const Product &given, const ProductSchedule &schedule);

  Product product; ///< with its panels
  Windows windows;
  int64_t blockTiles;  ///< transformed at a time
  int64_t tileRows;    ///< tiles of a register tile
  int64_t groupBlocks; ///< blocks of a group

  int64_t lanes() const { return product.tiling.lanes; }
  int64_t numBlocks() const {
    return llvm::divideCeil(windows.numTiles(), blockTiles);
  }
};

struct ForwardNest : ForwardCut {
  ForwardNest(ImplicitLocOpBuilder &b, const Product &given,
              const ProductSchedule &schedule)
      : ForwardCut(given, schedule), b(b), left(flatten(b, given.left.buffer)),
        out(flatten(b, given.out)), type(f32Lanes(b, lanes())) {}
  void emit();

  ImplicitLocOpBuilder &b;
  Value left, out;
  VectorType type;

private:
  void transformPanel(Columns columns, Value packed, const Elements &filters);
  void multiplyBlock(Value block, Columns columns, const Elements &filters,
                     const Elements &inputs, const Elements &sums);
  void prefetchOutputs(Value tile, Columns columns);
  OutputTile outputsOf(Value tile, Value first, Columns columns, int64_t v);
  void storeOutputs(Value tile, Value row, Columns columns,
                    const Elements &sums);
};
} // namespace

ForwardCut::ForwardCut(const Product &given, const ProductSchedule &schedule)
    : product(given), windows(*findWindows(given)),
      blockTiles(windows.channels <= kFewChannels ? kBlockTiles : kFewTiles) {
  Tiling &tiling = product.tiling;
  tiling.lanes = schedule.vectorBits / 32;
  tiling.block = product.k;
  tiling.numBlocks = 1;
  bool isWide = schedule.vectorBits == 512;
  // Sums of at most half of the registers, so that rows divide a block.
  int64_t vectors = schedule.vectors ? schedule.vectors : isWide ? 4 : 2;
  while (vectors > 1 &&
         (vectors * tiling.lanes > product.n ||
          Elements::bytesOf(windows.channels, vectors * tiling.lanes) >
              kMaxPanelBytes))
    vectors /= 2;
  tiling.panel = vectors * tiling.lanes;
  tileRows = std::min(blockTiles, (isWide ? 16 : 8) / vectors);
  int64_t groups =
      schedule.groups ? schedule.groups
                      : std::clamp<int64_t>(windows.numTiles() / kMinGroupTiles,
                                            2, kMaxGroups);
  groupBlocks = llvm::divideCeil(numBlocks(), std::min(groups, numBlocks()));
}

/// Filters of a panel, transformed: [channel][column] of each element.
void ForwardNest::transformPanel(Columns columns, Value packed,
                                 const Elements &filters) {
  KBlock whole{index(b, 0), index(b, 0), index(b, product.k)};
  packRight(b, product, columns, whole, packed, index(b, 0));
  auto tapAt = [&](int64_t i, int64_t j) {
    // Taps that run backwards over the image: the last one is the lowest.
    if (windows.tapRows.left < 0)
      i = kTaps - 1 - i;
    if (windows.tapColumns.left < 0)
      j = kTaps - 1 - j;
    return (i * kTaps + j) * windows.channels * filters.width;
  };
  forEach(b, index(b, 0), index(b, windows.channels), 1, [&](Value channel) {
    Value at = mul(b, channel, filters.width);
    for (int64_t v = 0; v < filters.width; v += lanes()) {
      SmallVector<Value> taps;
      for (int64_t i = 0; i < kTaps; ++i)
        for (int64_t j = 0; j < kTaps; ++j)
          taps.push_back(vector::LoadOp::create(b, type, packed,
                                                add(b, at, tapAt(i, j) + v)));
      storeElements(b, filters, channel, index(b, v), transformFilter(b, taps));
    }
  });
}

void ForwardNest::prefetchOutputs(Value tile, Columns columns) {
  Value first =
      add(b, alongWindows(b, windows, tile, &Loop::out, product.outOffset),
          columns.start);
  for (int64_t v = 0; v < columns.count; v += lanes())
    for (int64_t i = 0; i < kTileOutputs; ++i)
      for (int64_t j = 0; j < kTileOutputs; ++j)
        prefetch(
            b, out,
            add(b, first, i * windows.rows.out + j * windows.columns.out + v),
            /*isWrite=*/true);
}

/// The outputs of a tile, as rows, in one vector of columns.
OutputTile ForwardNest::outputsOf(Value tile, Value first, Columns columns,
                                  int64_t v) {
  auto [line, column] = divide(b, tile, windows.tileColumns());
  Value corner = add(b, mul(b, line, kTileOutputs * windows.columns.size),
                     mul(b, column, kTileOutputs));
  Value firstColumn = add(b, columns.start, v);
  auto along = [](int64_t row, int64_t rowStride, int64_t columnStride) {
    return row / kTileOutputs * rowStride + row % kTileOutputs * columnStride;
  };
  auto placeOf = [=](int64_t row, int64_t) -> SmallVector<Value> {
    return {
        add(b, first, along(row, windows.rows.out, windows.columns.out) + v)};
  };
  auto numberOf = [=](int64_t row) {
    return add(b, corner, along(row, windows.columns.size, 1));
  };
  OutputTile output{b,
                    out,
                    type,
                    lanes(),
                    kTileOutputs * kTileOutputs,
                    lanes(),
                    placeOf,
                    numberOf,
                    [=](int64_t) { return firstColumn; }};
  output.firstVector = v / lanes();
  return output;
}

void ForwardNest::storeOutputs(Value tile, Value row, Columns columns,
                               const Elements &sums) {
  Value first =
      add(b, alongWindows(b, windows, tile, &Loop::out, product.outOffset),
          columns.start);
  for (int64_t v = 0; v < columns.count; v += lanes()) {
    SmallVector<Value> outputs =
        collectOutputs(b, loadElements(b, sums, row, index(b, v), lanes()));
    OutputTile output = outputsOf(tile, first, columns, v);
    if (product.accumulate)
      for (auto [i, value] : llvm::enumerate(outputs))
        value = arith::AddFOp::create(
            b, vector::LoadOp::create(b, type, out, output.place(i, 0)), value);
    storeSums(output, outputs, product, {});
  }
}

void ForwardNest::multiplyBlock(Value block, Columns columns,
                                const Elements &filters, const Elements &inputs,
                                const Elements &sums) {
  Value first = mul(b, block, blockTiles);
  Value last = min(b, add(b, first, blockTiles), windows.numTiles());
  forEach(b, first, last, 1, [&](Value tile) {
    storeInputs(b, windows, left, &Loop::left, tile, index(b, 0), lanes(),
                inputs, sub(b, tile, first));
  });
  ElementProduct ofBlock{inputs,           filters,  sums,
                         inputs.width,     1,        blockTiles,
                         windows.channels, tileRows, /*goesOn=*/false};
  forEach(b, index(b, 0), index(b, kElements), 1, [&](Value number) {
    // Each product gives some places of this block and of the next one time to
    // come.
    forEach(b, number, index(b, blockTiles), kElements, [&](Value row) {
      Value tile = add(b, first, row);
      prefetchInputs(b, windows, left, &Loop::left, add(b, tile, blockTiles),
                     index(b, 0), lanes(), inputs.width);
      prefetchOutputs(tile, columns);
    });
    multiplyElement(b, ofBlock, number, lanes());
  });
  forEach(b, first, last, 1, [&](Value tile) {
    storeOutputs(tile, sub(b, tile, first), columns, sums);
  });
}

void ForwardNest::emit() {
  int64_t panels = llvm::divideCeil(product.n, product.tiling.panel);
  auto packedType =
      MemRefType::get(product.k * product.tiling.panel, b.getF32Type());
  forAll(b, llvm::divideCeil(numBlocks(), groupBlocks), [&](Value group) {
    Value first = mul(b, group, groupBlocks);
    Value last = min(b, add(b, first, groupBlocks), numBlocks());
    Value packed =
        memref::AllocaOp::create(b, packedType, b.getI64IntegerAttr(64));
    Elements inputs = allocateElements(b, blockTiles, windows.channels);
    Elements filters =
        allocateElements(b, windows.channels, product.tiling.panel);
    // A register tile's inputs are not read again: its sums take their place.
    Elements sums = inputs;
    if (product.tiling.panel > windows.channels)
      sums = allocateElements(b, blockTiles, product.tiling.panel);
    forEach(b, index(b, 0), index(b, panels), 1, [&](Value number) {
      withPanel(b, product, number, [&](Columns columns) {
        // A narrower panel is at the start of the same buffers.
        Elements someFilters = filters;
        someFilters.width = columns.count;
        prepareEpilogue(b, product, columns);
        transformPanel(columns, packed, someFilters);
        forEach(b, first, last, 1, [&](Value block) {
          multiplyBlock(block, columns, someFilters, inputs, sums);
        });
      });
    });
  });
}

bool matmul::canBeWinograd(const Product &product) {
  return findWindows(product) || findFilterWindows(product);
}

bool matmul::isWinogradForward(const Product &product) {
  return findWindows(product).has_value();
}

int64_t matmul::winogradStackBytes(const Product &product,
                                   const ProductSchedule &schedule) {
  if (!findWindows(product))
    return 0;
  ForwardCut cut(product, schedule);
  int64_t panel = cut.product.tiling.panel;
  return product.k * panel * int64_t(sizeof(float)) +
         Elements::bytesOf(cut.blockTiles, cut.windows.channels) +
         Elements::bytesOf(cut.windows.channels, panel) +
         (panel > cut.windows.channels
              ? Elements::bytesOf(cut.blockTiles, panel)
              : 0);
}

void matmul::emitWinogradNest(ImplicitLocOpBuilder &b, const Product &product,
                              const ProductSchedule &schedule) {
  if (findWindows(product))
    ForwardNest(b, product, schedule).emit();
  else
    emitWinogradFilters(b, product, schedule);
}
