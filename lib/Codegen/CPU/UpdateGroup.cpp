//===- UpdateGroup.cpp - One group of a flat elementwise loop -------------===//
//
// A part loads its operands, runs the body on vectors and stores; random words
// are built once a group, when the first part asks for them. Codes travel as
// ordinals. Elements past the last valid one are masked.
//
//===----------------------------------------------------------------------===//

#include "UpdateGroup.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "qnet/Codegen/Common/Philox.h"

using namespace mlir;
using namespace qnet;

GroupEmitter::GroupEmitter(OpBuilder &builder, const UpdateLoop &loop,
                           const IRMapping &uniforms, ArrayRef<Value> words,
                           Operation *prologue, Value group, int64_t valid,
                           LocalOperand local)
    : builder(builder), loc(loop.op->getLoc()), loop(loop), uniforms(uniforms),
      prologue(prologue), group(group), valid(valid), local(local) {
  firstElement =
      arith::MulIOp::create(builder, loc, group, index(loop.groupSize));
  for (auto [operand, word] : llvm::zip_equal(loop.operands, words)) {
    codes.emplace_back();
    if (operand.kind != UpdateOperand::Codes)
      continue;
    GridAttrInterface grid =
        cast<QType>(cast<MemRefType>(operand.source.getType()).getElementType())
            .getGrid();
    Value firstWord = arith::MulIOp::create(
        builder, loc, group, index(loop.groupSize / getCodesPerWord(grid)));
    codes.back().emplace(builder, loc, grid, word, firstWord);
  }
}

Value GroupEmitter::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

VectorType GroupEmitter::vectorOf(Type element) {
  return VectorType::get(updateLanes, element);
}

Value GroupEmitter::splat(Type element, int64_t value) {
  VectorType type = vectorOf(element);
  return arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(type, builder.getIntegerAttr(element, value)));
}

Value GroupEmitter::element(int64_t part) {
  if (part == 0)
    return firstElement;
  return arith::AddIOp::create(builder, loc, firstElement,
                               index(part * updateLanes));
}

Value GroupEmitter::loadOperand(unsigned i, int64_t part) {
  const UpdateOperand &operand = loop.operands[i];
  int64_t lanes = validIn(part);
  if (operand.kind == UpdateOperand::Codes)
    return codes[i]->load(part, lanes);
  VectorType type =
      vectorOf(cast<MemRefType>(operand.source.getType()).getElementType());
  if (local.number == i)
    return vector::LoadOp::create(
        builder, loc, type, local.buffer,
        Value(arith::SubIOp::create(builder, loc, element(part), local.shift)));
  if (lanes == updateLanes)
    return vector::LoadOp::create(builder, loc, type, operand.source,
                                  element(part));
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  return vector::MaskedLoadOp::create(builder, loc, type, operand.source,
                                      element(part),
                                      buildLaneMask(builder, loc, lanes), zero);
}

void GroupEmitter::storeOperand(unsigned i, int64_t part, Value value) {
  const UpdateOperand &operand = loop.operands[i];
  int64_t lanes = validIn(part);
  if (operand.kind == UpdateOperand::Codes) {
    bool isLast = (part + 1) * updateLanes >= valid;
    codes[i]->store(part, lanes, value, isLast);
  } else if (lanes == updateLanes) {
    vector::StoreOp::create(builder, loc, value, operand.source, element(part));
  } else {
    vector::MaskedStoreOp::create(builder, loc, operand.source, element(part),
                                  buildLaneMask(builder, loc, lanes), value);
  }
}

ArrayRef<Value> GroupEmitter::randomWords(RandomBitsOp op, int64_t call) {
  std::array<Value, 4> &words = random[{op.getOperation(), call}];
  if (words[0])
    return words;
  int64_t calls = loop.groupSize / RandomLayout(op.getBits()).groupSize();
  Type i64 = builder.getI64Type();
  Value first = arith::MulIOp::create(builder, loc, group,
                                      index(calls * RandomLayout::lanes));
  first = arith::IndexCastUIOp::create(builder, loc, i64, first);
  // Two halves of 8 lanes, which convert-qnet-to-llvm joins in one shuffle.
  constexpr int64_t halfLanes = RandomLayout::lanes / 2;
  auto type = VectorType::get(halfLanes, i64);
  auto wordType = VectorType::get(halfLanes, builder.getI32Type());
  std::array<std::array<Value, 4>, 2> halves;
  for (auto [number, half] : llvm::enumerate(halves)) {
    SmallVector<int64_t> offsets;
    for (int64_t lane = 0; lane < halfLanes; ++lane)
      offsets.push_back(call * RandomLayout::lanes + number * halfLanes + lane);
    Value offset = arith::ConstantOp::create(
        builder, loc, DenseElementsAttr::get(type, ArrayRef<int64_t>(offsets)));
    Value block = arith::AddIOp::create(
        builder, loc, vector::BroadcastOp::create(builder, loc, type, first),
        offset);
    half = buildPhilox(builder, loc, op, block,
                       uniforms.lookupOrDefault(op.getSeed()),
                       uniforms.lookupOrDefault(op.getStep()),
                       op.getBase() ? uniforms.lookupOrDefault(op.getBase())
                                    : Value());
    for (Value &word : half)
      word = arith::TruncIOp::create(builder, loc, wordType, word);
  }
  auto all = llvm::to_vector(llvm::seq<int64_t>(0, RandomLayout::lanes));
  for (auto [word, first, second] : llvm::zip_equal(words, halves[0], halves[1]))
    word = vector::ShuffleOp::create(builder, loc, first, second, all);
  return words;
}

/// The bits of a part: a slot of a word of the call that serves it.
Value GroupEmitter::randomBits(RandomBitsOp op, int64_t part) {
  RandomLayout layout(op.getBits());
  int64_t parts = layout.groupSize() / updateLanes, inCall = part % parts;
  Value word = randomWords(op, part / parts)[inCall % RandomLayout::words];
  Type i32 = builder.getI32Type();
  int64_t shift = inCall / RandomLayout::words * layout.slotBits;
  if (shift)
    word = arith::ShRUIOp::create(builder, loc, word, splat(i32, shift));
  if (shift + op.getBits() == 32)
    return word;
  return arith::AndIOp::create(builder, loc, word, splat(i32, layout.mask()));
}

Value GroupEmitter::indices(int64_t part) {
  VectorType type = vectorOf(builder.getIndexType());
  Value lanes = vector::StepOp::create(builder, loc, type);
  Value first = vector::BroadcastOp::create(builder, loc, type, element(part));
  return arith::AddIOp::create(builder, loc, first, lanes);
}

/// The vector of a value of the body or of one that it captures.
Value GroupEmitter::asVector(Value original) {
  if (Value known = vectors.lookup(original))
    return known;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfter(prologue);
  Value scalar = uniforms.lookupOrDefault(original);
  Type type = scalar.getType();
  Value vector;
  if (auto code = dyn_cast<QType>(type)) {
    scalar = FromCodeOp::create(builder, loc, builder.getI32Type(), scalar);
    type = scalar.getType();
  }
  vector = vector::BroadcastOp::create(builder, loc, vectorOf(type), scalar);
  return vectors[original] = vector;
}

Value GroupEmitter::varyingOp(Operation *op, int64_t part) {
  if (auto bits = dyn_cast<RandomBitsOp>(op))
    return randomBits(bits, part);
  if (isa<linalg::IndexOp>(op))
    return op->use_empty() ||
                   llvm::all_of(op->getUsers(), llvm::IsaPred<RandomBitsOp>)
               ? Value()
               : indices(part);
  // Codes travel as ordinals.
  if (isa<FromCodeOp, ToCodeOp>(op))
    return asVector(op->getOperand(0));
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, asVector(operand));
  Operation *copy = builder.clone(*op, mapping);
  Type type = op->getResult(0).getType();
  if (isa<QType>(type))
    type = builder.getI32Type();
  copy->getResult(0).setType(vectorOf(type));
  return copy->getResult(0);
}

void GroupEmitter::emitPart(int64_t part) {
  for (auto [i, operand] : llvm::enumerate(loop.operands))
    if ((operand.kind == UpdateOperand::Floats ||
         operand.kind == UpdateOperand::Codes) &&
        !operand.argument.use_empty())
      vectors[operand.argument] = loadOperand(i, part);
  for (Operation *op : loop.varying)
    vectors[op->getResult(0)] = varyingOp(op, part);
  unsigned flag = 0;
  for (auto [i, operand] : llvm::enumerate(loop.operands)) {
    if (!operand.yielded)
      continue;
    Value value = asVector(operand.yielded);
    if (operand.kind != UpdateOperand::Flag) {
      storeOperand(i, part, value);
      continue;
    }
    if (validIn(part) < updateLanes)
      value = arith::SelectOp::create(
          builder, loc, buildLaneMask(builder, loc, validIn(part)), value,
          splat(builder.getI32Type(), 0));
    flags[flag] = arith::OrIOp::create(builder, loc, flags[flag], value);
    ++flag;
  }
}

/// Asks for the lines of floats that are read a page from here. The processor's
/// own prefetchers stop at the end of a page, and the arithmetic of one group
/// leaves no room to look far ahead: 6 to 20% of the time (docs/benchmarks.md).
void GroupEmitter::prefetch() {
  constexpr int64_t lineBytes = 64, distanceBytes = 4096;
  for (const UpdateOperand &operand : loop.operands) {
    if (operand.kind != UpdateOperand::Floats)
      continue;
    auto type = cast<MemRefType>(operand.source.getType());
    int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    // Stays inside of the buffer: at its end the last group is asked for again.
    Value ahead = arith::AddIOp::create(builder, loc, firstElement,
                                        index(distanceBytes / bytes));
    ahead = arith::MinSIOp::create(builder, loc, ahead,
                                   index(loop.count - loop.groupSize));
    for (int64_t i = 0; i < loop.groupSize; i += lineBytes / bytes) {
      Value line = arith::AddIOp::create(builder, loc, ahead, index(i));
      memref::PrefetchOp::create(builder, loc, operand.source, line,
                                 /*isWrite=*/false, /*localityHint=*/3,
                                 /*isDataCache=*/true);
    }
  }
}

SmallVector<Value> GroupEmitter::emit(ValueRange initialFlags) {
  flags.assign(initialFlags.begin(), initialFlags.end());
  if (valid == loop.groupSize && !local.number)
    prefetch();
  for (int64_t part = 0; part * updateLanes < valid; ++part)
    emitPart(part);
  return flags;
}
