//===- MatmulAffine.cpp - Convolutions as products of matrices ------------===//
//
// A contraction whose operands are affine in more than three loops is a product
// too: its loops fall into groups M (left factor and output), N (right factor
// and output) and K (both factors), each group a nest of strides. A
// convolution's columns matrix (im2col) is then never stored: the padded input
// is read under each window.
//
//===----------------------------------------------------------------------===//

#include "FlatAccess.h"
#include "LoopEmitter.h"
#include "Matmul.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "qnet/Codegen/Common/Buffers.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Vectors of packing start at multiples of it; the widest have as many lanes.
static constexpr int64_t kMaxLanes = 16;
/// Terms of a sum, at least, and rows, at most, of a product whose output may
/// be transposed.
static constexpr int64_t kMinLongSum = 2048, kMaxLongRows = 128;

bool Axis::hasContiguous(int64_t lanes) const {
  return strides.back() == 1 &&
         (sizes.size() == 1 || sizes.back() % lanes == 0);
}

Value matmul::alongAxis(ImplicitLocOpBuilder &b, const Axis &axis, Value i) {
  Value sum;
  for (int64_t d = axis.sizes.size() - 1; d >= 0; --d) {
    Value part = i;
    if (d != 0) {
      part = b.createOrFold<arith::RemUIOp>(i, index(b, axis.sizes[d]));
      i = b.createOrFold<arith::DivUIOp>(i, index(b, axis.sizes[d]));
    }
    part = mul(b, part, axis.strides[d]);
    sum = sum ? add(b, sum, part) : part;
  }
  return sum;
}

SmallVector<Value> matmul::locate(ImplicitLocOpBuilder &b, const Factor &factor,
                                  Value i, Value k) {
  if (!factor.isAffine)
    return factor.transposed ? SmallVector<Value>{k, i}
                             : SmallVector<Value>{i, k};
  Value sum =
      add(b, alongAxis(b, factor.outer, i), alongAxis(b, factor.inner, k));
  return {add(b, sum, factor.offset)};
}

namespace {
/// Loops of a contraction by group, in the order of the nest.
struct LoopGroups {
  SmallVector<unsigned> m, n, k;
};
} // namespace

/// The group that a loop belongs to, or null.
static SmallVector<unsigned> *findGroup(LoopGroups &groups,
                                        utils::IteratorType kind, bool inLeft,
                                        bool inRight) {
  if (kind == utils::IteratorType::reduction)
    return inLeft && inRight ? &groups.k : nullptr;
  if (inLeft == inRight)
    return nullptr;
  return inLeft ? &groups.m : &groups.n;
}

static std::optional<LoopGroups> groupLoops(linalg::GenericOp op,
                                            const FlatAccess &left,
                                            const FlatAccess &right) {
  // Loops of one iteration stand for a group that has no others: one row, say.
  LoopGroups groups, units;
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    bool isUnit = sizes[loop] == 1;
    SmallVector<unsigned> *group =
        findGroup(isUnit ? units : groups, kind, left.strides[loop] != 0,
                  right.strides[loop] != 0);
    if (group)
      group->push_back(loop);
    else if (!isUnit)
      return std::nullopt;
  }
  for (auto member : {&LoopGroups::m, &LoopGroups::n, &LoopGroups::k}) {
    if (!(groups.*member).empty())
      continue;
    if ((units.*member).empty())
      return std::nullopt;
    groups.*member = {(units.*member).back()};
  }
  return groups;
}

static int64_t countOf(ArrayRef<unsigned> loops, ArrayRef<int64_t> sizes) {
  int64_t count = 1;
  for (unsigned loop : loops)
    count *= sizes[loop];
  return count;
}

/// Whether the output is the matrix [M, N], by rows.
static bool isMatrixOutput(const LoopGroups &groups, ArrayRef<int64_t> sizes,
                           const FlatAccess &out) {
  int64_t columns = countOf(groups.n, sizes);
  Axis rows = buildAxis(groups.m, sizes, out);
  Axis inner = buildAxis(groups.n, sizes, out);
  return out.offset == 0 && rows.sizes.size() == 1 &&
         rows.strides[0] == columns && inner.sizes.size() == 1 &&
         inner.strides[0] == 1;
}

/// Fills in how a factor's loops lie in its buffer; fails where no packer can
/// read it.
static LogicalResult setAxes(Factor &factor, ArrayRef<unsigned> outer,
                             ArrayRef<unsigned> inner, ArrayRef<int64_t> sizes,
                             const FlatAccess &access, bool isLeft) {
  factor.isAffine = true;
  factor.outer = buildAxis(outer, sizes, access);
  factor.inner = buildAxis(inner, sizes, access);
  factor.offset = access.offset;
  if (factor.holdsCodes()) {
    // Columns of codes are one nest of strides; rows may be several.
    factor.transposed = factor.outer.hasContiguous(1);
    if (isLeft || factor.outer.sizes.size() != 1)
      return failure();
    bool isPlain = factor.inner.sizes.size() == 1 &&
                   factor.inner.strides[0] == 1 &&
                   factor.outer.strides[0] == factor.inner.sizes[0];
    return success(factor.transposed || (isPlain && factor.offset == 0));
  }
  if (factor.inner.hasContiguous(kMaxLanes)) {
    factor.transposed = false;
    return success();
  }
  // Tiles of rows start anywhere: their axis must be one run.
  factor.transposed = true;
  return success(isLeft ? factor.outer.strides.back() == 1 &&
                              factor.outer.sizes.size() == 1
                        : factor.outer.hasContiguous(kMaxLanes));
}

static Value matrixView(ImplicitLocOpBuilder &b, Value buffer,
                        ArrayRef<int64_t> shape) {
  auto type = cast<MemRefType>(buffer.getType());
  auto matrix = MemRefType::get(shape, type.getElementType());
  ReassociationIndices both{0, 1};
  return memref::ExpandShapeOp::create(b, matrix, flatten(b, buffer),
                                       ArrayRef<ReassociationIndices>(both));
}

static std::optional<Factor> findFactor(linalg::GenericOp op, Value value) {
  BlockArgument element = findElement(value, op.getBody());
  if (!element || element.getArgNumber() > 1 ||
      (!element.getType().isF32() && !isa<QType>(element.getType())))
    return std::nullopt;
  Factor factor;
  factor.buffer = op.getDpsInputOperand(element.getArgNumber())->get();
  factor.transposed = false;
  factor.element = element;
  factor.value = value;
  return factor;
}

static SmallVector<Loop> buildLoops(ArrayRef<unsigned> loops,
                                    ArrayRef<int64_t> sizes,
                                    const FlatAccess &left,
                                    const FlatAccess &right,
                                    const FlatAccess &out) {
  SmallVector<Loop> result;
  for (unsigned loop : loops)
    result.push_back({sizes[loop], left.strides[loop], right.strides[loop],
                      out.strides[loop]});
  return result;
}

/// Share of the lanes that runs of the fastest loops fill.
static double filledLanes(ArrayRef<unsigned> loops, ArrayRef<int64_t> sizes,
                          const FlatAccess &access) {
  Axis axis = buildAxis(loops, sizes, access);
  if (axis.strides.back() != 1)
    return 0;
  int64_t run = axis.sizes.back();
  return double(run) / double(llvm::alignTo(run, kMaxLanes));
}

/// Whether rows make better vectors than columns do, in a long sum: as in the
/// filter gradient of a convolution with few channels.
static bool hasBetterColumns(const LoopGroups &groups, ArrayRef<int64_t> sizes,
                             const FlatAccess &left, const FlatAccess &right) {
  return countOf(groups.k, sizes) >= kMinLongSum &&
         countOf(groups.n, sizes) <= kMaxLongRows &&
         filledLanes(groups.m, sizes, left) >
             filledLanes(groups.n, sizes, right);
}

FailureOr<Product> matmul::matchAffineProduct(linalg::GenericOp op,
                                              RewriterBase &rewriter) {
  auto fail = [&](const char *reason) {
    return rewriter.notifyMatchFailure(op, reason);
  };
  // A third input may give loops their sizes.
  auto isShapeOnly = [&] {
    return op.getNumDpsInputs() == 3 &&
           op.getBody()->getArgument(2).use_empty();
  };
  if ((op.getNumDpsInputs() != 2 && !isShapeOnly()) ||
      op.getNumDpsInits() != 1 || op.getNumResults() != 0 ||
      op.hasIndexSemantics())
    return fail("expected two inputs and one output");
  auto [x, y] = matchBody(op);
  if (!x)
    return fail("expected a body that adds a product to the output");
  std::optional<Factor> left = findFactor(op, x), right = findFactor(op, y);
  if (!left || !right || left->element == right->element)
    return fail("expected factors of f32 or codes, each from one input");
  auto accessOf = [&](const Factor &factor) {
    return getAccess(op, *op.getDpsInputOperand(factor.element.getArgNumber()));
  };
  std::optional<FlatAccess> leftAt = accessOf(*left),
                            rightAt = accessOf(*right);
  std::optional<FlatAccess> outAt = getAccess(op, *op.getDpsInitOperand(0));
  if (!leftAt || !rightAt || !outAt)
    return fail("expected contiguous static buffers at linear places");
  Value out = op.getDpsInitOperand(0)->get();
  if (!cast<MemRefType>(out.getType()).getElementType().isF32())
    return fail("expected an f32 output");
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  std::optional<LoopGroups> groups = groupLoops(op, *leftAt, *rightAt);
  auto hasContiguousColumns = [&] {
    return groups && outAt->strides[groups->n.back()] == 1;
  };
  if (!hasContiguousColumns()) {
    std::swap(left, right);
    std::swap(leftAt, rightAt);
    groups = groupLoops(op, *leftAt, *rightAt);
  }
  if (!hasContiguousColumns())
    return fail("expected loops of a matrix product");
  if (hasBetterColumns(*groups, sizes, *leftAt, *rightAt)) {
    std::swap(left, right);
    std::swap(leftAt, rightAt);
    std::swap(groups->m, groups->n);
  }
  Value whole = stripReshapes(out);
  if (stripReshapes(left->buffer) == whole ||
      stripReshapes(right->buffer) == whole)
    return fail("expected an output that is not an input");

  Product product{out, *left, *right, 0, 0, 0};
  product.needsViews = true;
  product.m = countOf(groups->m, sizes);
  product.n = countOf(groups->n, sizes);
  product.k = countOf(groups->k, sizes);
  product.rows = buildLoops(groups->m, sizes, *leftAt, *rightAt, *outAt);
  product.columns = buildLoops(groups->n, sizes, *leftAt, *rightAt, *outAt);
  product.sums = buildLoops(groups->k, sizes, *leftAt, *rightAt, *outAt);
  product.rowLoops = groups->m;
  product.columnLoops = groups->n;
  product.sumLoops = groups->k;
  product.outOffset = outAt->offset;
  findBorders(op, product, groups->m, groups->n, groups->k);
  bool packsLeft = succeeded(
      setAxes(product.left, groups->m, groups->k, sizes, *leftAt, true));
  product.packsRight = succeeded(
      setAxes(product.right, groups->n, groups->k, sizes, *rightAt, false));
  // A slice may be contiguous, but is no matrix of its own.
  product.isMatrixOutput =
      cast<MemRefType>(out.getType()).getLayout().isIdentity() &&
      isMatrixOutput(*groups, sizes, *outAt);
  bool packs = packsLeft && product.packsRight && product.isMatrixOutput;
  product.hasMatrices = packs && product.right.offset == 0;
  if (!packs && !isLong(product) && !isDirect(product))
    return fail("expected factors with runs of whole vectors");
  return product;
}

void matmul::placeBuffers(RewriterBase &rewriter, linalg::GenericOp op,
                          Product &product) {
  if (!product.needsViews)
    return;
  product.needsViews = false;
  Value out = product.out;
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  b.setInsertionPoint(op);
  if (product.isMatrixOutput)
    product.out = matrixView(b, out, {product.m, product.n});
  else
    product.out = flattenAny(b, out);
  for (Factor *factor : {&product.left, &product.right})
    if (!factor->holdsCodes())
      factor->buffer = flattenAny(b, factor->buffer);
}
