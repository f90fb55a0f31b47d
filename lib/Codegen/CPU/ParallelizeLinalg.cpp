//===- ParallelizeLinalg.cpp - qnet-parallelize-linalg --------------------===//
//
// Loops for linalg ops in an order that LLVM vectorizes: parallel loops
// outside, reductions in ascending order, the last parallel loop innermost.
// Every element of an output is computed by one iteration of the parallel loop,
// so results do not depend on the number of threads.
//
//===----------------------------------------------------------------------===//

#include "../Common/LinalgBody.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetTypes.h"
#include "llvm/Support/MathExtras.h"

namespace qnet {
#define GEN_PASS_DEF_QNETPARALLELIZELINALG
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// Below this many iterations of its body an op is not worth waking threads
/// for.
static constexpr int64_t kMinParallelWork = 8192;
/// Iterations of a chunk where the only parallel loop is cut: whole cache
/// lines.
static constexpr int64_t kMinChunk = 64;
/// About how many chunks are aimed at: enough for the threads of a large
/// machine.
static constexpr int64_t kChunks = 64;

namespace {
/// Emits the loops of one op.
class NestEmitter {
public:
  NestEmitter(OpBuilder &b, linalg::GenericOp op)
      : b(b), op(op), loc(op.getLoc()), ranges(op.getStaticLoopRanges()),
        ivs(ranges.size()) {
    for (auto [i, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
      (linalg::isParallelIterator(iterator) ? parallel : reductions)
          .push_back(i);
  }

  /// Returns whether the nest is parallel.
  bool emit();

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  void emitChunked(unsigned loop);
  void emitLoops(ArrayRef<unsigned> order);
  void emitBody();

  OpBuilder &b;
  linalg::GenericOp op;
  Location loc;
  SmallVector<int64_t> ranges;
  SmallVector<Value> ivs;
  SmallVector<unsigned> parallel, reductions;
};
} // namespace

void NestEmitter::emitBody() {
  IRMapping mapping;
  Block *body = op.getBody();
  SmallVector<SmallVector<Value>> indices;
  for (OpOperand &operand : op->getOpOperands()) {
    indices.push_back(
        buildIndices(b, loc, op.getMatchingIndexingMap(&operand), ivs));
    BlockArgument argument = body->getArgument(operand.getOperandNumber());
    if (argument.use_empty())
      continue;
    Value element = operand.get();
    if (isa<MemRefType>(element.getType()))
      element = memref::LoadOp::create(b, loc, element, indices.back());
    mapping.map(argument, element);
  }
  for (auto [i, value] : llvm::enumerate(cloneBody(b, op, ivs, mapping))) {
    OpOperand *output = op.getDpsInitOperand(i);
    memref::StoreOp::create(b, loc, value, output->get(),
                            indices[output->getOperandNumber()]);
  }
}

void NestEmitter::emitLoops(ArrayRef<unsigned> order) {
  if (order.empty())
    return emitBody();
  OpBuilder::InsertionGuard guard(b);
  unsigned loop = order.front();
  auto nest =
      scf::ForOp::create(b, loc, index(0), index(ranges[loop]), index(1));
  b.setInsertionPointToStart(nest.getBody());
  ivs[loop] = nest.getInductionVar();
  emitLoops(order.drop_front());
}

/// The one parallel loop in chunks: chunk, reductions, the loop within the
/// chunk.
void NestEmitter::emitChunked(unsigned loop) {
  int64_t size = ranges[loop];
  int64_t chunk = std::max<int64_t>(
      llvm::alignTo(llvm::divideCeil(size, kChunks), kMinChunk), kMinChunk);
  auto outer = scf::ParallelOp::create(
      b, loc, index(0), index(llvm::divideCeil(size, chunk)), index(1));
  b.setInsertionPointToStart(outer.getBody());
  Value begin =
      arith::MulIOp::create(b, loc, outer.getInductionVars()[0], index(chunk));
  Value end = arith::AddIOp::create(b, loc, begin, index(chunk));
  if (size % chunk != 0)
    end = arith::MinSIOp::create(b, loc, end, index(size));
  for (unsigned reduction : reductions) {
    auto nest = scf::ForOp::create(b, loc, index(0), index(ranges[reduction]),
                                   index(1));
    b.setInsertionPointToStart(nest.getBody());
    ivs[reduction] = nest.getInductionVar();
  }
  auto inner = scf::ForOp::create(b, loc, begin, end, index(1));
  b.setInsertionPointToStart(inner.getBody());
  ivs[loop] = inner.getInductionVar();
  emitBody();
}

bool NestEmitter::emit() {
  OpBuilder::InsertionGuard guard(b);
  int64_t work = 1;
  for (int64_t range : ranges)
    work *= range;
  // What stands in a thread's loops is its own.
  bool large = work >= kMinParallelWork && !parallel.empty() &&
               !op->getParentOfType<scf::ParallelOp>();
  if (large && parallel.size() == 1 && parallel[0] == ranges.size() - 1) {
    emitChunked(parallel[0]);
    return true;
  }
  SmallVector<unsigned> order(parallel);
  std::optional<unsigned> innermost;
  if (!order.empty() && order.back() == ranges.size() - 1)
    innermost = order.pop_back_val();
  if (large && !order.empty()) {
    unsigned loop = order.front();
    auto outer = scf::ParallelOp::create(b, loc, index(0), index(ranges[loop]),
                                         index(1));
    b.setInsertionPointToStart(outer.getBody());
    ivs[loop] = outer.getInductionVars()[0];
    order.erase(order.begin());
  } else {
    large = false;
  }
  order.append(reductions);
  if (innermost)
    order.push_back(*innermost);
  emitLoops(order);
  return large;
}

static bool isOnBuffers(linalg::LinalgOp op) {
  return op.hasPureBufferSemantics() && !op.hasDynamicShape();
}

static bool touchesCodes(linalg::LinalgOp op) {
  return llvm::any_of(op->getOperandTypes(), [](Type type) {
    return isa<QType>(getElementTypeOrSelf(type));
  });
}

/// Copies that are not one run of memory become linalg ops; LLVM's lowering
/// would call a library for them.
static void replaceStridedCopies(IRRewriter &rewriter, Operation *root) {
  auto isRun = [](Value buffer) {
    auto type = dyn_cast<MemRefType>(buffer.getType());
    return !type || type.getLayout().isIdentity() ||
           memref::isStaticShapeAndContiguousRowMajor(type);
  };
  SmallVector<memref::CopyOp> copies;
  root->walk([&](memref::CopyOp op) {
    if (!isRun(op.getSource()) || !isRun(op.getTarget()))
      copies.push_back(op);
  });
  for (memref::CopyOp op : copies) {
    rewriter.setInsertionPoint(op);
    rewriter.replaceOpWithNewOp<linalg::CopyOp>(op, op.getSource(),
                                                op.getTarget());
  }
}

namespace {
struct QnetParallelizeLinalg
    : qnet::impl::QnetParallelizeLinalgBase<QnetParallelizeLinalg> {
  using Base::Base;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    replaceStridedCopies(rewriter, getOperation());
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    for (linalg::LinalgOp op : ops) {
      if (!isOnBuffers(op) || touchesCodes(op)) {
        op->emitOpError("expected buffers of static shape, of integers or "
                        "floats");
        return signalPassFailure();
      }
      rewriter.setInsertionPoint(op);
      auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
      if (!generic) {
        FailureOr<linalg::GenericOp> general =
            linalg::generalizeNamedOp(rewriter, op);
        if (failed(general))
          return signalPassFailure();
        generic = *general;
      }
      rewriter.setInsertionPoint(generic);
      ++(NestEmitter(rewriter, generic).emit() ? numParallel : numSequential);
      rewriter.eraseOp(generic);
    }
  }
};
} // namespace
