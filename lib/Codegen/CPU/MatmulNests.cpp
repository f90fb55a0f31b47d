//===- MatmulNests.cpp - Loops of products with far more rows -------------===//
//
// A product with far more rows than columns, whose left factor cannot be read
// in place, packs the whole right factor once and runs over groups of row tiles
// in parallel. Each thread packs its part of the left factor on its own stack,
// where a second-level cache holds it.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "Matmul.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// A product of at most so many panels and at least so many row tiles is tall.
static constexpr int64_t kMaxTallPanels = 4;
static constexpr int64_t kMinTallTiles = 32;
/// Bytes of packed rows that a thread keeps: part of a second-level cache.
static constexpr int64_t kMaxRowBytes = 192 << 10;
/// Row tiles in a group, at most, and groups in a product, at least.
static constexpr int64_t kMaxGroupTiles = 16, kMinGroups = 32;

static Value allocateOnStack(ImplicitLocOpBuilder &b, int64_t count) {
  auto type = MemRefType::get(count, b.getF32Type());
  return memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
}

void matmul::withPanel(ImplicitLocOpBuilder &b, const Product &product,
                       Value number, function_ref<void(Columns)> body) {
  const Tiling &tiling = product.tiling;
  int64_t full = product.n / tiling.panel, rest = product.n % tiling.panel;
  split(
      b, number, full, full + (rest != 0),
      [&] {
        body({mul(b, number, tiling.panel), tiling.panel});
      },
      [&] {
        body({index(b, full * tiling.panel), rest});
      });
}

void matmul::withTile(ImplicitLocOpBuilder &b, const Product &product,
                      Value tile, function_ref<void(int64_t)> body) {
  const Tiling &tiling = product.tiling;
  split(
      b, tile, tiling.tallTiles, tiling.tiles, [&] { body(tiling.rows); },
      [&] { body(tiling.rows - 1); });
}

/// Packs row tiles [first, last) of a block into `left`.
static void packTiles(ImplicitLocOpBuilder &b, const Product &product,
                      Value first, Value last, KBlock block, Value left) {
  int64_t size = getLeftLayout(product).tileSize;
  forEach(b, first, last, 1, [&](Value tile) {
    Value row = tileRow(b, product, tile);
    Value at = mul(b, sub(b, tile, first), size);
    withTile(b, product, tile, [&](int64_t rows) {
      packLeftTile(b, product, rows, row, block, left, at);
    });
  });
}

/// Multiplies row tiles [first, last) of a block with a panel's columns.
static void multiplyTiles(ImplicitLocOpBuilder &b, const Product &product,
                          Value first, Value last, Value left, Value right,
                          Value rightStart, Columns columns, KBlock block) {
  int64_t size = getLeftLayout(product).tileSize;
  forEach(b, first, last, 1, [&](Value tile) {
    Value row = tileRow(b, product, tile);
    Value at = mul(b, sub(b, tile, first), size);
    withTile(b, product, tile, [&](int64_t rows) {
      KernelTile operands{left, at, right, rightStart, row, rows};
      emitKernel(b, product, operands, columns, block);
    });
  });
}

//===----------------------------------------------------------------------===//
// Tall products
//===----------------------------------------------------------------------===//

bool matmul::canBeTall(const Product &product) {
  // The panels are packed whole: codes are never decoded so.
  return product.hasMatrices && !product.right.holdsCodes();
}

bool matmul::isTall(const Product &product) {
  if (product.tiling.tiles < kMinTallTiles || !canBeTall(product))
    return false;
  int64_t panels = llvm::divideCeil(product.n, product.tiling.panel);
  return panels <= kMaxTallPanels || product.left.isAffine;
}

/// All panels with all of K, packed once: panel p starts at p * K * its width.
static Value packPanels(ImplicitLocOpBuilder &b, const Product &product) {
  const Tiling &tiling = product.tiling;
  int64_t panels = llvm::divideCeil(product.n, tiling.panel);
  KBlock whole{index(b, tiling.numBlocks - 1), index(b, 0),
               index(b, product.k)};
  auto type =
      MemRefType::get(panels * product.k * tiling.panel, b.getF32Type());
  Value packed = allocateWorkspace(b, type);
  forAll(b, panels, [&](Value number) {
    withPanel(b, product, number, [&](Columns columns) {
      packRight(b, product, columns, whole, packed,
                mul(b, number, product.k * tiling.panel));
    });
  });
  return packed;
}

static int64_t chooseGroupTiles(const Product &product,
                                const ProductSchedule &schedule) {
  if (schedule.groups)
    return std::max<int64_t>(product.tiling.tiles / schedule.groups, 1);
  int64_t bytes = getLeftLayout(product).tileSize * int64_t(sizeof(float));
  int64_t tiles = std::min({kMaxRowBytes / bytes, kMaxGroupTiles,
                            product.tiling.tiles / kMinGroups});
  return std::max<int64_t>(tiles, 1);
}

int64_t matmul::tallStackBytes(const Product &product,
                               const ProductSchedule &schedule) {
  return chooseGroupTiles(product, schedule) * getLeftLayout(product).tileSize *
         int64_t(sizeof(float));
}

void matmul::emitTallNest(ImplicitLocOpBuilder &b, const Product &product,
                          const ProductSchedule &schedule) {
  const Tiling &tiling = product.tiling;
  Value packed = packPanels(b, product);
  int64_t panels = llvm::divideCeil(product.n, tiling.panel);
  int64_t groupTiles = chooseGroupTiles(product, schedule);
  forAll(b, llvm::divideCeil(tiling.tiles, groupTiles), [&](Value group) {
    Value left =
        allocateOnStack(b, groupTiles * getLeftLayout(product).tileSize);
    Value first = mul(b, group, groupTiles);
    Value last = min(b, add(b, first, groupTiles), tiling.tiles);
    forEachBlock(b, product, [&](KBlock block) {
      packTiles(b, product, first, last, block, left);
      forEach(b, index(b, 0), index(b, panels), 1, [&](Value number) {
        withPanel(b, product, number, [&](Columns columns) {
          int64_t width = llvm::alignTo(columns.count, tiling.lanes);
          Value start = add(b, mul(b, number, product.k * tiling.panel),
                            mul(b, block.begin, width));
          multiplyTiles(b, product, first, last, left, packed, start, columns,
                        block);
        });
      });
    });
  });
}
