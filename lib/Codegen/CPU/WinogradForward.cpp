//===- WinogradForward.cpp - Convolutions by minimal filtering ------------===//
//
// Convolutions and their input gradients. A thread takes a group of tiles of
// outputs: for each panel of filters it packs and transforms them on its stack,
// then goes through the tiles, a few at a time: inputs are transformed, the
// products of their elements sum over the channels, outputs are collected.
// Nothing transformed leaves the thread's caches. Where there are many panels,
// WinogradShared.cpp transforms the inputs once for all of them.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "PartSums.h"
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

/// Tiles that are transformed at a time, of so many channels at most, and of
/// more.
static constexpr int64_t kBlockTiles = 16, kFewChannels = 64, kFewTiles = 8;
/// Groups, at most, and tiles of a group, at least: enough to transform the
/// filters for.
static constexpr int64_t kMaxGroups = 16, kMinGroupTiles = 256;
/// Columns of a panel for tiles of 4 x 4, whose inputs take more to transform,
/// at most.
static constexpr int64_t kLargePanel = 64;
/// Bytes of a panel's transformed filters.
static constexpr int64_t kMaxPanelBytes = 1200 << 10;

namespace {
struct ForwardCut {
  ForwardCut(const Product &given, const ProductSchedule &schedule);

  Product product; ///< with its panels
  Windows windows;
  int64_t blockTiles;  ///< transformed at a time
  int64_t tileRows;    ///< tiles of a register tile
  int64_t tileVectors; ///< of its columns
  int64_t groupBlocks; ///< blocks of a group

  int64_t lanes() const { return product.tiling.lanes; }
  Elements filtersOf(int64_t width) const {
    return {{}, windows.shape.elements(), windows.channels, width};
  }
  Elements blockOf(int64_t width) const {
    return {{}, windows.shape.elements(), blockTiles, width};
  }
  /// A register tile's inputs are not read again, if it is as wide as a panel:
  /// its sums take their place.
  bool sumsReplaceInputs() const {
    int64_t panel = product.tiling.panel;
    return panel == tileVectors * lanes() && panel <= windows.channels;
  }
  int64_t numPanels() const {
    return llvm::divideCeil(product.n, product.tiling.panel);
  }
  int64_t numBlocks() const {
    return llvm::divideCeil(windows.numTiles(), blockTiles);
  }
  /// Blocks, and the parts in them, after which there are sums to run.
  int64_t stepBlocks() const {
    int64_t tiles = windows.tilesOfPart(*product.partSums);
    return llvm::divideCeil(tiles, blockTiles);
  }
  int64_t stepParts() const {
    int64_t tiles = windows.tilesOfPart(*product.partSums);
    return llvm::divideCeil(blockTiles, tiles);
  }
  bool canSum() const;
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
  void multiplyBlocks(Value first, Value last, Columns columns,
                      function_ref<void(Value)> multiply);
  void prefetchOutputs(Value tile, Columns columns);
};
} // namespace

ForwardCut::ForwardCut(const Product &given, const ProductSchedule &schedule)
    : product(given), windows(*findWindows(given)),
      blockTiles(windows.channels <= kFewChannels ? kBlockTiles : kFewTiles) {
  Tiling &tiling = product.tiling;
  tiling.lanes = schedule.vectorBits / 32;
  tiling.block = product.k;
  tiling.numBlocks = 1;
  // Sums of at most half of the registers, so that rows divide a block.
  bool isWide = schedule.vectorBits == 512;
  tileVectors = schedule.vectors ? schedule.vectors : isWide ? 4 : 2;
  int64_t vectors = tileVectors;
  if (windows.shape.outputs > 2)
    vectors = std::max(vectors, kLargePanel / lanes());
  while (vectors > 1 && (vectors * lanes() > product.n ||
                         filtersOf(vectors * lanes()).bytes() > kMaxPanelBytes))
    vectors /= 2;
  tiling.panel = vectors * lanes();
  tileVectors = std::min(tileVectors, vectors);
  tileRows = std::min(blockTiles, (isWide ? 16 : 8) / tileVectors);
  int64_t groups =
      schedule.groups ? schedule.groups
                      : std::clamp<int64_t>(windows.numTiles() / kMinGroupTiles,
                                            2, kMaxGroups);
  groupBlocks = llvm::divideCeil(numBlocks(), std::min(groups, numBlocks()));
  if (product.partSums && canSum())
    groupBlocks = llvm::alignTo(groupBlocks, stepBlocks());
}

/// Whether blocks are made of whole parts, or parts of whole blocks.
bool ForwardCut::canSum() const {
  int64_t tiles = windows.tilesOfPart(*product.partSums);
  int64_t step = std::max(tiles, blockTiles);
  return tiles && step % tiles == 0 && step % blockTiles == 0 &&
         windows.numTiles() % step == 0;
}

/// Filters of a panel, transformed: [channel][column] of each element.
void ForwardNest::transformPanel(Columns columns, Value packed,
                                 const Elements &filters) {
  KBlock whole{index(b, 0), index(b, 0), index(b, product.k)};
  packRight(b, product, columns, whole, packed, index(b, 0));
  int64_t tapSize = windows.channels * filters.width;
  forEach(b, index(b, 0), index(b, windows.channels), 1, [&](Value channel) {
    Value at = mul(b, channel, filters.width);
    forEach(b, index(b, 0), index(b, filters.width), lanes(), [&](Value v) {
      SmallVector<Value> taps;
      for (int64_t tap = 0; tap < kTaps * kTaps; ++tap)
        taps.push_back(vector::LoadOp::create(
            b, type, packed,
            add(b, add(b, at, v), windows.tapNumber(tap) * tapSize)));
      storeElements(b, filters, channel, v,
                    transformFilter(b, windows.shape, taps));
    });
  });
}

void ForwardNest::prefetchOutputs(Value tile, Columns columns) {
  Value first =
      add(b, alongWindows(b, windows, tile, &Loop::out, product.outOffset),
          columns.start);
  forEach(b, index(b, 0), index(b, columns.count), lanes(), [&](Value v) {
    for (int64_t i = 0; i < windows.shape.outputs; ++i)
      for (int64_t j = 0; j < windows.shape.outputs; ++j)
        prefetch(b, out,
                 add(b, add(b, first, v),
                     i * windows.rows.out + j * windows.columns.out),
                 /*isWrite=*/true);
  });
}

/// The outputs of a tile, as rows, in the vector of columns from `v` on.
static OutputTile outputsOf(ImplicitLocOpBuilder &b, const Product &product,
                            const Windows &windows, Value out, Value tile,
                            Columns columns, Value v) {
  int64_t side = windows.shape.outputs, lanes = product.tiling.lanes;
  Value column = add(b, columns.start, v);
  Value first = add(
      b, alongWindows(b, windows, tile, &Loop::out, product.outOffset), column);
  auto [line, place] = divide(b, tile, windows.tileColumns());
  Value corner =
      add(b, mul(b, line, side * windows.columns.size), mul(b, place, side));
  auto along = [=](int64_t row, int64_t rowStride, int64_t columnStride) {
    return row / side * rowStride + row % side * columnStride;
  };
  int64_t rowStride = windows.rows.out, columnStride = windows.columns.out,
          rowSize = windows.columns.size;
  auto placeOf = [=, &b](int64_t row, int64_t) -> SmallVector<Value> {
    return {add(b, first, along(row, rowStride, columnStride))};
  };
  auto numberOf = [=, &b](int64_t row) {
    return add(b, corner, along(row, rowSize, 1));
  };
  return {b,       out,         f32Lanes(b, lanes),
          lanes,   side * side, lanes,
          placeOf, numberOf,    [=](int64_t) { return column; }};
}

void matmul::storeOutputs(ImplicitLocOpBuilder &b, const Product &product,
                          const Windows &windows, Value out, Value tile,
                          Value row, Columns columns, const Elements &sums) {
  int64_t lanes = product.tiling.lanes;
  forEach(b, index(b, 0), index(b, columns.count), lanes, [&](Value v) {
    SmallVector<Value> outputs =
        collectOutputs(b, windows.shape, loadElements(b, sums, row, v, lanes));
    OutputTile output = outputsOf(b, product, windows, out, tile, columns, v);
    if (product.accumulate)
      for (auto [i, value] : llvm::enumerate(outputs))
        value = arith::AddFOp::create(
            b, vector::LoadOp::create(b, output.type, out, output.place(i, 0)),
            value);
    storeSums(output, outputs, product, {});
  });
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
  ElementProduct ofBlock{inputs,
                         filters,
                         sums,
                         /*rowStride=*/inputs.width,
                         /*termStride=*/1,
                         index(b, blockTiles),
                         windows.channels,
                         tileRows,
                         divideVectors(filters.width / lanes(), tileVectors)};
  int64_t numElements = windows.shape.elements();
  forEach(b, index(b, 0), index(b, numElements), 1, [&](Value number) {
    // Each product gives some places of this block and of the next one time to
    // come.
    forEach(b, number, index(b, blockTiles), numElements, [&](Value row) {
      Value tile = add(b, first, row);
      prefetchInputs(b, windows, left, &Loop::left, add(b, tile, blockTiles),
                     index(b, 0), lanes(), inputs.width);
      prefetchOutputs(tile, columns);
    });
    multiplyElement(b, ofBlock, number, lanes());
  });
  forEach(b, first, last, 1, [&](Value tile) {
    storeOutputs(b, product, windows, out, tile, sub(b, tile, first), columns,
                 sums);
  });
}

/// Blocks [first, last), and the sums of the parts that they make up.
void ForwardNest::multiplyBlocks(Value first, Value last, Columns columns,
                                 function_ref<void(Value)> multiply) {
  if (!product.partSums)
    return forEach(b, first, last, 1, multiply);
  int64_t blocks = stepBlocks(), parts = stepParts();
  forEach(b, first, last, blocks, [&](Value block) {
    forEach(b, block, add(b, block, blocks), 1, multiply);
    Value part =
        mul(b, b.createOrFold<arith::DivUIOp>(block, index(b, blocks)), parts);
    forEach(b, part, add(b, part, parts), 1, [&](Value number) {
      emitPartSums(b, *product.partSums, number, columns);
    });
  });
}

void ForwardNest::emit() {
  auto packedType =
      MemRefType::get(product.k * product.tiling.panel, b.getF32Type());
  forAll(b, llvm::divideCeil(numBlocks(), groupBlocks), [&](Value group) {
    Value first = mul(b, group, groupBlocks);
    Value last = min(b, add(b, first, groupBlocks), numBlocks());
    Value packed =
        memref::AllocaOp::create(b, packedType, b.getI64IntegerAttr(64));
    int64_t count = windows.shape.elements();
    Elements inputs = allocateElements(b, count, blockTiles, windows.channels);
    Elements filters =
        allocateElements(b, count, windows.channels, product.tiling.panel);
    Elements sums = inputs;
    if (!sumsReplaceInputs())
      sums = allocateElements(b, count, blockTiles, product.tiling.panel);
    forEach(b, index(b, 0), index(b, numPanels()), 1, [&](Value number) {
      withPanel(b, product, number, [&](Columns columns) {
        // A narrower panel is at the start of the same buffers.
        Elements someFilters = filters;
        someFilters.width = columns.count;
        transformPanel(columns, packed, someFilters);
        multiplyBlocks(first, last, columns, [&](Value block) {
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

bool matmul::canSumWinograd(const Product &product,
                            const ProductSchedule &schedule) {
  std::optional<Windows> windows = findWindows(product);
  if (!windows)
    return false;
  ForwardCut cut(product, schedule);
  return sharesInputs(*windows, cut.numPanels())
             ? canSumShared(product, *windows, schedule)
             : cut.canSum();
}

int64_t matmul::winogradStackBytes(const Product &product,
                                   const ProductSchedule &schedule) {
  std::optional<Windows> windows = findWindows(product);
  if (!windows)
    return 0;
  ForwardCut cut(product, schedule);
  if (sharesInputs(*windows, cut.numPanels()))
    return sharedStackBytes(product, *windows, schedule);
  int64_t panel = cut.product.tiling.panel;
  return product.k * panel * int64_t(sizeof(float)) +
         cut.blockOf(windows->channels).bytes() + cut.filtersOf(panel).bytes() +
         (cut.sumsReplaceInputs() ? 0 : cut.blockOf(panel).bytes());
}

void matmul::emitWinogradNest(ImplicitLocOpBuilder &b, const Product &product,
                              const ProductSchedule &schedule) {
  std::optional<Windows> windows = findWindows(product);
  if (!windows)
    return emitWinogradFilters(b, product, schedule);
  if (sharesInputs(*windows, ForwardCut(product, schedule).numPanels()))
    return emitSharedInputs(b, product, *windows, schedule);
  ForwardNest(b, product, schedule).emit();
}
