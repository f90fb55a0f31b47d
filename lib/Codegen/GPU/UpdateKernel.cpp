//===- UpdateKernel.cpp - Flat elementwise loops as kernels ---------------===//
//
// Sixteen consecutive elements draw from sixteen generator calls, and a call
// serves up to sixteen elements that lie apart (docs/randomness.md): so a block
// makes each call once, in a thread of its own, and its words reach the
// elements through shared memory. Codes travel as ordinals.
//
//===----------------------------------------------------------------------===//

#include "UpdateKernel.h"
#include "ChunkCodes.h"
#include "Kernel.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "qnet/Codegen/Common/Philox.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;

namespace {

/// Random words of a block: [word][call], in shared memory.
struct BlockDraws {
  RandomBitsOp op;
  unsigned shared; ///< number of the buffer
  RandomLayout layout;
  int64_t calls;
};

class UpdateKernel {
public:
  UpdateKernel(ImplicitLocOpBuilder &b, const UpdateLoop &loop)
      : b(b), loop(loop) {}
  void emit();

private:
  void planShared();
  void loadUniforms();
  void drawWords(const BlockDraws &draws);
  void emitElements(int64_t valid);
  Value loadOperand(unsigned i, int64_t valid);
  void storeOperand(unsigned i, int64_t valid, Value value);
  void raiseFlag(const UpdateOperand &operand, int64_t valid, Value bits);
  Value varyingOp(Operation *op);
  Value randomBits(RandomBitsOp op);
  Value asVector(Value original);

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  VectorType vectorOf(Type element) {
    return VectorType::get(chunkLanes, element);
  }
  Value splat(int64_t value) {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(vectorOf(b.getI32Type()),
                                  b.getI32IntegerAttr(value)));
  }
  SmallVector<Value> position(const UpdateOperand &operand) {
    return llvm::map_to_vector(operand.position,
                               [&](int64_t i) { return index(i); });
  }

  ImplicitLocOpBuilder &b;
  const UpdateLoop &loop;
  Kernel *kernel = nullptr;
  SmallVector<MemRefType> sharedTypes;
  SmallVector<BlockDraws> draws;
  SmallVector<std::optional<ChunkCodes>> codes; ///< by operand
  IRMapping uniforms;
  llvm::DenseMap<Value, Value> vectors;
  Value first; ///< the thread's first element
};

} // namespace

void UpdateKernel::planShared() {
  Type i32 = b.getI32Type();
  for (Operation *op : loop.varying)
    if (auto random = dyn_cast<RandomBitsOp>(op)) {
      RandomLayout layout(random.getBits());
      int64_t calls = chunkElements / layout.groupSize() * RandomLayout::lanes;
      draws.push_back(
          {random, static_cast<unsigned>(sharedTypes.size()), layout, calls});
      sharedTypes.push_back(sharedBuffer({RandomLayout::words, calls}, i32));
    }
  for (const UpdateOperand &operand : loop.operands) {
    codes.emplace_back();
    if (operand.kind != UpdateOperand::Codes)
      continue;
    codes.back().emplace(b, operand.source, loop.count);
    if (operand.yielded && codes.back()->sharesWords()) {
      codes.back()->sharedNumber = sharedTypes.size();
      sharedTypes.push_back(sharedBuffer({kernelThreads}, i32));
    }
  }
}

void UpdateKernel::loadUniforms() {
  for (const UpdateOperand &operand : loop.operands) {
    if (operand.kind != UpdateOperand::Uniform)
      continue;
    Value value = operand.source;
    if (isa<MemRefType>(value.getType()))
      value = memref::LoadOp::create(b, value, position(operand));
    uniforms.map(operand.argument, value);
  }
  for (Operation *op : loop.uniform)
    b.clone(*op, uniforms);
}

/// One generator call a thread.
void UpdateKernel::drawWords(const BlockDraws &draw) {
  emitIfBelow(b, kernel->thread(), draw.calls, kernelThreads, [&] {
    Type i64 = b.getI64Type();
    Value perBlock = arith::ConstantIntOp::create(b, draw.calls, 64);
    Value block = arith::IndexCastUIOp::create(b, i64, kernel->block());
    block = arith::MulIOp::create(b, block, perBlock);
    Value thread = arith::IndexCastUIOp::create(b, i64, kernel->thread());
    block = arith::AddIOp::create(b, block, thread);
    RandomBitsOp op = draw.op;
    std::array<Value, 4> words = buildPhilox(
        b, b.getLoc(), op, block, uniforms.lookupOrDefault(op.getSeed()),
        uniforms.lookupOrDefault(op.getStep()),
        op.getBase() ? uniforms.lookupOrDefault(op.getBase()) : Value());
    for (auto [i, word] : llvm::enumerate(words)) {
      Value low = arith::TruncIOp::create(b, b.getI32Type(), word);
      memref::StoreOp::create(
          b, low, kernel->shared(draw.shared),
          ValueRange{index(static_cast<int64_t>(i)), kernel->thread()});
    }
  });
}

Value UpdateKernel::loadOperand(unsigned i, int64_t valid) {
  const UpdateOperand &operand = loop.operands[i];
  if (operand.kind == UpdateOperand::Codes)
    return codes[i]->load(first, valid);
  VectorType type =
      vectorOf(cast<MemRefType>(operand.source.getType()).getElementType());
  return loadChunk(b, type, operand.source, first, valid);
}

void UpdateKernel::storeOperand(unsigned i, int64_t valid, Value value) {
  const UpdateOperand &operand = loop.operands[i];
  if (operand.kind != UpdateOperand::Codes)
    return storeChunk(b, value, operand.source, first, valid);
  Value mailbox = codes[i]->sharesWords()
                      ? kernel->shared(*codes[i]->sharedNumber)
                      : Value();
  codes[i]->store(first, kernel->thread(), valid, value, mailbox);
}

void UpdateKernel::raiseFlag(const UpdateOperand &operand, int64_t valid,
                             Value bits) {
  Value any;
  for (int64_t lane = 0; lane < valid; ++lane) {
    Value bit = vector::ExtractOp::create(b, bits, lane);
    any = any ? Value(arith::OrIOp::create(b, any, bit)) : bit;
  }
  Value zero = arith::ConstantIntOp::create(b, 0, 32);
  Value isSet = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, any, zero);
  emitIf(b, isSet, [&] {
    memref::AtomicRMWOp::create(b, arith::AtomicRMWKind::ori, any,
                                operand.source, position(operand));
  });
}

/// The bits of the thread's elements: a slot of one word of adjacent calls.
Value UpdateKernel::randomBits(RandomBitsOp op) {
  const BlockDraws &draw =
      *llvm::find_if(draws, [&](const BlockDraws &d) { return d.op == op; });
  const RandomLayout &layout = draw.layout;
  auto divide = [&](Value x, int64_t y) -> Value {
    return b.createOrFold<arith::DivUIOp>(x, index(y));
  };
  auto modulo = [&](Value x, int64_t y) -> Value {
    return b.createOrFold<arith::RemUIOp>(x, index(y));
  };
  auto times = [&](Value x, int64_t y) -> Value {
    return b.createOrFold<arith::MulIOp>(x, index(y));
  };
  Value local = times(kernel->thread(), chunkLanes);
  Value part = divide(modulo(local, layout.groupSize()), RandomLayout::lanes);
  Value call = arith::AddIOp::create(
      b, times(divide(local, layout.groupSize()), RandomLayout::lanes),
      modulo(local, RandomLayout::lanes));
  Value words = vector::LoadOp::create(
      b, vectorOf(b.getI32Type()), kernel->shared(draw.shared),
      ValueRange{modulo(part, RandomLayout::words), call});
  if (layout.slotsPerWord() > 1) {
    Value shift = times(divide(part, RandomLayout::words), layout.slotBits);
    shift = arith::IndexCastUIOp::create(b, b.getI32Type(), shift);
    words = arith::ShRUIOp::create(
        b, words,
        vector::BroadcastOp::create(b, vectorOf(b.getI32Type()), shift));
  }
  if (op.getBits() == 32)
    return words;
  return arith::AndIOp::create(b, words, splat(layout.mask()));
}

Value UpdateKernel::asVector(Value original) {
  if (Value known = vectors.lookup(original))
    return known;
  Value scalar = uniforms.lookupOrDefault(original);
  Type type = scalar.getType();
  if (isa<QType>(type)) {
    scalar = FromCodeOp::create(b, b.getI32Type(), scalar);
    type = scalar.getType();
  }
  return vectors[original] =
             vector::BroadcastOp::create(b, vectorOf(type), scalar);
}

Value UpdateKernel::varyingOp(Operation *op) {
  if (auto bits = dyn_cast<RandomBitsOp>(op))
    return randomBits(bits);
  if (isa<linalg::IndexOp>(op)) {
    Value lanes = vector::StepOp::create(b, vectorOf(b.getIndexType()));
    Value start =
        vector::BroadcastOp::create(b, vectorOf(b.getIndexType()), first);
    return arith::AddIOp::create(b, start, lanes);
  }
  // Codes travel as ordinals.
  if (isa<FromCodeOp, ToCodeOp>(op))
    return asVector(op->getOperand(0));
  IRMapping mapping;
  for (Value operand : op->getOperands())
    mapping.map(operand, asVector(operand));
  Operation *copy = b.clone(*op, mapping);
  Type type = op->getResult(0).getType();
  if (isa<QType>(type))
    type = b.getI32Type();
  copy->getResult(0).setType(vectorOf(type));
  return copy->getResult(0);
}

void UpdateKernel::emitElements(int64_t valid) {
  vectors.clear();
  for (auto [i, operand] : llvm::enumerate(loop.operands))
    if ((operand.kind == UpdateOperand::Floats ||
         operand.kind == UpdateOperand::Codes) &&
        !operand.argument.use_empty())
      vectors[operand.argument] = loadOperand(i, valid);
  for (Operation *op : loop.varying)
    vectors[op->getResult(0)] = varyingOp(op);
  for (auto [i, operand] : llvm::enumerate(loop.operands)) {
    if (!operand.yielded)
      continue;
    Value value = asVector(operand.yielded);
    if (operand.kind == UpdateOperand::Flag)
      raiseFlag(operand, valid, value);
    else
      storeOperand(i, valid, value);
  }
}

void UpdateKernel::emit() {
  planShared();
  int64_t chunks = llvm::divideCeil(loop.count, chunkElements);
  Kernel scope(b, "update", chunks, sharedTypes);
  kernel = &scope;
  loadUniforms();
  for (const BlockDraws &draw : draws)
    drawWords(draw);
  for (std::optional<ChunkCodes> &operand : codes)
    if (operand && operand->sharedNumber)
      operand->clear(scope.thread(), scope.shared(*operand->sharedNumber));
  if (!sharedTypes.empty())
    scope.barrier();

  Value block = arith::MulIOp::create(b, scope.block(), index(chunkElements));
  first = arith::AddIOp::create(
      b, block, arith::MulIOp::create(b, scope.thread(), index(chunkLanes)));
  int64_t whole = loop.count / chunkLanes * chunkLanes;
  if (whole)
    emitIfBelow(b, first, whole, chunks * chunkElements,
                [&] { emitElements(chunkLanes); });
  if (whole != loop.count)
    emitIf(
        b,
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, first, index(whole)),
        [&] { emitElements(loop.count - whole); });

  bool waits = false;
  for (std::optional<ChunkCodes> &operand : codes) {
    if (!operand || !operand->sharedNumber)
      continue;
    if (!waits)
      scope.barrier();
    waits = true;
    operand->gather(first, scope.thread(),
                    scope.shared(*operand->sharedNumber));
  }
}

void qnet::emitUpdateKernel(RewriterBase &rewriter, const UpdateLoop &loop) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(loop.op);
  ImplicitLocOpBuilder b(loop.op->getLoc(), rewriter);
  UpdateKernel(b, loop).emit();
  rewriter.eraseOp(loop.op);
}
