//===- SumKernel.cpp - Long sums of few elements as kernels ---------------===//
//
// The body of the op is cut in two: what does not depend on the sums so far,
// the terms, and what does, the additions. Terms are computed one slice ahead,
// to registers, while the slice before is added: no thread waits for memory
// between two additions. Loads have no branches: a thread without a term loads
// the last one, which nobody adds.
//
//===----------------------------------------------------------------------===//

#include "SumKernel.h"
#include "../CPU/LoopEmitter.h"
#include "Kernel.h"
#include "LoopPoints.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using loops::index;

/// Terms below which a sum is one thread's.
static constexpr int64_t kMinTerms = 32;
/// Elements from which on a thread for each keeps a device busy.
static constexpr int64_t kManyPoints = 1 << 18;
/// Blocks that are aimed at, and the elements of one: its neighbours are read
/// together.
static constexpr int64_t kEnoughBlocks = 264;
static constexpr int64_t kMinWidth = 8, kMaxWidth = 32;
/// Terms of a thread in a slice, and values of terms that a slice may hold in
/// shared memory.
static constexpr int64_t kTermsAhead = 8;
static constexpr size_t kMaxValues = 2;

namespace {
/// The body of an op, cut where a term meets the sums.
struct SumBody {
  SmallVector<Operation *> terms, additions;
  /// What additions take from terms; a slice of each is in shared memory.
  SetVector<Value> values;
};

class SumKernel {
public:
  SumKernel(ImplicitLocOpBuilder &b, linalg::GenericOp op, const SumBody &body,
            ArrayRef<linalg::FillOp> fills);
  void emit();

private:
  int64_t lanes() const { return kernelThreads / width; }
  int64_t depth() const { return ahead * lanes(); }
  void placeThread();
  SmallVector<Value> loadTerms(Value first);
  SmallVector<Value> computeTerm(Value number);
  void storeTerms(ValueRange terms);
  SmallVector<Value> startSums();
  SmallVector<Value> addSlice(ValueRange sums, int64_t count);
  SmallVector<Value> addTerm(ValueRange sums, Value place);
  void storeSums(ValueRange sums);
  SmallVector<Value> indicesOfOutputs();

  ImplicitLocOpBuilder &b;
  linalg::GenericOp op;
  const SumBody &body;
  ArrayRef<linalg::FillOp> fills;
  LoopPoints loops;
  bool alongTerms;      ///< neighbouring threads load neighbouring terms
  int64_t width, ahead; ///< elements of a block, terms of a thread in a slice
  Kernel *kernel = nullptr;
  Value column, lane;     ///< of the terms that the thread loads
  Value firstPoint, adds; ///< of the block; whether the thread adds
  SmallVector<Value> ivs;
};
} // namespace

/// The cut of the body; none where a value on the way is no word, or too many
/// are.
static std::optional<SumBody> splitBody(linalg::GenericOp op) {
  SumBody body;
  llvm::DenseSet<Value> sums;
  for (BlockArgument argument : op.getRegionOutputArgs())
    sums.insert(argument);
  Block *block = op.getBody();
  auto take = [&](Value value) {
    bool isConstant = value.getDefiningOp() &&
                      value.getDefiningOp()->hasTrait<OpTrait::ConstantLike>();
    if (value.getParentBlock() == block && !sums.contains(value) && !isConstant)
      body.values.insert(value);
  };
  for (Operation &inner : block->without_terminator()) {
    if (inner.getNumRegions())
      return std::nullopt;
    bool adds = llvm::any_of(inner.getOperands(),
                             [&](Value v) { return sums.contains(v); });
    (adds ? body.additions : body.terms).push_back(&inner);
    if (!adds)
      continue;
    sums.insert_range(inner.getResults());
    llvm::for_each(inner.getOperands(), take);
  }
  llvm::for_each(block->getTerminator()->getOperands(), take);
  bool areWords = llvm::all_of(body.values, [](Value value) {
    return value.getType().isF32() || value.getType().isInteger(32);
  });
  if (!areWords || body.values.empty() || body.values.size() > kMaxValues)
    return std::nullopt;
  return body;
}

/// Whether neighbours in memory are neighbouring terms of one sum, by the
/// largest input.
static bool isContiguousInTerms(linalg::GenericOp op, const LoopPoints &loops) {
  AffineMap largest;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (isa<MemRefType>(input->get().getType()) &&
        (!largest || map.getNumResults() > largest.getNumResults()))
      largest = map;
  }
  if (!largest || largest.getNumResults() == 0)
    return false;
  AffineExpr last = largest.getResults().back();
  return llvm::none_of(loops.parallel, [&](unsigned loop) {
    return loops.ranges[loop] != 1 && last.isFunctionOfDim(loop);
  });
}

SumKernel::SumKernel(ImplicitLocOpBuilder &b, linalg::GenericOp op,
                     const SumBody &body, ArrayRef<linalg::FillOp> fills)
    : b(b), op(op), body(body), fills(fills), loops(op),
      alongTerms(isContiguousInTerms(op, loops)), width(kMaxWidth),
      ivs(loops.ranges.size()) {
  while (width > kMinWidth &&
         llvm::divideCeil(loops.points(), width) < kEnoughBlocks)
    width /= 2;
  int64_t most = kTermsAhead / static_cast<int64_t>(body.values.size());
  ahead = std::min(most, llvm::divideCeilSigned(loops.terms(), lanes()));
}

void SumKernel::placeThread() {
  auto [outer, inner] =
      loops::divide(b, kernel->thread(), alongTerms ? lanes() : width);
  column = alongTerms ? outer : inner;
  lane = alongTerms ? inner : outer;
  firstPoint = loops::mul(b, kernel->block(), width);
  adds = loops::lessThan(b, kernel->thread(), width);
  int64_t points = loops.points();
  if (points % width == 0)
    return;
  Value own = loops::add(b, firstPoint, kernel->thread());
  adds = arith::AndIOp::create(b, adds, loops::lessThan(b, own, points));
}

/// The values of one term of the thread's column.
SmallVector<Value> SumKernel::computeTerm(Value number) {
  loops.setTerm(b, number, ivs);
  IRMapping map;
  for (OpOperand *input : op.getDpsInputOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(input);
    if (!argument.use_empty())
      map.map(argument, loadElement(b, op, *input, ivs));
  }
  for (Operation *inner : body.terms) {
    if (auto position = dyn_cast<linalg::IndexOp>(inner))
      map.map(position.getResult(), ivs[position.getDim()]);
    else
      b.clone(*inner, map);
  }
  return llvm::map_to_vector(body.values,
                             [&](Value value) { return map.lookup(value); });
}

/// The thread's terms of the slice at `first`.
SmallVector<Value> SumKernel::loadTerms(Value first) {
  Value point = loops::add(b, firstPoint, column);
  if (loops.points() % width)
    point = loops::min(b, point, loops.points() - 1);
  loops.setPoint(b, point, ivs);
  SmallVector<Value> terms;
  for (int64_t i = 0; i < ahead; ++i) {
    Value number = loops::add(b, loops::add(b, first, lane), i * lanes());
    if (loops.terms() % depth())
      number = loops::min(b, number, loops.terms() - 1);
    llvm::append_range(terms, computeTerm(number));
  }
  return terms;
}

void SumKernel::storeTerms(ValueRange terms) {
  for (auto [number, term] : llvm::enumerate(terms)) {
    size_t value = number % body.values.size(), i = number / body.values.size();
    Value row = loops::add(b, lane, static_cast<int64_t>(i) * lanes());
    memref::StoreOp::create(b, term, kernel->shared(value),
                            ValueRange{row, column});
  }
}

/// Points the loops to the element that the thread adds up.
SmallVector<Value> SumKernel::indicesOfOutputs() {
  SmallVector<Value> at(ivs.size(), index(b, 0));
  loops.setPoint(b, loops::add(b, firstPoint, kernel->thread()), at);
  return at;
}

SmallVector<Value> SumKernel::startSums() {
  bool areConstant = llvm::all_of(
      fills, [](linalg::FillOp fill) { return static_cast<bool>(fill); });
  SmallVector<Value> constants, start;
  for (auto [fill, output] : llvm::zip_equal(fills, op.getDpsInits())) {
    Type type = getElementTypeOrSelf(output.getType());
    constants.push_back(
        fill ? fillValue(b, fill)
             : arith::ConstantOp::create(b, b.getZeroAttr(type)));
  }
  if (areConstant)
    return constants;
  auto choice = scf::IfOp::create(b, ValueRange(constants).getTypes(), adds,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.elseBlock());
  scf::YieldOp::create(b, constants);
  b.setInsertionPointToStart(choice.thenBlock());
  SmallVector<Value> at = indicesOfOutputs();
  for (auto [i, output] : llvm::enumerate(op.getDpsInitsMutable()))
    start.push_back(loadStart(b, op, output, fills[i], at));
  scf::YieldOp::create(b, start);
  return SmallVector<Value>(choice.getResults());
}

/// The sums with the term at `place` of the slice added.
SmallVector<Value> SumKernel::addTerm(ValueRange sums, Value place) {
  IRMapping map;
  map.map(op.getRegionOutputArgs(), sums);
  for (auto [i, value] : llvm::enumerate(body.values))
    map.map(value,
            Value(memref::LoadOp::create(b, kernel->shared(i),
                                         ValueRange{place, kernel->thread()})));
  for (Operation *inner : body.terms)
    if (inner->hasTrait<OpTrait::ConstantLike>())
      b.clone(*inner, map);
  for (Operation *inner : body.additions)
    b.clone(*inner, map);
  return llvm::map_to_vector(
      op.getBody()->getTerminator()->getOperands(),
      [&](Value value) { return map.lookupOrDefault(value); });
}

/// Adds the first `count` terms of the slice, in ascending order.
SmallVector<Value> SumKernel::addSlice(ValueRange sums, int64_t count) {
  auto choice = scf::IfOp::create(b, sums.getTypes(), adds,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.elseBlock());
  scf::YieldOp::create(b, sums);
  b.setInsertionPointToStart(choice.thenBlock());
  auto loop =
      scf::ForOp::create(b, index(b, 0), index(b, count), index(b, 1), sums);
  scf::YieldOp::create(b, loop.getResults());
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      addTerm(loop.getRegionIterArgs(), loop.getInductionVar());
  scf::YieldOp::create(b, next);
  return SmallVector<Value>(choice.getResults());
}

void SumKernel::storeSums(ValueRange sums) {
  emitIf(b, adds, [&] {
    SmallVector<Value> at = indicesOfOutputs();
    for (auto [sum, output] : llvm::zip(sums, op.getDpsInitsMutable()))
      storeElement(b, op, output, sum, at);
  });
}

void SumKernel::emit() {
  // Threads along the terms store to one column: to different banks.
  int64_t pitch = alongTerms ? width + 1 : width;
  SmallVector<MemRefType> slices;
  for (Value value : body.values)
    slices.push_back(sharedBuffer({depth(), pitch}, value.getType()));
  Kernel scope(b, "sum", llvm::divideCeil(loops.points(), width), slices);
  kernel = &scope;
  placeThread();
  SmallVector<Value> state = startSums();
  size_t numSums = state.size();
  llvm::append_range(state, loadTerms(index(b, 0)));
  int64_t last = (llvm::divideCeil(loops.terms(), depth()) - 1) * depth();
  if (last) {
    auto loop = scf::ForOp::create(b, index(b, 0), index(b, last),
                                   index(b, depth()), state);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    ValueRange arguments = loop.getRegionIterArgs();
    storeTerms(arguments.drop_front(numSums));
    scope.barrier();
    SmallVector<Value> ahead =
        loadTerms(loops::add(b, loop.getInductionVar(), depth()));
    SmallVector<Value> next = addSlice(arguments.take_front(numSums), depth());
    scope.barrier();
    llvm::append_range(next, ahead);
    scf::YieldOp::create(b, next);
    state.assign(loop.getResults().begin(), loop.getResults().end());
  }
  ValueRange all(state);
  storeTerms(all.drop_front(numSums));
  scope.barrier();
  storeSums(addSlice(all.take_front(numSums), loops.terms() - last));
}

LogicalResult qnet::emitSumKernel(ImplicitLocOpBuilder &b, linalg::GenericOp op,
                                  ArrayRef<linalg::FillOp> fills) {
  LoopPoints loops(op);
  if (loops.terms() < kMinTerms || loops.points() >= kManyPoints)
    return failure();
  std::optional<SumBody> body = splitBody(op);
  if (!body)
    return failure();
  SumKernel(b, op, *body, fills).emit();
  return success();
}
