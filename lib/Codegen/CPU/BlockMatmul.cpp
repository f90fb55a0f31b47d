//===- BlockMatmul.cpp - Matrix products as blocked loops -----------------===//
//
// The loop nest of Goto and van de Geijn, "Anatomy of High-Performance Matrix
// Multiplication" (ACM TOMS 2008), with the left factor packed once and panels
// of columns in parallel. Sums do not depend on the tile sizes: each is one fma
// chain in ascending k.
//
//===----------------------------------------------------------------------===//

#include "qnet/Codegen/CPU/Passes.h"

#include "LoopEmitter.h"
#include "MatmulTable.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "qnet/Codegen/Common/Buffers.h"
#include "qnet/Dialect/Qnet/IR/QnetDialect.h"

namespace qnet {
#define GEN_PASS_DEF_QNETBLOCKMATMUL
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Bytes of a left factor that all panels may read again and again.
static constexpr int64_t kMaxCachedLeft = 1 << 20;

/// Bytes of a right factor that is packed whole although it need not be.
static constexpr int64_t kMaxPackedRight = 16 << 20;

//===----------------------------------------------------------------------===//
// The zero fill before a product
//===----------------------------------------------------------------------===//

/// The fill of `out` with +0 that nothing sees but `op`, or null.
static linalg::FillOp findZeroFill(linalg::GenericOp op, Value out) {
  linalg::FillOp fill = findFillBefore(op, out);
  if (fill && matchPattern(fill.getInputs()[0], m_PosZeroFloat()))
    return fill;
  return {};
}

//===----------------------------------------------------------------------===//
// The nest
//===----------------------------------------------------------------------===//

void matmul::forEachBlock(ImplicitLocOpBuilder &b, const Product &product,
                          function_ref<void(KBlock)> body) {
  const Tiling &tiling = product.tiling;
  forEach(b, index(b, 0), index(b, tiling.numBlocks), 1, [&](Value number) {
    Value begin = mul(b, number, tiling.block);
    body({number, begin, min(b, add(b, begin, tiling.block), product.k)});
  });
}

Value matmul::tileRow(ImplicitLocOpBuilder &b, const Product &product,
                      Value tile) {
  const Tiling &tiling = product.tiling;
  Value tall = min(b, tile, tiling.tallTiles);
  return add(b, mul(b, tile, tiling.rows - 1), tall);
}

/// All row tiles of one block of a panel.
static void multiplyBlock(ImplicitLocOpBuilder &b, const Product &product,
                          Value left, Value panel, Columns columns,
                          KBlock block) {
  const Tiling &tiling = product.tiling;
  auto multiply = [&](int64_t first, int64_t last, int64_t rows) {
    forEach(b, index(b, first), index(b, last), 1, [&](Value tile) {
      Value start = leftTileStart(b, product, block.number, tile);
      KernelTile operands{
          left, start, panel, index(b, 0), tileRow(b, product, tile), rows};
      emitKernel(b, product, operands, columns, block);
    });
  };
  multiply(0, tiling.tallTiles, tiling.rows);
  multiply(tiling.tallTiles, tiling.tiles, tiling.rows - 1);
}

/// Packs and multiplies blocks of all panels of columns, in parallel.
static void multiplyPanels(ImplicitLocOpBuilder &b, const Product &product,
                           function_ref<void(Columns, Value)> body) {
  const Tiling &tiling = product.tiling;
  int64_t full = product.n / tiling.panel, rest = product.n % tiling.panel;
  int64_t count = full + (rest != 0);
  auto type = MemRefType::get(tiling.block * tiling.panel, b.getF32Type());
  forAll(b, count, [&](Value number) {
    Value panel = memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
    split(
        b, number, full, count,
        [&] { body({mul(b, number, tiling.panel), tiling.panel}, panel); },
        [&] { body({index(b, full * tiling.panel), rest}, panel); });
  });
}

static void emitNest(ImplicitLocOpBuilder &b, const Product &product) {
  // A tall product packs its right factor whole: not all windows of an image.
  int64_t rightBytes = product.n * product.k * int64_t(sizeof(float));
  if (isTall(product) && !(isLong(product) && rightBytes > kMaxPackedRight))
    return emitTallNest(b, product);
  if (isLong(product))
    return emitLongNest(b, product);
  Value left = packLeft(b, product);
  auto multiply = [&](Columns columns, Value panel, KBlock block) {
    packRight(b, product, columns, block, panel, index(b, 0));
    multiplyBlock(b, product, left, panel, columns, block);
  };
  // A left factor that a second-level cache cannot hold goes through it by
  // blocks.
  int64_t leftBytes = product.m * product.k * int64_t(sizeof(float));
  if (leftBytes > kMaxCachedLeft) {
    forEachBlock(b, product, [&](KBlock block) {
      multiplyPanels(b, product, [&](Columns columns, Value panel) {
        multiply(columns, panel, block);
      });
    });
    return;
  }
  multiplyPanels(b, product, [&](Columns columns, Value panel) {
    forEachBlock(b, product,
                 [&](KBlock block) { multiply(columns, panel, block); });
  });
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct QnetBlockMatmul : qnet::impl::QnetBlockMatmulBase<QnetBlockMatmul> {
  using QnetBlockMatmulBase::QnetBlockMatmulBase;

  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  LogicalResult block(IRRewriter &rewriter, linalg::GenericOp op);
};
} // namespace

LogicalResult QnetBlockMatmul::initialize(MLIRContext *context) {
  auto fail = [&](const char *expected) {
    return emitError(UnknownLoc::get(context))
           << "qnet-block-matmul: expected vector-bits of " << expected
           << ", got " << vectorBits.getValue();
  };
  if (vectorBits != 128 && vectorBits != 256 && vectorBits != 512)
    return fail("128, 256 or 512");
  if (tableProducts && vectorBits == 128)
    return fail("256 or 512 for table-products");
  return success();
}

LogicalResult QnetBlockMatmul::block(IRRewriter &rewriter,
                                     linalg::GenericOp op) {
  Value out = op.getDpsInits().empty() ? Value() : op.getDpsInits()[0];
  FailureOr<Product> product = matchProduct(op, rewriter);
  if (failed(product))
    product = matchAffineProduct(op, rewriter);
  if (failed(product))
    return failure();
  product->tiling =
      chooseTiling(product->m, product->n, product->k, vectorBits);
  if (linalg::FillOp fill = findZeroFill(op, out)) {
    product->accumulate = false;
    rewriter.eraseOp(fill);
    ++numFills;
  }
  rewriter.setInsertionPoint(op);
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  std::optional<TablePlan> plan;
  if (tableProducts)
    plan = planTables(*product, vectorBits);
  if (plan) {
    emitTableNest(b, *plan);
    ++numTables;
  } else {
    emitNest(b, *product);
  }
  rewriter.eraseOp(op);
  ++numProducts;
  return success();
}

void QnetBlockMatmul::runOnOperation() {
  SmallVector<linalg::GenericOp> products;
  getOperation().walk([&](linalg::GenericOp op) { products.push_back(op); });
  IRRewriter rewriter(&getContext());
  for (linalg::GenericOp op : products)
    (void)block(rewriter, op);
}
