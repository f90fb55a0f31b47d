//===- MatmulDirectCut.cpp - Cutting products that are read in place ------===//
//
// Which products read their left factor where it lies, and the tiles of their
// rows, the blocks of their sums, and the groups of tiles that share a panel.
//
//===----------------------------------------------------------------------===//

#include "MatmulDirect.h"
#include "PartSums.h"
#include "RegisterTile.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

/// Terms of a packed panel, at most, if the loops can be cut so: the panel is
/// on a thread's stack and in its second-level cache.
static constexpr int64_t kMaxTerms = 1536;
/// Rows that share a packed panel, if that leaves `kFewGroups` groups of them,
/// and groups of more rows.
static constexpr int64_t kGroupRows = 512, kFewGroups = 8, kManyGroups = 32;
/// The same where a group packs all panels.
static constexpr int64_t kKeptGroupRows = 1024;
/// Bytes of the left factor that a group goes through again for each panel.
static constexpr int64_t kMaxGroupBytes = 768 << 10;
/// Bytes of all panels, if a thread keeps them: a part of its second-level
/// cache.
static constexpr int64_t kMaxKeptBytes = 96 << 10;
/// A matrix with at least so many rows is read in place.
static constexpr int64_t kMinRows = 256;

bool matmul::canBeDirect(const Product &product) {
  if (product.rows.empty() || !product.left.isPlain() || !product.packsRight)
    return false;
  // Runs of K.
  SmallVector<Loop> columns = mergeLoops(product.columns);
  return product.sums.back().left == 1 && columns.size() == 1 &&
         columns[0].out == 1;
}

bool matmul::isDirect(const Product &product) {
  if (!canBeDirect(product))
    return false;
  // A matrix whose rows collide in the first-level cache is packed.
  bool collides = mergeLoops(product.rows).back().left % 1024 == 0;
  bool isTall = product.m >= kMinRows && product.m >= 8 * product.n;
  return product.left.isAffine || (isTall && !collides);
}

SmallVector<Loop> matmul::mergeRest(ArrayRef<Loop> loops) {
  SmallVector<Loop> merged{loops.front()};
  llvm::append_range(merged, mergeLoops(loops.drop_front()));
  return merged;
}

int64_t matmul::countOf(ArrayRef<Loop> loops) {
  int64_t count = 1;
  for (const Loop &loop : loops)
    count *= loop.size;
  return count;
}

/// Terms of a block, if the loops can be cut so.
static int64_t mostTerms(const ProductSchedule &schedule) {
  return schedule.block ? schedule.block : kMaxTerms;
}

DirectCut::DirectCut(const Product &given, const ProductSchedule &schedule)
    : product(given) {
  // Places along image columns are the fastest rows, taps along image rows the
  // slowest sums, or their border is as good as any other value.
  for (int dimension : {0, 1})
    if (hasBorder(dimension) &&
        !(product.hasLeftBorders && hasLoopsOf(dimension, schedule)))
      product.borders[dimension].reset();
  bool bordered = hasBorder(0) || hasBorder(1);
  rows = bordered ? product.rows : mergeLoops(product.rows);
  // The right factor is packed: its strides do not matter.
  for (Loop &loop : product.sums)
    loop.right = 0;
  sums = product.sums;
  if (!bordered)
    sums = mergeLoops(sums);
  else if (!hasBorder(1))
    sums = mergeRest(sums);
  int64_t run = rows.back().size;
  RegisterTile tile = chooseRegisterTile(run, product.n, schedule);
  product.tiling.lanes = schedule.vectorBits / 32;
  product.tiling.panel = tile.vectors * product.tiling.lanes;
  cutSums(schedule);
  pixels.tiles = llvm::divideCeil(run, tile.rows);
  pixels.rows = llvm::divideCeil(run, pixels.tiles);
  pixels.tallTiles = run - pixels.tiles * (pixels.rows - 1);
  numItems = countOf(rows) / run * pixels.tiles;
  for (int64_t t = 0; t < pixels.tiles; ++t) {
    TileRun next = describe(t);
    if (!runs.empty() && runs.back().isLike(next))
      runs.back().last = t + 1;
    else
      runs.push_back(next);
  }
  groupTiles(schedule);
  if (product.partSums && tilesOfPart())
    groupItems = llvm::alignTo(groupItems, tilesOfPart());
}

void DirectCut::cutSums(const ProductSchedule &schedule) {
  termsPerStep = product.k / sums.front().size;
  stepsPerBlock = sums.front().size;
  int64_t most = mostTerms(schedule);
  if (product.k > most)
    stepsPerBlock = std::max<int64_t>(most / termsPerStep, 1);
  // Packing goes by whole vectors, and codes by whole words, from a block's
  // start.
  while (stepsPerBlock < sums.front().size &&
         stepsPerBlock * termsPerStep % 32 != 0)
    ++stepsPerBlock;
  product.tiling.block = stepsPerBlock * termsPerStep;
  product.tiling.numBlocks = llvm::divideCeil(sums.front().size, stepsPerBlock);
}

void DirectCut::groupTiles(const ProductSchedule &schedule) {
  if (schedule.groups) {
    groupItems = std::max<int64_t>(numItems / schedule.groups, 1);
    return;
  }
  int64_t rowsPerItem = llvm::divideCeil(product.m, numItems);
  int64_t most = keepsPanels() ? kKeptGroupRows : kGroupRows;
  int64_t groupRows =
      std::max(product.m / kManyGroups, std::min(product.m / kFewGroups, most));
  // Neighbouring windows share their values but for one tap.
  int64_t rowBytes = product.sums.back().size * int64_t(sizeof(float));
  if (!keepsPanels())
    groupRows =
        std::min(groupRows, std::max(kMaxGroupBytes / rowBytes, most / 2));
  groupItems =
      std::max<int64_t>(std::min(groupRows / rowsPerItem, numItems), 1);
}

bool DirectCut::keepsPanels() const {
  int64_t bytes = numPanels() * panelSize() * int64_t(sizeof(float));
  return product.tiling.numBlocks == 1 && bytes <= kMaxKeptBytes;
}

int64_t DirectCut::tilesOfPart() const {
  // A tile is in one image row.
  int64_t run = rows.back().size, places = product.partSums->numPlaces();
  bool isImageRow = rows.size() > 1 && run == product.rows.back().size;
  return isImageRow ? places / run * pixels.tiles : 0;
}

bool matmul::canSumDirect(const Product &product,
                          const ProductSchedule &schedule) {
  return DirectCut(product, schedule).tilesOfPart() != 0;
}

int64_t matmul::directStackBytes(const Product &product,
                                 const ProductSchedule &schedule) {
  return DirectCut(product, schedule).stackSize() * int64_t(sizeof(float));
}

bool DirectCut::hasLoopsOf(int dimension,
                           const ProductSchedule &schedule) const {
  const Border &border = *product.borders[dimension];
  // Blocks cut the slowest loop.
  if (dimension == 1)
    return border.place + 1 == product.rows.size() &&
           (border.tap != 0 || product.k <= mostTerms(schedule));
  // A tile is in one image row.
  return border.tap == 0 && std::abs(border.step) == 1 &&
         border.place + 1 < product.rows.size();
}

TileRun DirectCut::describe(int64_t tile) const {
  TileRun run{
      tile, tile + 1, pixels.rows - (tile < pixels.tallTiles ? 0 : 1), {}};
  if (!hasBorder(1))
    return run;
  const Border &border = *product.borders[1];
  int64_t first = tile * (pixels.rows - 1) + std::min(tile, pixels.tallTiles);
  bool isWhole = true;
  for (int64_t tap = 0; tap < sums[border.tap].size; ++tap) {
    SmallVector<int64_t> &active = run.active.emplace_back();
    for (int64_t row = 0; row < run.rows; ++row) {
      int64_t at =
          border.start + border.scale * (first + row) + border.step * tap;
      if (at >= border.low && at < border.high)
        active.push_back(row);
    }
    isWhole &= int64_t(active.size()) == run.rows;
  }
  if (isWhole)
    run.active.clear();
  return run;
}
