//===- TensorSlice.cpp - A factor on its way to tensor cores --------------===//
//
// See TensorSlice.h. Loads are free of branches: all of a slice's are under way
// at once, and the multiplications before the store do not wait for them.
//
//===----------------------------------------------------------------------===//

#include "TensorSlice.h"
#include "../CPU/LoopEmitter.h"
#include "ProductKernel.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using loops::index;

std::optional<ProductMath> qnet::parseProductMath(StringRef name) {
  return llvm::StringSwitch<std::optional<ProductMath>>(name)
      .Case("f32", ProductMath::F32)
      .Case("tf32", ProductMath::TF32)
      .Case("bf16", ProductMath::BF16)
      .Default(std::nullopt);
}

Value qnet::swizzle(ImplicitLocOpBuilder &b, Value row, Value quarter) {
  Value turn = b.createOrFold<arith::DivUIOp>(row, index(b, 2));
  turn = b.createOrFold<arith::RemUIOp>(turn, index(b, 4));
  return loops::mul(b, b.createOrFold<arith::XOrIOp>(quarter, turn), 4);
}

/// Whether a place of the buffer that is a multiple of four in the factor's own
/// counting is one of 16 bytes in memory, and the three elements behind it
/// follow in k.
static bool hasAlignedFours(const Factor &factor, int64_t terms) {
  auto isFour = [](int64_t value) { return value % 4 == 0; };
  auto type = cast<MemRefType>(factor.buffer.getType());
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  if (!factor.holdsCodes() &&
      (failed(type.getStridesAndOffset(strides, offset)) ||
       ShapedType::isDynamic(offset) || !isFour(offset)))
    return false;
  if (!factor.isAffine)
    return !factor.transposed && isFour(terms);
  return isFour(terms) && isFour(factor.offset) &&
         factor.inner.strides.back() == 1 &&
         isFour(factor.inner.sizes.back()) &&
         llvm::all_of(factor.outer.strides, isFour) &&
         llvm::all_of(ArrayRef(factor.inner.strides).drop_back(), isFour);
}

TensorSlice::TensorSlice(ImplicitLocOpBuilder &b, const Factor &factor,
                         int64_t extent, int64_t terms, int64_t reach,
                         int64_t width, int64_t threads, ProductMath math,
                         bool isReadWhole)
    : b(b), factor(factor), extent(extent), terms(terms), rows(width),
      threads(threads), math(math), alongTerms(isContiguousInTerms(factor)),
      isWhole(reach == terms && terms % sliceDepth(math) == 0),
      loadsVectors(hasAlignedFours(factor, terms)),
      copies(loadsVectors && math == ProductMath::TF32 && factor.isPlain() &&
             !isReadWhole) {
  if (loadsVectors && factor.holdsCodes())
    codes.emplace(b, factor.buffer,
                  cast<MemRefType>(factor.buffer.getType()).getNumElements());
}

MemRefType TensorSlice::sharedType() const {
  return sharedBuffer({2, rows, sliceWords},
                      copies ? Type(b.getF32Type()) : b.getI32Type());
}

void TensorSlice::begin(Value threadNumber, Value firstRow) {
  thread = threadNumber;
  start = firstRow;
}

/// The thread's `number`-th part: four words of a row.
TensorSlice::Unit TensorSlice::unitOf(int64_t number) {
  Value flat = loops::add(b, thread, number * threads);
  int64_t fast = alongTerms ? sliceWords / 4 : rows;
  auto [outer, inner] = loops::divide(b, flat, fast);
  return alongTerms ? Unit{outer, inner} : Unit{inner, outer};
}

/// The first term of the unit's `chunk`-th four.
Value TensorSlice::termOf(const Unit &unit, Value k, int64_t chunk) {
  Value first = loops::mul(b, unit.quarter, 4 * chunks());
  return loops::add(b, loops::add(b, k, first), 4 * chunk);
}

/// The values that the sum multiplies, of four terms from `k` on.
Value TensorSlice::loadFour(Value i, Value k) {
  if (!loadsVectors) {
    SmallVector<Value> elements;
    for (int64_t lane = 0; lane < 4; ++lane) {
      Value at = loops::add(b, k, lane);
      if (!isWhole)
        at = loops::min(b, at, terms - 1);
      elements.push_back(loadFactorElement(b, factor, i, at));
    }
    return vector::FromElementsOp::create(b, loops::f32Lanes(b, 4), elements);
  }
  if (!isWhole)
    k = loops::min(b, k, terms - 4);
  SmallVector<Value> place = locate(b, factor, i, k);
  if (!codes)
    return applyBody(
        b, factor,
        vector::LoadOp::create(b, loops::f32Lanes(b, 4), factor.buffer, place,
                               /*nontemporal=*/false, llvm::MaybeAlign(16)));
  Value flat = factor.isAffine
                   ? place[0]
                   : loops::add(b, loops::mul(b, place[0], terms), place[1]);
  return applyBody(b, factor, codes->load(flat, 4));
}

/// The factor's row of a unit, or the last where there is none.
Value TensorSlice::placeRow(const Unit &unit) {
  Value i = loops::add(b, start, unit.row);
  return extent % rows ? loops::min(b, i, extent - 1) : i;
}

/// A copy of 16 bytes, or, outside of the product, of no byte: then the
/// hardware fills with zeros.
Value TensorSlice::copyFour(const Unit &unit, Value k, Value shared,
                            Value number) {
  Value term = termOf(unit, k, 0), inside = exists(unit, term), count;
  if (inside)
    count = arith::SelectOp::create(b, inside, index(b, 4), index(b, 0));
  if (!isWhole)
    term = loops::min(b, term, terms - 4);
  SmallVector<Value> to{number, unit.row, swizzle(b, unit.row, unit.quarter)};
  return nvgpu::DeviceAsyncCopyOp::create(
      b, nvgpu::DeviceAsyncTokenType::get(b.getContext()), shared, to,
      factor.buffer, locate(b, factor, placeRow(unit), term), b.getIndexAttr(4),
      count, /*bypassL1=*/b.getUnitAttr());
}

SmallVector<Value> TensorSlice::load(Value k, Value shared, Value number,
                                     SmallVectorImpl<Value> &tokens) {
  SmallVector<Value> loaded;
  for (int64_t i = 0; i < units(); ++i) {
    Unit unit = unitOf(i);
    if (copies) {
      tokens.push_back(copyFour(unit, k, shared, number));
      continue;
    }
    Value row = placeRow(unit);
    for (int64_t chunk = 0; chunk < chunks(); ++chunk)
      loaded.push_back(loadFour(row, termOf(unit, k, chunk)));
  }
  return loaded;
}

/// Which of four terms of a row are in the product: one for all or one for
/// each; null where all always are.
Value TensorSlice::exists(const Unit &unit, Value k) {
  Value row;
  if (extent % rows)
    row = loops::lessThan(b, loops::add(b, start, unit.row), extent);
  if (isWhole)
    return row;
  auto both = [&](Value term) -> Value {
    return row ? b.createOrFold<arith::AndIOp>(row, term) : term;
  };
  if (terms % 4 == 0)
    return both(loops::lessThan(b, k, terms));
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < 4; ++lane)
    lanes.push_back(both(loops::lessThan(b, loops::add(b, k, lane), terms)));
  return vector::FromElementsOp::create(b, VectorType::get(4, b.getI1Type()),
                                        lanes);
}

/// Adds four f32 to a row's words, rounded to the nearest.
void TensorSlice::roundFour(Value four, SmallVectorImpl<Value> &words) {
  if (math == ProductMath::TF32) {
    for (int64_t lane = 0; lane < 4; ++lane)
      words.push_back(NVVM::ConvertFloatToTF32Op::create(
          b, b.getI32Type(), vector::ExtractOp::create(b, four, lane),
          NVVM::FPRoundingMode::RNA));
    return;
  }
  Value halves =
      arith::TruncFOp::create(b, VectorType::get(4, b.getBF16Type()), four);
  Value pairs =
      vector::BitCastOp::create(b, VectorType::get(2, b.getI32Type()), halves);
  for (int64_t lane = 0; lane < 2; ++lane)
    words.push_back(vector::ExtractOp::create(b, pairs, lane));
}

void TensorSlice::store(ValueRange loaded, Value k, Value shared,
                        Value number) {
  if (copies)
    return;
  auto type = loops::f32Lanes(b, 4);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  for (int64_t i = 0; i < units(); ++i) {
    Unit unit = unitOf(i);
    SmallVector<Value> words;
    for (int64_t chunk = 0; chunk < chunks(); ++chunk) {
      Value four = loaded[i * chunks() + chunk];
      if (Value inside = exists(unit, termOf(unit, k, chunk)))
        four = arith::SelectOp::create(b, inside, four, zero);
      roundFour(four, words);
    }
    Value whole = vector::FromElementsOp::create(
        b, VectorType::get(4, b.getI32Type()), words);
    vector::StoreOp::create(
        b, whole, shared,
        ValueRange{number, unit.row, swizzle(b, unit.row, unit.quarter)},
        /*nontemporal=*/false, llvm::MaybeAlign(16));
  }
}

SmallVector<Value> TensorSlice::read(Value shared, Value number, Value row,
                                     Value at) {
  Type element = cast<MemRefType>(shared.getType()).getElementType();
  Value four = vector::LoadOp::create(
      b, VectorType::get(4, element), shared, ValueRange{number, row, at},
      /*nontemporal=*/false, llvm::MaybeAlign(16));
  SmallVector<Value> words;
  if (copies) {
    roundFour(four, words);
    return words;
  }
  for (int64_t lane = 0; lane < 4; ++lane)
    words.push_back(vector::ExtractOp::create(b, four, lane));
  return words;
}
