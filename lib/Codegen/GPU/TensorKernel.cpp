//===- TensorKernel.cpp - Products of matrices on tensor cores ------------===//
//
// While the warps multiply one slice in shared memory, the loads of the next
// are under way to registers, or its copies to the other of two buffers, to
// which the loads go then too: one barrier a slice is enough.
//
// A thread of a warp holds, of a 16 x 8 square's factors, terms 2 t and 2 t + 8
// on (bf16) or t and t + 4 (tf32) of rows g and g + 8, with g = lane / 4 and
// t = lane mod 4 (PTX ISA, "Matrix fragments for mma.m16n8k16"). The order of a
// sum's terms is free as long as both factors have the same: here thread t
// takes the words 4 t to 4 t + 3 of a slice's row, in one load, for two
// instructions.
//
//===----------------------------------------------------------------------===//

#include "TensorKernel.h"
#include "../CPU/LoopEmitter.h"
#include "ProductKernel.h"
#include "ProductParts.h"
#include "WarpgroupMma.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using loops::index;

/// Rows and columns of a square, threads of a warp, instructions a slice.
static constexpr int64_t squareRows = 16, squareColumns = 8, warpThreads = 32,
                         stepsPerSlice = 2;

TensorTile qnet::chooseTensorTile(int64_t m, int64_t n, int64_t parts) {
  // Smaller tiles rather than parts.
  for (int64_t most : {int64_t(1), parts}) {
    if (fillsDevice(m, n, 128, most))
      return {128, 128, 64, 32};
    if (fillsDevice(m, n, 64, most))
      return {64, 64, 32, 32};
  }
  if (n <= 16 && m > 64)
    return {64, 16, 32, 16};
  return {32, 32, 16, 16};
}

/// Large tiles for warpgroups: of 64 rows four warps have 16 each, and all
/// columns.
static TensorTile groupWarps(TensorTile tile, bool wanted) {
  tile.byWarpgroups =
      wanted && tile.rows >= warpgroupRows && tile.columns >= warpgroupRows;
  if (tile.byWarpgroups) {
    tile.warpRows = squareRows;
    tile.warpColumns = tile.columns;
  }
  return tile;
}

namespace {
class TensorKernel {
public:
  TensorKernel(ImplicitLocOpBuilder &b, const Product &product,
               ProductMath math, int64_t mostParts, bool warpgroups)
      : b(b), product(product), math(math),
        tile(groupWarps(chooseTensorTile(product.m, product.n, mostParts),
                        warpgroups)),
        parts(cutProduct(product, tile.rows, tile.columns, sliceDepth(math),
                         mostParts)),
        left(b, product.left, product.m, product.k, parts.reach(), tile.rows,
             threads(), math, tile.byWarpgroups),
        right(b, product.right, product.n, product.k, parts.reach(),
              tile.columns, threads(), math, tile.byWarpgroups) {}
  bool emit();

private:
  int64_t threads() const {
    return tile.rows / tile.warpRows * (tile.columns / tile.warpColumns) *
           warpThreads;
  }
  int64_t tiles() const {
    return llvm::divideCeil(product.m, tile.rows) *
           llvm::divideCeil(product.n, tile.columns);
  }
  int64_t down() const { return tile.warpRows / squareRows; }
  int64_t across() const { return tile.warpColumns / squareColumns; }
  void placeThread();
  SmallVector<Value> multiply(ValueRange sums, Value number);
  Value multiplySquare(ValueRange a, ValueRange c, ValueRange sums);
  SmallVector<Value> sumSlices();
  void storeSums(ValueRange sums);

  ImplicitLocOpBuilder &b;
  const Product &product;
  ProductMath math;
  TensorTile tile;
  ProductParts parts;
  TensorSlice left, right;
  Kernel *kernel = nullptr;
  Value blockPart, firstTerm;      ///< part of the sums, its first term
  Value tileRow, tileColumn;       ///< first of the block
  Value warpRow, warpColumn;       ///< first of the warp, in the tile
  Value group, member, fragmentAt; ///< lane / 4, lane mod 4, its words
};
} // namespace

void TensorKernel::placeThread() {
  Value block = kernel->block();
  firstTerm = index(b, 0);
  if (parts.areSeveral()) {
    std::tie(blockPart, block) = loops::divide(b, block, tiles());
    firstTerm = loops::mul(b, blockPart, parts.terms);
  }
  auto [downBlocks, acrossBlocks] =
      loops::divide(b, block, llvm::divideCeil(product.n, tile.columns));
  tileRow = loops::mul(b, downBlocks, tile.rows);
  tileColumn = loops::mul(b, acrossBlocks, tile.columns);
  auto [warp, lane] = loops::divide(b, kernel->thread(), warpThreads);
  auto [downWarps, acrossWarps] =
      loops::divide(b, warp, tile.columns / tile.warpColumns);
  warpRow = loops::mul(b, downWarps, tile.warpRows);
  warpColumn = loops::mul(b, acrossWarps, tile.warpColumns);
  std::tie(group, member) = loops::divide(b, lane, 4);
  // All rows of a thread are equal modulo 8.
  fragmentAt = swizzle(b, group, member);
  left.begin(kernel->thread(), tileRow);
  right.begin(kernel->thread(), tileColumn);
}

Value TensorKernel::multiplySquare(ValueRange a, ValueRange c,
                                   ValueRange sums) {
  bool isHalf = math == ProductMath::BF16;
  auto type = isHalf ? NVVM::MMATypes::bf16 : NVVM::MMATypes::tf32;
  auto result = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(4, b.getF32Type()));
  return NVVM::MmaOp::create(
      b, result, a, c, sums,
      {squareRows, squareColumns, isHalf ? int64_t(16) : int64_t(8)},
      std::nullopt, std::nullopt, std::array<NVVM::MMATypes, 2>{type, type},
      std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                     NVVM::MMALayout::col});
}

/// Adds the products of slice `number` to the warp's sums. All of a thread's
/// words are read first.
SmallVector<Value> TensorKernel::multiply(ValueRange sums, Value number) {
  if (tile.byWarpgroups) {
    Value group = loops::divide(b, kernel->thread(), warpgroupThreads).first;
    Value row = loops::add(b, loops::mul(b, number, tile.rows),
                           loops::mul(b, group, warpgroupRows));
    return multiplyWarpgroup(b, math, sums, kernel->shared(0), row,
                             kernel->shared(1),
                             loops::mul(b, number, tile.columns));
  }
  SmallVector<SmallVector<Value>> rows, columns;
  auto inWarp = [&](Value first, int64_t offset) {
    return loops::add(b, loops::add(b, first, group), offset);
  };
  for (int64_t i = 0; i < tile.warpRows; i += 8)
    rows.push_back(
        left.read(kernel->shared(0), number, inWarp(warpRow, i), fragmentAt));
  for (int64_t j = 0; j < tile.warpColumns; j += 8)
    columns.push_back(right.read(kernel->shared(1), number,
                                 inWarp(warpColumn, j), fragmentAt));
  SmallVector<Value> next(sums);
  for (int64_t step = 0; step < stepsPerSlice; ++step)
    for (int64_t i = 0; i < down(); ++i)
      for (int64_t j = 0; j < across(); ++j) {
        ArrayRef<Value> low = rows[2 * i], high = rows[2 * i + 1];
        MutableArrayRef<Value> square =
            MutableArrayRef(next).slice(4 * (i * across() + j), 4);
        Value result = multiplySquare(
            {low[2 * step], high[2 * step], low[2 * step + 1],
             high[2 * step + 1]},
            ArrayRef<Value>(columns[j]).slice(2 * step, 2), square);
        for (auto [part, sum] : llvm::enumerate(square))
          sum = LLVM::ExtractValueOp::create(b, result, part);
      }
  return next;
}

SmallVector<Value> TensorKernel::sumSlices() {
  int64_t depth = sliceDepth(math);
  int64_t last = (llvm::divideCeil(parts.terms, depth) - 1) * depth;
  auto fill = [&](Value k, Value number) {
    SmallVector<Value> tokens;
    k = loops::add(b, firstTerm, k);
    SmallVector<Value> ahead = left.load(k, kernel->shared(0), number, tokens);
    size_t numLeft = ahead.size();
    llvm::append_range(ahead, right.load(k, kernel->shared(1), number, tokens));
    Value group;
    if (!tokens.empty())
      group = nvgpu::DeviceAsyncCreateGroupOp::create(
          b, nvgpu::DeviceAsyncTokenType::get(b.getContext()), tokens);
    return [this, ahead, numLeft, k, number, group] {
      ValueRange all(ahead);
      left.store(all.take_front(numLeft), k, kernel->shared(0), number);
      right.store(all.drop_front(numLeft), k, kernel->shared(1), number);
      if (group)
        nvgpu::DeviceAsyncWaitOp::create(b, group, b.getI32IntegerAttr(0));
      if (tile.byWarpgroups)
        publishSlices(b);
    };
  };
  auto numberOf = [&](Value k) {
    Value slice = b.createOrFold<arith::DivUIOp>(k, index(b, depth));
    return b.createOrFold<arith::RemUIOp>(slice, index(b, 2));
  };
  fill(index(b, 0), index(b, 0))();
  kernel->barrier();
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  SmallVector<Value> sums(4 * down() * across(), zero);
  if (last == 0)
    return multiply(sums, index(b, 0));
  auto loop =
      scf::ForOp::create(b, index(b, 0), index(b, last), index(b, depth), sums);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    Value next = loops::add(b, k, depth);
    auto storeNext = fill(next, numberOf(next));
    SmallVector<Value> added = multiply(loop.getRegionIterArgs(), numberOf(k));
    storeNext();
    kernel->barrier();
    scf::YieldOp::create(b, added);
  }
  return multiply(loop.getResults(), index(b, last / depth % 2));
}

void TensorKernel::storeSums(ValueRange sums) {
  for (auto [number, sum] : llvm::enumerate(sums)) {
    int64_t square = number / 4, part = number % 4;
    int64_t i = square / across() * squareRows + part / 2 * 8;
    int64_t j = square % across() * squareColumns + part % 2;
    Value row = loops::add(b, loops::add(b, tileRow, warpRow), group);
    row = loops::add(b, row, i);
    Value column = loops::add(b, loops::add(b, tileColumn, warpColumn),
                              loops::mul(b, member, 2));
    column = loops::add(b, column, j);
    Value exists =
        b.createOrFold<arith::AndIOp>(loops::lessThan(b, row, product.m),
                                      loops::lessThan(b, column, product.n));
    emitIf(b, exists, [&, sum = sum] {
      SmallVector<Value> place = placeInOutput(b, product, row, column);
      Value value = sum;
      if (parts.areSeveral()) {
        place.insert(place.begin(), blockPart);
        memref::StoreOp::create(b, value, parts.sums, place);
        return;
      }
      if (product.accumulate)
        value = arith::AddFOp::create(
            b, memref::LoadOp::create(b, product.out, place), value);
      memref::StoreOp::create(b, value, product.out, place);
    });
  }
}

bool TensorKernel::emit() {
  allocateSums(b, product, parts);
  {
    Kernel scope(b, math == ProductMath::BF16 ? "product_bf16" : "product_tf32",
                 parts.parts * tiles(), {left.sharedType(), right.sharedType()},
                 threads());
    kernel = &scope;
    placeThread();
    storeSums(sumSlices());
  }
  addSums(b, product, parts);
  return parts.areSeveral();
}

bool qnet::emitTensorKernel(ImplicitLocOpBuilder &b, const Product &product,
                            ProductMath math, int64_t mostParts,
                            bool warpgroups) {
  return TensorKernel(b, product, math, mostParts, warpgroups).emit();
}
