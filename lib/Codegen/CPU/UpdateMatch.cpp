//===- UpdateMatch.cpp - Recognizes flat elementwise loops ----------------===//
//
// A loop qualifies if every operand is one of UpdateOperand's kinds and every
// op of the body is elementwise, a constant, the loop's index, a change between
// codes and ordinals, or random bits of the loop's own element.
//
//===----------------------------------------------------------------------===//

#include "UpdateLoop.h"
#include "mlir/IR/Matchers.h"
#include "qnet/Codegen/Common/Philox.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace qnet;

namespace {

class UpdateMatcher {
public:
  UpdateMatcher(RewriterBase &rewriter, linalg::GenericOp op)
      : rewriter(rewriter) {
    loop.op = op;
    loop.groupSize = 4 * updateLanes;
  }

  FailureOr<UpdateLoop> run() {
    if (loop.op.getNumLoops() != 1 || !loop.op.hasPureBufferSemantics())
      return refuse(loop.op, "expected one loop over buffers");
    loop.count = loop.op.getStaticLoopRanges().front();
    if (ShapedType::isDynamic(loop.count) || loop.count == 0)
      return refuse(loop.op, "expected a static number of elements");
    for (OpOperand &operand : loop.op->getOpOperands())
      if (failed(matchOperand(operand)))
        return failure();
    for (Operation &op : loop.op.getBody()->without_terminator())
      if (!flagOps.contains(&op) && failed(matchBodyOp(op)))
        return failure();
    return std::move(loop);
  }

private:
  LogicalResult refuse(Operation *op, const Twine &reason) {
    return rewriter.notifyMatchFailure(op, reason);
  }

  LogicalResult matchOperand(OpOperand &operand) {
    AffineMap map = loop.op.getMatchingIndexingMap(&operand);
    UpdateOperand result{UpdateOperand::Uniform,
                         operand.get(),
                         loop.op.getMatchingBlockArgument(&operand),
                         {},
                         {}};
    bool isOutput = loop.op.isDpsInit(&operand);
    if (isOutput)
      result.yielded = loop.op.getMatchingYieldValue(&operand)->get();
    auto memref = dyn_cast<MemRefType>(operand.get().getType());
    bool isConstant =
        llvm::all_of(map.getResults(), llvm::IsaPred<AffineConstantExpr>);
    if (isConstant) {
      for (AffineExpr expr : map.getResults())
        result.position.push_back(cast<AffineConstantExpr>(expr).getValue());
      if (isOutput && failed(matchFlag(result)))
        return failure();
      if (memref && isa<QType>(memref.getElementType()))
        return refuse(loop.op, "a code that all elements read");
    } else {
      if (!memref || !map.isIdentity() || !memref.getLayout().isIdentity())
        return refuse(loop.op, "expected flat contiguous buffers");
      Type element = memref.getElementType();
      if (!isa<QType>(element) &&
          (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() < 8))
        return refuse(loop.op, "expected elements of whole bytes, or codes");
      result.kind =
          isa<QType>(element) ? UpdateOperand::Codes : UpdateOperand::Floats;
      if (result.yielded == result.argument)
        result.yielded = {};
    }
    if (result.kind != UpdateOperand::Uniform)
      varyingValues.insert(result.argument);
    loop.operands.push_back(std::move(result));
    return success();
  }

  /// flag' = flag | bits, and no other use of either.
  LogicalResult matchFlag(UpdateOperand &operand) {
    operand.kind = UpdateOperand::Flag;
    auto combine = operand.yielded.getDefiningOp<arith::OrIOp>();
    if (!combine || !combine->hasOneUse() || !operand.argument.hasOneUse() ||
        combine.getType().getIntOrFloatBitWidth() != 32)
      return refuse(loop.op, "expected a shared i32 output to be combined by "
                             "arith.ori");
    if (combine.getLhs() == operand.argument)
      operand.yielded = combine.getRhs();
    else if (combine.getRhs() == operand.argument)
      operand.yielded = combine.getLhs();
    else
      return refuse(combine, "expected a shared output to be an operand");
    flagOps.insert(combine);
    return success();
  }

  bool isVarying(Value value) { return varyingValues.contains(value); }

  LogicalResult matchBodyOp(Operation &op) {
    if (auto random = dyn_cast<RandomBitsOp>(op)) {
      if (failed(matchRandom(random)))
        return failure();
    } else if (!isa<linalg::IndexOp, FromCodeOp, ToCodeOp>(op) &&
               !op.hasTrait<OpTrait::ConstantLike>() &&
               !OpTrait::hasElementwiseMappableTraits(&op)) {
      return refuse(&op, "expected an elementwise op");
    }
    bool varies =
        isa<linalg::IndexOp, RandomBitsOp>(op) ||
        llvm::any_of(op.getOperands(), [&](Value v) { return isVarying(v); });
    (varies ? loop.varying : loop.uniform).push_back(&op);
    if (varies)
      varyingValues.insert_range(op.getResults());
    return success();
  }

  /// The loop's index, which is folded to 0 in a loop over one element.
  bool isOwnIndex(Value index) {
    return index && (index.getDefiningOp<linalg::IndexOp>() ||
                     (loop.count == 1 && matchPattern(index, m_Zero())));
  }

  LogicalResult matchRandom(RandomBitsOp op) {
    if (!isOwnIndex(op.getIndex()))
      return refuse(op, "expected the random bits of the loop's own element");
    if (isVarying(op.getSeed()) || isVarying(op.getStep()) ||
        (op.getBase() && isVarying(op.getBase())))
      return refuse(op, "expected one seed, step and parameter for all "
                        "elements");
    loop.groupSize =
        std::max(loop.groupSize, RandomLayout(op.getBits()).groupSize());
    return success();
  }

  RewriterBase &rewriter;
  UpdateLoop loop;
  llvm::SmallDenseSet<Value> varyingValues;
  llvm::SmallPtrSet<Operation *, 2> flagOps;
};

} // namespace

FailureOr<UpdateLoop> qnet::matchUpdateLoop(RewriterBase &rewriter,
                                            linalg::GenericOp op) {
  return UpdateMatcher(rewriter, op).run();
}

unsigned qnet::forEachUpdateLoop(
    Operation *root,
    function_ref<void(RewriterBase &, const UpdateLoop &)> rewrite) {
  SmallVector<linalg::GenericOp> generics;
  root->walk([&](linalg::GenericOp op) { generics.push_back(op); });
  IRRewriter rewriter(root->getContext());
  unsigned count = 0;
  for (linalg::GenericOp op : generics) {
    FailureOr<UpdateLoop> loop = matchUpdateLoop(rewriter, op);
    if (failed(loop))
      continue;
    rewrite(rewriter, *loop);
    ++count;
  }
  return count;
}
