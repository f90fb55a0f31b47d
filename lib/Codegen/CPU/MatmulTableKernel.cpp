//===- MatmulTableKernel.cpp - Tables, and the tile that looks up ---------===//
//
// Tables are made by multiplying with +-1, which is exact. The kernel keeps
// rows x vectors of sums; a word of each column serves 32 terms: for every
// four, a vector of tables a row is looked up by the words' low bits and added,
// and the words are shifted.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "MatmulTable.h"
#include "RegisterTile.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

/// The look-up of 16 entries takes four bits, that of four entries two.
static bool hasWideTables(int64_t lanes) { return lanes == 16; }

/// +1 in the lanes whose number has bit `bit` set, otherwise -1.
static Value signsOf(ImplicitLocOpBuilder &b, int64_t entries, int64_t bit) {
  SmallVector<float> signs;
  for (int64_t entry = 0; entry < entries; ++entry)
    signs.push_back(entry >> bit & 1 ? 1.0f : -1.0f);
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(f32Lanes(b, entries), ArrayRef<float>(signs)));
}

/// The signed sums +-x + +-y of a table whose index bits `bit` and `bit` + 1
/// say the signs; null for y is zero.
static Value signedPair(ImplicitLocOpBuilder &b, int64_t entries, int64_t bit,
                        Value x, Value y) {
  VectorType type = f32Lanes(b, entries);
  Value sum = arith::MulFOp::create(b, vector::BroadcastOp::create(b, type, x),
                                    signsOf(b, entries, bit));
  if (!y)
    return sum;
  return vector::FMAOp::create(b, vector::BroadcastOp::create(b, type, y),
                               signsOf(b, entries, bit + 1), sum);
}

/// Stores the tables of up to four terms at `at`.
static void storeTables(ImplicitLocOpBuilder &b, int64_t lanes,
                        ArrayRef<Value> terms, Value tables, Value at) {
  auto term = [&](size_t i) { return i < terms.size() ? terms[i] : Value(); };
  if (hasWideTables(lanes)) {
    Value sum = signedPair(b, lanes, 0, term(0), term(1));
    if (term(2))
      sum = arith::AddFOp::create(b, sum,
                                  signedPair(b, lanes, 2, term(2), term(3)));
    vector::StoreOp::create(b, sum, tables, at);
    return;
  }
  vector::StoreOp::create(b, signedPair(b, 4, 0, term(0), term(1)), tables, at);
  Value second =
      term(2) ? signedPair(b, 4, 0, term(2), term(3))
              : arith::ConstantOp::create(b, b.getZeroAttr(f32Lanes(b, 4)));
  vector::StoreOp::create(b, second, tables, add(b, at, 4));
}

void matmul::buildTileTables(ImplicitLocOpBuilder &b, const TablePlan &plan,
                             Value left, int64_t rows, KBlock block,
                             Value tables) {
  LeftLayout layout = getLeftLayout(plan.product);
  int64_t lanes = plan.lanes(), tail = plan.product.k % kTableTerms;
  auto build = [&](Value k, int64_t count) {
    Value inBlock = sub(b, k, block.begin);
    Value at = mul(b, inBlock, rows * lanes / kTableTerms);
    for (int64_t row = 0; row < rows; ++row) {
      SmallVector<Value> terms;
      for (int64_t i = 0; i < count; ++i)
        terms.push_back(memref::LoadOp::create(
            b, left,
            add(b, mul(b, add(b, inBlock, i), layout.kStride),
                row * layout.rowStride)));
      storeTables(b, lanes, terms, tables, add(b, at, row * lanes));
    }
  };
  forEach(b, block.begin, min(b, block.end, plan.product.k - tail), kTableTerms,
          [&](Value k) { build(k, kTableTerms); });
  if (tail == 0)
    return;
  split(
      b, block.number, plan.product.tiling.numBlocks - 1,
      plan.product.tiling.numBlocks, [] {},
      [&] { build(index(b, plan.product.k - tail), tail); });
}

/// The value that the body multiplies, of the element at `at`.
static Value leftTerm(ImplicitLocOpBuilder &b, const Factor &left, Value at) {
  Value element = memref::LoadOp::create(b, left.buffer, at);
  if (left.value == left.element)
    return element;
  Value wide = vector::BroadcastOp::create(b, f32Lanes(b, 1), element);
  return vector::ExtractOp::create(b, applyBody(b, left, wide),
                                   ArrayRef<int64_t>{0});
}

void matmul::buildDirectTables(ImplicitLocOpBuilder &b, const TablePlan &plan,
                               Value begin, Value end, Value tables) {
  int64_t lanes = plan.lanes();
  forEach(b, begin, end, kTableTerms, [&](Value i) {
    SmallVector<Value> terms;
    for (int64_t term = 0; term < kTableTerms; ++term)
      terms.push_back(leftTerm(b, plan.product.left, add(b, i, term)));
    storeTables(b, lanes, terms, tables,
                mul(b, sub(b, i, begin), lanes / kTableTerms));
  });
}

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

namespace {
struct TableKernel {
  ImplicitLocOpBuilder &b;
  const TablePlan &plan;
  const TableTile &tile;
  Columns columns;
  KBlock block;
  const Product &product = plan.product;
  int64_t lanes = plan.lanes();
  int64_t rows = tile.rowStarts.size();
  int64_t vectors = llvm::divideCeil(columns.count, lanes);
  VectorType type = f32Lanes(b, lanes);

  SmallVector<Value> start();
  SmallVector<Value> sumUp(ValueRange sums);
  void store(ValueRange sums);

private:
  SmallVector<Value> place(int64_t row, int64_t vector) {
    return {add(b, tile.row, row), add(b, columns.start, vector * lanes)};
  }
  int64_t lanesAt(int64_t vector) {
    return std::min(lanes, columns.count - vector * lanes);
  }
  Value isBlock(int64_t number);
  SmallVector<Value> forEachWord(
      Value count, ValueRange sums,
      function_ref<SmallVector<Value>(Value word, ValueRange sums)> body);
  SmallVector<Value> addWord(Value tableAt, Value word, int64_t terms,
                             ValueRange sums);
  void addTables(Value tableAt, ArrayRef<Value> words,
                 MutableArrayRef<Value> sums);
  Value lookUp(Value table, Value words);
  Value loadPair(Value at);
  Value shifted(Value words, int64_t bits);
};
} // namespace

Value TableKernel::shifted(Value words, int64_t bits) {
  if (bits == 0)
    return words;
  auto wordType = cast<VectorType>(words.getType());
  Value amount = arith::ConstantOp::create(
      b, DenseElementsAttr::get(wordType, b.getI32IntegerAttr(bits)));
  return arith::ShRUIOp::create(b, words, amount);
}

/// Entries of a table by the low bits of each lane's word.
Value TableKernel::lookUp(Value table, Value words) {
  if (hasWideTables(lanes))
    return LLVM::CallIntrinsicOp::create(
               b, type, b.getStringAttr("llvm.x86.avx512.permvar.sf.512"),
               ValueRange{table, words})
        .getResults();
  return LLVM::CallIntrinsicOp::create(
             b, type, b.getStringAttr("llvm.x86.avx.vpermilvar.ps.256"),
             ValueRange{table, words})
      .getResults();
}

/// A table of four entries, in both halves of a vector.
Value TableKernel::loadPair(Value at) {
  Value four = vector::LoadOp::create(b, f32Lanes(b, 4), tile.tables, at);
  return vector::ShuffleOp::create(b, four, four,
                                   ArrayRef<int64_t>{0, 1, 2, 3, 0, 1, 2, 3});
}

/// Adds four terms to all sums.
void TableKernel::addTables(Value tableAt, ArrayRef<Value> words,
                            MutableArrayRef<Value> sums) {
  SmallVector<Value> upper;
  if (!hasWideTables(lanes))
    for (Value word : words)
      upper.push_back(shifted(word, 2));
  for (int64_t row = 0; row < rows; ++row) {
    Value at = add(b, tile.rowStarts[row], tableAt);
    SmallVector<Value> terms;
    Value first = hasWideTables(lanes)
                      ? vector::LoadOp::create(b, type, tile.tables, at)
                      : loadPair(at);
    for (Value word : words)
      terms.push_back(lookUp(first, word));
    if (!hasWideTables(lanes)) {
      Value second = loadPair(add(b, at, 4));
      for (auto [term, word] : llvm::zip_equal(terms, upper))
        term = arith::AddFOp::create(b, term, lookUp(second, word));
    }
    for (int64_t v = 0; v < vectors; ++v) {
      Value &sum = sums[row * vectors + v];
      sum = arith::AddFOp::create(b, sum, terms[v]);
    }
  }
}

/// Adds the first `terms` terms of a word; the panel's words are at `word`.
SmallVector<Value> TableKernel::addWord(Value tableAt, Value word,
                                        int64_t terms, ValueRange sums) {
  SmallVector<Value> words;
  for (int64_t v = 0; v < vectors; ++v)
    words.push_back(vector::LoadOp::create(b, i32Lanes(b, lanes), tile.words,
                                           add(b, word, v * lanes)));
  SmallVector<Value> next(sums);
  for (int64_t term = 0; term < terms; term += kTableTerms) {
    SmallVector<Value> low;
    for (Value each : words)
      low.push_back(shifted(each, term));
    addTables(add(b, tableAt, term / kTableTerms * tile.stride), low, next);
  }
  return next;
}

SmallVector<Value> TableKernel::forEachWord(
    Value count, ValueRange sums,
    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(b, index(b, 0), count, index(b, 1), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, next);
  return llvm::to_vector_of<Value>(loop.getResults());
}

Value TableKernel::isBlock(int64_t number) {
  return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, block.number,
                                       index(b, number));
}

/// All terms of the block.
SmallVector<Value> TableKernel::sumUp(ValueRange sums) {
  int64_t wordStride = kWordTerms / kTableTerms * tile.stride;
  int64_t tail = plan.runLength % kWordTerms;
  auto sumUpRun = [&](Value tableAt, Value wordAt, Value count, Value tailCount,
                      ValueRange before) {
    auto addAt = [&](Value word, int64_t terms, ValueRange inner) {
      return addWord(add(b, tableAt, mul(b, word, wordStride)),
                     add(b, wordAt, mul(b, word, plan.width())), terms, inner);
    };
    SmallVector<Value> after =
        forEachWord(count, before, [&](Value word, ValueRange inner) {
          return addAt(word, kWordTerms, inner);
        });
    if (tail == 0)
      return after;
    return forEachWord(tailCount, after, [&](Value, ValueRange inner) {
      return addAt(count, tail, inner);
    });
  };
  if (!plan.isDirect) {
    Value terms = sub(b, block.end, block.begin);
    Value count = b.createOrFold<arith::DivUIOp>(terms, index(b, kWordTerms));
    Value isLast = isBlock(product.tiling.numBlocks - 1);
    Value tailCount =
        b.createOrFold<arith::SelectOp>(isLast, index(b, 1), index(b, 0));
    return sumUpRun(index(b, 0), tile.wordStart, count, tailCount, sums);
  }
  // The axis without its last dimension: where runs start.
  Axis starts = product.left.inner;
  starts.sizes.back() = 1;
  Value count = index(b, plan.runLength / kWordTerms);
  return forEachWord(
      index(b, plan.runs), sums, [&](Value run, ValueRange inner) {
        Value place =
            starts.sizes.size() == 1 ? index(b, 0) : alongAxis(b, starts, run);
        Value wordAt = add(b, tile.wordStart,
                           mul(b, run, plan.wordsInRun() * plan.width()));
        return sumUpRun(mul(b, place, lanes / kTableTerms), wordAt, count,
                        index(b, 1), inner);
      });
}

/// Sums go on from memory after the first block.
SmallVector<Value> TableKernel::start() {
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  SmallVector<Value> sums(rows * vectors, zero);
  if (product.tiling.numBlocks == 1)
    return sums;
  Value isFirst = isBlock(0);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t v = 0; v < vectors; ++v) {
      Value old = loadLanes(b, type, product.out, place(row, v), lanesAt(v));
      sums[row * vectors + v] = arith::SelectOp::create(b, isFirst, zero, old);
    }
  return sums;
}

/// The last block scales; D is 1 before.
void TableKernel::store(ValueRange sums) {
  Value scale = arith::ConstantOp::create(b, b.getF32FloatAttr(plan.scale));
  if (product.tiling.numBlocks > 1) {
    Value one = arith::ConstantOp::create(b, b.getF32FloatAttr(1.0f));
    scale = arith::SelectOp::create(b, isBlock(product.tiling.numBlocks - 1),
                                    scale, one);
  }
  Value factor = vector::BroadcastOp::create(b, type, scale);
  SmallVector<Value> results;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t v = 0; v < vectors; ++v) {
      Value sum = sums[row * vectors + v];
      if (product.accumulate) {
        Value old = loadLanes(b, type, product.out, place(row, v), lanesAt(v));
        sum = vector::FMAOp::create(b, sum, factor, old);
      } else if (plan.scale != 1.0f) {
        sum = arith::MulFOp::create(b, sum, factor);
      }
      results.push_back(sum);
    }
  OutputTile output{b,
                    product.out,
                    type,
                    lanes,
                    rows,
                    columns.count,
                    [&](int64_t row, int64_t v) { return place(row, v); },
                    [&](int64_t row) { return place(row, 0).front(); },
                    [&](int64_t v) { return place(0, v).back(); }};
  storeSums(output, results, product, block);
}

void matmul::emitTableKernel(ImplicitLocOpBuilder &b, const TablePlan &plan,
                             const TableTile &tile, Columns columns,
                             KBlock block) {
  TableKernel kernel{b, plan, tile, columns, block};
  kernel.store(kernel.sumUp(kernel.start()));
}
