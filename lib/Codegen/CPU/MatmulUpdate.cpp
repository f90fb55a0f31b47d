//===- MatmulUpdate.cpp - Products that updates consume -------------------===//
//
// tiles (scf.parallel) > K blocks > panels > register tiles, then the update of
// the tile. A tile has at most 128 rows and 512 columns, whole groups of the
// update: so it owns whole words of codes, and whole calls of the random
// generator serve it. The sums are those of any other nest, bit for bit: each
// is one fma chain in ascending k.
//
//===----------------------------------------------------------------------===//

#include "MatmulUpdate.h"
#include "LoopEmitter.h"
#include "UpdateEmitter.h"
#include "Winograd.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

static constexpr int64_t kMaxTileRows = 128, kMaxTileColumns = 512;
/// Bytes of the rows of a long sum that are computed at a time.
static constexpr int64_t kMaxRowsBytes = 1 << 20;
/// Tiles of a gradient, at least, where its size allows: work for threads.
static constexpr int64_t kMinTiles = 8;

namespace {
/// Computes some rows of a long product.
using EmitRows = void (*)(ImplicitLocOpBuilder &, const Product &,
                          const ProductSchedule &, const LongRows &);

class NestEmitter {
public:
  NestEmitter(ImplicitLocOpBuilder &b, const Product &product,
              const UpdateNest &nest)
      : b(b), product(product), nest(nest), updates(b, nest.loop) {}

  void emit();
  void emitLong(const ProductSchedule &schedule, EmitRows emitRows);

private:
  void groupTiles(int64_t most);
  int64_t chooseWidth();
  void multiply(Value firstTile, Value lastTile, Value column, Value tile);
  void update(Value firstRow, Value begin, Value rows, Value column,
              Value tile);

  ImplicitLocOpBuilder &b;
  const Product &product;
  const UpdateNest &nest;
  UpdateEmitter updates;
  int64_t rowTiles;  ///< register tiles in a tile
  int64_t rowGroups; ///< tiles one below the other
  int64_t width;     ///< columns of a tile
};
} // namespace

/// The most groups of columns that divide a row evenly.
int64_t NestEmitter::chooseWidth() {
  int64_t group = nest.loop.groupSize, count = product.n / group, best = 1;
  for (int64_t d = 2; d * group <= kMaxTileColumns; ++d)
    if (count % d == 0 && rowGroups * (count / d) >= kMinTiles)
      best = d;
  return best * group;
}

static Value allocateOnStack(ImplicitLocOpBuilder &b, ArrayRef<int64_t> shape) {
  auto type = MemRefType::get(shape, b.getF32Type());
  return memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
}

/// The sums of register tiles [firstTile, lastTile) in columns from `column`
/// on, to `tile`.
void NestEmitter::multiply(Value firstTile, Value lastTile, Value column,
                           Value tile) {
  const Tiling &tiling = product.tiling;
  int64_t tileSize = getLeftLayout(product).tileSize;
  Value left = allocateOnStack(b, rowTiles * tileSize);
  Value right = allocateOnStack(b, tiling.block * tiling.panel);
  Value none = index(b, 0), firstRow = tileRow(b, product, firstTile);
  Product local = product;
  local.out = tile;
  auto forTiles = [&](function_ref<void(Value, Value, int64_t)> body) {
    forEach(b, firstTile, lastTile, 1, [&](Value number) {
      Value at = mul(b, sub(b, number, firstTile), tileSize);
      split(
          b, number, tiling.tallTiles, tiling.tiles,
          [&] { body(number, at, tiling.rows); },
          [&] { body(number, at, tiling.rows - 1); });
    });
  };
  forEachBlock(b, product, [&](KBlock block) {
    forTiles([&](Value number, Value at, int64_t rows) {
      packLeftTile(b, product, rows, tileRow(b, product, number), block, left,
                   at);
    });
    forEach(b, none, index(b, width), tiling.panel, [&](Value start) {
      packRight(b, product, {add(b, column, start), tiling.panel}, block, right,
                none);
      forTiles([&](Value number, Value at, int64_t rows) {
        Value row = sub(b, tileRow(b, product, number), firstRow);
        emitKernel(b, local, {left, at, right, none, row, rows},
                   {start, tiling.panel}, block);
      });
    });
  });
}

/// Updates `rows` rows of the tile from `begin` on; its first one is row
/// `firstRow` of the gradient.
void NestEmitter::update(Value firstRow, Value begin, Value rows, Value column,
                         Value tile) {
  int64_t group = nest.loop.groupSize;
  auto flatType = MemRefType::get(
      cast<MemRefType>(tile.getType()).getNumElements(), b.getF32Type());
  ReassociationIndices both{0, 1};
  Value flat = memref::CollapseShapeOp::create(
      b, flatType, tile, ArrayRef<ReassociationIndices>(both));
  updates.emitRows(rows, [&](Value offset) {
    Value row = add(b, begin, offset);
    Value first = add(b, mul(b, add(b, firstRow, row), product.n), column);
    UpdateEmitter::Row place;
    place.first = b.createOrFold<arith::DivUIOp>(first, index(b, group));
    place.count = width / group;
    place.local = {nest.gradient, flat, sub(b, first, mul(b, row, width))};
    return place;
  });
}

/// Cuts the register tiles into groups of alike size, at most `most` in each.
void NestEmitter::groupTiles(int64_t most) {
  rowGroups =
      llvm::divideCeil(product.tiling.tiles, std::max<int64_t>(most, 1));
  rowTiles = llvm::divideCeil(product.tiling.tiles, rowGroups);
}

void NestEmitter::emit() {
  const Tiling &tiling = product.tiling;
  groupTiles(kMaxTileRows / tiling.rows);
  width = chooseWidth();
  int64_t across = product.n / width;
  forAll(b, rowGroups * across, [&](Value number) {
    Value tile = allocateOnStack(b, {rowTiles * tiling.rows, width});
    auto [down, right] = divide(b, number, across);
    Value firstTile = mul(b, down, rowTiles), column = mul(b, right, width);
    Value lastTile = min(b, add(b, firstTile, rowTiles), tiling.tiles);
    Value firstRow = tileRow(b, product, firstTile);
    multiply(firstTile, lastTile, column, tile);
    Value rows = sub(b, tileRow(b, product, lastTile), firstRow);
    update(firstRow, index(b, 0), rows, column, tile);
  });
}

void NestEmitter::emitLong(const ProductSchedule &schedule, EmitRows emitRows) {
  const Tiling &tiling = product.tiling;
  width = product.n;
  groupTiles(kMaxRowsBytes / (tiling.rows * width * int64_t(sizeof(float))));
  int64_t mostRows = rowTiles * tiling.rows;
  Product local = product;
  local.out =
      allocateWorkspace(b, MemRefType::get({mostRows, width}, b.getF32Type()));
  forEach(b, index(b, 0), index(b, rowGroups), 1, [&](Value number) {
    Value firstTile = mul(b, number, rowTiles);
    Value lastTile = min(b, add(b, firstTile, rowTiles), tiling.tiles);
    Value firstRow = tileRow(b, product, firstTile);
    Value rows = sub(b, tileRow(b, product, lastTile), firstRow);
    emitRows(b, local, schedule, {firstTile, lastTile, firstRow, rowTiles});
    forAll(b, mostRows, [&](Value row) {
      Value exists =
          arith::CmpIOp::create(b, arith::CmpIPredicate::ult, row, rows);
      Value one =
          b.createOrFold<arith::IndexCastUIOp>(b.getIndexType(), exists);
      update(firstRow, row, one, index(b, 0), local.out);
    });
  });
}

LogicalResult matmul::emitUpdateNest(RewriterBase &rewriter,
                                     linalg::GenericOp op,
                                     const UpdateNest &nest,
                                     unsigned vectorBits,
                                     bool winogradProducts) {
  FailureOr<Product> product = recognizeProduct(op, rewriter);
  if (failed(product))
    return failure();
  ProductSchedule schedule;
  schedule.vectorBits = vectorBits;
  product->accumulate = false;
  EmitRows emitRows = emitLongRows;
  std::optional<Tiling> tiling;
  if (winogradProducts)
    tiling = getWinogradTiling(*product, schedule);
  if (tiling)
    emitRows = emitWinogradRows;
  else
    tiling = getLongTiling(*product, schedule);
  if (!tiling && !product->hasMatrices)
    return rewriter.notifyMatchFailure(
        op, "expected factors that are packed or read in place");
  product->tiling =
      tiling ? *tiling
             : chooseTiling(product->m, product->n, product->k, schedule);
  int64_t group = nest.loop.groupSize;
  if (product->m * product->n != nest.loop.count || product->n % group != 0 ||
      (!tiling && group % product->tiling.panel != 0))
    return rewriter.notifyMatchFailure(
        op, "expected rows of whole groups of the update");
  placeBuffers(rewriter, op, *product);
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  NestEmitter emitter(b, *product, nest);
  if (tiling)
    emitter.emitLong(schedule, emitRows);
  else
    emitter.emit();
  return success();
}
