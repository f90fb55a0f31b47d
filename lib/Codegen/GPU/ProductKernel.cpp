//===- ProductKernel.cpp - Products of matrices as kernels ----------------===//
//
// One slice ahead: while a block multiplies a slice in shared memory, the loads
// of the next are under way to registers. The last slice, if k is no multiple
// of its depth, is a shorter loop of its own, so that no sum ever adds a
// padding zero (which would turn -0 into +0).
//
//===----------------------------------------------------------------------===//

#include "ProductKernel.h"
#include "../CPU/LoopEmitter.h"
#include "Kernel.h"
#include "ProductParts.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using loops::index;

/// Elements between the rows of a slice beyond its width: a store by columns
/// then meets different banks.
static constexpr int64_t kPadding = 4;

bool qnet::fillsDevice(int64_t m, int64_t n, int64_t size, int64_t parts) {
  return n > size / 2 && m > size / 2 &&
         llvm::divideCeil(m, size) * llvm::divideCeil(n, size) * parts >=
             enoughBlocks;
}

ProductTile qnet::chooseProductTile(int64_t m, int64_t n, int64_t parts) {
  // Smaller tiles rather than parts.
  for (int64_t most : {int64_t(1), parts}) {
    if (fillsDevice(m, n, 128, most))
      return {128, 128, 8, 8, 8};
    if (fillsDevice(m, n, 64, most))
      return {64, 64, 16, 4, 4};
  }
  if (n <= 16 && m > 64)
    return {64, 16, 16, 2, 2};
  return {32, 32, 16, 2, 2};
}

namespace {

/// One factor's slice: [depth][width + padding] in shared memory, and the
/// elements on their way there.
struct Slice {
  const Factor &factor;
  int64_t width;  ///< rows or columns of the tile
  int64_t extent; ///< rows or columns of the product
  Value shared;
  Value start; ///< first row or column of the tile
  /// Threads along k read neighbours in memory, or else those along the width.
  bool alongK;
};

class ProductKernel {
public:
  ProductKernel(ImplicitLocOpBuilder &b, const Product &product,
                int64_t mostParts)
      : b(b), product(product),
        tile(chooseProductTile(product.m, product.n, mostParts)),
        parts(cutProduct(product, tile.rows, tile.columns, tile.depth,
                         mostParts)) {}
  bool emit();

private:
  void emitLaunch();
  SmallVector<Value> sumSlices(Value first);
  int64_t threads() const {
    return tile.rows / tile.threadRows * (tile.columns / tile.threadColumns);
  }
  int64_t loadsOf(const Slice &slice) const {
    return slice.width * tile.depth / threads();
  }
  std::pair<Value, Value> placeOf(const Slice &slice, int64_t load);
  SmallVector<Value> loadSlice(const Slice &slice, Value k);
  void storeSlice(const Slice &slice, ValueRange elements);
  SmallVector<Value> readRun(const Slice &slice, Value place, int64_t count,
                             Value k);
  SmallVector<Value> multiply(ValueRange sums, int64_t depth);
  Value offsetOf(Value place, int64_t count, int64_t width, int64_t i);
  SmallVector<Value> startSums();
  void storeSums(ValueRange sums);
  void forEachElement(llvm::function_ref<void(int64_t, Value, Value)> body);

  ImplicitLocOpBuilder &b;
  const Product &product;
  ProductTile tile;
  ProductParts parts;
  Value part; ///< of the block
  Kernel *kernel = nullptr;
  SmallVector<Slice> slices;
  Value threadRow, threadColumn; ///< the thread's place in the tile
};

} // namespace

/// Where the thread's `load`-th element of a slice is: along the width, and k.
std::pair<Value, Value> ProductKernel::placeOf(const Slice &slice,
                                               int64_t load) {
  Value flat = loops::add(b, kernel->thread(), load * threads());
  int64_t fast = slice.alongK ? tile.depth : slice.width;
  auto [outer, inner] = loops::divide(b, flat, fast);
  return slice.alongK ? std::pair(outer, inner) : std::pair(inner, outer);
}

Value qnet::loadFactorElement(ImplicitLocOpBuilder &b, const Factor &factor,
                              Value i, Value k) {
  IRMapping map;
  map.map(factor.element,
          memref::LoadOp::create(b, factor.buffer, locate(b, factor, i, k)));
  for (Operation &op : factor.element.getOwner()->without_terminator()) {
    if (map.contains(factor.value))
      break;
    if (llvm::any_of(op.getOperands(),
                     [&](Value v) { return map.contains(v); }))
      b.clone(op, map);
  }
  return map.lookup(factor.value);
}

/// The thread's elements of the slice at `k`; zero outside of the product.
SmallVector<Value> ProductKernel::loadSlice(const Slice &slice, Value k) {
  SmallVector<Value> elements;
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  for (int64_t load = 0; load < loadsOf(slice); ++load) {
    auto [i, inner] = placeOf(slice, load);
    Value row = loops::add(b, slice.start, i);
    Value at = loops::add(b, k, inner);
    Value exists = loops::lessThan(b, at, product.k);
    if (slice.extent % slice.width)
      exists = arith::AndIOp::create(b, exists,
                                     loops::lessThan(b, row, slice.extent));
    auto guard = scf::IfOp::create(b, TypeRange(b.getF32Type()), exists, true);
    {
      OpBuilder::InsertionGuard inside(b);
      b.setInsertionPointToStart(guard.thenBlock());
      scf::YieldOp::create(b, loadFactorElement(b, slice.factor, row, at));
      b.setInsertionPointToStart(guard.elseBlock());
      scf::YieldOp::create(b, zero);
    }
    elements.push_back(guard.getResult(0));
  }
  return elements;
}

void ProductKernel::storeSlice(const Slice &slice, ValueRange elements) {
  for (auto [load, element] : llvm::enumerate(elements)) {
    auto [i, inner] = placeOf(slice, load);
    memref::StoreOp::create(b, element, slice.shared, ValueRange{inner, i});
  }
}

/// The place in the tile of the i-th of a thread's `count` rows or columns.
Value ProductKernel::offsetOf(Value place, int64_t count, int64_t width,
                              int64_t i) {
  int64_t run = std::min<int64_t>(count, 4), runs = count / run;
  Value start = loops::mul(b, place, run);
  return loops::add(b, start, i / run * (width / runs) + i % run);
}

/// A thread's rows or columns of a slice at one k.
SmallVector<Value> ProductKernel::readRun(const Slice &slice, Value place,
                                          int64_t count, Value k) {
  int64_t run = std::min<int64_t>(count, 4);
  auto type = loops::f32Lanes(b, run);
  SmallVector<Value> elements;
  for (int64_t i = 0; i < count; i += run) {
    Value at = offsetOf(place, count, slice.width, i);
    Value lanes =
        vector::LoadOp::create(b, type, slice.shared, ValueRange{k, at}, false,
                               llvm::MaybeAlign(run * sizeof(float)));
    for (int64_t lane = 0; lane < run; ++lane)
      elements.push_back(vector::ExtractOp::create(b, lanes, lane));
  }
  return elements;
}

SmallVector<Value> ProductKernel::multiply(ValueRange sums, int64_t depth) {
  auto loop =
      scf::ForOp::create(b, index(b, 0), index(b, depth), index(b, 1), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value k = loop.getInductionVar();
  SmallVector<Value> left = readRun(slices[0], threadRow, tile.threadRows, k);
  SmallVector<Value> right =
      readRun(slices[1], threadColumn, tile.threadColumns, k);
  SmallVector<Value> next;
  for (auto [i, x] : llvm::enumerate(left))
    for (auto [j, y] : llvm::enumerate(right))
      next.push_back(math::FmaOp::create(
          b, x, y, loop.getRegionIterArgs()[i * right.size() + j]));
  scf::YieldOp::create(b, next);
  return SmallVector<Value>(loop.getResults());
}

/// The thread's elements of the output: number, row and column.
void ProductKernel::forEachElement(
    llvm::function_ref<void(int64_t, Value, Value)> body) {
  for (int64_t i = 0; i < tile.threadRows; ++i) {
    Value row = loops::add(b, slices[0].start,
                           offsetOf(threadRow, tile.threadRows, tile.rows, i));
    for (int64_t j = 0; j < tile.threadColumns; ++j)
      body(i * tile.threadColumns + j, row,
           loops::add(
               b, slices[1].start,
               offsetOf(threadColumn, tile.threadColumns, tile.columns, j)));
  }
}

/// How far apart the output's elements lie along loops.
static Axis outputAxis(ArrayRef<Loop> loops) {
  SmallVector<Loop> places;
  for (const Loop &loop : loops)
    places.push_back({loop.size, 0, 0, loop.out});
  Axis axis;
  for (const Loop &loop : mergeLoops(places)) {
    axis.sizes.push_back(loop.size);
    axis.strides.push_back(loop.out);
  }
  return axis;
}

SmallVector<Value> qnet::placeInOutput(ImplicitLocOpBuilder &b,
                                       const Product &product, Value row,
                                       Value column) {
  if (cast<MemRefType>(product.out.getType()).getRank() == 2)
    return {row, column};
  Value at = loops::add(b, alongAxis(b, outputAxis(product.rows), row),
                        alongAxis(b, outputAxis(product.columns), column));
  return {loops::add(b, at, product.outOffset)};
}

SmallVector<Value> ProductKernel::startSums() {
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  SmallVector<Value> sums(tile.threadRows * tile.threadColumns, zero);
  if (!product.accumulate || parts.areSeveral())
    return sums;
  forEachElement([&](int64_t i, Value row, Value column) {
    Value exists = arith::AndIOp::create(b, loops::lessThan(b, row, product.m),
                                         loops::lessThan(b, column, product.n));
    auto guard = scf::IfOp::create(b, TypeRange(b.getF32Type()), exists, true);
    OpBuilder::InsertionGuard inside(b);
    b.setInsertionPointToStart(guard.thenBlock());
    scf::YieldOp::create(
        b, Value(memref::LoadOp::create(
               b, product.out, placeInOutput(b, product, row, column))));
    b.setInsertionPointToStart(guard.elseBlock());
    scf::YieldOp::create(b, zero);
    sums[i] = guard.getResult(0);
  });
  return sums;
}

void ProductKernel::storeSums(ValueRange sums) {
  forEachElement([&](int64_t i, Value row, Value column) {
    Value exists = arith::AndIOp::create(b, loops::lessThan(b, row, product.m),
                                         loops::lessThan(b, column, product.n));
    emitIf(b, exists, [&] {
      SmallVector<Value> place = placeInOutput(b, product, row, column);
      if (part)
        place.insert(place.begin(), part);
      memref::StoreOp::create(b, sums[i], part ? parts.sums : product.out,
                              place);
    });
  });
}

bool qnet::isContiguousInTerms(const Factor &factor) {
  if (!factor.isAffine)
    return !factor.transposed;
  return factor.inner.strides.back() == 1;
}

/// The sums of the part from `first` on. Where sums are in parts, what is
/// behind the last term adds zeros.
SmallVector<Value> ProductKernel::sumSlices(Value first) {
  SmallVector<Value> state = startSums();
  size_t numSums = state.size();
  for (const Slice &slice : slices)
    llvm::append_range(state, loadSlice(slice, first));
  size_t numLeft = loadsOf(slices[0]);
  auto fill = [&](ValueRange elements) {
    storeSlice(slices[0], elements.take_front(numLeft));
    storeSlice(slices[1], elements.drop_front(numLeft));
    kernel->barrier();
  };
  int64_t whole = parts.terms / tile.depth * tile.depth;
  auto loop = scf::ForOp::create(b, index(b, 0), index(b, whole),
                                 index(b, tile.depth), state);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    ValueRange args = loop.getRegionIterArgs();
    fill(args.drop_front(numSums));
    Value next = loops::add(b, loop.getInductionVar(), tile.depth);
    next = loops::add(b, first, next);
    SmallVector<Value> ahead;
    for (const Slice &slice : slices)
      llvm::append_range(ahead, loadSlice(slice, next));
    SmallVector<Value> yielded = multiply(args.take_front(numSums), tile.depth);
    kernel->barrier();
    llvm::append_range(yielded, ahead);
    scf::YieldOp::create(b, yielded);
  }
  ValueRange after = loop.getResults();
  SmallVector<Value> sums(after.take_front(numSums));
  if (whole != parts.terms) {
    fill(after.drop_front(numSums));
    sums = multiply(sums, parts.terms - whole);
  }
  return sums;
}

void ProductKernel::emitLaunch() {
  int64_t down = llvm::divideCeil(product.m, tile.rows);
  int64_t across = llvm::divideCeil(product.n, tile.columns);
  Type f32 = b.getF32Type();
  Kernel scope(b, "product", parts.parts * down * across,
               {sharedBuffer({tile.depth, tile.rows + kPadding}, f32),
                sharedBuffer({tile.depth, tile.columns + kPadding}, f32)},
               threads());
  kernel = &scope;
  Value block = scope.block(), first = index(b, 0);
  if (parts.areSeveral()) {
    std::tie(part, block) = loops::divide(b, block, down * across);
    first = loops::mul(b, part, parts.terms);
  }
  auto [tileRow, tileColumn] = loops::divide(b, block, across);
  slices.push_back({product.left, tile.rows, product.m, scope.shared(0),
                    loops::mul(b, tileRow, tile.rows),
                    isContiguousInTerms(product.left)});
  slices.push_back({product.right, tile.columns, product.n, scope.shared(1),
                    loops::mul(b, tileColumn, tile.columns),
                    isContiguousInTerms(product.right)});
  std::tie(threadRow, threadColumn) =
      loops::divide(b, scope.thread(), tile.columns / tile.threadColumns);
  storeSums(sumSlices(first));
}

bool ProductKernel::emit() {
  allocateSums(b, product, parts);
  emitLaunch();
  addSums(b, product, parts);
  return parts.areSeveral();
}

bool qnet::emitProductKernel(ImplicitLocOpBuilder &b, const Product &product,
                             int64_t mostParts) {
  return ProductKernel(b, product, mostParts).emit();
}
