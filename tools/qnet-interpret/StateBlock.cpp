//===- StateBlock.cpp - Program state between memory and data -------------===//
//
// Codes lie in 32-bit words, flat and row-major, least significant bits first.
//
//===----------------------------------------------------------------------===//

#include "StateBlock.h"

#include <cstring>

using namespace mlir;
using namespace qnet;

static Scalar readElement(Type element, const uint8_t *bytes) {
  if (element.isF32()) {
    float value;
    std::memcpy(&value, bytes, sizeof value);
    return Scalar::ofReal(value);
  }
  int32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return Scalar::ofInteger(value);
}

static void readCodes(GridAttrInterface grid, const uint8_t *bytes,
                      MutableArrayRef<Scalar> codes) {
  unsigned bits = grid.getStorageBits(), perWord = getCodesPerWord(grid);
  for (auto [i, code] : llvm::enumerate(codes)) {
    uint32_t word;
    std::memcpy(&word, bytes + i / perWord * 4, 4);
    code.integer = asUnsigned(word >> (i % perWord * bits), bits);
  }
}

static void writeCodes(GridAttrInterface grid, const Datum &codes,
                       uint8_t *bytes) {
  unsigned bits = grid.getStorageBits(), perWord = getCodesPerWord(grid);
  int64_t count = codes.getNumElements();
  for (int64_t first = 0; first < count; first += perWord) {
    uint32_t word = 0;
    for (int64_t i = first; i < std::min(first + perWord, count); ++i)
      word |= uint32_t(codes[i].integer) << ((i - first) * bits);
    std::memcpy(bytes + first / perWord * 4, &word, 4);
  }
}

Datum readTensor(RankedTensorType type, const uint8_t *bytes) {
  Datum datum = Datum::zeros(type);
  MutableArrayRef<Scalar> elements(datum.edit(), datum.getNumElements());
  if (auto code = dyn_cast<QType>(type.getElementType())) {
    readCodes(code.getGrid(), bytes, elements);
    return datum;
  }
  for (auto [i, element] : llvm::enumerate(elements))
    element = readElement(type.getElementType(), bytes + 4 * i);
  return datum;
}

void writeTensor(const Datum &datum, uint8_t *bytes) {
  Type element = datum.getElementType();
  if (auto code = dyn_cast<QType>(element))
    return writeCodes(code.getGrid(), datum, bytes);
  for (int64_t i = 0; i < datum.getNumElements(); ++i) {
    float real = float(datum[i].real);
    int32_t integer = int32_t(datum[i].integer);
    std::memcpy(bytes + 4 * i,
                element.isF32() ? static_cast<void *>(&real) : &integer, 4);
  }
}
