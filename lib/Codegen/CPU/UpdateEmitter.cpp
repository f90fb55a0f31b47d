//===- UpdateEmitter.cpp - Flat elementwise loops as vector code ----------===//
//
// chunks (scf.parallel) > groups (scf.for) > parts of 16 elements (straight
// code, UpdateGroup.cpp). Elements after the last whole group follow the loop
// as one masked group. Which thread runs a chunk never matters: a chunk owns
// its elements and whole words.
//
//===----------------------------------------------------------------------===//

#include "UpdateEmitter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;

UpdateEmitter::UpdateEmitter(OpBuilder &builder, const UpdateLoop &loop)
    : builder(builder), loc(loop.op->getLoc()), loop(loop) {
  emitUniforms();
}

Value UpdateEmitter::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

SmallVector<Value> UpdateEmitter::position(const UpdateOperand &operand) {
  return llvm::map_to_vector(operand.position,
                             [&](int64_t i) { return index(i); });
}

void UpdateEmitter::emitUniforms() {
  for (const UpdateOperand &operand : loop.operands) {
    words.emplace_back();
    if (operand.kind == UpdateOperand::Uniform) {
      Value value = operand.source;
      if (isa<MemRefType>(value.getType()))
        value = memref::LoadOp::create(builder, loc, value, position(operand));
      uniforms.map(operand.argument, value);
    } else if (operand.kind == UpdateOperand::Codes) {
      auto type = cast<MemRefType>(operand.source.getType());
      GridAttrInterface grid = cast<QType>(type.getElementType()).getGrid();
      auto wordsType =
          MemRefType::get(getNumWords(grid, loop.count), builder.getI32Type(),
                          MemRefLayoutAttrInterface(), type.getMemorySpace());
      words.back() = WordsOp::create(builder, loc, wordsType, operand.source);
    }
  }
  for (Operation *op : loop.uniform)
    builder.clone(*op, uniforms);
}

SmallVector<Value> UpdateEmitter::noFlags() {
  SmallVector<Value> flags;
  VectorType type = VectorType::get(updateLanes, builder.getI32Type());
  for (const UpdateOperand &operand : loop.operands)
    if (operand.kind == UpdateOperand::Flag)
      flags.push_back(
          arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type)));
  return flags;
}

/// Sets the bits that were found; memory is not touched where there are none.
void UpdateEmitter::combineFlags(ValueRange flags) {
  unsigned next = 0;
  for (const UpdateOperand &operand : loop.operands) {
    if (operand.kind != UpdateOperand::Flag)
      continue;
    Value bits = vector::ReductionOp::create(
        builder, loc, vector::CombiningKind::OR, flags[next++]);
    Value zero = arith::ConstantIntOp::create(builder, loc, 0, 32);
    Value any = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                      bits, zero);
    auto guard = scf::IfOp::create(builder, loc, any);
    OpBuilder::InsertionGuard inside(builder);
    builder.setInsertionPointToStart(guard.thenBlock());
    memref::AtomicRMWOp::create(builder, loc, arith::AtomicRMWKind::ori, bits,
                                operand.source, position(operand));
  }
}

void UpdateEmitter::emitTail(Value group, int64_t valid) {
  SmallVector<Value> flags = noFlags();
  GroupEmitter emitter(builder, loop, uniforms, words, group.getDefiningOp(),
                       group, valid);
  combineFlags(emitter.emit(flags));
}

/// Groups [first, last) in a loop; returns the flags.
SmallVector<Value> UpdateEmitter::emitGroups(Value first, Value last,
                                             ValueRange flags,
                                             const LocalOperand &local) {
  Value one = index(1);
  auto loopOp = scf::ForOp::create(builder, loc, first, last, one, flags);
  OpBuilder::InsertionGuard inside(builder);
  builder.setInsertionPointToStart(loopOp.getBody());
  GroupEmitter emitter(builder, loop, uniforms, words, one.getDefiningOp(),
                       loopOp.getInductionVar(), loop.groupSize, local);
  SmallVector<Value> found = emitter.emit(loopOp.getRegionIterArgs());
  // Without results the builder has put the terminator there already.
  if (!found.empty())
    scf::YieldOp::create(builder, loc, found);
  return llvm::to_vector_of<Value>(loopOp.getResults());
}

void UpdateEmitter::emitChunks(int64_t groups, int64_t groupsPerChunk) {
  Value zero = index(0), one = index(1);
  Value chunks = index(llvm::divideCeil(groups, groupsPerChunk));
  auto parallel = scf::ParallelOp::create(builder, loc, zero, chunks, one);
  OpBuilder::InsertionGuard inside(builder);
  builder.setInsertionPointToStart(parallel.getBody());
  Value perChunk = index(groupsPerChunk);
  Value first = arith::MulIOp::create(
      builder, loc, parallel.getInductionVars().front(), perChunk);
  Value last = arith::AddIOp::create(builder, loc, first, perChunk);
  if (groups % groupsPerChunk)
    last = arith::MinSIOp::create(builder, loc, last, index(groups));
  combineFlags(emitGroups(first, last, noFlags(), {}));
}

void UpdateEmitter::emitAll(int64_t chunk) {
  int64_t groups = loop.count / loop.groupSize;
  if (groups > 0)
    emitChunks(groups, llvm::divideCeil(chunk, loop.groupSize));
  if (loop.count % loop.groupSize)
    emitTail(index(groups), loop.count % loop.groupSize);
}

void UpdateEmitter::emitRows(Value rows, function_ref<Row(Value)> at) {
  auto loopOp = scf::ForOp::create(builder, loc, index(0), rows, index(1),
                                   noFlags());
  {
    OpBuilder::InsertionGuard inside(builder);
    builder.setInsertionPointToStart(loopOp.getBody());
    Row row = at(loopOp.getInductionVar());
    Value last =
        arith::AddIOp::create(builder, loc, row.first, index(row.count));
    SmallVector<Value> flags =
        emitGroups(row.first, last, loopOp.getRegionIterArgs(), row.local);
    if (!flags.empty())
      scf::YieldOp::create(builder, loc, flags);
  }
  combineFlags(loopOp.getResults());
}

void qnet::emitUpdateLoop(RewriterBase &rewriter, const UpdateLoop &loop,
                          int64_t chunk) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(loop.op);
  UpdateEmitter(rewriter, loop).emitAll(chunk);
  rewriter.eraseOp(loop.op);
}
