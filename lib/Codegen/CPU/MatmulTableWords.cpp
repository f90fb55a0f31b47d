//===- MatmulTableWords.cpp - Words of columns along the sum --------------===//
//
// A look-up takes its bits from a word of 32 terms of one column, and a vector
// holds those of neighbouring columns. Codes stored by columns only change
// places: squares of words are transposed. Codes stored by rows also have their
// bits transposed, 32 x 32 at a time, in five steps that exchange blocks of 16,
// 8, 4, 2 and 1 bits (Warren, "Hacker's Delight", section 7-3), on vectors.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "MatmulTable.h"
#include "VectorTranspose.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

//===----------------------------------------------------------------------===//
// Vectors of words
//===----------------------------------------------------------------------===//

static Value constantLanes(ImplicitLocOpBuilder &b, int64_t lanes,
                           function_ref<uint32_t(int64_t)> laneValue) {
  SmallVector<int32_t> values;
  for (int64_t lane = 0; lane < lanes; ++lane)
    values.push_back(laneValue(lane));
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(i32Lanes(b, lanes), ArrayRef<int32_t>(values)));
}

static Value splatIndex(ImplicitLocOpBuilder &b, int64_t lanes, Value value) {
  Value scalar = b.createOrFold<arith::IndexCastOp>(b.getI32Type(), value);
  return vector::BroadcastOp::create(b, i32Lanes(b, lanes), scalar);
}

/// Bits of `mask` from x, the others from y.
static Value blendBits(ImplicitLocOpBuilder &b, Value mask, Value inverse,
                       Value x, Value y) {
  return arith::OrIOp::create(b, arith::AndIOp::create(b, x, mask),
                              arith::AndIOp::create(b, y, inverse));
}

/// Bits whose place has no bit in common with `step`.
static uint32_t lowBits(int64_t step) {
  uint32_t mask = 0;
  for (int64_t bit = 0; bit < kWordTerms; ++bit)
    mask |= uint32_t((bit & step) == 0) << bit;
  return mask;
}

/// Exchanges blocks of `step` bits between rows `step` apart. Row r is lane r %
/// lanes of vector r / lanes.
static void exchangeBlocks(ImplicitLocOpBuilder &b,
                           MutableArrayRef<Value> vectors, int64_t step) {
  int64_t lanes = cast<VectorType>(vectors[0].getType()).getNumElements();
  auto isUpper = [&](int64_t row) { return (row & step) != 0; };
  SmallVector<Value> result;
  for (auto [i, own] : llvm::enumerate(vectors)) {
    int64_t first = i * lanes;
    Value partner = vectors[(first ^ step) / lanes];
    if (step < lanes) {
      SmallVector<int64_t> source;
      for (int64_t lane = 0; lane < lanes; ++lane)
        source.push_back(lane ^ step);
      partner = vector::ShuffleOp::create(b, own, own, source);
    }
    // Lower rows take the partner's bits moved up, upper ones moved down.
    Value turn = constantLanes(b, lanes, [&](int64_t lane) {
      return isUpper(first + lane) ? kWordTerms - step : step;
    });
    auto kept = [&](int64_t lane) {
      return isUpper(first + lane) ? ~lowBits(step) : lowBits(step);
    };
    Value mask = constantLanes(b, lanes, kept);
    Value inverse =
        constantLanes(b, lanes, [&](int64_t lane) { return ~kept(lane); });
    Value turned = LLVM::FshlOp::create(b, partner, partner, turn);
    result.push_back(blendBits(b, mask, inverse, own, turned));
  }
  llvm::copy(result, vectors.begin());
}

/// Transposes a square of 32 words: bit c of row r becomes bit r of row c.
static void transposeBits(ImplicitLocOpBuilder &b,
                          MutableArrayRef<Value> vectors) {
  for (int64_t step = kWordTerms / 2; step > 0; step /= 2)
    exchangeBlocks(b, vectors, step);
}

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

WordPacker::WordPacker(ImplicitLocOpBuilder &b, const TablePlan &plan, Value to,
                       int64_t columnWords)
    : b(b), plan(plan), to(to), columnWords(columnWords) {
  const Factor &right = plan.product.right;
  auto type = cast<MemRefType>(right.buffer.getType());
  GridAttrInterface grid = cast<QType>(type.getElementType()).getGrid();
  bufferWords = getNumWords(grid, type.getNumElements());
  words = WordsOp::create(b, MemRefType::get(bufferWords, b.getI32Type()),
                          right.buffer);
}

int64_t WordPacker::squareColumns() const {
  return plan.product.right.transposed ? lanes * kWordTerms : lanes;
}

int64_t WordPacker::squareWords() const {
  return plan.product.right.transposed ? 1 : lanes;
}

/// The 32 bits from bit `flat` on in lane 0, the next 32 in lane 1, and so on.
/// The first `count` start within the buffer; bits past its end are arbitrary.
Value WordPacker::loadWindows(Value flat, bool isAligned, int64_t count) {
  VectorType type = i32Lanes(b, lanes);
  Value first = b.createOrFold<arith::DivUIOp>(flat, index(b, kWordTerms));
  Value low = loadLanes(b, type, words, first, count);
  if (isAligned)
    return low;
  Value rest = sub(b, index(b, bufferWords - 1), first);
  Value lane = constantLanes(b, lanes, [](int64_t lane) { return lane; });
  Value exists =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ult, lane,
                            splatIndex(b, lanes, min(b, rest, count)));
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  Value high = vector::MaskedLoadOp::create(b, type, words, add(b, first, 1),
                                            exists, zero);
  Value shift = b.createOrFold<arith::RemUIOp>(flat, index(b, kWordTerms));
  return LLVM::FshrOp::create(b, high, low, splatIndex(b, lanes, shift));
}

void WordPacker::store(Value values, Value toColumn, Value toWord) {
  Value width = index(b, plan.width());
  Value panel = b.createOrFold<arith::DivUIOp>(toColumn, width);
  Value inPanel = b.createOrFold<arith::RemUIOp>(toColumn, width);
  Value number = add(b, mul(b, panel, columnWords), toWord);
  vector::StoreOp::create(b, values, to,
                          add(b, mul(b, number, plan.width()), inPanel));
}

/// Columns are contiguous: a vector of columns times as many words.
void WordPacker::packColumns(Value run, Value column, Value word,
                             Value toColumn, Value toWord, int64_t count) {
  const Product &product = plan.product;
  bool isAligned = product.k % kWordTerms == 0 &&
                   (plan.runs == 1 || plan.runLength % kWordTerms == 0);
  Value inColumn =
      add(b, mul(b, run, plan.runLength), mul(b, word, kWordTerms));
  SmallVector<Value> rows;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    // Past the last column, its words again.
    Value own = add(b, column, lane);
    if (product.n % lanes != 0)
      own = min(b, own, product.n - 1);
    Value flat = add(b, mul(b, own, product.k), inColumn);
    rows.push_back(loadWindows(flat, isAligned, count));
  }
  transposeSquare(b, rows);
  for (int64_t i = 0; i < count; ++i)
    store(rows[i], toColumn, add(b, toWord, i));
}

/// Bit of the first column in row k.
Value WordPacker::rowStart(Value k) {
  const Product &product = plan.product;
  if (product.right.isAffine)
    return alongAxis(b, product.right.inner, k);
  return mul(b, k, product.n);
}

bool WordPacker::hasAlignedRows() const {
  const Product &product = plan.product;
  if (!product.right.isAffine)
    return product.n % kWordTerms == 0;
  return llvm::all_of(product.right.inner.strides,
                      [](int64_t stride) { return stride % kWordTerms == 0; });
}

/// Rows are contiguous: 32 rows of groups of 32 columns.
void WordPacker::packRows(Value run, Value column, Value word, Value toColumn,
                          Value toWord, int64_t count) {
  Value firstInRun = mul(b, word, kWordTerms);
  SmallVector<Value> rows;
  for (int64_t i = 0; i < kWordTerms; ++i) {
    // Past the last row of the run, its bits again.
    Value inRun = add(b, firstInRun, i);
    if (plan.runLength % kWordTerms != 0)
      inRun = min(b, inRun, plan.runLength - 1);
    Value k = add(b, mul(b, run, plan.runLength), inRun);
    rows.push_back(
        loadWindows(add(b, rowStart(k), column), hasAlignedRows(), count));
  }
  int64_t parts = kWordTerms / lanes;
  for (int64_t part = 0; part < parts; ++part)
    transposeSquare(b, MutableArrayRef(rows).slice(part * lanes, lanes));
  for (int64_t group = 0; group < count; ++group) {
    SmallVector<Value> square;
    for (int64_t part = 0; part < parts; ++part)
      square.push_back(rows[part * lanes + group]);
    transposeBits(b, square);
    for (int64_t part = 0; part < parts; ++part)
      store(square[part], add(b, toColumn, group * kWordTerms + part * lanes),
            toWord);
  }
}

void WordPacker::packSquare(Value run, Value column, Value word, Value toColumn,
                            Value toWord, int64_t count) {
  if (plan.product.right.transposed)
    return packRows(run, column, word, toColumn, toWord, count);
  packColumns(run, column, word, toColumn, toWord, count);
}
