//===- WinogradShared.cpp - Minimal filtering of many channels ------------===//
//
// Convolutions and their input gradients whose filters, transformed, leave a
// second-level cache room for a few columns only. Some tiles of outputs at a
// time: all threads transform their inputs into a workspace; then each takes a
// panel of filters and a part of the tiles. Elements go by rows: a row of the
// filters is transformed on the thread's stack and multiplied with the part's
// inputs; after the last row, outputs are collected.
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

/// Filters of a panel, and tiles of a part that a row of them is transformed
/// for.
static constexpr int64_t kPanel = 64, kPartTiles = 128;
/// Bytes of the transformed inputs.
static constexpr int64_t kMaxInputsBytes = 10 << 20;
/// Tiles that a thread transforms at a time.
static constexpr int64_t kStepTiles = 4;
/// Channels whose taps are packed at a time: codes start at whole words.
static constexpr int64_t kChunk = 32;

namespace {
struct SharedCut {
  SharedCut(const Product &given, const Windows &windows,
            const ProductSchedule &schedule);

  Product product; ///< with its panels
  Windows windows;
  int64_t tileRows, tileVectors; ///< of a register tile
  int64_t partTiles, roundParts;

  int64_t lanes() const { return product.tiling.lanes; }
  int64_t roundTiles() const { return roundParts * partTiles; }
  int64_t numPanels() const {
    return llvm::divideCeil(product.n, product.tiling.panel);
  }
  Elements inputs() const {
    return {{}, windows.shape.elements(), roundTiles(), windows.channels};
  }
  Elements sums() const {
    return {{}, windows.shape.elements(), partTiles, product.tiling.panel};
  }
  Elements filters() const {
    return {{}, windows.shape.inputs(), windows.channels, product.tiling.panel};
  }
  int64_t packedSize() const {
    return kTaps * kTaps * kChunk * product.tiling.panel;
  }
};

struct SharedNest : SharedCut {
  SharedNest(ImplicitLocOpBuilder &b, const Product &given,
             const Windows &windows, const ProductSchedule &schedule)
      : SharedCut(given, windows, schedule), b(b),
        left(flatten(b, given.left.buffer)), out(flatten(b, given.out)) {}
  void emit();

private:
  /// What a thread works in.
  struct Buffers {
    Value packed;
    Elements filters, sums;
  };
  void transformRound(Value firstTile, const Elements &inputs);
  void transformRow(Value row, Columns columns, const Buffers &buffers);
  void multiplyPart(Value firstTile, Value firstRow, Columns columns,
                    const Elements &inputs, Buffers buffers);
  void storePart(Value firstTile, Value count, Columns columns,
                 const Elements &sums);

  ImplicitLocOpBuilder &b;
  Value left, out;
};
} // namespace

SharedCut::SharedCut(const Product &given, const Windows &windows,
                     const ProductSchedule &schedule)
    : product(given), windows(windows) {
  Tiling &tiling = product.tiling;
  tiling.lanes = schedule.vectorBits / 32;
  tiling.block = product.k;
  tiling.numBlocks = 1;
  tiling.panel = std::min(kPanel, product.n);
  bool isWide = schedule.vectorBits == 512;
  tileVectors =
      divideVectors(tiling.panel / lanes(), schedule.vectors ? schedule.vectors
                                            : isWide         ? 4
                                                             : 2);
  tileRows = std::max<int64_t>(
      (isWide ? 16 : 8) / int64_t(llvm::PowerOf2Ceil(tileVectors)), 1);
  partTiles = std::min(kPartTiles,
                       int64_t(llvm::alignTo(windows.numTiles(), tileRows)));
  roundParts = 1;
  int64_t partBytes = inputs().bytes();
  roundParts =
      std::clamp<int64_t>(kMaxInputsBytes / partBytes, 1,
                          llvm::divideCeil(windows.numTiles(), partTiles));
}

/// The inputs of the round whose first tile is `firstTile`.
void SharedNest::transformRound(Value firstTile, const Elements &inputs) {
  forAll(b, llvm::divideCeil(roundTiles(), kStepTiles), [&](Value step) {
    Value row = mul(b, step, kStepTiles);
    Value last = min(b, add(b, row, kStepTiles), roundTiles());
    forEach(b, row, last, 1, [&](Value row) {
      Value tile = add(b, firstTile, row);
      auto guard = scf::IfOp::create(b, lessThan(b, tile, windows.numTiles()));
      OpBuilder::InsertionGuard inside(b);
      b.setInsertionPointToStart(guard.thenBlock());
      storeInputs(b, windows, left, &Loop::left, tile, index(b, 0), lanes(),
                  inputs, row);
    });
  });
}

/// Row `row` of a panel's elements: [channel][column] of each.
void SharedNest::transformRow(Value row, Columns columns,
                              const Buffers &buffers) {
  const Elements &filters = buffers.filters;
  int64_t tapSize = kChunk * filters.width;
  forEach(b, index(b, 0), index(b, windows.channels), kChunk, [&](Value first) {
    forEach(b, index(b, 0), index(b, kTaps * kTaps), 1, [&](Value tap) {
      Value begin = add(b, mul(b, tap, windows.channels), first);
      KBlock chunk{index(b, 0), begin, add(b, begin, kChunk)};
      packRight(b, product, columns, chunk, buffers.packed,
                mul(b, tap, tapSize));
    });
    forEach(b, index(b, 0), index(b, kChunk), 1, [&](Value channel) {
      Value at = mul(b, channel, filters.width);
      forEach(b, index(b, 0), index(b, filters.width), lanes(), [&](Value v) {
        SmallVector<Value> taps;
        for (int64_t tap = 0; tap < kTaps * kTaps; ++tap)
          taps.push_back(vector::LoadOp::create(
              b, f32Lanes(b, lanes()), buffers.packed,
              add(b, add(b, at, v), windows.tapNumber(tap) * tapSize)));
        storeElements(b, filters, add(b, first, channel), v,
                      transformFilterRow(b, row, taps));
      });
    });
  });
}

/// A panel's outputs of the part whose inputs are in `firstRow` and after.
void SharedNest::multiplyPart(Value firstTile, Value firstRow, Columns columns,
                              const Elements &inputs, Buffers buffers) {
  // A narrower panel is at the start of the same buffers.
  buffers.filters.width = buffers.sums.width = columns.count;
  Value count =
      min(b, sub(b, index(b, windows.numTiles()), firstTile), partTiles);
  int64_t side = windows.shape.inputs();
  forEach(b, index(b, 0), index(b, side), 1, [&](Value row) {
    transformRow(row, columns, buffers);
    Value first = mul(b, row, side);
    ElementProduct ofRow{inputs,
                         buffers.filters,
                         buffers.sums,
                         /*rowStride=*/inputs.width,
                         /*termStride=*/1,
                         count,
                         windows.channels,
                         tileRows,
                         divideVectors(columns.count / lanes(), tileVectors),
                         /*goesOn=*/false,
                         firstRow,
                         first};
    forEach(b, first, add(b, first, side), 1,
            [&](Value number) { multiplyElement(b, ofRow, number, lanes()); });
  });
  storePart(firstTile, count, columns, buffers.sums);
}

/// Collects the outputs of `count` tiles and, of those, the sums of parts.
void SharedNest::storePart(Value firstTile, Value count, Columns columns,
                           const Elements &sums) {
  auto store = [&](Value row) {
    storeOutputs(b, product, windows, out, add(b, firstTile, row), row, columns,
                 sums);
  };
  if (!product.partSums)
    return forEach(b, index(b, 0), count, 1, store);
  int64_t step = windows.tilesOfPart(*product.partSums);
  forEach(b, index(b, 0), count, step, [&](Value row) {
    forEach(b, row, add(b, row, step), 1, store);
    Value part =
        b.createOrFold<arith::DivUIOp>(add(b, firstTile, row), index(b, step));
    emitPartSums(b, *product.partSums, part, columns);
  });
}

void SharedNest::emit() {
  Elements inputs = this->inputs();
  inputs.buffer =
      allocateWorkspace(b, MemRefType::get(inputs.size(), b.getF32Type()));
  int64_t rounds = llvm::divideCeil(windows.numTiles(), roundTiles());
  forEach(b, index(b, 0), index(b, rounds), 1, [&](Value round) {
    Value firstTile = mul(b, round, roundTiles());
    transformRound(firstTile, inputs);
    forAll(b, numPanels() * roundParts, [&](Value item) {
      auto [panel, part] = divide(b, item, roundParts);
      auto type = MemRefType::get(packedSize(), b.getF32Type());
      Buffers buffers{
          memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64)), filters(),
          sums()};
      for (Elements *elements : {&buffers.filters, &buffers.sums})
        *elements = allocateElements(b, elements->count, elements->rows,
                                     elements->width);
      Value row = mul(b, part, partTiles);
      Value tile = add(b, firstTile, row);
      auto guard = scf::IfOp::create(b, lessThan(b, tile, windows.numTiles()));
      OpBuilder::InsertionGuard inside(b);
      b.setInsertionPointToStart(guard.thenBlock());
      withPanel(b, product, panel, [&](Columns columns) {
        multiplyPart(tile, row, columns, inputs, buffers);
      });
    });
  });
}

bool matmul::sharesInputs(const Windows &windows, int64_t panels) {
  return windows.shape.outputs > 2 && panels > 2 &&
         windows.channels % kChunk == 0;
}

bool matmul::canSumShared(const Product &product, const Windows &windows,
                          const ProductSchedule &schedule) {
  SharedCut cut(product, windows, schedule);
  int64_t step = windows.tilesOfPart(*product.partSums);
  return step && cut.partTiles % step == 0 && windows.numTiles() % step == 0;
}

int64_t matmul::sharedStackBytes(const Product &product, const Windows &windows,
                                 const ProductSchedule &schedule) {
  SharedCut cut(product, windows, schedule);
  return cut.packedSize() * int64_t(sizeof(float)) + cut.filters().bytes() +
         cut.sums().bytes();
}

void matmul::emitSharedInputs(ImplicitLocOpBuilder &b, const Product &product,
                              const Windows &windows,
                              const ProductSchedule &schedule) {
  SharedNest(b, product, windows, schedule).emit();
}
