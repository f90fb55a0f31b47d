//===- MatmulLeft.cpp - Packing the left factor ---------------------------===//
//
// The left factor is packed whole, once: [block][tile], and a tile as rows
// where the factor is stored by rows, as columns where it is stored transposed.
// The kernel, which broadcasts single elements, reads either as fast.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "Matmul.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Row tiles of a transposed factor that are packed together.
static constexpr int64_t kGroupTiles = 8;

LeftLayout matmul::getLeftLayout(const Product &product) {
  const Tiling &tiling = product.tiling;
  if (product.left.transposed)
    // Vectors are stored whole: the last one reaches over the end.
    return {
        1, tiling.rows,
        int64_t(llvm::alignTo(tiling.rows * tiling.block + tiling.lanes, 16))};
  // One more cache line, so that rows do not all fall into the same cache sets.
  int64_t rowStride = llvm::alignTo(tiling.block, 16) + 16;
  return {rowStride, 1, rowStride * tiling.rows};
}

Value matmul::leftTileStart(ImplicitLocOpBuilder &b, const Product &product,
                            Value block, Value tile) {
  const Tiling &tiling = product.tiling;
  Value number = add(b, mul(b, block, tiling.tiles), tile);
  return mul(b, number, getLeftLayout(product).tileSize);
}

/// A row of the tile: the K elements of a block, lanes at a time.
static void packLeftRow(ImplicitLocOpBuilder &b, const Product &product,
                        Value row, KBlock block, Value to, Value at) {
  int64_t lanes = product.tiling.lanes, tail = product.k % lanes;
  VectorType type = f32Lanes(b, lanes);
  auto copy = [&](Value k, int64_t count) {
    Value values = loadLanes(b, type, product.left.buffer,
                             locate(b, product.left, row, k), count);
    values = applyBody(b, product.left, values);
    vector::StoreOp::create(b, values, to, add(b, at, sub(b, k, block.begin)));
  };
  forEach(b, block.begin, min(b, block.end, product.k - tail), lanes,
          [&](Value k) { copy(k, lanes); });
  if (tail == 0)
    return;
  // Rows of the workspace have room for the lanes after the last element.
  split(
      b, block.number, product.tiling.numBlocks - 1, product.tiling.numBlocks,
      [] {}, [&] { copy(index(b, product.k - tail), tail); });
}

/// Row `k` of a transposed factor, in one row tile. What a store leaves behind
/// its rows, the next one replaces.
static void packLeftColumn(ImplicitLocOpBuilder &b, const Product &product,
                           int64_t rows, Value row, KBlock block, Value k,
                           Value to, Value at) {
  int64_t lanes = product.tiling.lanes;
  VectorType type = f32Lanes(b, lanes);
  Value offset = mul(b, sub(b, k, block.begin), getLeftLayout(product).kStride);
  for (int64_t r = 0; r < rows; r += lanes) {
    SmallVector<Value> from = locate(b, product.left, add(b, row, r), k);
    Value values = loadLanes(b, type, product.left.buffer, from,
                             std::min(lanes, rows - r));
    values = applyBody(b, product.left, values);
    vector::StoreOp::create(b, values, to, add(b, at, add(b, offset, r)));
  }
}

void matmul::packLeftTile(ImplicitLocOpBuilder &b, const Product &product,
                          int64_t rows, Value row, KBlock block, Value to,
                          Value at) {
  LeftLayout layout = getLeftLayout(product);
  if (!product.left.transposed) {
    forEach(b, index(b, 0), index(b, rows), 1, [&](Value r) {
      packLeftRow(b, product, add(b, row, r), block, to,
                  add(b, at, mul(b, r, layout.rowStride)));
    });
    return;
  }
  forEach(b, block.begin, block.end, 1, [&](Value k) {
    packLeftColumn(b, product, rows, row, block, k, to, at);
  });
}

/// The row tiles of a group of a transposed factor, a row of all of them at a
/// time: the row of one tile is on a page of its own. Tiles of a whole group
/// that have as many rows each need no loop.
static void packLeftGroup(ImplicitLocOpBuilder &b, const Product &product,
                          Value first, KBlock block, Value to) {
  const Tiling &tiling = product.tiling;
  Value row = tileRow(b, product, first);
  Value at = leftTileStart(b, product, block.number, first);
  auto packAlike = [&](int64_t rows) {
    forEach(b, block.begin, block.end, 1, [&](Value k) {
      for (int64_t t = 0; t < kGroupTiles; ++t)
        packLeftColumn(b, product, rows, add(b, row, t * rows), block, k, to,
                       add(b, at, t * getLeftLayout(product).tileSize));
    });
  };
  auto packOthers = [&] {
    Value last = min(b, add(b, first, kGroupTiles), tiling.tiles);
    forEach(b, first, last, 1, [&](Value tile) {
      withTile(b, product, tile, [&](int64_t rows) {
        packLeftTile(b, product, rows, tileRow(b, product, tile), block, to,
                     leftTileStart(b, product, block.number, tile));
      });
    });
  };
  // Groups of tall tiles, then one of both kinds, then those of the others.
  int64_t tall = tiling.tallTiles / kGroupTiles * kGroupTiles;
  int64_t mixed = llvm::alignTo(tiling.tallTiles, kGroupTiles);
  int64_t whole = tiling.tiles / kGroupTiles * kGroupTiles;
  split(
      b, first, tall, tiling.tiles, [&] { packAlike(tiling.rows); },
      [&] {
        split(b, first, std::min(mixed, tiling.tiles), tiling.tiles, packOthers,
              [&] {
                split(
                    b, first, whole, tiling.tiles,
                    [&] { packAlike(tiling.rows - 1); }, packOthers);
              });
      });
}

Value matmul::packLeft(ImplicitLocOpBuilder &b, const Product &product) {
  const Tiling &tiling = product.tiling;
  LeftLayout layout = getLeftLayout(product);
  auto type = MemRefType::get(tiling.numBlocks * tiling.tiles * layout.tileSize,
                              b.getF32Type());
  Value to = allocateWorkspace(b, type);
  int64_t size = product.left.transposed ? kGroupTiles : 1;
  forAll(b, llvm::divideCeil(tiling.tiles, size), [&](Value group) {
    Value first = mul(b, group, size);
    forEachBlock(b, product, [&](KBlock block) {
      if (product.left.transposed)
        return packLeftGroup(b, product, first, block, to);
      withTile(b, product, first, [&](int64_t rows) {
        packLeftTile(b, product, rows, tileRow(b, product, first), block, to,
                     leftTileStart(b, product, block.number, first));
      });
    });
  });
  return to;
}
