//===- MatmulTableNests.cpp - Loops of a product with tables --------------===//
//
// Row tiles are outside and panels inside, so that the tables of a tile stay in
// the caches while all columns pass. Words are packed once, in a loop of their
// own; for a few rows that would be half of the work, and groups of columns
// pack their own words on the stack, just before they are used.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "MatmulTable.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// So few rows pack words as they need them.
static constexpr int64_t kFewRows = 4;
/// Groups of columns have so many panels, so that tables, which each group
/// makes, stay cheap.
static constexpr int64_t kMinGroupPanels = 8;

static Value allocateOnStack(ImplicitLocOpBuilder &b, int64_t count,
                             Type element) {
  return memref::AllocaOp::create(b, MemRefType::get(count, element),
                                  b.getI64IntegerAttr(64));
}

/// Packs `squares` squares' worth of something along one axis: `pack` gets the
/// number of a square and how many of its parts exist.
static void forEachSquare(ImplicitLocOpBuilder &b, Value number, int64_t parts,
                          int64_t inSquare, function_ref<void(int64_t)> pack) {
  int64_t full = parts / inSquare, rest = parts % inSquare;
  split(
      b, number, full, full + (rest != 0), [&] { pack(inSquare); },
      [&] { pack(rest); });
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

/// The words of all columns, in a workspace.
static Value packAllWords(ImplicitLocOpBuilder &b, const TablePlan &plan) {
  auto type =
      MemRefType::get(plan.paddedColumns() * plan.numWords(), b.getI32Type());
  Value to = memref::AllocOp::create(b, type, b.getI64IntegerAttr(64));
  // Where runs are whole words, they continue one another.
  bool isOneRun =
      plan.runLength % kWordTerms == 0 && !plan.product.right.transposed;
  int64_t runs = isOneRun ? 1 : plan.runs;
  int64_t words = plan.numWords() / runs;
  WordPacker sizes(b, plan, to, plan.numWords());
  int64_t columnSquares =
      llvm::divideCeil(plan.product.n, sizes.squareColumns());
  int64_t wordSquares = llvm::divideCeil(words, sizes.squareWords());
  bool byRows = plan.product.right.transposed;
  forAll(b, runs * columnSquares * wordSquares, [&](Value number) {
    Value word = b.createOrFold<arith::RemUIOp>(number, index(b, wordSquares));
    number = b.createOrFold<arith::DivUIOp>(number, index(b, wordSquares));
    Value column =
        b.createOrFold<arith::RemUIOp>(number, index(b, columnSquares));
    Value run = b.createOrFold<arith::DivUIOp>(number, index(b, columnSquares));
    Value firstColumn = mul(b, column, sizes.squareColumns());
    Value firstWord = mul(b, word, sizes.squareWords());
    WordPacker packer(b, plan, to, plan.numWords());
    forEachSquare(b, byRows ? column : word,
                  byRows ? llvm::divideCeil(plan.product.n, kWordTerms) : words,
                  plan.lanes(), [&](int64_t count) {
                    packer.packSquare(run, firstColumn, firstWord, firstColumn,
                                      add(b, mul(b, run, words), firstWord),
                                      count);
                  });
  });
  return to;
}

//===----------------------------------------------------------------------===//
// Many rows
//===----------------------------------------------------------------------===//

namespace {
/// Row tiles and panels of one parallel iteration.
struct Part {
  Value firstTile, lastTile, firstPanel, lastPanel;
};
} // namespace

/// Deals groups of row tiles, and groups of panels where there are few of
/// those, out to parallel iterations.
static void forEachPart(ImplicitLocOpBuilder &b, const TablePlan &plan,
                        function_ref<void(Part)> body) {
  const Tiling &tiling = plan.product.tiling;
  int64_t groups = llvm::divideCeil(tiling.tiles, plan.tilesInGroup);
  int64_t panels = plan.numPanels();
  int64_t wanted = llvm::divideCeil(plan.minGroups, groups);
  int64_t panelGroups =
      std::max<int64_t>(std::min(wanted, panels / kMinGroupPanels), 1);
  forAll(b, groups * panelGroups, [&](Value number) {
    Value group = b.createOrFold<arith::DivUIOp>(number, index(b, panelGroups));
    Value panelGroup =
        b.createOrFold<arith::RemUIOp>(number, index(b, panelGroups));
    auto bound = [&](Value i) {
      return b.createOrFold<arith::DivUIOp>(mul(b, i, panels),
                                            index(b, panelGroups));
    };
    Value first = mul(b, group, plan.tilesInGroup);
    Value last = add(b, first, plan.tilesInGroup);
    if (tiling.tiles % plan.tilesInGroup != 0)
      last = min(b, last, tiling.tiles);
    body({first, last, bound(panelGroup), bound(add(b, panelGroup, 1))});
  });
}

static void multiplyPanels(ImplicitLocOpBuilder &b, const TablePlan &plan,
                           Part part, KBlock block, TableTile tile) {
  Value firstWord =
      b.createOrFold<arith::DivUIOp>(block.begin, index(b, kWordTerms));
  forEach(b, part.firstPanel, part.lastPanel, 1, [&](Value number) {
    Value word = add(b, mul(b, number, plan.numWords()), firstWord);
    tile.wordStart = mul(b, word, plan.width());
    withPanel(b, plan.product, number, [&](Columns columns) {
      emitTableKernel(b, plan, tile, columns, block);
    });
  });
}

namespace {
/// Room for one packed row tile, and for its tables.
struct TileRoom {
  TileRoom(ImplicitLocOpBuilder &b, const TablePlan &plan);
  Value left, tables;
};
} // namespace

TileRoom::TileRoom(ImplicitLocOpBuilder &b, const TablePlan &plan) {
  const Tiling &tiling = plan.product.tiling;
  int64_t count = llvm::divideCeil(tiling.block, kTableTerms);
  left =
      allocateOnStack(b, getLeftLayout(plan.product).tileSize, b.getF32Type());
  tables =
      allocateOnStack(b, count * tiling.rows * plan.lanes(), b.getF32Type());
}

/// Packs a block of a row tile and makes its tables.
static TableTile makeTile(ImplicitLocOpBuilder &b, const TablePlan &plan,
                          int64_t rows, Value row, KBlock block,
                          const TileRoom &room) {
  int64_t lanes = plan.lanes();
  packLeftTile(b, plan.product, rows, row, block, room.left, index(b, 0));
  buildTileTables(b, plan, room.left, rows, block, room.tables);
  TableTile tile{room.tables, {}, rows * lanes, {}, {}, row};
  for (int64_t i = 0; i < rows; ++i)
    tile.rowStarts.push_back(index(b, i * lanes));
  return tile;
}

static void multiplyTiles(ImplicitLocOpBuilder &b, const TablePlan &plan,
                          Value words, Part part) {
  const Product &product = plan.product;
  TileRoom room(b, plan);
  Value row = tileRow(b, product, part.firstTile);
  withTile(b, product, part.firstTile, [&](int64_t rows) {
    forEachBlock(b, product, [&](KBlock block) {
      TableTile tile = makeTile(b, plan, rows, row, block, room);
      tile.words = words;
      multiplyPanels(b, plan, part, block, tile);
    });
  });
}

/// The place of a row's first element in the left factor's buffer.
static Value placeOf(ImplicitLocOpBuilder &b, const TablePlan &plan,
                     Value row) {
  const Factor &left = plan.product.left;
  return add(b, alongAxis(b, left.outer, row), left.offset);
}

static void multiplyWindows(ImplicitLocOpBuilder &b, const TablePlan &plan,
                            Value words, Part part) {
  const Product &product = plan.product;
  int64_t perElement = plan.lanes() / kTableTerms;
  Value tables =
      allocateOnStack(b, plan.groupSpan * perElement, b.getF32Type());
  // Elements from the lowest of the first window to the highest of the last.
  int64_t low = 0, high = 0;
  for (auto [size, stride] :
       llvm::zip_equal(product.left.inner.sizes, product.left.inner.strides))
    (stride < 0 ? low : high) += (size - 1) * stride;
  Value begin = b.createOrFold<arith::AddIOp>(
      placeOf(b, plan, tileRow(b, product, part.firstTile)), index(b, low));
  Value lastRow = sub(b, tileRow(b, product, part.lastTile), index(b, 1));
  Value end = add(b, placeOf(b, plan, lastRow), high + 1);
  buildDirectTables(b, plan, begin, end, tables);
  KBlock whole{index(b, 0), index(b, 0), index(b, product.k)};
  forEach(b, part.firstTile, part.lastTile, 1, [&](Value number) {
    Value row = tileRow(b, product, number);
    withTile(b, product, number, [&](int64_t rows) {
      TableTile tile{tables, {}, plan.lanes(), words, {}, row};
      for (int64_t i = 0; i < rows; ++i) {
        Value place = sub(b, placeOf(b, plan, add(b, row, i)), begin);
        tile.rowStarts.push_back(mul(b, place, perElement));
      }
      multiplyPanels(b, plan, part, whole, tile);
    });
  });
}

//===----------------------------------------------------------------------===//
// Few rows
//===----------------------------------------------------------------------===//

/// One square's worth of words of the block for columns [first, last).
static void packWordsOfBlock(ImplicitLocOpBuilder &b, const TablePlan &plan,
                             KBlock block, Value first, Value last, Value to) {
  int64_t lanes = plan.lanes();
  WordPacker packer(b, plan, to, lanes);
  Value none = index(b, 0);
  Value firstWord =
      b.createOrFold<arith::DivUIOp>(block.begin, index(b, kWordTerms));
  if (!plan.product.right.transposed) {
    forEach(b, first, last, lanes, [&](Value column) {
      forEachSquare(b, block.number, plan.numWords(), lanes,
                    [&](int64_t count) {
                      packer.packSquare(none, column, firstWord,
                                        sub(b, column, first), none, count);
                    });
    });
    return;
  }
  Value terms = sub(b, block.end, block.begin);
  Value words = b.createOrFold<arith::DivUIOp>(add(b, terms, kWordTerms - 1),
                                               index(b, kWordTerms));
  int64_t groups = llvm::divideCeil(plan.product.n, kWordTerms);
  Value square =
      b.createOrFold<arith::DivUIOp>(first, index(b, packer.squareColumns()));
  forEach(b, none, words, 1, [&](Value word) {
    forEachSquare(b, square, groups, lanes, [&](int64_t count) {
      packer.packSquare(none, first, add(b, firstWord, word), none, word,
                        count);
    });
  });
}

static void multiplyFewRows(ImplicitLocOpBuilder &b, const TablePlan &plan) {
  const Product &product = plan.product;
  int64_t lanes = plan.lanes(), n = product.n;
  int64_t groupColumns =
      product.right.transposed ? lanes * kWordTerms : lanes * lanes;
  int64_t groupPanels = llvm::divideCeil(groupColumns, plan.width());
  Value row = index(b, 0);
  forAll(b, llvm::divideCeil(n, groupColumns), [&](Value group) {
    TileRoom room(b, plan);
    Value words =
        allocateOnStack(b, groupPanels * plan.width() * lanes, b.getI32Type());
    Value first = mul(b, group, groupColumns);
    Value last = min(b, add(b, first, groupColumns), n);
    Value firstPanel = mul(b, group, groupPanels);
    Value lastPanel = min(b, add(b, firstPanel, groupPanels), plan.numPanels());
    forEachBlock(b, product, [&](KBlock block) {
      TableTile tile = makeTile(b, plan, product.m, row, block, room);
      tile.words = words;
      packWordsOfBlock(b, plan, block, first, last, words);
      forEach(b, firstPanel, lastPanel, 1, [&](Value number) {
        tile.wordStart =
            mul(b, sub(b, number, firstPanel), lanes * plan.width());
        withPanel(b, product, number, [&](Columns columns) {
          emitTableKernel(b, plan, tile, columns, block);
        });
      });
    });
  });
}

void matmul::emitTableNest(ImplicitLocOpBuilder &b, const TablePlan &plan) {
  const Product &product = plan.product;
  if (product.m <= kFewRows && product.tiling.tiles == 1 &&
      !product.accumulate && !plan.isDirect) {
    // Blocks of as many words as a square has.
    TablePlan few = plan;
    Tiling &tiling = few.product.tiling;
    tiling.block = std::min<int64_t>(kWordTerms * plan.lanes(),
                                     llvm::alignTo(product.k, kWordTerms));
    tiling.numBlocks = llvm::divideCeil(product.k, tiling.block);
    return multiplyFewRows(b, few);
  }
  Value words = packAllWords(b, plan);
  forEachPart(b, plan, [&](Part part) {
    if (plan.isDirect)
      return multiplyWindows(b, plan, words, part);
    multiplyTiles(b, plan, words, part);
  });
}
