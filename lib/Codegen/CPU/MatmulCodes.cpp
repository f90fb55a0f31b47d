//===- MatmulCodes.cpp - Packing a panel from codes -----------------------===//
//
// Codes are read as 32-bit words, shifted and masked into vectors of ordinals,
// and decoded as the body says, straight into the panel. Along the columns,
// codes of a vector lie in one word or in consecutive words; where they may
// straddle words, each lane gathers its own. Along k, each lane gathers a
// window of 32 bits, made of two words where columns do not start at whole
// words, and is shifted through it.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "Matmul.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Codes of a lane that are unpacked in one iteration: a word's are too many to
/// write out in each kernel.
static constexpr int64_t kUnroll = 8;

namespace {
/// Reads codes of a right factor into the panel.
struct CodePacker {
  ImplicitLocOpBuilder &b;
  const Product &product;
  Columns columns;
  KBlock block;
  Value panel, start;
  GridAttrInterface grid =
      cast<QType>(product.right.element.getType()).getGrid();
  int64_t bits = grid.getStorageBits();
  int64_t perWord = getCodesPerWord(grid);
  int64_t lanes = product.tiling.lanes;
  int64_t width = llvm::alignTo(columns.count, lanes);
  VectorType type = i32Lanes(b, lanes);
  int64_t numWords = getNumWords(
      grid, cast<MemRefType>(product.right.buffer.getType()).getNumElements());
  Value words = WordsOp::create(b, MemRefType::get(numWords, b.getI32Type()),
                                product.right.buffer);

  void packRows();
  void packColumns();

private:
  Value splat(int32_t value);
  Value vectorOf(function_ref<int64_t(int64_t)> laneValue);
  Value toLanes(Value index);
  Value gather(Value wordIndices);
  Value shiftLeft(Value x, Value y) {
    return b.createOrFold<arith::ShLIOp>(x, y);
  }
  Value shiftRight(Value x, Value y) {
    return b.createOrFold<arith::ShRUIOp>(x, y);
  }
  Value codeOf(Value word, Value codeInWord);
  Value mask(Value shifted);
  void store(Value ordinals, Value at);
  Value loadRow(Value k, int64_t v);
  Value loadScattered(Value first, int64_t count);
  Value window(Value flat);
  void packWindow(Value flat, Value at, int64_t count);
};
} // namespace

Value CodePacker::splat(int32_t value) {
  return vectorOf([&](int64_t) { return value; });
}

Value CodePacker::vectorOf(function_ref<int64_t(int64_t)> laneValue) {
  SmallVector<int32_t> values;
  for (int64_t lane = 0; lane < lanes; ++lane)
    values.push_back(laneValue(lane));
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, ArrayRef<int32_t>(values)));
}

Value CodePacker::toLanes(Value index) {
  Value scalar = b.createOrFold<arith::IndexCastOp>(b.getI32Type(), index);
  return vector::BroadcastOp::create(b, type, scalar);
}

Value CodePacker::gather(Value wordIndices) {
  Value zero = splat(0);
  return vector::GatherOp::create(b, type, words, ValueRange{index(b, 0)},
                                  wordIndices, firstLanes(b, lanes, lanes),
                                  zero);
}

/// The low bits of each lane.
Value CodePacker::mask(Value shifted) {
  if (bits == 32)
    return shifted;
  return arith::AndIOp::create(b, shifted, splat((int64_t(1) << bits) - 1));
}

Value CodePacker::codeOf(Value word, Value codeInWord) {
  Value shift = arith::MulIOp::create(b, codeInWord, splat(bits));
  return mask(shiftRight(word, shift));
}

void CodePacker::store(Value ordinals, Value at) {
  vector::StoreOp::create(b, applyBody(b, product.right, ordinals), panel, at);
}

//===----------------------------------------------------------------------===//
// Codes of a row are consecutive: [K, N]
//===----------------------------------------------------------------------===//

/// The first `count` codes from flat index `first` on, each from its own word.
Value CodePacker::loadScattered(Value first, int64_t count) {
  Value lane =
      vectorOf([&](int64_t lane) { return std::min(lane, count - 1); });
  Value flat = arith::AddIOp::create(b, toLanes(first), lane);
  Value word = gather(shiftRight(flat, splat(llvm::Log2_64(perWord))));
  return codeOf(word, arith::AndIOp::create(b, flat, splat(perWord - 1)));
}

/// Codes of vector `v` in row k.
Value CodePacker::loadRow(Value k, int64_t v) {
  const Factor &right = product.right;
  Value row = right.isAffine
                  ? add(b, alongAxis(b, right.inner, k), right.offset)
                  : mul(b, k, product.n);
  Value first = add(b, row, add(b, columns.start, v));
  // All vectors start at a multiple of lanes: none straddles a word.
  auto straddles = [&](int64_t stride) { return stride % lanes != 0; };
  if (right.isAffine ? llvm::any_of(right.inner.strides, straddles) ||
                           straddles(right.offset)
                     : straddles(product.n))
    return loadScattered(first, std::min(lanes, columns.count - v));
  Value word = b.createOrFold<arith::DivUIOp>(first, index(b, perWord));
  Value shifts = vectorOf([&](int64_t lane) { return lane % perWord * bits; });
  if (lanes <= perWord) {
    Value scalar = memref::LoadOp::create(b, words, word);
    Value code = b.createOrFold<arith::RemUIOp>(first, index(b, perWord));
    Value shift =
        b.createOrFold<arith::IndexCastOp>(b.getI32Type(), mul(b, code, bits));
    scalar = b.createOrFold<arith::ShRUIOp>(scalar, shift);
    return mask(
        shiftRight(vector::BroadcastOp::create(b, type, scalar), shifts));
  }
  int64_t count = lanes / perWord;
  Value some = vector::LoadOp::create(b, i32Lanes(b, count), words, word);
  SmallVector<int64_t> source;
  for (int64_t lane = 0; lane < lanes; ++lane)
    source.push_back(lane / perWord);
  Value spread = vector::ShuffleOp::create(b, some, some, source);
  return mask(shiftRight(spread, shifts));
}

void CodePacker::packRows() {
  forEach(b, block.begin, block.end, 1, [&](Value k) {
    Value at = add(b, start, mul(b, sub(b, k, block.begin), width));
    for (int64_t v = 0; v < width; v += lanes)
      store(loadRow(k, v), add(b, at, v));
  });
}

//===----------------------------------------------------------------------===//
// Codes of a column are consecutive: [N, K]
//===----------------------------------------------------------------------===//

/// 32 bits of codes from flat index `flat` on, in each lane.
Value CodePacker::window(Value flat) {
  Value number = shiftRight(flat, splat(llvm::Log2_64(perWord)));
  Value low = gather(number);
  if (product.k % perWord == 0)
    return low;
  // The window straddles two words. The last word has no next one; then none of
  // the wanted codes is in it.
  Value next = arith::AddIOp::create(b, number, splat(1));
  Value high = gather(arith::MinUIOp::create(b, next, splat(numWords - 1)));
  Value code = arith::AndIOp::create(b, flat, splat(perWord - 1));
  Value shift = arith::MulIOp::create(b, code, splat(bits));
  // In two steps, since a shift by 32 bits is undefined.
  Value rest = arith::SubIOp::create(b, splat(31), shift);
  high = shiftLeft(shiftLeft(high, splat(1)), rest);
  return arith::OrIOp::create(b, shiftRight(low, shift), high);
}

/// `count` k of one vector of columns, whose codes start at `flat`.
void CodePacker::packWindow(Value flat, Value at, int64_t count) {
  Value codes = window(flat);
  auto unpack = [&](Value from, Value to, int64_t some) {
    for (int64_t i = 0; i < some; ++i) {
      Value shifted = i == 0 ? from : shiftRight(from, splat(i * bits));
      store(mask(shifted), add(b, to, i * width));
    }
  };
  if (count <= kUnroll || count % kUnroll != 0)
    return unpack(codes, at, count);
  auto loop = scf::ForOp::create(b, index(b, 0), index(b, count * width),
                                 index(b, kUnroll * width), codes);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value rest = loop.getRegionIterArg(0);
  unpack(rest, add(b, at, loop.getInductionVar()), kUnroll);
  scf::YieldOp::create(b, shiftRight(rest, splat(kUnroll * bits)));
  keepRolled(loop);
}

void CodePacker::packColumns() {
  int64_t tail = product.k % perWord;
  auto pack = [&](Value k, int64_t count) {
    Value at = add(b, start, mul(b, sub(b, k, block.begin), width));
    for (int64_t v = 0; v < width; v += lanes) {
      // Past the last column, its codes again.
      Value offset = vectorOf([&](int64_t lane) {
        return std::min(v + lane, columns.count - 1) * product.k;
      });
      Value first = add(b, mul(b, columns.start, product.k), k);
      packWindow(arith::AddIOp::create(b, toLanes(first), offset),
                 add(b, at, v), count);
    }
  };
  forEach(b, block.begin, min(b, block.end, product.k - tail), perWord,
          [&](Value k) { pack(k, perWord); });
  if (tail == 0)
    return;
  split(
      b, block.number, product.tiling.numBlocks - 1, product.tiling.numBlocks,
      [] {}, [&] { pack(index(b, product.k - tail), tail); });
}

void matmul::packCodes(ImplicitLocOpBuilder &b, const Product &product,
                       Columns columns, KBlock block, Value panel,
                       Value start) {
  CodePacker packer{b, product, columns, block, panel, start};
  if (product.right.transposed)
    return packer.packRows();
  packer.packColumns();
}
