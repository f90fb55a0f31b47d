//===- Winograd.cpp - Transforms of minimal filtering ---------------------===//
//
// See Winograd.h.
//
//===----------------------------------------------------------------------===//

#include "Winograd.h"
#include "LoopEmitter.h"
#include "RegisterTile.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Channels and filters come in whole vectors of the widest kind, so that the
/// answer is the same for all targets.
static constexpr int64_t kWholeVectors = 16;
/// Channels, at most: a panel of their filters stays in a second-level cache.
static constexpr int64_t kMaxChannels = 512;
/// Tiles of an image, at least, that pay for collecting its filter gradients.
static constexpr int64_t kMinImageTiles = 32;

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// Windows at `places` (images, unless there is only one, rows, columns) with
/// taps (rows, columns, channels), over the factor of `stride`.
static std::optional<Windows> matchWindows(ArrayRef<Loop> places,
                                           ArrayRef<Loop> taps,
                                           int64_t Loop::*stride,
                                           int64_t origin) {
  if (places.size() < 2 || places.size() > 3 || taps.size() != 3)
    return std::nullopt;
  Windows windows{{1, 0, 0, 0},
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
    return place.size % kTileOutputs == 0 && tap.size == kTaps &&
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

std::optional<Windows> matmul::findWindows(const Product &product) {
  if (!product.left.isAffine || !product.left.isPlain() ||
      !product.packsRight || product.columns.size() != 1 ||
      product.columns[0].out != 1 || product.n % kWholeVectors != 0)
    return std::nullopt;
  auto windows = matchWindows(product.rows, product.sums, &Loop::left,
                              product.left.offset);
  if (!windows || windows->channels > kMaxChannels)
    return std::nullopt;
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
  if (!windows || windows->imageTiles() < kMinImageTiles)
    return std::nullopt;
  return windows;
}

Value matmul::alongWindows(ImplicitLocOpBuilder &b, const Windows &windows,
                           Value tile, int64_t Loop::*stride, int64_t origin) {
  auto [line, column] = divide(b, tile, windows.tileColumns());
  auto [image, row] = divide(b, line, windows.tileRows());
  Value at = mul(b, image, windows.images.*stride);
  at = add(b, at, mul(b, row, kTileOutputs * windows.rows.*stride));
  at = add(b, at, mul(b, column, kTileOutputs * windows.columns.*stride));
  return add(b, at, origin);
}

//===----------------------------------------------------------------------===//
// Transforms
//===----------------------------------------------------------------------===//

using Transform =
    function_ref<SmallVector<Value>(ImplicitLocOpBuilder &, ArrayRef<Value>)>;

static Value plus(ImplicitLocOpBuilder &b, Value x, Value y) {
  return arith::AddFOp::create(b, x, y);
}

static Value minus(ImplicitLocOpBuilder &b, Value x, Value y) {
  return arith::SubFOp::create(b, x, y);
}

static Value halve(ImplicitLocOpBuilder &b, Value x) {
  auto type = cast<VectorType>(x.getType());
  auto half = DenseElementsAttr::get(type, b.getF32FloatAttr(0.5f));
  return arith::MulFOp::create(b, x, arith::ConstantOp::create(b, half));
}

/// Applies a transform of `count` values down each column of a square, then
/// along each row.
static SmallVector<Value> applyTwice(ImplicitLocOpBuilder &b, ValueRange square,
                                     int64_t count, Transform transform) {
  SmallVector<SmallVector<Value>> down;
  for (int64_t j = 0; j < count; ++j) {
    SmallVector<Value> column;
    for (int64_t i = 0; i < count; ++i)
      column.push_back(square[i * count + j]);
    down.push_back(transform(b, column));
  }
  SmallVector<Value> result;
  for (size_t i = 0; i < down.front().size(); ++i) {
    SmallVector<Value> row;
    for (int64_t j = 0; j < count; ++j)
      row.push_back(down[j][i]);
    llvm::append_range(result, transform(b, row));
  }
  return result;
}

SmallVector<Value> matmul::transformInputs(ImplicitLocOpBuilder &b,
                                           ValueRange inputs) {
  return applyTwice(
      b, inputs, kTileInputs,
      [](ImplicitLocOpBuilder &b, ArrayRef<Value> d) -> SmallVector<Value> {
        return {minus(b, d[0], d[2]), plus(b, d[1], d[2]), minus(b, d[2], d[1]),
                minus(b, d[1], d[3])};
      });
}

SmallVector<Value> matmul::transformFilter(ImplicitLocOpBuilder &b,
                                           ValueRange filter) {
  return applyTwice(
      b, filter, kTaps,
      [](ImplicitLocOpBuilder &b, ArrayRef<Value> g) -> SmallVector<Value> {
        Value ends = plus(b, g[0], g[2]);
        return {g[0], halve(b, plus(b, ends, g[1])),
                halve(b, minus(b, ends, g[1])), g[2]};
      });
}

SmallVector<Value> matmul::collectOutputs(ImplicitLocOpBuilder &b,
                                          ValueRange elements) {
  return applyTwice(
      b, elements, kTileInputs,
      [](ImplicitLocOpBuilder &b, ArrayRef<Value> m) -> SmallVector<Value> {
        return {plus(b, plus(b, m[0], m[1]), m[2]),
                minus(b, minus(b, m[1], m[2]), m[3])};
      });
}

SmallVector<Value> matmul::spreadOutputs(ImplicitLocOpBuilder &b,
                                         ValueRange gradients) {
  return applyTwice(
      b, gradients, kTileOutputs,
      [](ImplicitLocOpBuilder &b, ArrayRef<Value> y) -> SmallVector<Value> {
        return {y[0], plus(b, y[0], y[1]), minus(b, y[0], y[1]),
                arith::NegFOp::create(b, y[1])};
      });
}

SmallVector<Value> matmul::collectFilter(ImplicitLocOpBuilder &b,
                                         ValueRange elements) {
  return applyTwice(
      b, elements, kTileInputs,
      [](ImplicitLocOpBuilder &b, ArrayRef<Value> m) -> SmallVector<Value> {
        Value both = halve(b, plus(b, m[1], m[2]));
        return {plus(b, m[0], both), halve(b, minus(b, m[1], m[2])),
                plus(b, both, m[3])};
      });
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

int64_t Elements::bytesOf(int64_t rows, int64_t width) {
  return Elements{{}, rows, width}.size() * int64_t(sizeof(float));
}

Elements matmul::allocateElements(ImplicitLocOpBuilder &b, int64_t rows,
                                  int64_t width) {
  Elements elements{{}, rows, width};
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
  for (int64_t number = 0; number < kElements; ++number)
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
    for (int64_t i = 0; i < kTileInputs; ++i)
      for (int64_t j = 0; j < kTileInputs; ++j) {
        Value from = add(b, at, i * windows.rowStep + j * windows.columnStep);
        inputs.push_back(
            vector::LoadOp::create(b, f32Lanes(b, lanes), factor, from));
      }
    storeElements(b, to, row, c, transformInputs(b, inputs));
  });
}

void matmul::prefetch(ImplicitLocOpBuilder &b, Value buffer, Value at,
                      bool isWrite) {
  memref::PrefetchOp::create(b, buffer, at, isWrite, /*localityHint=*/3,
                             /*isDataCache=*/true);
}

void matmul::prefetchInputs(ImplicitLocOpBuilder &b, const Windows &windows,
                            Value factor, int64_t Loop::*stride, Value tile,
                            Value channel, int64_t lanes, int64_t width) {
  Value first = alongWindows(b, windows, tile, stride, windows.origin);
  first = add(b, first, channel);
  forEach(b, index(b, 0), index(b, width), lanes, [&](Value c) {
    for (int64_t i = 0; i < kTileInputs; ++i)
      for (int64_t j = kTileInputs - kTileOutputs; j < kTileInputs; ++j)
        prefetch(b, factor,
                 add(b, add(b, first, c),
                     i * windows.rowStep + j * windows.columnStep),
                 /*isWrite=*/false);
  });
}

void matmul::multiplyElement(ImplicitLocOpBuilder &b,
                             const ElementProduct &product, Value number,
                             int64_t lanes) {
  const Elements &left = product.left, &right = product.right,
                 &sums = product.sums;
  int64_t vectors = right.width / lanes;
  VectorType type = f32Lanes(b, lanes);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  SmallVector<int64_t> rows = llvm::to_vector(llvm::seq(product.tileRows));
  Value rightAt = mul(b, number, right.stride());
  forEach(
      b, index(b, 0), index(b, product.rows), product.tileRows, [&](Value row) {
        Value leftAt = add(b, mul(b, number, left.stride()),
                           mul(b, row, product.rowStride));
        Value sumsAt =
            add(b, mul(b, number, sums.stride()), mul(b, row, sums.width));
        auto placeOf = [&](int64_t i) {
          return add(b, sumsAt, i / vectors * sums.width + i % vectors * lanes);
        };
        SmallVector<Value> values(product.tileRows * vectors, zero);
        if (product.goesOn)
          for (auto [i, value] : llvm::enumerate(values))
            value = vector::LoadOp::create(b, type, sums.buffer, placeOf(i));
        auto loop = scf::ForOp::create(b, index(b, 0), index(b, product.terms),
                                       index(b, 1), values);
        {
          OpBuilder::InsertionGuard guard(b);
          b.setInsertionPointToStart(loop.getBody());
          Value term = loop.getInductionVar();
          Value columnsAt = add(b, rightAt, mul(b, term, right.width));
          Value elementsAt = add(b, leftAt, mul(b, term, product.termStride));
          SmallVector<Value> columns;
          for (int64_t v = 0; v < vectors; ++v)
            columns.push_back(vector::LoadOp::create(
                b, type, right.buffer, add(b, columnsAt, v * lanes)));
          auto elementOf = [&](int64_t r) -> Value {
            return memref::LoadOp::create(
                b, left.buffer, add(b, elementsAt, r * product.rowStride));
          };
          SmallVector<Value> next(loop.getRegionIterArgs());
          addTerm(b, rows, elementOf, columns, next);
          scf::YieldOp::create(b, next);
        }
        for (auto [i, value] : llvm::enumerate(loop.getResults()))
          vector::StoreOp::create(b, value, sums.buffer, placeOf(i));
      });
}
