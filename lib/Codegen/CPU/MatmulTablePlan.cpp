//===- MatmulTablePlan.cpp - Which products take tables, and their tiles --===//
//
// The value of a right factor's element is computed for both codes by folding
// the body, so any symmetric pair of values qualifies, however the body decodes
// it.
//
//===----------------------------------------------------------------------===//

#include "MatmulTable.h"
#include "mlir/IR/Matchers.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

/// Fewer columns do not pay for the tables of a row, nor fewer terms for those of
/// a convolution, whose chains read the image in place.
static constexpr int64_t kMinColumns = 64, kMinConvTerms = 128;
/// Terms in a block: the tables of its row tile stay in a first-level cache.
static constexpr int64_t kMaxBlock = 256;
/// Elements under a group of row tiles: their tables stay in a second-level
/// cache. A row tile over more takes tables by blocks.
static constexpr int64_t kMaxGroupSpan = 24 << 10, kMaxTileSpan = 64 << 10;
/// Tiles in a group, at most.
static constexpr int64_t kMaxGroupTiles = 64;

int64_t TablePlan::wordsInRun() const {
  return llvm::divideCeil(runLength, kWordTerms);
}

int64_t TablePlan::paddedColumns() const {
  return llvm::alignTo(product.n, std::max(width(), kWordTerms));
}

int64_t TablePlan::numPanels() const {
  return llvm::divideCeil(product.n, width());
}

//===----------------------------------------------------------------------===//
// The two values
//===----------------------------------------------------------------------===//

/// `value` of the body as a constant, where the factor's code is `ordinal`.
static Attribute evaluate(const Factor &factor, Value value, int32_t ordinal) {
  Attribute constant;
  if (matchPattern(value, m_Constant(&constant)))
    return constant;
  Operation *op = value.getDefiningOp();
  if (!op)
    return {};
  Builder builder(value.getContext());
  bool isCode =
      op->getNumOperands() == 1 && op->getOperand(0) == factor.element;
  if (isCode && isa<FromCodeOp>(op))
    return builder.getI32IntegerAttr(ordinal);
  if (auto decode = dyn_cast<DecodeOp>(op); decode && isCode)
    return builder.getF32FloatAttr(decode.getGrid().getLevel(ordinal));
  SmallVector<Attribute> operands;
  for (Value operand : op->getOperands()) {
    operands.push_back(evaluate(factor, operand, ordinal));
    if (!operands.back())
      return {};
  }
  SmallVector<OpFoldResult> results;
  if (failed(op->fold(operands, results)) || results.size() != 1)
    return {};
  if (auto folded = dyn_cast<Attribute>(results[0]))
    return folded;
  return evaluate(factor, cast<Value>(results[0]), ordinal);
}

/// D of a factor of the values -D (code 0) and +D (code 1); D may be negative.
static std::optional<float> findScale(const Factor &factor) {
  auto type = dyn_cast<QType>(factor.element.getType());
  if (!type || type.getGrid().getStorageBits() != 1)
    return std::nullopt;
  auto low = dyn_cast_or_null<FloatAttr>(evaluate(factor, factor.value, 0));
  auto high = dyn_cast_or_null<FloatAttr>(evaluate(factor, factor.value, 1));
  if (!low || !high)
    return std::nullopt;
  float scale = high.getValue().convertToFloat();
  if (!std::isfinite(scale) || low.getValue().convertToFloat() != -scale)
    return std::nullopt;
  return scale;
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

/// Rows of a tile: with two vectors of sums each, half of the registers.
static int64_t maxRows(unsigned vectorBits) { return vectorBits / 64; }

static Tiling chooseTableTiling(const Product &product,
                                const ProductSchedule &schedule) {
  Tiling tiling;
  tiling.lanes = schedule.vectorBits / 32;
  int64_t most = schedule.rows ? schedule.rows : maxRows(schedule.vectorBits);
  tiling.tiles = llvm::divideCeil(product.m, most);
  tiling.rows = llvm::divideCeil(product.m, tiling.tiles);
  tiling.tallTiles = product.m - tiling.tiles * (tiling.rows - 1);
  // One row alone needs more sums at once.
  int64_t vectors = product.m == 1 ? 4 : 2;
  if (schedule.vectors)
    vectors = schedule.vectors;
  tiling.panel = std::min<int64_t>(vectors * tiling.lanes,
                                   llvm::alignTo(product.n, tiling.lanes));
  tiling.panel = llvm::bit_floor(uint64_t(tiling.panel));
  tiling.block = llvm::alignTo(product.k, kWordTerms);
  // Blocks of a sum that goes on from terms in memory could not be scaled.
  if (!product.accumulate && product.k > kMaxBlock) {
    tiling.block = llvm::alignTo(
        llvm::divideCeil(product.k, llvm::divideCeil(product.k, kMaxBlock)),
        kWordTerms);
  }
  tiling.numBlocks = llvm::divideCeil(product.k, tiling.block);
  return tiling;
}

/// First element of an axis, and the last.
static std::pair<int64_t, int64_t> boundsOf(const Axis &axis) {
  int64_t first = 0, last = 0;
  for (auto [size, stride] : llvm::zip_equal(axis.sizes, axis.strides))
    (stride < 0 ? first : last) += (size - 1) * stride;
  return {first, last};
}

static int64_t placeAlong(const Axis &axis, int64_t i) {
  int64_t place = 0;
  for (int64_t d = axis.sizes.size() - 1; d >= 0; --d) {
    int64_t size = d == 0 ? i + 1 : axis.sizes[d];
    place += i % size * axis.strides[d];
    i /= size;
  }
  return place;
}

/// Whether later rows lie at higher places.
static bool isAscending(const Axis &axis) {
  int64_t reach = 0;
  for (int64_t d = axis.sizes.size() - 1; d >= 0; --d) {
    if (axis.strides[d] <= reach)
      return false;
    reach += (axis.sizes[d] - 1) * axis.strides[d];
  }
  return true;
}

/// Whether tables of the buffer serve all windows: every four terms start at a
/// multiple of four.
static bool canShareTables(const Factor &left) {
  if (!left.isAffine || left.transposed || !isAscending(left.outer))
    return false;
  auto isWhole = [](int64_t x) { return x % kTableTerms == 0; };
  return isWhole(left.offset) && llvm::all_of(left.outer.strides, isWhole) &&
         llvm::all_of(ArrayRef(left.inner.strides).drop_back(), isWhole) &&
         left.inner.strides.back() == 1 && isWhole(left.inner.sizes.back());
}

static int64_t firstRow(const Tiling &tiling, int64_t tile) {
  return tile * (tiling.rows - 1) + std::min(tile, tiling.tallTiles);
}

/// Elements under the windows of a group of `tiles` row tiles, at most.
static int64_t spanOf(const Product &product, int64_t tiles) {
  auto [low, high] = boundsOf(product.left.inner);
  int64_t span = 0;
  for (int64_t t = 0; t < product.tiling.tiles; t += tiles) {
    int64_t last = std::min(t + tiles, product.tiling.tiles);
    span = std::max(
        span,
        placeAlong(product.left.outer, firstRow(product.tiling, last) - 1) -
            placeAlong(product.left.outer, firstRow(product.tiling, t)));
  }
  return span + high - low + 1;
}

static void planDirect(TablePlan &plan) {
  const Axis &inner = plan.product.left.inner;
  if (!canShareTables(plan.product.left))
    return;
  int64_t span = spanOf(plan.product, 1);
  if (span > kMaxTileSpan)
    return;
  plan.isDirect = true;
  plan.runLength = inner.sizes.back();
  plan.runs = plan.product.k / plan.runLength;
  plan.groupSpan = span;
  Tiling &tiling = plan.product.tiling;
  tiling.block = llvm::alignTo(plan.product.k, kWordTerms);
  tiling.numBlocks = 1;
  int64_t most = std::min(kMaxGroupTiles, tiling.tiles / plan.minGroups);
  for (int64_t tiles = 2; tiles <= most; ++tiles) {
    span = spanOf(plan.product, tiles);
    if (span > kMaxGroupSpan)
      break;
    plan.tilesInGroup = tiles;
    plan.groupSpan = span;
  }
}

std::optional<TablePlan> matmul::planTables(const Product &product,
                                            const ProductSchedule &schedule) {
  if (!product.hasMatrices || schedule.vectorBits == 128)
    return std::nullopt;
  std::optional<float> scale = findScale(product.right);
  if (!scale || product.left.holdsCodes())
    return std::nullopt;
  if (product.n < kMinColumns ||
      (product.left.isAffine && product.k < kMinConvTerms))
    return std::nullopt;
  TablePlan plan{product, *scale};
  if (schedule.groups)
    plan.minGroups = schedule.groups;
  plan.product.tiling = chooseTableTiling(product, schedule);
  planDirect(plan);
  return plan;
}
