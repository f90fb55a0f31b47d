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
#include "Matmul.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "qnet/Codegen/Common/Epilogues.h"
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
/// Groups of panels in a product, at least, if there are as many panels.
static constexpr int64_t kMinGroups = 8;
/// Panels of a group, at most, and row tiles that go through one panel before
/// the next: their rows stay in the second-level cache, the panel is read from
/// the first.
static constexpr int64_t kMaxGroupPanels = 16, kStepTiles = 12;
/// The same where panels are packed by rows (measured): each row tile goes
/// through all panels at once.
static constexpr int64_t kMaxRowPanels = 4, kRowStepTiles = 1;

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

/// A block of panels [first, last): packed, then multiplied with some row tiles
/// at a time.
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
  if (packsByRows(product))
    forEach(b, block.begin, block.end, 1, [&](Value k) {
      forEachPanel([&](Columns columns, Value start) {
        packRightRow(b, product, columns, block, k, panels, start);
      });
    });
  else
    forEachPanel([&](Columns columns, Value start) {
      packRight(b, product, columns, block, panels, start);
    });
  int64_t step = packsByRows(product) ? kRowStepTiles : kStepTiles;
  auto multiply = [&](int64_t firstTile, int64_t lastTile, int64_t rows) {
    Value end = index(b, lastTile);
    forEach(b, index(b, firstTile), end, step, [&](Value first) {
      forEachPanel([&](Columns columns, Value panelStart) {
        Value last = b.createOrFold<arith::MinUIOp>(add(b, first, step), end);
        forEach(b, first, last, 1, [&](Value tile) {
          Value start = leftTileStart(b, product, block.number, tile);
          KernelTile operands{
              left, start, panels, panelStart, tileRow(b, product, tile), rows};
          emitKernel(b, product, operands, columns, block);
        });
      });
    });
  };
  multiply(0, tiling.tallTiles, tiling.rows);
  multiply(tiling.tallTiles, tiling.tiles, tiling.rows - 1);
}

static int64_t chooseGroupPanels(const Product &product,
                                 const ProductSchedule &schedule) {
  int64_t count = llvm::divideCeil(product.n, product.tiling.panel);
  int64_t groups = schedule.groups ? schedule.groups : kMinGroups;
  int64_t most = schedule.panels        ? schedule.panels
                 : packsByRows(product) ? kMaxRowPanels
                                        : kMaxGroupPanels;
  return std::clamp<int64_t>(count / groups, 1, most);
}

/// Runs `body` for groups of panels, in parallel, with a buffer for a block.
static void forEachGroup(ImplicitLocOpBuilder &b, const Product &product,
                         int64_t size,
                         function_ref<void(Value, Value, Value)> body) {
  int64_t count = llvm::divideCeil(product.n, product.tiling.panel);
  auto type = MemRefType::get(size * panelSize(product), b.getF32Type());
  forAll(b, llvm::divideCeil(count, size), [&](Value group) {
    Value panels = memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
    Value first = mul(b, group, size);
    body(panels, first, min(b, add(b, first, size), count));
  });
}

bool matmul::canBePacked(const Product &product) { return product.hasMatrices; }

int64_t matmul::packedStackBytes(const Product &product,
                                 const ProductSchedule &schedule) {
  return chooseGroupPanels(product, schedule) * panelSize(product) *
         int64_t(sizeof(float));
}

void matmul::emitPackedNest(ImplicitLocOpBuilder &b, const Product &product,
                            const ProductSchedule &schedule) {
  Value left = packLeft(b, product);
  int64_t size = chooseGroupPanels(product, schedule);
  // A left factor that a second-level cache cannot hold goes through it by
  // blocks.
  int64_t leftBytes = product.m * product.k * int64_t(sizeof(float));
  if (leftBytes > kMaxCachedLeft) {
    forEachBlock(b, product, [&](KBlock block) {
      forEachGroup(
          b, product, size, [&](Value panels, Value first, Value last) {
            multiplyBlock(b, product, left, panels, first, last, block);
          });
    });
    return;
  }
  forEachGroup(b, product, size, [&](Value panels, Value first, Value last) {
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
  ProductSchedule scheduleFor(const ProductFacts &facts) const;

  ProductSchedule schedule;
};
} // namespace

LogicalResult QnetBlockMatmul::initialize(MLIRContext *context) {
  auto fail = [&] {
    return emitError(UnknownLoc::get(context)) << "qnet-block-matmul: ";
  };
  std::optional<ProductMethod> symbol = symbolizeProductMethod(method);
  if (!symbol)
    return fail() << "expected a method of auto, packed, tall, direct, long, "
                     "table or winograd, got '"
                  << method << "'";
  schedule.vectorBits = vectorBits;
  schedule.method = *symbol;
  schedule.rows = rows;
  schedule.vectors = vectors;
  schedule.block = kBlock;
  schedule.panels = panels;
  schedule.groups = groups;
  schedule.allowSpills = allowSpills;
  if (failed(verifySchedule(schedule, fail)))
    return failure();
  if (tableProducts && vectorBits == 128)
    return fail() << "expected vector-bits of 256 or 512 for table-products, "
                     "got 128";
  return success();
}

/// The pass's schedule is for all products: one that the method does not suit
/// is cut as if there were none. Tables and minimal filtering do not take its
/// parameters unless it names them.
ProductSchedule QnetBlockMatmul::scheduleFor(const ProductFacts &facts) const {
  ProductSchedule plain;
  plain.vectorBits = vectorBits;
  bool isAuto = schedule.method == ProductMethod::Auto;
  if (isAuto && tableProducts && facts.prefersTables(winogradProducts))
    plain.method = ProductMethod::Table;
  else if (isAuto && winogradProducts && facts.can(ProductMethod::Winograd))
    plain.method = ProductMethod::Winograd;
  else if (isAuto || facts.can(schedule.method))
    return schedule;
  return plain;
}

LogicalResult QnetBlockMatmul::block(IRRewriter &rewriter,
                                     linalg::GenericOp op) {
  FailureOr<ProductFacts> facts = describeProduct(op, vectorBits);
  if (failed(facts))
    return success();
  Location loc = op.getLoc();
  auto fail = [&] { return emitError(loc) << "qnet-block-matmul: "; };
  FailureOr<BlockedProduct> blocked =
      blockProduct(rewriter, op, scheduleFor(*facts), fail, /*reason=*/nullptr,
                   /*takesNext=*/true);
  if (failed(blocked))
    return failure();
  ++numProducts;
  numTables += blocked->method == ProductMethod::Table;
  numWinograd += blocked->method == ProductMethod::Winograd;
  numFills += blocked->removedFill;
  numEpilogues += blocked->hasEpilogue;
  numPartSums += blocked->hasPartSums;
  return success();
}

void QnetBlockMatmul::runOnOperation() {
  SmallVector<linalg::GenericOp> products;
  // Epilogues and part sums go with their products.
  getOperation().walk([&](linalg::GenericOp op) {
    if (!isEpilogue(op) && !isPartSums(op))
      products.push_back(op);
  });
  IRRewriter rewriter(&getContext());
  for (linalg::GenericOp op : products)
    if (failed(block(rewriter, op)))
      return signalPassFailure();
}
