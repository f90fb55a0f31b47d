//===- OutlineParallelLoops.cpp - qnet-outline-parallel-loops -------------===//
//
// A parallel loop becomes a function of its captures and of a range of
// iterations. What is cheap to compute again (constants, views, repeated
// scalars) is computed inside, so that a buffer arrives as one pointer of known
// shape. Invariant: stack buffers are in entry blocks, so that a loop does not
// grow the stack.
//
//===----------------------------------------------------------------------===//

#include "Captures.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/RegionUtils.h"
#include "qnet/Codegen/Common/ParallelLoops.h"
#include "qnet/Codegen/Common/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace qnet {
#define GEN_PASS_DEF_QNETOUTLINEPARALLELLOOPS
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

static void hoistStackBuffers(Operation *root, Block &entry) {
  SmallVector<memref::AllocaOp> buffers;
  root->walk([&](memref::AllocaOp op) {
    if (op->getNumOperands() == 0)
      buffers.push_back(op);
  });
  for (memref::AllocaOp op : buffers)
    op->moveBefore(&entry, entry.begin());
}

/// A buffer that the caller keeps apart from the others stays so: the parts of
/// a loop share no element that one of them writes.
static void keepDistinct(ArrayRef<Value> captures, func::FuncOp function) {
  for (auto [i, capture] : llvm::enumerate(captures))
    if (isKeptApart(capture))
      function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                          UnitAttr::get(function.getContext()));
}

/// Moves the body of a loop with one induction variable into an scf.for.
static scf::ForOp buildSequential(OpBuilder &builder, scf::ParallelOp loop,
                                  Value begin, Value end) {
  Location loc = loop.getLoc();
  auto sequential =
      scf::ForOp::create(builder, loc, begin, end, loop.getStep().front());
  Block *body = sequential.getBody();
  loop.getBody()->getTerminator()->erase();
  loop.getInductionVars().front().replaceAllUsesWith(
      sequential.getInductionVar());
  body->getOperations().splice(body->begin(), loop.getBody()->getOperations());
  return sequential;
}

namespace {

struct OutlineParallelLoopsPass
    : qnet::impl::QnetOutlineParallelLoopsBase<OutlineParallelLoopsPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (func::FuncOp function :
         llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      outlineLoopsOf(function, symbols);
    // Also those of loops that had one iteration and are straight code by now:
    // on the stack of another loop around them, each iteration would take more
    // of it.
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        hoistStackBuffers(function, function.getBody().front());
  }

private:
  void outlineLoopsOf(func::FuncOp function, SymbolTable &symbols);
  scf::ForOp makeSequential(scf::ParallelOp loop);
  func::FuncOp outline(scf::ParallelOp loop, func::FuncOp parent,
                       ArrayRef<Value> captures);
};

} // namespace

static bool isSimple(scf::ParallelOp loop) {
  return loop.getNumLoops() == 1 && loop.getInitVals().empty();
}

static bool startsAtZeroByOne(scf::ParallelOp loop) {
  return isConstantIntValue(loop.getLowerBound().front(), 0) &&
         isConstantIntValue(loop.getStep().front(), 1);
}

/// The loop around `loop` whose rounds each thread goes through on its own.
static scf::ForOp getPrivateRounds(scf::ParallelOp loop) {
  auto rounds = dyn_cast<scf::ForOp>(loop->getParentOp());
  if (!rounds || !rounds->hasAttr(kPrivateRoundsAttrName) ||
      rounds.getNumResults() != 0)
    return {};
  bool isAlone = llvm::all_of(*rounds.getBody(), [&](Operation &op) {
    return &op == loop || isPure(&op);
  });
  // The number of iterations is needed before the first round.
  Value count = loop.getUpperBound().front();
  bool isKnown =
      matchPattern(count, m_Constant()) || rounds.isDefinedOutsideOfLoop(count);
  return isAlone && isKnown ? rounds : scf::ForOp();
}

/// What becomes the body of a function: the loop, or the rounds around it.
static Operation *getMoved(scf::ParallelOp loop) {
  scf::ForOp rounds = getPrivateRounds(loop);
  return rounds ? rounds.getOperation() : loop.getOperation();
}

/// Values from outside that the function will use.
static SetVector<Value> getUsed(scf::ParallelOp loop) {
  SetVector<Value> used;
  Operation *moved = getMoved(loop);
  getUsedValuesDefinedAbove(moved->getRegions(), used);
  if (moved == loop)
    used.insert(loop.getStep().front());
  else
    used.insert(moved->operand_begin(), moved->operand_end());
  return used;
}

scf::ForOp OutlineParallelLoopsPass::makeSequential(scf::ParallelOp loop) {
  OpBuilder builder(loop);
  scf::ForOp sequential =
      buildSequential(builder, loop, loop.getLowerBound().front(),
                      loop.getUpperBound().front());
  loop.erase();
  ++numSequential;
  return sequential;
}

func::FuncOp OutlineParallelLoopsPass::outline(scf::ParallelOp loop,
                                               func::FuncOp parent,
                                               ArrayRef<Value> captures) {
  OpBuilder builder(&getContext());
  Location loc = loop.getLoc();
  SmallVector<Type> types = llvm::map_to_vector(
      captures, [](Value value) { return value.getType(); });
  types.append(2, builder.getIndexType());
  auto function = func::FuncOp::create(loc, parent.getName(),
                                       builder.getFunctionType(types, {}));
  function.setPrivate();
  function->setAttr("passthrough", builder.getStrArrayAttr({"nounwind"}));
  function->setAttr(
      "llvm.linkage",
      LLVM::LinkageAttr::get(&getContext(), LLVM::Linkage::Internal));
  Block *entry = function.addEntryBlock();
  keepDistinct(captures, function);

  IRMapping mapping;
  mapping.map(captures, entry->getArguments().take_front(captures.size()));
  builder.setInsertionPointToEnd(entry);
  Operation *moved = getMoved(loop);
  computeInside(builder, moved, getUsed(loop).getArrayRef(), mapping);
  unsigned last = entry->getNumArguments() - 1;
  if (moved != loop) {
    moved->moveBefore(entry, entry->end());
    moved->removeAttr(kPrivateRoundsAttrName);
    builder.setInsertionPoint(loop);
  }
  scf::ForOp sequential = buildSequential(
      builder, loop, entry->getArgument(last - 1), entry->getArgument(last));
  loop.erase();
  builder.setInsertionPointToEnd(entry);
  func::ReturnOp::create(builder, loc);
  hoistStackBuffers(sequential, *entry);
  return function;
}

void OutlineParallelLoopsPass::outlineLoopsOf(func::FuncOp function,
                                              SymbolTable &symbols) {
  if (function.isExternal())
    return;
  Value runtime;
  for (unsigned i = 0, e = function.getNumArguments(); i != e; ++i)
    if (function.getArgAttr(i, "qnet.context")) {
      runtime = function.getArgument(i);
      // The marks of entries are part of the program's description.
      if (function.isPrivate())
        function.removeArgAttr(i, "qnet.context");
    }

  SmallVector<scf::ParallelOp> outermost;
  SmallVector<scf::ParallelOp> inner;
  function.walk<WalkOrder::PostOrder>([&](scf::ParallelOp loop) {
    if (isSimple(loop))
      (loop->getParentOfType<scf::ParallelOp>() ? inner : outermost)
          .push_back(loop);
  });
  // Their stack buffers stay: they belong to the thread of the loop around
  // them.
  for (scf::ParallelOp loop : inner)
    makeSequential(loop);

  Operation *after = function;
  unsigned number = 0;
  for (scf::ParallelOp loop : outermost) {
    SetVector<Value> captures;
    for (Value value : getUsed(loop))
      collectCaptures(value, captures);
    Value count = loop.getUpperBound().front();
    if (!runtime || !startsAtZeroByOne(loop) || isConstantIntValue(count, 1) ||
        !llvm::all_of(captures, isPassable)) {
      hoistStackBuffers(makeSequential(loop), function.getBody().front());
      continue;
    }
    Operation *moved = getMoved(loop);
    OpBuilder builder(moved->getContext());
    builder.setInsertionPointAfter(moved);
    Location loc = loop.getLoc();
    if (Operation *constant = count.getDefiningOp();
        constant && moved->isProperAncestor(constant))
      count = builder.clone(*constant)->getResult(0);
    func::FuncOp body = outline(loop, function, captures.getArrayRef());
    body.setName((function.getName() + "_loop" + Twine(number++)).str());
    symbols.insert(body, std::next(after->getIterator()));
    after = body;
    ParallelForOp::create(builder, loc,
                          SymbolRefAttr::get(body.getSymNameAttr()), runtime,
                          count, captures.getArrayRef());
    ++numOutlined;
  }
}
