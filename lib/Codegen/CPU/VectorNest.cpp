//===- VectorNest.cpp - Loops over vectors for one linalg op --------------===//
//
// Parallel loops outside, the first one on threads; then blocks of columns, a
// few vectors wide; inside of them reductions in ascending order with their
// sums in registers, or the innermost other parallel loop, so that what depends
// on the columns only (statistics of channels) is loaded once for it. The last
// vector of a row is masked.
//
//===----------------------------------------------------------------------===//

#include "VectorNest.h"
#include "LoopEmitter.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::loops;

/// Below this many iterations of its body an op is not worth waking threads
/// for.
static constexpr int64_t kMinParallelWork = 8192;
/// About how many parts of a single loop are aimed at: enough for the threads
/// of a large machine.
static constexpr int64_t kParts = 64;
/// Operands from which on two vectors at a time fill the registers.
static constexpr unsigned kManyOperands = 6;

VectorNest::VectorNest(ImplicitLocOpBuilder &b, linalg::GenericOp op,
                       const LaneAnalysis &analysis, int64_t lanes)
    : b(b), op(op), analysis(analysis), last(op.getNumLoops() - 1),
      ranges(op.getStaticLoopRanges()), ivs(ranges.size()),
      starts(op.getNumDpsInits()) {
  int64_t range = std::max<int64_t>(ranges[last], 1);
  this->lanes = std::min<int64_t>(lanes, llvm::PowerOf2Ceil(range));
  unroll = op->getNumOperands() < kManyOperands ? 4 : 2;
  for (auto [i, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
    if (i != last)
      (iterator == utils::IteratorType::parallel ? parallel : reductions)
          .push_back(i);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void VectorNest::forParallel(ArrayRef<unsigned> loops, bool threads,
                             function_ref<void()> body) {
  if (loops.empty())
    return body();
  auto inside = [&](Value iv) {
    ivs[loops.front()] = iv;
    forParallel(loops.drop_front(), false, body);
  };
  int64_t range = ranges[loops.front()];
  if (threads)
    forAll(b, range, inside);
  else
    forEach(b, index(b, 0), index(b, range), 1, inside);
}

void VectorNest::forColumns(ColumnsBody body) {
  int64_t group = lanes * unroll, whole = ranges[last] / group * group;
  SmallVector<int64_t> all(unroll, lanes);
  forEach(b, index(b, 0), index(b, whole), group, [&](Value begin) {
    body({begin, all});
  });
  SmallVector<int64_t> rest;
  for (int64_t at = whole; at < ranges[last]; at += lanes)
    rest.push_back(std::min(lanes, ranges[last] - at));
  if (!rest.empty())
    body({index(b, whole), rest});
}

/// Threads take parts of whole groups; what is left at the end follows.
void VectorNest::forColumnsInParallel(ColumnsBody body) {
  int64_t group = lanes * unroll, groups = ranges[last] / group;
  int64_t part = llvm::divideCeil(groups, kParts) * group;
  SmallVector<int64_t> all(unroll, lanes);
  forAll(b, llvm::divideCeil(groups * group, part), [&](Value number) {
    Value begin = mul(b, number, part);
    Value end = add(b, begin, part);
    if (groups * group % part != 0)
      end = min(b, end, groups * group);
    forEach(b, begin, end, group, [&](Value at) { body({at, all}); });
  });
  SmallVector<int64_t> rest;
  for (int64_t at = groups * group; at < ranges[last]; at += lanes)
    rest.push_back(std::min(lanes, ranges[last] - at));
  if (!rest.empty())
    body({index(b, groups * group), rest});
}

bool VectorNest::emit() {
  int64_t work = 1;
  for (int64_t range : ranges)
    work *= range;
  // What stands in a thread's loops is its own.
  bool large =
      work >= kMinParallelWork && !op->getParentOfType<scf::ParallelOp>();
  auto columns = [&](const Columns &part) { emitColumns(part); };
  if (parallel.empty()) {
    large &= ranges[last] >= 2 * lanes * unroll;
    large ? forColumnsInParallel(columns) : forColumns(columns);
    return large;
  }
  SmallVector<unsigned> outer(parallel);
  if (reductions.empty() && outer.size() > 1)
    inner.push_back(outer.pop_back_val());
  forParallel(outer, large, [&] { forColumns(columns); });
  return large;
}

//===----------------------------------------------------------------------===//
// Columns
//===----------------------------------------------------------------------===//

Value VectorNest::firstOf(const Columns &columns, unsigned part) {
  return add(b, columns.begin, part * lanes);
}

Value VectorNest::load(Type element, Value buffer, SmallVector<Value> at,
                       const Columns &columns, unsigned part) {
  return loadLanes(b, VectorType::get(lanes, element), buffer, at,
                   columns.widths[part]);
}

SmallVector<Value> VectorNest::indicesOf(OpOperand &operand,
                                         const Columns &columns,
                                         unsigned part) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  // Loops that are not open yet do not move this operand.
  SmallVector<Value> open(ivs);
  for (Value &iv : open)
    if (!iv)
      iv = index(b, 0);
  SmallVector<Value> at;
  for (AffineExpr expr : map.getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      at.push_back(dim.getPosition() == last ? firstOf(columns, part)
                                             : ivs[dim.getPosition()]);
    else if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      at.push_back(index(b, constant.getValue()));
    else
      at.push_back(affine::makeComposedAffineApply(
          b, b.getLoc(), AffineMap::get(map.getNumDims(), 0, expr),
          getAsOpFoldResult(open)));
  }
  return at;
}

Value VectorNest::loadOperand(OpOperand &operand, const Columns &columns,
                              unsigned part) {
  Type element = getElementTypeOrSelf(operand.get().getType());
  return load(element, operand.get(), indicesOf(operand, columns, part),
              columns, part);
}

/// Whether neither inner loops nor reductions move an operand.
bool VectorNest::isHoisted(OpOperand &operand) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  auto moves = [&](unsigned loop) { return map.isFunctionOfDim(loop); };
  return !llvm::any_of(inner, moves) && !llvm::any_of(reductions, moves);
}

void VectorNest::hoistLoads(const Columns &columns) {
  varying.assign(columns.widths.size(), IRMapping());
  uniform = IRMapping();
  for (OpOperand *operand : op.getDpsInputOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(operand);
    if (argument.use_empty() || !analysis.isVarying(argument) ||
        !isHoisted(*operand))
      continue;
    for (unsigned part = 0; part < varying.size(); ++part)
      varying[part].map(argument, loadOperand(*operand, columns, part));
  }
}

/// What an output holds before the op.
Value VectorNest::startOf(OpOperand &output, const Columns &columns,
                          unsigned part) {
  Value start = starts[output.getOperandNumber() - op.getNumDpsInputs()];
  if (!start)
    return loadOperand(output, columns, part);
  auto type = VectorType::get(lanes, start.getType());
  return vector::BroadcastOp::create(b, type, start);
}

VectorNest::Vectors VectorNest::sum(const Columns &columns,
                                    ArrayRef<unsigned> loops,
                                    const Vectors &sums) {
  if (loops.empty())
    return emitBody(columns, sums);
  SmallVector<Value> flat;
  for (const SmallVector<Value> &part : sums)
    llvm::append_range(flat, part);
  auto nested = [&](ValueRange values) {
    Vectors result;
    size_t size = op.getNumDpsInits();
    for (size_t i = 0; i < values.size(); i += size)
      result.emplace_back(values.slice(i, size));
    return result;
  };
  auto loop = scf::ForOp::create(
      b, index(b, 0), index(b, ranges[loops.front()]), index(b, 1), flat);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  ivs[loops.front()] = loop.getInductionVar();
  Vectors next =
      sum(columns, loops.drop_front(), nested(loop.getRegionIterArgs()));
  flat.clear();
  for (const SmallVector<Value> &part : next)
    llvm::append_range(flat, part);
  scf::YieldOp::create(b, flat);
  return nested(loop.getResults());
}

void VectorNest::emitColumns(const Columns &columns) {
  hoistLoads(columns);
  if (reductions.empty())
    return forParallel(inner, false,
                       [&] { store(columns, emitBody(columns, {})); });
  Vectors sums(columns.widths.size());
  for (auto [part, values] : llvm::enumerate(sums))
    for (OpOperand &output : op.getDpsInitsMutable())
      values.push_back(startOf(output, columns, part));
  store(columns, sum(columns, reductions, sums));
}

void VectorNest::store(const Columns &columns, const Vectors &values) {
  for (auto [part, width] : llvm::enumerate(columns.widths))
    for (auto [i, output] : llvm::enumerate(op.getDpsInitsMutable())) {
      SmallVector<Value> at = indicesOf(output, columns, part);
      Value value = values[part][i];
      if (width == lanes)
        vector::StoreOp::create(b, value, output.get(), at);
      else
        vector::MaskedStoreOp::create(b, output.get(), at,
                                      firstLanes(b, lanes, width), value);
    }
}

//===----------------------------------------------------------------------===//
// The body
//===----------------------------------------------------------------------===//

Value VectorNest::lanesOf(Value value, unsigned part) {
  if (Value known = varying[part].lookupOrNull(value))
    return known;
  auto type = VectorType::get(lanes, value.getType());
  return vector::BroadcastOp::create(b, type, uniform.lookupOrDefault(value));
}

/// `op` on vectors, for each vector of the columns.
void VectorNest::emitLanes(Operation *op) {
  auto type = VectorType::get(lanes, op->getResult(0).getType());
  for (auto [part, map] : llvm::enumerate(varying)) {
    OperationState state(op->getLoc(), op->getName());
    state.addAttributes(op->getAttrs());
    state.addTypes(type);
    auto select = dyn_cast<arith::SelectOp>(op);
    for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
      // A condition that is the same for all lanes chooses between vectors.
      bool isScalar = select && i == 0 && !analysis.isVarying(operand);
      state.addOperands(isScalar ? uniform.lookupOrDefault(operand)
                                 : lanesOf(operand, part));
    }
    map.map(op->getResult(0), b.create(state)->getResult(0));
  }
}

void VectorNest::emitOp(Operation *op, const Columns &columns) {
  if (!analysis.isVarying(op->getResult(0))) {
    if (auto position = dyn_cast<linalg::IndexOp>(op))
      uniform.map(position.getResult(), ivs[position.getDim()]);
    else
      b.clone(*op, uniform);
    return;
  }
  if (isa<linalg::IndexOp>(op)) {
    auto type = VectorType::get(lanes, b.getIndexType());
    auto numbers = llvm::to_vector(llvm::seq<int64_t>(0, lanes));
    for (auto [part, map] : llvm::enumerate(varying)) {
      Value first =
          vector::BroadcastOp::create(b, type, firstOf(columns, part));
      Value steps = arith::ConstantOp::create(
          b, DenseElementsAttr::get(type, ArrayRef<int64_t>(numbers)));
      map.map(op->getResult(0), arith::AddIOp::create(b, first, steps));
    }
    return;
  }
  auto load = dyn_cast<memref::LoadOp>(op);
  if (!load)
    return emitLanes(op);
  SmallVector<Value> at;
  for (Value position : load.getIndices().drop_back())
    at.push_back(uniform.lookupOrDefault(position));
  at.push_back({});
  for (auto [part, map] : llvm::enumerate(varying)) {
    at.back() = firstOf(columns, part);
    map.map(load.getResult(),
            this->load(load.getType(), load.getMemRef(), at, columns, part));
  }
}

/// The values that the body yields, for each vector of the columns, given those
/// of the outputs (none: they are read from memory).
VectorNest::Vectors VectorNest::emitBody(const Columns &columns,
                                         const Vectors &outputs) {
  Block *body = op.getBody();
  for (OpOperand &operand : op->getOpOperands()) {
    unsigned number = operand.getOperandNumber();
    BlockArgument argument = body->getArgument(number);
    unsigned inputs = op.getNumDpsInputs();
    if (argument.use_empty())
      continue;
    if (!analysis.isVarying(argument)) {
      Value scalar = operand.get();
      if (isa<MemRefType>(scalar.getType()))
        scalar =
            memref::LoadOp::create(b, scalar, indicesOf(operand, columns, 0));
      uniform.map(argument, scalar);
      continue;
    }
    for (auto [part, map] : llvm::enumerate(varying)) {
      if (number >= inputs && !outputs.empty())
        map.map(argument, outputs[part][number - inputs]);
      else if (number >= inputs)
        map.map(argument, startOf(operand, columns, part));
      else if (!isHoisted(operand))
        map.map(argument, loadOperand(operand, columns, part));
    }
  }
  for (Operation &inner : body->without_terminator())
    emitOp(&inner, columns);
  Vectors results(columns.widths.size());
  for (auto [part, values] : llvm::enumerate(results))
    for (Value value : body->getTerminator()->getOperands())
      values.push_back(lanesOf(value, part));
  return results;
}
