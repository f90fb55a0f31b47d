//===- Winograd.cpp - Windows and elements of minimal filtering -----------===//
//
// See Winograd.h.
//
//===----------------------------------------------------------------------===//

#include "Winograd.h"
#include "LoopEmitter.h"
#include "PartSums.h"
#include "RegisterTile.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Channels and filters come in whole vectors of the widest kind, so that the
/// answer is the same for all targets.
static constexpr int64_t kWholeVectors = 16;
/// Channels, at most: a panel of their filters stays in a second-level cache.
static constexpr int64_t kMaxChannels = 512;
/// Tiles of 2 x 2 of an image, at least, that pay for collecting its filter
/// gradients.
static constexpr int64_t kMinImageTiles = 32;
/// Tiles of 4 x 4 that pay for it.
static constexpr int64_t kGroupTiles = 64;

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

int64_t Windows::groupImages() const {
  return shape.outputs == 2 ? 1 : llvm::divideCeil(kGroupTiles, imageTiles());
}

int64_t Windows::tilesOfPart(const PartSums &sums) const {
  if (sums.rows % shape.outputs != 0)
    return 0;
  return sums.numPlaces() / (shape.outputs * shape.outputs);
}

int64_t Windows::tapNumber(int64_t tap) const {
  int64_t i = tap / kTaps, j = tap % kTaps;
  if (tapRows.left < 0)
    i = kTaps - 1 - i;
  if (tapColumns.left < 0)
    j = kTaps - 1 - j;
  return i * kTaps + j;
}

/// Windows at `places` (images, unless there is only one, rows, columns) with
/// taps (rows, columns, channels), over the factor of `stride`.
static std::optional<Windows> matchWindows(ArrayRef<Loop> places,
                                           ArrayRef<Loop> taps,
                                           int64_t Loop::*stride,
                                           int64_t origin) {
  if (places.size() < 2 || places.size() > 3 || taps.size() != 3)
    return std::nullopt;
  Windows windows{{2},
                  {1, 0, 0, 0},
                  places[places.size() - 2],
                  places.back(),
                  taps[0],
                  taps[1],
                  taps[2].size,
                  origin,
                  0,
                  0};
  if (places.size() == 3)
    windows.images = places.front();
  windows.rowStep = windows.rows.*stride;
  windows.columnStep = windows.columns.*stride;
  auto fits = [&](const Loop &place, const Loop &tap) {
    return place.size % windows.shape.outputs == 0 && tap.size == kTaps &&
           place.*stride > 0 && std::abs(tap.*stride) == place.*stride;
  };
  if (!fits(windows.rows, windows.tapRows) ||
      !fits(windows.columns, windows.tapColumns) || taps[2].*stride != 1 ||
      windows.channels % kWholeVectors != 0)
    return std::nullopt;
  for (const Loop &tap : {windows.tapRows, windows.tapColumns})
    windows.origin += std::min<int64_t>(tap.*stride, 0) * (kTaps - 1);
  return windows;
}

/// The windows in tiles of 4 x 4 outputs, the faster ones, if those fit.
static std::optional<Windows> inLargeTiles(Windows windows) {
  windows.shape = {4};
  if (windows.rows.size % 4 != 0 || windows.columns.size % 4 != 0)
    return std::nullopt;
  return windows;
}

std::optional<Windows> matmul::findWindows(const Product &product) {
  if (!product.left.isAffine || !product.left.isPlain() ||
      !product.packsRight || product.columns.size() != 1 ||
      product.columns[0].out != 1 || product.n % kWholeVectors != 0)
    return std::nullopt;
  auto windows = matchWindows(product.rows, product.sums, &Loop::left,
                              product.left.offset);
  if (!windows || windows->channels > kMaxChannels)
    return std::nullopt;
  if (auto large = inLargeTiles(*windows))
    return large;
  return windows;
}

std::optional<Windows> matmul::findFilterWindows(const Product &product) {
  if (!product.right.isAffine || !product.left.isPlain() ||
      !product.right.isPlain() || product.rows.size() != 1 ||
      product.rows[0].left != 1 || product.m % kWholeVectors != 0 ||
      product.columns.size() != 3 || product.columns.back().out != 1)
    return std::nullopt;
  auto windows = matchWindows(product.sums, product.columns, &Loop::right,
                              product.right.offset);
  if (!windows)
    return std::nullopt;
  auto large = inLargeTiles(*windows);
  if (large && large->images.size % large->groupImages() == 0)
    return large;
  if (windows->imageTiles() < kMinImageTiles)
    return std::nullopt;
  return windows;
}

Value matmul::alongWindows(ImplicitLocOpBuilder &b, const Windows &windows,
                           Value tile, int64_t Loop::*stride, int64_t origin) {
  auto [line, column] = divide(b, tile, windows.tileColumns());
  auto [image, row] = divide(b, line, windows.tileRows());
  Value at = mul(b, image, windows.images.*stride);
  at = add(b, at, mul(b, row, windows.shape.outputs * windows.rows.*stride));
  at = add(b, at,
           mul(b, column, windows.shape.outputs * windows.columns.*stride));
  return add(b, at, origin);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Elements matmul::allocateElements(ImplicitLocOpBuilder &b, int64_t count,
                                  int64_t rows, int64_t width) {
  Elements elements{{}, count, rows, width};
  auto type = MemRefType::get(elements.size(), b.getF32Type());
  elements.buffer = memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
  return elements;
}

void matmul::storeElements(ImplicitLocOpBuilder &b, const Elements &to,
                           Value row, Value column, ValueRange values) {
  Value at = add(b, mul(b, row, to.width), column);
  for (auto [number, value] : llvm::enumerate(values))
    vector::StoreOp::create(b, value, to.buffer,
                            add(b, at, int64_t(number) * to.stride()));
}

SmallVector<Value> matmul::loadElements(ImplicitLocOpBuilder &b,
                                        const Elements &from, Value row,
                                        Value column, int64_t lanes) {
  Value at = add(b, mul(b, row, from.width), column);
  SmallVector<Value> values;
  for (int64_t number = 0; number < from.count; ++number)
    values.push_back(
        vector::LoadOp::create(b, f32Lanes(b, lanes), from.buffer,
                               add(b, at, number * from.stride())));
  return values;
}

void matmul::storeInputs(ImplicitLocOpBuilder &b, const Windows &windows,
                         Value factor, int64_t Loop::*stride, Value tile,
                         Value channel, int64_t lanes, const Elements &to,
                         Value row) {
  Value first = alongWindows(b, windows, tile, stride, windows.origin);
  first = add(b, first, channel);
  forEach(b, index(b, 0), index(b, to.width), lanes, [&](Value c) {
    Value at = add(b, first, c);
    SmallVector<Value> inputs;
    for (int64_t i = 0; i < windows.shape.inputs(); ++i)
      for (int64_t j = 0; j < windows.shape.inputs(); ++j) {
        Value from = add(b, at, i * windows.rowStep + j * windows.columnStep);
        inputs.push_back(
            vector::LoadOp::create(b, f32Lanes(b, lanes), factor, from));
      }
    storeElements(b, to, row, c, transformInputs(b, windows.shape, inputs));
  });
}

void matmul::prefetchInputs(ImplicitLocOpBuilder &b, const Windows &windows,
                            Value factor, int64_t Loop::*stride, Value tile,
                            Value channel, int64_t lanes, int64_t width) {
  Value first = alongWindows(b, windows, tile, stride, windows.origin);
  first = add(b, first, channel);
  forEach(b, index(b, 0), index(b, width), lanes, [&](Value c) {
    for (int64_t i = 0; i < windows.shape.inputs(); ++i)
      for (int64_t j = kTaps - 1; j < windows.shape.inputs(); ++j)
        prefetch(b, factor,
                 add(b, add(b, first, c),
                     i * windows.rowStep + j * windows.columnStep),
                 /*isWrite=*/false);
  });
}

namespace {
/// A register tile of the product of one element.
struct ElementTile {
  ImplicitLocOpBuilder &b;
  const ElementProduct &product;
  int64_t lanes;
  Value leftAt, rightAt, sumsAt;
  VectorType type = f32Lanes(b, lanes);

  void emit();

private:
  Value sumPlace(int64_t i);
  SmallVector<Value> loadSums();
  SmallVector<Value> addTermOf(Value term, ValueRange sums);
};
} // namespace

Value ElementTile::sumPlace(int64_t i) {
  int64_t vectors = product.tileVectors;
  return add(b, sumsAt, i / vectors * product.sums.width + i % vectors * lanes);
}

SmallVector<Value> ElementTile::loadSums() {
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  SmallVector<Value> values(product.tileRows * product.tileVectors, zero);
  if (product.goesOn)
    for (auto [i, value] : llvm::enumerate(values))
      value = vector::LoadOp::create(b, type, product.sums.buffer, sumPlace(i));
  return values;
}

SmallVector<Value> ElementTile::addTermOf(Value term, ValueRange sums) {
  SmallVector<int64_t> rows = llvm::to_vector(llvm::seq(product.tileRows));
  Value columnsAt = add(b, rightAt, mul(b, term, product.right.width));
  Value elementsAt = add(b, leftAt, mul(b, term, product.termStride));
  // The rows of the next tile follow: a line of them comes with each few terms.
  if (product.termStride == 1)
    prefetch(b, product.left.buffer,
             add(b, add(b, leftAt, product.tileRows * product.rowStride),
                 mul(b, term, product.tileRows)),
             /*isWrite=*/false);
  SmallVector<Value> columns;
  for (int64_t v = 0; v < product.tileVectors; ++v)
    columns.push_back(vector::LoadOp::create(b, type, product.right.buffer,
                                             add(b, columnsAt, v * lanes)));
  auto elementOf = [&](int64_t r) -> Value {
    return memref::LoadOp::create(b, product.left.buffer,
                                  add(b, elementsAt, r * product.rowStride));
  };
  SmallVector<Value> next(sums);
  addTerm(b, rows, elementOf, columns, next);
  return next;
}

void ElementTile::emit() {
  auto loop = scf::ForOp::create(b, index(b, 0), index(b, product.terms),
                                 index(b, 1), loadSums());
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    scf::YieldOp::create(
        b, addTermOf(loop.getInductionVar(), loop.getRegionIterArgs()));
  }
  for (auto [i, value] : llvm::enumerate(loop.getResults()))
    vector::StoreOp::create(b, value, product.sums.buffer, sumPlace(i));
}

void matmul::multiplyElement(ImplicitLocOpBuilder &b,
                             const ElementProduct &product, Value number,
                             int64_t lanes) {
  Value leftAt = mul(b, number, product.left.stride());
  if (product.leftRow)
    leftAt = add(b, leftAt, mul(b, product.leftRow, product.rowStride));
  Value rightNumber =
      product.firstElement ? sub(b, number, product.firstElement) : number;
  Value rightAt = mul(b, rightNumber, product.right.stride());
  Value sumsAt = mul(b, number, product.sums.stride());
  int64_t width = product.tileVectors * lanes;
  forEach(
      b, index(b, 0), index(b, product.right.width), width, [&](Value column) {
        forEach(b, index(b, 0), product.rows, product.tileRows, [&](Value row) {
          Value from = mul(b, row, product.rowStride);
          Value to = mul(b, row, product.sums.width);
          ElementTile{b,
                      product,
                      lanes,
                      add(b, leftAt, from),
                      add(b, rightAt, column),
                      add(b, add(b, sumsAt, to), column)}
              .emit();
        });
      });
}
