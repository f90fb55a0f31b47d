//===- ProductParts.cpp - Long sums of products in parts ------------------===//
//
// See ProductParts.h. The addition is a linalg op, which qnet-launch-linalg
// turns into a kernel of sums.
//
//===----------------------------------------------------------------------===//

#include "ProductParts.h"
#include "../CPU/LoopEmitter.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

/// Terms of a part at least: below, reading and writing its sum costs as much
/// as computing it.
static constexpr int64_t kMinTerms = 256;
static constexpr int64_t kMaxParts = 64;
/// Blocks that are aimed at: two for each multiprocessor of a large device.
static constexpr int64_t kGoodBlocks = 264;

int64_t qnet::mostParts(const Product &product) {
  auto type = cast<MemRefType>(product.out.getType());
  if (type.getNumElements() != product.m * product.n)
    return 1;
  return std::clamp<int64_t>(product.k / kMinTerms, 1, kMaxParts);
}

ProductParts qnet::cutProduct(const Product &product, int64_t tileRows,
                              int64_t tileColumns, int64_t depth,
                              int64_t most) {
  int64_t tiles = llvm::divideCeil(product.m, tileRows) *
                  llvm::divideCeil(product.n, tileColumns);
  if (most == 1 || tiles >= enoughBlocks)
    return {1, product.k};
  int64_t slices = llvm::divideCeil(product.k, depth);
  int64_t parts = std::min<int64_t>(most, llvm::divideCeil(kGoodBlocks, tiles));
  int64_t slicesOfPart = llvm::divideCeil(slices, parts);
  parts = llvm::divideCeil(slices, slicesOfPart);
  if (parts == 1)
    return {1, product.k};
  return {parts, slicesOfPart * depth};
}

void qnet::allocateSums(ImplicitLocOpBuilder &b, const Product &product,
                        ProductParts &parts) {
  if (!parts.areSeveral())
    return;
  SmallVector<int64_t> shape = {parts.parts};
  llvm::append_range(shape, cast<MemRefType>(product.out.getType()).getShape());
  // A buffer of a branch would have no place in the arena.
  OpBuilder::InsertionGuard guard(b);
  while (auto branch =
             dyn_cast<scf::IfOp>(b.getInsertionBlock()->getParentOp()))
    b.setInsertionPoint(branch);
  parts.sums =
      loops::allocateWorkspace(b, MemRefType::get(shape, b.getF32Type()));
}

void qnet::addSums(ImplicitLocOpBuilder &b, const Product &product,
                   const ProductParts &parts) {
  if (!parts.areSeveral())
    return;
  unsigned rank = cast<MemRefType>(product.out.getType()).getRank();
  if (!product.accumulate) {
    Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
    linalg::FillOp::create(b, zero, product.out);
  }
  AffineMap all = b.getMultiDimIdentityMap(rank + 1);
  SmallVector<utils::IteratorType> kinds(rank + 1,
                                         utils::IteratorType::parallel);
  kinds[0] = utils::IteratorType::reduction;
  linalg::GenericOp::create(
      b, TypeRange(), parts.sums, product.out,
      ArrayRef<AffineMap>{all, all.dropResult(0)}, kinds,
      [](OpBuilder &inner, Location loc, ValueRange values) {
        Value sum = arith::AddFOp::create(inner, loc, values[1], values[0]);
        linalg::YieldOp::create(inner, loc, sum);
      });
}
