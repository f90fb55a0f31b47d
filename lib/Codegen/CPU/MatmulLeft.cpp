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
  int64_t lanes = product.tiling.lanes;
  VectorType type = f32Lanes(b, lanes);
  // What a store leaves behind its rows, the next one replaces.
  forEach(b, block.begin, block.end, 1, [&](Value k) {
    Value offset = mul(b, sub(b, k, block.begin), layout.kStride);
    for (int64_t r = 0; r < rows; r += lanes) {
      SmallVector<Value> from = locate(b, product.left, add(b, row, r), k);
      Value values = loadLanes(b, type, product.left.buffer, from,
                               std::min(lanes, rows - r));
      values = applyBody(b, product.left, values);
      vector::StoreOp::create(b, values, to, add(b, at, add(b, offset, r)));
    }
  });
}

Value matmul::packLeft(ImplicitLocOpBuilder &b, const Product &product) {
  const Tiling &tiling = product.tiling;
  LeftLayout layout = getLeftLayout(product);
  auto type = MemRefType::get(tiling.numBlocks * tiling.tiles * layout.tileSize,
                              b.getF32Type());
  Value to = allocateWorkspace(b, type);
  forAll(b, tiling.tiles, [&](Value tile) {
    forEachBlock(b, product, [&](KBlock block) {
      Value at = leftTileStart(b, product, block.number, tile);
      Value row = tileRow(b, product, tile);
      split(
          b, tile, tiling.tallTiles, tiling.tiles,
          [&] { packLeftTile(b, product, tiling.rows, row, block, to, at); },
          [&] {
            packLeftTile(b, product, tiling.rows - 1, row, block, to, at);
          });
    });
  });
  return to;
}
