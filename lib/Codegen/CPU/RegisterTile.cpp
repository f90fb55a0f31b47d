//===- RegisterTile.cpp - The sums of a register tile ---------------------===//
//
// See RegisterTile.h. A core is assumed to issue two vector operations and two
// loads a cycle, with a latency of four cycles.
//
//===----------------------------------------------------------------------===//

#include "RegisterTile.h"
#include "Epilogue.h"
#include "LoopEmitter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Rows of a tile, at most: its sums, a vector of each column and, where the
/// target cannot broadcast an operand from memory, the element of a row fit the
/// registers.
static int64_t maxRows(unsigned vectorBits, int64_t vectors) {
  if (vectorBits == 512)
    return 28 / vectors;
  return std::min<int64_t>(12, 15 - vectors) / vectors;
}

/// Half cycles for one k of a tile.
static int64_t costOf(int64_t rows, int64_t vectors) {
  return std::max({rows * vectors, rows + vectors, int64_t(8)});
}

int64_t matmul::divideVectors(int64_t vectors, int64_t most) {
  int64_t count = std::min(vectors, most);
  while (vectors % count != 0)
    --count;
  return count;
}

RegisterTile matmul::chooseRegisterTile(int64_t run, int64_t columns,
                                        const ProductSchedule &schedule) {
  int64_t numVectors = llvm::divideCeil(columns, schedule.vectorBits / 32);
  RegisterTile best{1, 1};
  int64_t bestCost = std::numeric_limits<int64_t>::max();
  int64_t fewest = schedule.vectors ? schedule.vectors : 1;
  int64_t widest = schedule.vectors ? schedule.vectors : 4;
  for (int64_t vectors = std::min(fewest, numVectors);
       vectors <= std::min(widest, numVectors); ++vectors) {
    int64_t most = schedule.rows;
    if (!most)
      most = std::max<int64_t>(maxRows(schedule.vectorBits, vectors), 1);
    most = std::min(run, most);
    int64_t tiles = llvm::divideCeil(run, most);
    int64_t rows = llvm::divideCeil(run, tiles);
    // All tiles but those of `rows` rows have one less.
    int64_t tall = run - tiles * (rows - 1);
    int64_t rest = numVectors % vectors;
    auto costOfTile = [&](int64_t count) {
      return numVectors / vectors * costOf(count, vectors) +
             (rest ? costOf(count, rest) : 0);
    };
    int64_t cost = tall * costOfTile(rows) +
                   (tiles == tall ? 0 : (tiles - tall) * costOfTile(rows - 1));
    // At equal cost, taller tiles read less of the panel.
    if (cost < bestCost) {
      bestCost = cost;
      best = {rows, vectors};
    }
  }
  return best;
}

/// Places of a vector's lanes from the first one on.
static Value laneOffsets(const OutputTile &tile) {
  SmallVector<int32_t> offsets;
  for (int64_t lane = 0; lane < tile.lanes; ++lane)
    offsets.push_back(lane * tile.columnStride);
  auto type = i32Lanes(tile.b, tile.lanes);
  return arith::ConstantOp::create(
      tile.b, DenseElementsAttr::get(type, ArrayRef<int32_t>(offsets)));
}

/// Zeros in lanes that `mask`, if given, leaves out.
static Value load(const OutputTile &tile, int64_t row, int64_t v, Value mask,
                  Value zero) {
  ImplicitLocOpBuilder &b = tile.b;
  SmallVector<Value> at = tile.place(row, v);
  int64_t count = tile.lanesAt(v);
  if (tile.columnStride == 1 && !mask)
    return loadLanes(b, tile.type, tile.out, at, count);
  Value some = firstLanes(b, tile.lanes, count);
  if (mask)
    some = count == tile.lanes ? mask : arith::AndIOp::create(b, mask, some);
  if (tile.columnStride == 1)
    return vector::MaskedLoadOp::create(b, tile.type, tile.out, at, some, zero);
  return vector::GatherOp::create(b, tile.type, tile.out, at, laneOffsets(tile),
                                  some, zero);
}

SmallVector<Value> matmul::loadSums(const OutputTile &tile, bool accumulate,
                                    int64_t numBlocks, KBlock block) {
  ImplicitLocOpBuilder &b = tile.b;
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(tile.type));
  SmallVector<Value> sums(tile.rows * tile.numVectors(), zero);
  if (!accumulate && numBlocks == 1)
    return sums;
  // Zeros without a branch: a load that reads nothing in the first block.
  Value isLater;
  if (!accumulate) {
    Value later = arith::CmpIOp::create(b, arith::CmpIPredicate::ne,
                                        block.number, index(b, 0));
    isLater = vector::BroadcastOp::create(
        b, VectorType::get(tile.lanes, b.getI1Type()), later);
  }
  for (int64_t row = 0; row < tile.rows; ++row)
    for (int64_t v = 0; v < tile.numVectors(); ++v)
      sums[row * tile.numVectors() + v] = load(tile, row, v, isLater, zero);
  return sums;
}

void matmul::prefetch(ImplicitLocOpBuilder &b, Value buffer, ValueRange at,
                      bool isWrite) {
  memref::PrefetchOp::create(b, buffer, at, isWrite, /*localityHint=*/3,
                             /*isDataCache=*/true);
}

Sweep Sweep::over(int64_t count, int64_t terms, int64_t most) {
  int64_t step = llvm::divideCeil(count, terms);
  int64_t lines = std::min<int64_t>(llvm::divideCeil(step, kLineFloats), most);
  return {lines > 1 ? lines * kLineFloats : step, lines};
}

void matmul::prefetchFar(ImplicitLocOpBuilder &b, Value buffer, ValueRange at) {
  memref::PrefetchOp::create(b, buffer, at, /*isWrite=*/false,
                             /*localityHint=*/2, /*isDataCache=*/true);
}

void matmul::prefetchSums(const OutputTile &tile, const Product &product) {
  for (int64_t row = 0; row < tile.rows; ++row)
    for (int64_t v = 0; v < tile.numVectors(); ++v)
      prefetch(tile.b, tile.out, tile.place(row, v), /*isWrite=*/true);
  if (product.epilogue)
    prefetchEpilogue(tile, *product.epilogue);
}

void matmul::storeTile(const OutputTile &tile, ValueRange sums) {
  ImplicitLocOpBuilder &b = tile.b;
  for (int64_t row = 0; row < tile.rows; ++row)
    for (int64_t v = 0; v < tile.numVectors(); ++v) {
      Value sum = sums[row * tile.numVectors() + v];
      SmallVector<Value> at = tile.place(row, v);
      if (tile.columnStride != 1)
        vector::ScatterOp::create(b, Type(), tile.out, at, laneOffsets(tile),
                                  firstLanes(b, tile.lanes, tile.lanesAt(v)),
                                  sum);
      else
        storeLanes(b, sum, tile.out, at, tile.lanesAt(v));
    }
}

void matmul::storeSums(const OutputTile &tile, ValueRange sums,
                       const Product &product, KBlock block) {
  if (!product.epilogue)
    return storeTile(tile, sums);
  int64_t last = product.tiling.numBlocks - 1;
  split(
      tile.b, block.number, last, last + 1, [&] { storeTile(tile, sums); },
      [&] { storeEpilogue(tile, sums, *product.epilogue); });
}

void matmul::addTerm(ImplicitLocOpBuilder &b, ArrayRef<int64_t> rows,
                     function_ref<Value(int64_t)> elementOf, ValueRange columns,
                     MutableArrayRef<Value> sums) {
  for (int64_t row : rows) {
    Value element = elementOf(row);
    Value wide =
        vector::BroadcastOp::create(b, columns.front().getType(), element);
    for (auto [v, column] : llvm::enumerate(columns)) {
      Value &sum = sums[row * columns.size() + v];
      sum = vector::FMAOp::create(b, wide, column, sum);
    }
  }
}
