//===- MatmulKernel.cpp - The register tile of a matrix product -----------===//
//
// rows x columns accumulators are carried through one loop over k. Each k loads
// the columns' vectors from the panel once and broadcasts one element a row.
// The sums of a block start from zero and are stored, or added to those in
// memory.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "Matmul.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

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

  SmallVector<Value> accumulate(KBlock block);
  SmallVector<Value> multiply(Value k, ValueRange sums);
  void store(ValueRange sums, bool add);
  void storeVector(Value sum, int64_t row, int64_t vector, bool add);
};
} // namespace

/// One step in k for the whole tile.
SmallVector<Value> Kernel::multiply(Value k, ValueRange sums) {
  LeftLayout layout = getLeftLayout(product);
  Value rightAt = loops::add(b, tile.rightStart, mul(b, k, vectors * lanes));
  SmallVector<Value> rights;
  for (int64_t v = 0; v < vectors; ++v)
    rights.push_back(vector::LoadOp::create(b, type, tile.right,
                                            add(b, rightAt, v * lanes)));
  Value leftAt = loops::add(b, tile.leftStart, mul(b, k, layout.kStride));
  SmallVector<Value> next;
  for (int64_t row = 0; row < tile.rows; ++row) {
    Value at = loops::add(b, leftAt, row * layout.rowStride);
    Value scalar = memref::LoadOp::create(b, tile.left, at);
    Value left = vector::BroadcastOp::create(b, type, scalar);
    for (int64_t v = 0; v < vectors; ++v)
      next.push_back(
          vector::FMAOp::create(b, left, rights[v], sums[row * vectors + v]));
  }
  return next;
}

SmallVector<Value> Kernel::accumulate(KBlock block) {
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  SmallVector<Value> zeros(tile.rows * vectors, zero);
  Value count = sub(b, block.end, block.begin);
  auto loop = scf::ForOp::create(b, index(b, 0), count, index(b, 1), zeros);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> sums =
      multiply(loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, sums);
  return llvm::to_vector_of<Value>(loop.getResults());
}

void Kernel::storeVector(Value sum, int64_t row, int64_t v, bool addToMemory) {
  Value at[] = {loops::add(b, tile.row, row),
                loops::add(b, columns.start, v * lanes)};
  int64_t count = std::min(lanes, columns.count - v * lanes);
  if (addToMemory) {
    Value old = loadLanes(b, type, product.out, at, count);
    sum = arith::AddFOp::create(b, old, sum);
  }
  if (count == lanes) {
    vector::StoreOp::create(b, sum, product.out, at);
    return;
  }
  vector::MaskedStoreOp::create(b, product.out, at, firstLanes(b, lanes, count),
                                sum);
}

void Kernel::store(ValueRange sums, bool add) {
  for (int64_t row = 0; row < tile.rows; ++row)
    for (int64_t v = 0; v < vectors; ++v)
      storeVector(sums[row * vectors + v], row, v, add);
}

void matmul::emitKernel(ImplicitLocOpBuilder &b, const Product &product,
                        const KernelTile &tile, Columns columns, KBlock block) {
  Kernel kernel{b, product, tile, columns};
  SmallVector<Value> sums = kernel.accumulate(block);
  if (product.accumulate)
    return kernel.store(sums, /*add=*/true);
  split(
      b, block.number, 1, product.tiling.numBlocks,
      [&] { kernel.store(sums, /*add=*/false); },
      [&] { kernel.store(sums, /*add=*/true); });
}
