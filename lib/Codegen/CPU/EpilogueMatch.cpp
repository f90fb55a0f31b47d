//===- EpilogueMatch.cpp - Elementwise ops that a product can run ---------===//
//
// An op can run on an element as soon as its sum is finished if it reads and
// writes nothing that other elements, or the product's factors, have to do
// with.
//
//===----------------------------------------------------------------------===//

#include "Epilogue.h"
#include "FlatAccess.h"
#include "VectorNest.h"
#include "qnet/Codegen/Common/Buffers.h"
#include "qnet/Codegen/Common/Epilogues.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

/// Ops of the body, at most: code is emitted for each vector of a tile.
static constexpr int64_t kMaxOps = 32;

static bool isLane(Type type) {
  return type.isF32() || type.isInteger(32) || type.isInteger(1);
}

/// Whether the body computes vectors as it does scalars.
static bool hasVectorBody(linalg::GenericOp op) {
  int64_t count = 0;
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (inner.hasTrait<OpTrait::ConstantLike>())
      continue;
    if (++count > kMaxOps || inner.getNumResults() != 1 ||
        !hasVectorForm(&inner) ||
        !llvm::all_of(inner.getOperandTypes(), isLane) ||
        !llvm::all_of(inner.getResultTypes(), isLane))
      return false;
  }
  return true;
}

/// How the product's loops move an operand of the op, whose loops are the
/// dimensions of the product's result.
static std::optional<EpilogueOperand> matchElements(const Product &product,
                                                    linalg::GenericOp productOp,
                                                    linalg::GenericOp op,
                                                    OpOperand &operand) {
  std::optional<FlatAccess> access = getAccess(op, operand);
  Type element = getElementTypeOrSelf(operand.get().getType());
  if (!access || !(element.isF32() || element.isInteger(32)))
    return std::nullopt;
  AffineMap outMap =
      productOp.getMatchingIndexingMap(productOp.getDpsInitOperand(0));
  FlatAccess inProduct{access->offset,
                       SmallVector<int64_t>(productOp.getNumLoops(), 0)};
  for (auto [d, stride] : llvm::enumerate(access->strides))
    inProduct.strides[outMap.getDimPosition(d)] = stride;
  SmallVector<int64_t> sizes = productOp.getStaticLoopRanges();
  EpilogueOperand result;
  result.kind = EpilogueOperand::Kind::Elements;
  result.buffer = operand.get();
  result.rows = buildAxis(product.rowLoops, sizes, inProduct);
  result.columns = buildAxis(product.columnLoops, sizes, inProduct);
  result.offset = inProduct.offset;
  bool isRun =
      result.columns.sizes.size() == 1 && result.columns.strides[0] == 1;
  if (!isRun && result.movesByColumn())
    return std::nullopt;
  return result;
}

/// Whether two operands are never at different elements of one buffer in
/// different iterations, if one of them is written.
static bool areIndependent(linalg::GenericOp op, OpOperand &a, OpOperand &b) {
  if (!isa<MemRefType>(a.get().getType()) ||
      !isa<MemRefType>(b.get().getType()) || areDisjoint(a.get(), b.get()))
    return true;
  AffineMap map = op.getMatchingIndexingMap(&a);
  return a.get() == b.get() && map == op.getMatchingIndexingMap(&b) &&
         map.isPermutation();
}

FailureOr<Epilogue> matmul::matchEpilogue(const Product &product,
                                          linalg::GenericOp productOp,
                                          linalg::GenericOp op,
                                          RewriterBase &rewriter) {
  auto fail = [&](const char *reason) {
    return rewriter.notifyMatchFailure(op, reason);
  };
  if (op.getNumParallelLoops() != op.getNumLoops() ||
      !op.hasPureBufferSemantics() || op.hasDynamicShape() ||
      op.hasIndexSemantics() || !hasVectorBody(op))
    return fail("expected an elementwise op on buffers with a vector form");
  Value result = productOp.getDpsInits()[0];
  AffineMap outMap =
      productOp.getMatchingIndexingMap(productOp.getDpsInitOperand(0));
  auto type = cast<MemRefType>(result.getType());
  if (!outMap.isProjectedPermutation() ||
      outMap.getNumResults() != op.getNumLoops() ||
      type.getNumElements() != product.m * product.n ||
      product.columns.back().out != 1)
    return fail("expected a result with contiguous columns, and a loop of the "
                "op for each of its dimensions");
  Epilogue epilogue{op, {}, /*keepsResult=*/!consumesResult(op)};
  bool readsResult = false;
  for (OpOperand &operand : op->getOpOperands()) {
    bool isOutput = op.isDpsInit(&operand);
    EpilogueOperand &source = epilogue.operands.emplace_back();
    if (operand.get() == result) {
      if (!op.getMatchingIndexingMap(&operand).isIdentity())
        return fail("expected the result element by element");
      source.kind = EpilogueOperand::Kind::Result;
      readsResult |= !isOutput;
      continue;
    }
    if (!isOutput && !isa<MemRefType>(operand.get().getType())) {
      source.buffer = operand.get();
      continue;
    }
    auto elements = matchElements(product, productOp, op, operand);
    bool isOwn =
        !isOutput || (elements && elements->movesByColumn() &&
                      op.getMatchingIndexingMap(&operand).isPermutation());
    if (!elements || !isOwn)
      return fail("expected operands of f32 or i32 with contiguous columns");
    source = *elements;
    if (!areDisjoint(operand.get(), result))
      return fail("expected no other view of the result");
  }
  if (!readsResult)
    return fail("expected an op that reads the result");
  for (OpOperand &output : op.getDpsInitsMutable()) {
    for (const Factor *factor : {&product.left, &product.right})
      if (!areDisjoint(output.get(), factor->buffer))
        return fail("expected outputs that are no factors");
    for (OpOperand &other : op->getOpOperands())
      if (&other != &output && !areIndependent(op, output, other))
        return fail("expected outputs that no other element reads");
  }
  return epilogue;
}

void matmul::placeEpilogue(ImplicitLocOpBuilder &b, Epilogue &epilogue) {
  for (EpilogueOperand &operand : epilogue.operands)
    if (operand.isElements())
      operand.buffer = flattenAny(b, operand.buffer);
}
