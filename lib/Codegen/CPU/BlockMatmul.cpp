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
#include "llvm/Support/MathExtras.h"

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
/// Panels that share a row tile in the first-level cache, at most, and groups
/// of panels in a product, at least, if there are as many panels.
static constexpr int64_t kMaxGroupPanels = 4, kMinGroups = 8;

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

/// Packed panels of a group, in one buffer of a thread.
static int64_t panelSize(const Product &product) {
  return product.tiling.block * product.tiling.panel;
}

/// A block of panels [first, last): packed, then multiplied with each row tile
/// while that is in the first-level cache.
static void multiplyBlock(ImplicitLocOpBuilder &b, const Product &product,
                          Value left, Value panels, Value first, Value last,
                          KBlock block) {
  const Tiling &tiling = product.tiling;
  auto forEachPanel = [&](function_ref<void(Columns, Value)> body) {
    forEach(b, first, last, 1, [&](Value number) {
      Value start = mul(b, sub(b, number, first), panelSize(product));
      withPanel(b, product, number,
                [&](Columns columns) { body(columns, start); });
    });
  };
  forEachPanel([&](Columns columns, Value start) {
    packRight(b, product, columns, block, panels, start);
  });
  auto multiply = [&](int64_t firstTile, int64_t lastTile, int64_t rows) {
    forEach(b, index(b, firstTile), index(b, lastTile), 1, [&](Value tile) {
      Value start = leftTileStart(b, product, block.number, tile);
      Value row = tileRow(b, product, tile);
      forEachPanel([&](Columns columns, Value panelStart) {
        KernelTile operands{left, start, panels, panelStart, row, rows};
        emitKernel(b, product, operands, columns, block);
      });
    });
  };
  multiply(0, tiling.tallTiles, tiling.rows);
  multiply(tiling.tallTiles, tiling.tiles, tiling.rows - 1);
}

/// Runs `body` for groups of panels, in parallel, with a buffer for a block.
static void forEachGroup(ImplicitLocOpBuilder &b, const Product &product,
                         function_ref<void(Value, Value, Value)> body) {
  int64_t count = llvm::divideCeil(product.n, product.tiling.panel);
  int64_t size = std::clamp<int64_t>(count / kMinGroups, 1, kMaxGroupPanels);
  auto type = MemRefType::get(size * panelSize(product), b.getF32Type());
  forAll(b, llvm::divideCeil(count, size), [&](Value group) {
    Value panels = memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
    Value first = mul(b, group, size);
    body(panels, first, min(b, add(b, first, size), count));
  });
}

static void emitNest(ImplicitLocOpBuilder &b, const Product &product) {
  if (isLongDirect(product))
    return emitLongDirectNest(b, product, 32 * product.tiling.lanes);
  if (isDirect(product))
    return emitDirectNest(b, product, 32 * product.tiling.lanes);
  if (isTall(product))
    return emitTallNest(b, product);
  Value left = packLeft(b, product);
  // A left factor that a second-level cache cannot hold goes through it by
  // blocks.
  int64_t leftBytes = product.m * product.k * int64_t(sizeof(float));
  if (leftBytes > kMaxCachedLeft) {
    forEachBlock(b, product, [&](KBlock block) {
      forEachGroup(b, product, [&](Value panels, Value first, Value last) {
        multiplyBlock(b, product, left, panels, first, last, block);
      });
    });
    return;
  }
  forEachGroup(b, product, [&](Value panels, Value first, Value last) {
    forEachBlock(b, product, [&](KBlock block) {
      multiplyBlock(b, product, left, panels, first, last, block);
    });
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
  FailureOr<Product> product = findProduct(op, rewriter);
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
  if (tableProducts && product->hasMatrices)
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
