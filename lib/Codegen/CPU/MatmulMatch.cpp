//===- MatmulMatch.cpp - Finds matrix products and cuts them --------------===//
//
// A product has two parallel loops and one reduction, and adds the product of
// its two inputs to its output. Between an input's element and the
// multiplication there may be any elementwise ops, e.g. the decoding of a code.
//
//===----------------------------------------------------------------------===//

#include "Matmul.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "qnet/Codegen/Common/Buffers.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

/// Upper bound of a block of K: a few panels of it stay in a second-level
/// cache. A longer block saves reading and writing the output.
static constexpr int64_t kMaxBlock = 1024;
/// Blocks are multiples of it, so that codes start at whole words.
static constexpr int64_t kBlockMultiple = 32;

bool Factor::holdsCodes() const { return isa<QType>(element.getType()); }

//===----------------------------------------------------------------------===//
// Tiling
//===----------------------------------------------------------------------===//

/// Rows and vectors of a register tile: as many accumulators as the target has
/// registers, but for the operands.
static std::pair<int64_t, int64_t> chooseTile(unsigned vectorBits) {
  switch (vectorBits) {
  case 512:
    return {14, 2};
  case 256:
    return {6, 2};
  default:
    return {4, 2};
  }
}

Tiling matmul::chooseTiling(int64_t m, int64_t n, int64_t k,
                            const ProductSchedule &schedule) {
  auto [maxRows, vectors] = chooseTile(schedule.vectorBits);
  if (schedule.rows)
    maxRows = schedule.rows;
  if (schedule.vectors)
    vectors = schedule.vectors;
  Tiling tiling;
  tiling.lanes = schedule.vectorBits / 32;
  tiling.panel =
      std::min<int64_t>(vectors * tiling.lanes, llvm::alignTo(n, tiling.lanes));
  tiling.numBlocks =
      llvm::divideCeil(k, schedule.block ? schedule.block : kMaxBlock);
  tiling.block = k;
  if (tiling.numBlocks > 1)
    tiling.block =
        llvm::alignTo(llvm::divideCeil(k, tiling.numBlocks), kBlockMultiple);
  tiling.numBlocks = llvm::divideCeil(k, tiling.block);
  // Rows are dealt out evenly, so that no tile is much shorter than the others.
  tiling.tiles = llvm::divideCeil(m, maxRows);
  tiling.rows = llvm::divideCeil(m, tiling.tiles);
  tiling.tallTiles = m - tiling.tiles * (tiling.rows - 1);
  return tiling;
}

//===----------------------------------------------------------------------===//
// Matching
//===----------------------------------------------------------------------===//

BlockArgument matmul::findElement(Value value, Block *body) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument.getOwner() == body ? argument : BlockArgument();
  Operation *op = value.getDefiningOp();
  if (op->getBlock() != body || op->getNumResults() != 1)
    return {};
  if (!op->hasTrait<OpTrait::Elementwise>() && !isa<FromCodeOp, DecodeOp>(op))
    return {};
  BlockArgument element;
  for (Value operand : op->getOperands()) {
    Operation *source = operand.getDefiningOp();
    if (operand.getParentBlock() != body ||
        (source && source->hasTrait<OpTrait::ConstantLike>()))
      continue;
    BlockArgument found = findElement(operand, body);
    if (!found || (element && element != found))
      return {};
    element = found;
  }
  return element;
}

std::pair<Value, Value> matmul::matchBody(linalg::GenericOp op) {
  Block *body = op.getBody();
  auto yield = cast<linalg::YieldOp>(body->getTerminator());
  auto sum = yield.getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum)
    return {};
  Value out = sum.getLhs(), term = sum.getRhs();
  Value old = body->getArgument(op.getNumDpsInputs());
  if (out != old)
    std::swap(out, term);
  auto product = term.getDefiningOp<arith::MulFOp>();
  if (out != old || !product)
    return {};
  return {product.getLhs(), product.getRhs()};
}

/// Whether the elements lie as in a buffer of their own; a slice of the samples
/// of a batch does, at an offset.
static bool isContiguous(MemRefType type) {
  if (isa<QType>(type.getElementType()))
    return type.getLayout().isIdentity();
  SmallVector<int64_t> strides;
  int64_t offset;
  return succeeded(type.getStridesAndOffset(strides, offset)) &&
         strides == computeSuffixProduct(type.getShape());
}

static bool isPlainBuffer(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type && type.getRank() == 2 && type.hasStaticShape() &&
         isContiguous(type) && llvm::isInt<32>(type.getNumElements()) &&
         type.getNumElements() > 0;
}

/// The loops that index the two dimensions of an operand.
static std::optional<std::pair<unsigned, unsigned>> getLoops(AffineMap map) {
  if (map.getNumResults() != 2 || !map.isProjectedPermutation())
    return std::nullopt;
  return std::make_pair(map.getDimPosition(0), map.getDimPosition(1));
}

/// The factor that `value` is computed from; it loops over the reduction.
static FailureOr<Factor> matchFactor(linalg::GenericOp op, Value value,
                                     unsigned reduction) {
  BlockArgument element = findElement(value, op.getBody());
  if (!element || element.getArgNumber() > 1)
    return failure();
  if (!element.getType().isF32() && !isa<QType>(element.getType()))
    return failure();
  OpOperand *input = op.getDpsInputOperand(element.getArgNumber());
  auto loops = getLoops(op.getMatchingIndexingMap(input));
  if (!loops || !isPlainBuffer(input->get()))
    return failure();
  if (loops->first != reduction && loops->second != reduction)
    return failure();
  return Factor{
      input->get(), loops->first == reduction, element, value, false, {}, {}};
}

/// The parallel loop of a factor.
static unsigned getOuterLoop(linalg::GenericOp op, const Factor &factor) {
  auto loops = *getLoops(op.getMatchingIndexingMap(
      op.getDpsInputOperand(factor.element.getArgNumber())));
  return factor.transposed ? loops.second : loops.first;
}

FailureOr<Product> matmul::matchProduct(linalg::GenericOp op,
                                        RewriterBase &rewriter) {
  auto fail = [&](const char *reason) {
    return rewriter.notifyMatchFailure(op, reason);
  };
  if (op.getNumLoops() != 3 || op.getNumDpsInputs() != 2 ||
      op.getNumDpsInits() != 1 || op.getNumReductionLoops() != 1 ||
      op.getNumParallelLoops() != 2)
    return fail("expected two parallel loops, one reduction, and two inputs");
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  OpOperand *out = op.getDpsInitOperand(0);
  auto outLoops = getLoops(op.getMatchingIndexingMap(out));
  if (!outLoops || !isPlainBuffer(out->get()))
    return fail("expected a contiguous static matrix as the output");
  if (!cast<MemRefType>(out->get().getType()).getElementType().isF32())
    return fail("expected an f32 output");
  auto [x, y] = matchBody(op);
  if (!x)
    return fail("expected a body that adds a product to the output");
  FailureOr<Factor> left = matchFactor(op, x, reductions[0]);
  FailureOr<Factor> right = matchFactor(op, y, reductions[0]);
  if (failed(left) || failed(right))
    return fail("expected factors that are contiguous static matrices of f32 "
                "or codes, each computed from one input by elementwise ops");
  if (getOuterLoop(op, *left) == getOuterLoop(op, *right))
    return fail("expected factors with one parallel loop each");
  if (getOuterLoop(op, *left) != outLoops->first)
    std::swap(left, right);
  if (left->holdsCodes())
    return fail("expected codes only in the factor of the output's columns");
  Value whole = stripReshapes(out->get());
  if (stripReshapes(left->buffer) == whole ||
      stripReshapes(right->buffer) == whole)
    return fail("expected an output that is not an input");
  Product product{out->get(), *left, *right, 0, 0, 0};
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  product.m = sizes[outLoops->first];
  product.n = sizes[outLoops->second];
  product.k = sizes[reductions[0]];
  auto strideOf = [](const Factor &factor, int64_t outer, int64_t inner) {
    return factor.transposed ? std::make_pair(int64_t(1), outer)
                             : std::make_pair(inner, int64_t(1));
  };
  auto [leftRow, leftTerm] = strideOf(product.left, product.m, product.k);
  auto [rightColumn, rightTerm] = strideOf(product.right, product.n, product.k);
  product.rows = {{product.m, leftRow, 0, product.n}};
  product.columns = {{product.n, 0, rightColumn, 1}};
  product.sums = {{product.k, leftTerm, rightTerm, 0}};
  product.rowLoops = {outLoops->first};
  product.columnLoops = {outLoops->second};
  return product;
}

FailureOr<Product> matmul::recognizeProduct(linalg::GenericOp op,
                                            RewriterBase &rewriter) {
  FailureOr<Product> product = matchProduct(op, rewriter);
  return succeeded(product) ? product : matchAffineProduct(op, rewriter);
}

FailureOr<Product> matmul::findProduct(linalg::GenericOp op,
                                       RewriterBase &rewriter) {
  FailureOr<Product> product = recognizeProduct(op, rewriter);
  if (succeeded(product))
    placeBuffers(rewriter, op, *product);
  return product;
}

SmallVector<Loop> matmul::mergeLoops(ArrayRef<Loop> loops) {
  SmallVector<Loop> merged;
  for (const Loop &loop : loops) {
    if (!merged.empty()) {
      Loop &last = merged.back();
      if (last.left == loop.left * loop.size &&
          last.right == loop.right * loop.size &&
          last.out == loop.out * loop.size) {
        last = {last.size * loop.size, loop.left, loop.right, loop.out};
        continue;
      }
    }
    merged.push_back(loop);
  }
  return merged;
}

Value matmul::flatten(ImplicitLocOpBuilder &b, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 1)
    return buffer;
  auto all = llvm::to_vector<2>(llvm::seq<int64_t>(0, type.getRank()));
  return memref::CollapseShapeOp::create(b, buffer,
                                         ArrayRef<ReassociationIndices>(all));
}
