//===- PackedCodes.cpp - Vectors of codes in packed words -----------------===//
//
// Reading repeats each word over its lanes and shifts lane by lane. Writing
// one-bit codes makes the lanes a mask, which is a half word as it stands;
// wider codes are shifted into place and or'ed in halves, log2(codes a word)
// times.
//
//===----------------------------------------------------------------------===//

#include "PackedCodes.h"
#include "UpdateLoop.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace qnet;

static Value buildVector(OpBuilder &builder, Location loc,
                         ArrayRef<int32_t> values) {
  auto type = VectorType::get(static_cast<int64_t>(values.size()),
                              builder.getI32Type());
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, values));
}

Value qnet::buildLaneMask(OpBuilder &builder, Location loc, int64_t valid) {
  auto type = VectorType::get(updateLanes, builder.getI1Type());
  SmallVector<bool> lanes(updateLanes);
  std::fill_n(lanes.begin(), valid, true);
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, lanes));
}

Value PackedCodes::wordIndex(int64_t word) {
  if (word == 0)
    return firstWord;
  Value offset = arith::ConstantIndexOp::create(builder, loc, word);
  return arith::AddIOp::create(builder, loc, firstWord, offset);
}

Value PackedCodes::loadWord(int64_t word) {
  return memref::LoadOp::create(builder, loc, words, wordIndex(word));
}

/// The words [first, first + count), of which those with valid codes are read.
Value PackedCodes::loadWords(int64_t first, int64_t count, int64_t valid) {
  auto type = VectorType::get(count, builder.getI32Type());
  if (valid == updateLanes && count > 1)
    return vector::LoadOp::create(builder, loc, type, words, wordIndex(first));
  SmallVector<Value> elements;
  for (int64_t i = 0; i < count; ++i)
    elements.push_back(i * perWord < valid ? loadWord(first + i)
                                           : elements.front());
  return vector::FromElementsOp::create(builder, loc, type, elements);
}

/// Where the code of each lane starts in its word.
Value PackedCodes::shifts(int64_t firstBit) {
  SmallVector<int32_t> amounts;
  for (int64_t lane = 0; lane < updateLanes; ++lane)
    amounts.push_back((firstBit + lane * bits) % 32);
  return buildVector(builder, loc, amounts);
}

/// One-bit codes as a mask of lanes, which a word is already where the target has
/// mask registers.
Value PackedCodes::loadBits(int64_t part) {
  int64_t number = part / 2;
  if (loadedWord != number)
    loaded = loadWord(number);
  loadedWord = number;
  Type i16 = builder.getIntegerType(16);
  Value half = loaded;
  if (part % 2 == 1)
    half = arith::ShRUIOp::create(
        builder, loc, half,
        arith::ConstantIntOp::create(builder, loc, updateLanes, 32));
  half = arith::TruncIOp::create(builder, loc, i16, half);
  half = vector::BroadcastOp::create(builder, loc, VectorType::get(1, i16),
                                     half);
  Value mask = vector::BitCastOp::create(
      builder, loc, VectorType::get(updateLanes, builder.getI1Type()), half);
  return arith::ExtUIOp::create(
      builder, loc, VectorType::get(updateLanes, builder.getI32Type()), mask);
}

Value PackedCodes::load(int64_t part, int64_t valid) {
  if (bits == 1)
    return loadBits(part);
  int64_t first = part * updateLanes / perWord;
  int64_t count = std::max<int64_t>(1, updateLanes / perWord);
  auto type = VectorType::get(updateLanes, builder.getI32Type());
  Value repeated;
  if (count == 1) {
    if (loadedWord != first)
      loaded = loadWord(first);
    loadedWord = first;
    repeated = vector::BroadcastOp::create(builder, loc, type, loaded);
  } else {
    repeated = loadWords(first, count, valid);
    if (bits == 32)
      return repeated;
    SmallVector<int64_t> lanes;
    for (int64_t lane = 0; lane < updateLanes; ++lane)
      lanes.push_back(lane / perWord);
    repeated =
        vector::ShuffleOp::create(builder, loc, repeated, repeated, lanes);
  }
  Value shifted = arith::ShRUIOp::create(builder, loc, repeated,
                                         shifts(part * updateLanes * bits));
  SmallVector<int32_t> masks(updateLanes, (1 << bits) - 1);
  return arith::AndIOp::create(builder, loc, shifted,
                               buildVector(builder, loc, masks));
}

Value PackedCodes::clearPast(Value ordinals, int64_t valid) {
  if (valid == updateLanes)
    return ordinals;
  SmallVector<int32_t> zeros(updateLanes, 0);
  return arith::SelectOp::create(builder, loc,
                                 buildLaneMask(builder, loc, valid), ordinals,
                                 buildVector(builder, loc, zeros));
}

void PackedCodes::storeBits(int64_t part, Value ordinals, bool isLast) {
  SmallVector<int32_t> zeros(updateLanes, 0);
  Value lanes =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, ordinals,
                            buildVector(builder, loc, zeros));
  bool isUpper = part % 2 == 1;
  if (!isUpper && !isLast) {
    lowHalf = lanes;
    return;
  }
  Value low = isUpper ? lowHalf : lanes;
  Value high = isUpper ? lanes : buildLaneMask(builder, loc, 0);
  auto both = llvm::to_vector(llvm::seq<int64_t>(0, 2 * updateLanes));
  Value mask = vector::ShuffleOp::create(builder, loc, low, high, both);
  Value word = vector::BitCastOp::create(
      builder, loc, VectorType::get(1, builder.getI32Type()), mask);
  word = vector::ExtractOp::create(builder, loc, word, 0);
  memref::StoreOp::create(builder, loc, word, words, wordIndex(part / 2));
}

void PackedCodes::storeFields(int64_t part, int64_t valid, Value ordinals) {
  Value fields = bits == 32
                     ? ordinals
                     : arith::ShLIOp::create(builder, loc, ordinals, shifts(0))
                           .getResult();
  int64_t width = updateLanes;
  for (int64_t left = perWord; left > 1; left /= 2, width /= 2) {
    SmallVector<int64_t> even, odd;
    for (int64_t lane = 0; lane < width; lane += 2) {
      even.push_back(lane);
      odd.push_back(lane + 1);
    }
    Value low = vector::ShuffleOp::create(builder, loc, fields, fields, even);
    Value high = vector::ShuffleOp::create(builder, loc, fields, fields, odd);
    fields = arith::OrIOp::create(builder, loc, low, high);
  }
  int64_t first = part * width;
  if (valid == updateLanes && width > 1) {
    vector::StoreOp::create(builder, loc, fields, words, wordIndex(first));
    return;
  }
  for (int64_t i = 0; i * perWord < valid; ++i) {
    Value word = vector::ExtractOp::create(builder, loc, fields, i);
    memref::StoreOp::create(builder, loc, word, words, wordIndex(first + i));
  }
}

void PackedCodes::store(int64_t part, int64_t valid, Value ordinals,
                        bool isLast) {
  ordinals = clearPast(ordinals, valid);
  if (bits == 1)
    storeBits(part, ordinals, isLast);
  else
    storeFields(part, valid, ordinals);
}
