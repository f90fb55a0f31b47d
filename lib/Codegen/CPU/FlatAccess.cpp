//===- FlatAccess.cpp - Operands as flat buffers --------------------------===//
//
// See FlatAccess.h.
//
//===----------------------------------------------------------------------===//

#include "FlatAccess.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

static bool isLinear(AffineExpr expr) {
  return !expr.walk([](AffineExpr inner) {
                AffineExprKind kind = inner.getKind();
                bool divides = kind == AffineExprKind::Mod ||
                               kind == AffineExprKind::FloorDiv ||
                               kind == AffineExprKind::CeilDiv;
                return divides ? WalkResult::interrupt()
                               : WalkResult::advance();
              })
              .wasInterrupted();
}

static int64_t dot(ArrayRef<int64_t> place, ArrayRef<int64_t> strides) {
  int64_t flat = 0;
  for (auto [index, stride] : llvm::zip_equal(place, strides))
    flat += index * stride;
  return flat;
}

bool matmul::getStaticStrides(MemRefType type, SmallVector<int64_t> &strides) {
  int64_t offset;
  strides.clear();
  return succeeded(type.getStridesAndOffset(strides, offset)) &&
         !ShapedType::isDynamic(offset) &&
         llvm::none_of(strides, ShapedType::isDynamic);
}

std::optional<FlatAccess> matmul::getAccess(linalg::GenericOp op,
                                            OpOperand &operand) {
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  if (!type || type.getRank() == 0 || !type.hasStaticShape() ||
      type.getNumElements() == 0 || !llvm::isInt<32>(type.getNumElements()))
    return std::nullopt;
  SmallVector<int64_t> steps = computeSuffixProduct(type.getShape());
  bool isSlice = !type.getLayout().isIdentity();
  if (isSlice &&
      (!type.getElementType().isF32() || !getStaticStrides(type, steps)))
    return std::nullopt;
  AffineMap map = op.getMatchingIndexingMap(&operand);
  if (!llvm::all_of(map.getResults(), isLinear))
    return std::nullopt;
  SmallVector<int64_t> loops(op.getNumLoops(), 0);
  FlatAccess access;
  access.offset = dot(map.compose(loops), steps);
  for (int64_t &loop : loops) {
    loop = 1;
    access.strides.push_back(dot(map.compose(loops), steps) - access.offset);
    loop = 0;
  }
  return access;
}

Axis matmul::buildAxis(ArrayRef<unsigned> loops, ArrayRef<int64_t> sizes,
                       const FlatAccess &access) {
  Axis axis;
  for (unsigned loop : loops) {
    int64_t stride = access.strides[loop];
    if (!axis.sizes.empty() && axis.strides.back() == stride * sizes[loop]) {
      axis.sizes.back() *= sizes[loop];
      axis.strides.back() = stride;
      continue;
    }
    axis.sizes.push_back(sizes[loop]);
    axis.strides.push_back(stride);
  }
  return axis;
}

/// A slice as a buffer of one dimension, up to its last element.
static Value flattenSlice(ImplicitLocOpBuilder &b, Value slice) {
  auto type = cast<MemRefType>(slice.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  (void)type.getStridesAndOffset(strides, offset);
  int64_t span = 1;
  for (auto [size, stride] : llvm::zip_equal(type.getShape(), strides))
    span += (size - 1) * stride;
  auto layout = StridedLayoutAttr::get(b.getContext(), offset, {1});
  auto flat = MemRefType::get({span}, type.getElementType(), layout);
  return memref::ReinterpretCastOp::create(
      b, flat, slice, offset, ArrayRef<int64_t>{span}, ArrayRef<int64_t>{1});
}

Value matmul::flattenAny(ImplicitLocOpBuilder &b, Value buffer) {
  bool isWhole = cast<MemRefType>(buffer.getType()).getLayout().isIdentity();
  return isWhole ? flatten(b, buffer) : flattenSlice(b, buffer);
}
