//===- MatmulLongCut.cpp - How a long product is cut ----------------------===//
//
// See MatmulLong.h.
//
//===----------------------------------------------------------------------===//

#include "MatmulDirect.h"
#include "MatmulLong.h"
#include "RegisterTile.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

/// A product of matrices with at least so many terms is long.
static constexpr int64_t kMinTerms = 2048;
/// Rows that are several loops have code of their own for each tile: at most so
/// many.
static constexpr int64_t kMaxStaticRows = 128;
/// Bytes of both factors in a block: with the next one, that is asked for, a
/// part of a second-level cache.
static constexpr int64_t kMaxBlockBytes = 64 << 10;
/// Terms of a block, at least: its sums are loaded and stored for them.
static constexpr int64_t kMinBlockTerms = 64;
/// Bytes of the lines that a register tile reads in a block: part of a
/// first-level cache.
static constexpr int64_t kMaxTileBytes = 24 << 10;
/// Terms of a block where they all lie at one distance (measured): more if the
/// sums do not fit a second-level cache, so that they are loaded less often,
/// and fewer if the rows of all terms share a set of the first-level cache.
static constexpr int64_t kPlainTerms = 32, kManySumsTerms = 64,
                         kCrowdedTerms = 12;
static constexpr int64_t kMaxSumBytes = 1 << 20;
/// Floats after which places share a set of a first-level cache.
static constexpr int64_t kSetStride = 1024;
static constexpr int64_t kMinPackedRows = 32;
/// Register tiles of a product, at least, if each has so many sums.
static constexpr int64_t kMinItems = 4, kMinSums = 12;

bool matmul::canBeLong(const Product &product) {
  if (product.rows.empty() || !product.left.isPlain() ||
      !product.right.isPlain())
    return false;
  // Rows lie side by side in the left factor, columns in the right one, and
  // terms follow one another in both.
  auto ascends = [](const Loop &loop) {
    return loop.left > 0 && loop.right > 0;
  };
  return product.rows.back().left == 1 && product.columns.back().right == 1 &&
         llvm::all_of(product.sums, ascends) &&
         (mergeLoops(product.rows).size() == 1 || product.m <= kMaxStaticRows);
}

bool matmul::isLong(const Product &product) {
  if (!canBeLong(product))
    return false;
  if (product.right.isAffine)
    return true;
  // Matrices whose rows are the terms. Where the columns of all terms share two
  // sets of a first-level cache, it keeps few of them: packing pays, for many
  // rows.
  bool hasManyTerms = product.k >= kMinTerms && product.k >= 4 * product.m;
  bool isCrowded =
      product.n % (kSetStride / 2) == 0 && product.m >= kMinPackedRows;
  return hasManyTerms && product.left.transposed && product.right.transposed &&
         !isCrowded;
}

/// Row tiles: more than `tile` asks for where there is little else for threads
/// to share, as long as one has enough sums to keep a core busy.
int64_t LongCut::chooseNumTiles(const RegisterTile &tile) const {
  int64_t tiles = llvm::divideCeil(product.m, tile.rows);
  auto sumsOf = [&](int64_t count) { return product.m / count * tile.vectors; };
  while (tiles * countOf(taps) * numPanels < kMinItems &&
         sumsOf(tiles + 1) >= kMinSums)
    ++tiles;
  return tiles;
}

/// Bytes that a register tile reads for a term, in lines of their own if terms
/// are so far apart.
int64_t LongCut::tileBytes() const {
  auto linesOf = [&](int64_t count, int64_t stride) {
    return std::min<int64_t>(llvm::alignTo(count, kLineFloats), stride);
  };
  return (linesOf(product.tiling.rows, sums.back().left) +
          linesOf(product.tiling.panel, sums.back().right)) *
         int64_t(sizeof(float));
}

/// The product of the transposed factors.
static Product transpose(const Product &given) {
  Product product = given;
  std::swap(product.left, product.right);
  std::swap(product.m, product.n);
  std::swap(product.rows, product.columns);
  std::swap(product.rowLoops, product.columnLoops);
  for (SmallVector<Loop> *loops :
       {&product.rows, &product.columns, &product.sums})
    for (Loop &loop : *loops)
      std::swap(loop.left, loop.right);
  for (std::optional<Border> &border : product.borders)
    border.reset();
  product.hasLeftBorders = false;
  return product;
}

/// Where the channels of a window fill no vector, the columns are broadcast,
/// and the rows are vectors.
static Product withWideRuns(const Product &given, int64_t lanes) {
  if (given.columns.back().size >= lanes || given.epilogue ||
      given.m % lanes != 0 || given.rows.size() != 1)
    return given;
  Product turned = transpose(given);
  return canBeLong(turned) ? turned : given;
}

LongCut::LongCut(const Product &given, const ProductSchedule &schedule)
    : product(withWideRuns(given, schedule.vectorBits / 32)),
      rows(mergeLoops(product.rows)) {
  int64_t lanes = schedule.vectorBits / 32;
  auto &borders = product.borders;
  if (product.hasLeftBorders)
    borders[0].reset(), borders[1].reset();
  SmallVector<Loop> columns = product.columns;
  // Runs over several taps, where a tap has no whole vectors, or only one: an
  // element that is broadcast then serves several.
  bool isNarrow =
      columns.back().size % lanes != 0 || columns.back().size == lanes;
  if (isNarrow && columns.size() > 1) {
    borders[1].reset();
    SmallVector<Loop> merged{columns.front()};
    llvm::append_range(merged,
                       mergeLoops(ArrayRef<Loop>(columns).drop_front()));
    columns = merged;
  }
  for (auto &border : borders)
    if (border && border->tap + 1 >= columns.size())
      border.reset();
  if (!borders[0] && !borders[1])
    columns = mergeLoops(columns);
  sums = borders[0] || borders[1] ? product.sums : mergeLoops(product.sums);
  run = columns.back();
  taps.assign(columns.begin(), columns.end() - 1);
  RegisterTile tile = chooseRegisterTile(product.m, run.size, schedule);
  product.tiling = chooseTiling(product.m, run.size, product.k, schedule);
  product.tiling.panel = tile.vectors * lanes;
  numPanels = llvm::divideCeil(run.size, product.tiling.panel);
  product.tiling.tiles = chooseNumTiles(tile);
  product.tiling.rows = llvm::divideCeil(product.m, product.tiling.tiles);
  product.tiling.tallTiles =
      product.m - product.tiling.tiles * (product.tiling.rows - 1);
  cutSums(schedule);
}

/// Terms of a block of a single loop of sums.
int64_t LongCut::choosePlainSteps() const {
  if (product.m * product.n * int64_t(sizeof(float)) >= kMaxSumBytes)
    return kManySumsTerms;
  return sums[0].left % kSetStride == 0 ? kCrowdedTerms : kPlainTerms;
}

/// Iterations of the loop that blocks cut: some images, or some rows of one.
int64_t LongCut::chooseSteps(const ProductSchedule &schedule) {
  if (sums.size() == 1 && !schedule.block)
    return choosePlainSteps();
  auto stepsOf = [&] {
    if (schedule.block)
      return schedule.block / termsPerStep();
    const Loop &loop = sums[cutLoop];
    int64_t bytes = (loop.left + loop.right) * int64_t(sizeof(float));
    return std::min(kMaxBlockBytes / bytes,
                    kMaxTileBytes / (tileBytes() * termsPerStep()));
  };
  int64_t steps = stepsOf();
  if (steps > 0 || sums.size() == 1)
    return steps;
  cutLoop = 1;
  steps = stepsOf();
  if (!schedule.block)
    steps = std::max<int64_t>(steps,
                              llvm::divideCeil(kMinBlockTerms, termsPerStep()));
  return steps;
}

void LongCut::cutSums(const ProductSchedule &schedule) {
  int64_t steps = std::max<int64_t>(chooseSteps(schedule), 1);
  numParts = llvm::divideCeil(sums[cutLoop].size, steps);
  // Of about one size, unless the schedule says it.
  stepsPerBlock = schedule.block
                      ? std::min(steps, sums[cutLoop].size)
                      : llvm::divideCeil(sums[cutLoop].size, numParts);
  numParts = llvm::divideCeil(sums[cutLoop].size, stepsPerBlock);
  product.tiling.numBlocks = (cutLoop ? sums[0].size : 1) * numParts;
}

int64_t LongCut::termsPerStep() const {
  return countOf(ArrayRef<Loop>(sums).drop_front(cutLoop + 1));
}

std::optional<Tiling> matmul::getLongTiling(const Product &product,
                                            const ProductSchedule &schedule) {
  if (!isLong(product) || !product.isMatrixOutput)
    return std::nullopt;
  LongCut cut(product, schedule);
  bool isTransposed = cut.product.left.buffer != product.left.buffer;
  if (isTransposed || cut.rows.size() != 1)
    return std::nullopt;
  return cut.product.tiling;
}
