//===- ChunkCodes.cpp - Packed codes of a block's elements ----------------===//
//
// See ChunkCodes.h. A thread's four codes never straddle a word that it shares:
// widths are powers of two, and its first element is a multiple of four.
//
//===----------------------------------------------------------------------===//

#include "ChunkCodes.h"
#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace qnet;

ChunkCodes::ChunkCodes(ImplicitLocOpBuilder &b, Value codes, int64_t count)
    : b(b) {
  auto type = cast<MemRefType>(codes.getType());
  GridAttrInterface grid = cast<QType>(type.getElementType()).getGrid();
  bits = grid.getStorageBits();
  perWord = getCodesPerWord(grid);
  numWords = getNumWords(grid, count);
  auto wordsType =
      MemRefType::get(numWords, b.getI32Type(), MemRefLayoutAttrInterface(),
                      type.getMemorySpace());
  words = WordsOp::create(b, wordsType, codes);
}

Value ChunkCodes::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

Value ChunkCodes::integer(int64_t value) {
  return arith::ConstantIntOp::create(b, value, 32);
}

Value ChunkCodes::wordAt(Value first, int64_t offset) {
  Value word = arith::DivUIOp::create(b, first, index(perWord));
  return offset ? Value(arith::AddIOp::create(b, word, index(offset))) : word;
}

Value ChunkCodes::firstBit(Value first) {
  Value place = arith::RemUIOp::create(b, first, index(perWord));
  place = arith::MulIOp::create(b, place, index(bits));
  return arith::IndexCastUIOp::create(b, b.getI32Type(), place);
}

Value ChunkCodes::load(Value first, int64_t valid) {
  SmallVector<Value> ordinals;
  Value mask = integer((int64_t(1) << bits) - 1), word;
  for (int64_t lane = 0; lane < chunkLanes; ++lane) {
    int64_t inWord = lane % perWord;
    if (inWord == 0 && lane < valid) {
      word = memref::LoadOp::create(b, words, wordAt(first, lane / perWord));
      if (sharesWords())
        word = arith::ShRUIOp::create(b, word, firstBit(first));
    }
    Value code = word;
    if (inWord)
      code = arith::ShRUIOp::create(b, code, integer(inWord * bits));
    ordinals.push_back(arith::AndIOp::create(b, code, mask));
  }
  return vector::FromElementsOp::create(
      b, VectorType::get(chunkLanes, b.getI32Type()), ordinals);
}

/// The codes of the lanes [begin, end) side by side.
Value ChunkCodes::pack(Value ordinals, int64_t begin, int64_t end) {
  Value packed;
  for (int64_t lane = begin; lane < end; ++lane) {
    Value code = vector::ExtractOp::create(b, ordinals, lane);
    if (lane > begin)
      code = arith::ShLIOp::create(b, code, integer((lane - begin) * bits));
    packed = packed ? Value(arith::OrIOp::create(b, packed, code)) : code;
  }
  return packed;
}

void ChunkCodes::store(Value first, Value thread, int64_t valid, Value ordinals,
                       Value mailbox) {
  if (sharesWords()) {
    Value bitsOfThread =
        arith::ShLIOp::create(b, pack(ordinals, 0, valid), firstBit(first));
    memref::StoreOp::create(b, bitsOfThread, mailbox, thread);
    return;
  }
  for (int64_t lane = 0; lane < valid; lane += perWord)
    memref::StoreOp::create(
        b, pack(ordinals, lane, std::min(lane + perWord, valid)), words,
        wordAt(first, lane / perWord));
}

void ChunkCodes::clear(Value thread, Value mailbox) {
  memref::StoreOp::create(b, integer(0), mailbox, thread);
}

void ChunkCodes::gather(Value first, Value thread, Value mailbox) {
  int64_t threads = perWord / chunkLanes;
  Value place = arith::RemUIOp::create(b, thread, index(threads));
  Value word = wordAt(first);
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, place, index(0));
  Value exists = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, word,
                                       index(numWords));
  emitIf(b, arith::AndIOp::create(b, isFirst, exists), [&] {
    Value whole;
    for (int64_t i = 0; i < threads; ++i) {
      Value other = arith::AddIOp::create(b, thread, index(i));
      Value part = memref::LoadOp::create(b, mailbox, other);
      whole = whole ? Value(arith::OrIOp::create(b, whole, part)) : part;
    }
    memref::StoreOp::create(b, whole, words, word);
  });
}

//===----------------------------------------------------------------------===//
// Four elements of a buffer
//===----------------------------------------------------------------------===//

/// Buffers start at multiples of 64 bytes, so whole chunks are aligned.
static llvm::MaybeAlign alignmentOf(VectorType type) {
  return llvm::MaybeAlign(chunkLanes * (type.getElementTypeBitWidth() / 8));
}

static Value laneAt(ImplicitLocOpBuilder &b, Value first, int64_t lane) {
  return b.createOrFold<arith::AddIOp>(first,
                                       arith::ConstantIndexOp::create(b, lane));
}

Value qnet::loadChunk(ImplicitLocOpBuilder &b, VectorType type, Value buffer,
                      Value first, int64_t valid) {
  if (valid == chunkLanes)
    return vector::LoadOp::create(b, type, buffer, first, false,
                                  alignmentOf(type));
  Value zero =
      arith::ConstantOp::create(b, b.getZeroAttr(type.getElementType()));
  SmallVector<Value> lanes(chunkLanes, zero);
  for (int64_t lane = 0; lane < valid; ++lane)
    lanes[lane] = memref::LoadOp::create(b, buffer, laneAt(b, first, lane));
  return vector::FromElementsOp::create(b, type, lanes);
}

void qnet::storeChunk(ImplicitLocOpBuilder &b, Value vector, Value buffer,
                      Value first, int64_t valid) {
  auto type = cast<VectorType>(vector.getType());
  if (valid == chunkLanes) {
    vector::StoreOp::create(b, vector, buffer, first, false, alignmentOf(type));
    return;
  }
  for (int64_t lane = 0; lane < valid; ++lane)
    memref::StoreOp::create(b, vector::ExtractOp::create(b, vector, lane),
                            buffer, laneAt(b, first, lane));
}
