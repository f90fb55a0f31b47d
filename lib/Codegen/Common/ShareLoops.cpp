//===- ShareLoops.cpp - qnet-share-loops ----------------------------------===//
//
// Kernels that differ in a part (an epilogue, how a border is read) have loops
// that are equal: each of these becomes one function. Large loops first, so
// that those inside of them are shared only where what is around them differs.
// Invariant: an argument is `llvm.noalias` only if it is so in every call.
//
//===----------------------------------------------------------------------===//

#include "Captures.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/RegionUtils.h"
#include "qnet/Codegen/Common/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETSHARELOOPS
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

static constexpr auto kFlags = OperationEquivalence::IgnoreLocations;

//===----------------------------------------------------------------------===//
// Equality of two loops
//===----------------------------------------------------------------------===//

namespace {
/// Compares loops of any two functions. What a loop computes again of the
/// values from outside has to be equal; the others, which are its captures,
/// have to correspond one to one.
class LoopComparison {
public:
  LoopComparison(scf::ForOp one, scf::ForOp other) : one(one), other(other) {}

  bool areEqual(ArrayRef<Value> capturesOfOne) {
    return OperationEquivalence::isEquivalentTo(
               one, other, [&](Value a, Value b) { return compare(a, b); },
               [&](Value a, Value b) { inside[a] = b; }, kFlags) &&
           areOneToOne(capturesOfOne);
  }
  scf::ForOp getOther() const { return other; }
  /// What is in the place of a capture of the first loop. Values that both use
  /// are not compared.
  Value lookup(Value capture) const {
    Value found = captures.lookup(capture);
    return found ? found : capture;
  }

private:
  LogicalResult compare(Value a, Value b);
  LogicalResult compareOutside(Value a, Value b);
  bool areOneToOne(ArrayRef<Value> capturesOfOne) const;

  scf::ForOp one, other;
  DenseMap<Value, Value> inside, captures;
};
} // namespace

LogicalResult LoopComparison::compare(Value a, Value b) {
  if (Value known = inside.lookup(a))
    return success(known == b);
  if (other->isAncestor(b.getParentBlock()->getParentOp()))
    return failure();
  return compareOutside(a, b);
}

LogicalResult LoopComparison::compareOutside(Value a, Value b) {
  Operation *makesA = a.getDefiningOp(), *makesB = b.getDefiningOp();
  if (isComputedAgain(makesA) != isComputedAgain(makesB))
    return failure();
  if (isComputedAgain(makesA))
    return success(OperationEquivalence::isEquivalentTo(
        makesA, makesB, [&](Value x, Value y) { return compareOutside(x, y); },
        /*markEquivalent=*/nullptr, kFlags));
  if (a.getType() != b.getType())
    return failure();
  return success(captures.try_emplace(a, b).first->second == b);
}

bool LoopComparison::areOneToOne(ArrayRef<Value> capturesOfOne) const {
  DenseSet<Value> taken;
  return llvm::all_of(capturesOfOne, [&](Value capture) {
    return taken.insert(lookup(capture)).second;
  });
}

//===----------------------------------------------------------------------===//
// Candidates
//===----------------------------------------------------------------------===//

namespace {
/// A loop that may be shared, and how many ops it has with those inside.
struct Candidate {
  scf::ForOp loop;
  unsigned numOps;
};

/// Loops with equal ops, operands aside.
using Groups = llvm::MapVector<size_t, SmallVector<Candidate>>;
} // namespace

/// Adds the loops in `op` that have at least `minOps` ops to the groups;
/// returns the hash of `op` and the number of ops.
static std::pair<llvm::hash_code, unsigned>
collectLoops(Operation *op, unsigned minOps, Groups &groups) {
  llvm::hash_code hash = OperationEquivalence::computeHash(
      op, OperationEquivalence::ignoreHashValue,
      OperationEquivalence::ignoreHashValue, kFlags);
  unsigned numOps = 1;
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Operation &inner : block) {
        auto [innerHash, count] = collectLoops(&inner, minOps, groups);
        hash = llvm::hash_combine(hash, innerHash);
        numOps += count;
      }
  auto loop = dyn_cast<scf::ForOp>(op);
  if (loop && loop.getNumResults() == 0 && numOps >= minOps)
    groups[hash].push_back({loop, numOps});
  return {hash, numOps};
}

/// Values from outside that the loop uses.
static SetVector<Value> getUsed(scf::ForOp loop) {
  SetVector<Value> used(loop->operand_begin(), loop->operand_end());
  getUsedValuesDefinedAbove(loop->getRegions(), used);
  return used;
}

static SetVector<Value> getCaptures(scf::ForOp loop) {
  SetVector<Value> captures;
  for (Value value : getUsed(loop))
    collectCaptures(value, captures);
  return captures;
}

//===----------------------------------------------------------------------===//
// Sharing
//===----------------------------------------------------------------------===//

/// Whether the memory of a capture is apart from that of all other captures: a
/// buffer on the stack, or an argument that the function keeps apart.
static bool isDistinct(Value capture) {
  return capture.getDefiningOp<memref::AllocaOp>() || isKeptApart(capture);
}

/// A function with the loop in it, which moves there.
static func::FuncOp moveToFunction(scf::ForOp loop, ArrayRef<Value> captures) {
  MLIRContext *context = loop.getContext();
  Location loc = loop.getLoc();
  OpBuilder b(context);
  SmallVector<Type> types = llvm::map_to_vector(
      captures, [](Value value) { return value.getType(); });
  StringRef parent = loop->getParentOfType<func::FuncOp>().getName();
  auto function = func::FuncOp::create(loc, (parent + "_shared").str(),
                                       b.getFunctionType(types, {}));
  function.setPrivate();
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline", "nounwind"}));
  function->setAttr("llvm.linkage",
                    LLVM::LinkageAttr::get(context, LLVM::Linkage::Internal));
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToEnd(entry);
  IRMapping mapping;
  mapping.map(captures, entry->getArguments());
  computeInside(b, loop, getUsed(loop).getArrayRef(), mapping);
  loop->moveBefore(entry, entry->end());
  func::ReturnOp::create(b, loc);
  return function;
}

namespace {
struct QnetShareLoops : qnet::impl::QnetShareLoopsBase<QnetShareLoops> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    if (minOps >= 1)
      return success();
    return emitError(UnknownLoc::get(context))
           << "qnet-share-loops: expected min-ops of at least 1, got "
           << minOps.getValue();
  }

  void runOnOperation() override {
    erased.clear();
    SymbolTable symbols(getOperation());
    Groups groups;
    for (auto function : getOperation().getOps<func::FuncOp>())
      collectLoops(function, minOps, groups);
    SmallVector<ArrayRef<Candidate>> sorted;
    for (auto &[hash, group] : groups)
      if (group.size() > 1)
        sorted.push_back(group);
    llvm::stable_sort(sorted, [](ArrayRef<Candidate> a, ArrayRef<Candidate> b) {
      return a.front().numOps > b.front().numOps;
    });
    for (ArrayRef<Candidate> group : sorted)
      shareEqual(group, symbols);
  }

private:
  void shareEqual(ArrayRef<Candidate> group, SymbolTable &symbols);
  void share(scf::ForOp loop, ArrayRef<Value> captures,
             ArrayRef<LoopComparison> comparisons, SymbolTable &symbols);
  void erase(scf::ForOp loop);

  DenseSet<Operation *> erased;
};
} // namespace

void QnetShareLoops::erase(scf::ForOp loop) {
  loop->walk([&](scf::ForOp inner) { erased.insert(inner); });
  loop.erase();
}

void QnetShareLoops::share(scf::ForOp loop, ArrayRef<Value> captures,
                           ArrayRef<LoopComparison> comparisons,
                           SymbolTable &symbols) {
  auto parent = loop->getParentOfType<func::FuncOp>();
  SmallVector<bool> distinct = llvm::map_to_vector(captures, isDistinct);
  OpBuilder after(loop->getContext());
  after.setInsertionPointAfter(loop);
  func::FuncOp function = moveToFunction(loop, captures);
  symbols.insert(function, std::next(parent->getIterator()));
  func::CallOp::create(after, loop.getLoc(), function, captures);
  for (const LoopComparison &comparison : comparisons) {
    scf::ForOp other = comparison.getOther();
    SmallVector<Value> operands;
    for (auto [i, capture] : llvm::enumerate(captures)) {
      operands.push_back(comparison.lookup(capture));
      distinct[i] = distinct[i] && isDistinct(operands.back());
    }
    OpBuilder b(other);
    func::CallOp::create(b, other.getLoc(), function, operands);
    erase(other);
  }
  for (auto [i, isApart] : llvm::enumerate(distinct))
    if (isApart)
      function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                          UnitAttr::get(&getContext()));
  numShared += 1 + comparisons.size();
  ++numFunctions;
}

void QnetShareLoops::shareEqual(ArrayRef<Candidate> group,
                                SymbolTable &symbols) {
  SmallVector<scf::ForOp> left;
  for (const Candidate &candidate : group)
    if (!erased.contains(candidate.loop))
      left.push_back(candidate.loop);
  while (left.size() > 1) {
    scf::ForOp first = left.front();
    SetVector<Value> captures = getCaptures(first);
    SmallVector<scf::ForOp> rest;
    SmallVector<LoopComparison> equal;
    for (scf::ForOp loop : ArrayRef<scf::ForOp>(left).drop_front()) {
      LoopComparison comparison(first, loop);
      if (comparison.areEqual(captures.getArrayRef()))
        equal.push_back(std::move(comparison));
      else
        rest.push_back(loop);
    }
    if (!equal.empty() && llvm::all_of(captures, isPassable))
      share(first, captures.getArrayRef(), equal, symbols);
    left = std::move(rest);
  }
}
