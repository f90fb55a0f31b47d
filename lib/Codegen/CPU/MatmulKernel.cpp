//===- MatmulKernel.cpp - The register tile of a matrix product -----------===//
//
// rows x columns accumulators are carried through one loop over k. Each k loads
// the columns' vectors from the panel once and broadcasts one element a row.
// The sums of the first block start from zero, or from those in memory where
// the product accumulates; those of a later block go on from memory. So an
// element is one fma chain in ascending k, however k is cut.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "Matmul.h"
#include "RegisterTile.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Terms ahead that the panel is asked for.
static constexpr int64_t kTermsAhead = 8;
/// Terms of a loop that LLVM might unroll, and that is over before what it asks
/// for is there.
static constexpr int64_t kFewTerms = 32;

namespace {
/// A kernel being emitted.
struct Kernel {
  ImplicitLocOpBuilder &b;
  const Product &product;
  const KernelTile &tile;
  Columns columns;
  int64_t lanes = product.tiling.lanes;
  int64_t vectors = llvm::divideCeil(columns.count, lanes);
  VectorType type = f32Lanes(b, lanes);
  bool hasFewTerms = product.tiling.block <= kFewTerms;

  SmallVector<Value> accumulate(KBlock block, ValueRange sums);
  SmallVector<Value> multiply(Value k, ValueRange sums);
};
} // namespace

/// One step in k for the whole tile.
SmallVector<Value> Kernel::multiply(Value k, ValueRange sums) {
  LeftLayout layout = getLeftLayout(product);
  Value rightAt = loops::add(b, tile.rightStart, mul(b, k, vectors * lanes));
  // Several panels take turns: the second-level cache has them.
  int64_t asked = hasFewTerms ? 0 : vectors * lanes;
  for (int64_t at = 0; at < asked; at += kLineFloats)
    prefetch(b, tile.right, add(b, rightAt, kTermsAhead * vectors * lanes + at),
             /*isWrite=*/false);
  SmallVector<Value> rights;
  for (int64_t v = 0; v < vectors; ++v)
    rights.push_back(vector::LoadOp::create(b, type, tile.right,
                                            add(b, rightAt, v * lanes)));
  Value leftAt = loops::add(b, tile.leftStart, mul(b, k, layout.kStride));
  auto elementOf = [&](int64_t row) -> Value {
    Value at = loops::add(b, leftAt, row * layout.rowStride);
    return memref::LoadOp::create(b, tile.left, at);
  };
  SmallVector<Value> next(sums);
  addTerm(b, llvm::to_vector(llvm::seq(tile.rows)), elementOf, rights, next);
  return next;
}

SmallVector<Value> Kernel::accumulate(KBlock block, ValueRange sums) {
  Value count = sub(b, block.end, block.begin);
  auto loop = scf::ForOp::create(b, index(b, 0), count, index(b, 1), sums);
  // LLVM would take the panel's loads out of the loop over tiles, and keep them
  // on the stack.
  if (hasFewTerms)
    keepRolled(loop);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      multiply(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, next);
  return llvm::to_vector_of<Value>(loop.getResults());
}

void matmul::emitKernel(ImplicitLocOpBuilder &b, const Product &product,
                        const KernelTile &tile, Columns columns, KBlock block) {
  Kernel kernel{b, product, tile, columns};
  int64_t lanes = kernel.lanes;
  OutputTile output{
      b,
      product.out,
      kernel.type,
      lanes,
      tile.rows,
      columns.count,
      [&](int64_t row, int64_t v) -> SmallVector<Value> {
        return {loops::add(b, tile.row, row),
                loops::add(b, columns.start, v * lanes)};
      },
      [&](int64_t row) { return loops::add(b, tile.row, row); },
      [&](int64_t v) { return loops::add(b, columns.start, v * lanes); }};
  SmallVector<Value> sums =
      loadSums(output, product.accumulate, product.tiling.numBlocks, block);
  if (!kernel.hasFewTerms)
    prefetchSums(output, product);
  storeSums(output, kernel.accumulate(block, sums), product, block);
}
