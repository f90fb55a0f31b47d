//===- Gather.cpp - Loops that read a tensor at computed places -----------===//
//
// See Gather.h. Places that do not exist are read at index 0 and replaced.
//
//===----------------------------------------------------------------------===//

#include "Gather.h"

using namespace mlir;
using namespace qnet;

Value Places::loop(int64_t number) const {
  return linalg::IndexOp::create(b, loc, number);
}

Value Places::constant(int64_t value) const {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value Places::both(Value x, Value y) const {
  if (!x || !y)
    return x ? x : y;
  return arith::AndIOp::create(b, loc, x, y);
}

Place Places::inWindow(Value p, Value i, const Windows &windows,
                       int dimension) const {
  int64_t stride = windows.strides[dimension], low = windows.low[dimension];
  Value index = p;
  if (stride != 1)
    index = arith::MulIOp::create(b, loc, index, constant(stride));
  index = arith::AddIOp::create(b, loc, index, i);
  if (low == 0 && windows.high[dimension] == 0)
    return {index, {}};
  if (low != 0)
    index = arith::SubIOp::create(b, loc, index, constant(low));
  // Unsigned: negative places are beyond the size too.
  Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, index,
                                       constant(windows.input[dimension]));
  return {index, exists};
}

Place Places::divided(Value x, int64_t offset, int64_t stride,
                      int64_t size) const {
  Value index = x;
  if (offset != 0)
    index = arith::SubIOp::create(b, loc, index, constant(offset));
  Value zero = constant(0);
  Value exists =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, index, zero);
  if (stride != 1) {
    Value rest = arith::RemSIOp::create(b, loc, index, constant(stride));
    Value whole =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, rest, zero);
    exists = both(exists, whole);
    index = arith::DivSIOp::create(b, loc, index, constant(stride));
  }
  Value below = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, index,
                                      constant(size));
  return {index, both(exists, below)};
}

Place Places::ofWindow(Value h, Value i, const Windows &windows,
                       int dimension) const {
  Value shifted = h;
  if (int64_t low = windows.low[dimension])
    shifted = arith::AddIOp::create(b, loc, h, constant(low));
  shifted = arith::SubIOp::create(b, loc, shifted, i);
  return divided(shifted, 0, windows.strides[dimension],
                 windows.output[dimension]);
}

Value Places::read(Value source, ArrayRef<Place> places,
                   float otherwise) const {
  Value exists;
  for (const Place &place : places)
    exists = both(exists, place.exists);
  SmallVector<Value> indices;
  for (const Place &place : places) {
    Value index = place.index;
    if (place.exists)
      index = arith::SelectOp::create(b, loc, place.exists, index, constant(0));
    indices.push_back(index);
  }
  Value element = tensor::ExtractOp::create(b, loc, source, indices);
  if (!exists)
    return element;
  Value other = buildF32(b, loc, b.getF32Type(), otherwise);
  return arith::SelectOp::create(b, loc, exists, element, other);
}
