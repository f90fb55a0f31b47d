//===- VectorTranspose.cpp - Transposition in registers -------------------===//
//
// A butterfly of two-operand shuffles whose masks are single instructions on
// the targets we know: first 4x4 squares inside groups of four lanes (unpack of
// 32 and of 64 bits), then whole groups of four lanes are exchanged.
//
//===----------------------------------------------------------------------===//

#include "VectorTranspose.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

/// Applies the same shuffle of four lanes in each group of four; indices from 4
/// on take from `y`.
static Value shuffleInGroups(ImplicitLocOpBuilder &b, Value x, Value y,
                             ArrayRef<int64_t> pattern) {
  int64_t lanes = cast<VectorType>(x.getType()).getNumElements();
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    int64_t from = pattern[lane % 4], group = lane / 4 * 4;
    mask.push_back(from < 4 ? group + from : lanes + group + from - 4);
  }
  return vector::ShuffleOp::create(b, x, y, mask);
}

/// The groups of four lanes of x, then of y, with numbers of parity `odd`.
static Value everyOtherGroup(ImplicitLocOpBuilder &b, Value x, Value y,
                             int64_t odd) {
  int64_t lanes = cast<VectorType>(x.getType()).getNumElements();
  SmallVector<int64_t> mask;
  for (int64_t group = odd * 4; group < 2 * lanes; group += 8)
    for (int64_t lane = 0; lane < 4; ++lane)
      mask.push_back(group + lane);
  return vector::ShuffleOp::create(b, x, y, mask);
}

/// Transposes 4x4 squares inside groups of lanes, four rows at a time.
static void transposeInGroups(ImplicitLocOpBuilder &b,
                              MutableArrayRef<Value> rows) {
  for (size_t i = 0; i < rows.size(); i += 4) {
    Value r[4] = {rows[i], rows[i + 1], rows[i + 2], rows[i + 3]};
    Value low01 = shuffleInGroups(b, r[0], r[1], {0, 4, 1, 5});
    Value high01 = shuffleInGroups(b, r[0], r[1], {2, 6, 3, 7});
    Value low23 = shuffleInGroups(b, r[2], r[3], {0, 4, 1, 5});
    Value high23 = shuffleInGroups(b, r[2], r[3], {2, 6, 3, 7});
    rows[i] = shuffleInGroups(b, low01, low23, {0, 1, 4, 5});
    rows[i + 1] = shuffleInGroups(b, low01, low23, {2, 3, 6, 7});
    rows[i + 2] = shuffleInGroups(b, high01, high23, {0, 1, 4, 5});
    rows[i + 3] = shuffleInGroups(b, high01, high23, {2, 3, 6, 7});
  }
}

/// Transposes a square of groups: vector i holds groups (i, 0), (i, 1), ...
static SmallVector<Value> transposeGroups(ImplicitLocOpBuilder &b,
                                          ArrayRef<Value> vectors) {
  if (vectors.size() == 1)
    return {vectors[0]};
  SmallVector<Value> halves[2];
  for (size_t i = 0; i < vectors.size(); i += 2)
    for (int64_t odd : {0, 1})
      halves[odd].push_back(
          everyOtherGroup(b, vectors[i], vectors[i + 1], odd));
  if (vectors.size() == 2)
    return {halves[0][0], halves[1][0]};
  // Of four: even groups hold columns 0 and 2, odd ones 1 and 3.
  SmallVector<Value> result;
  for (int64_t column = 0; column < 4; ++column) {
    ArrayRef<Value> half = halves[column % 2];
    result.push_back(everyOtherGroup(b, half[0], half[1], column / 2));
  }
  return result;
}

void qnet::transposeSquare(ImplicitLocOpBuilder &b,
                           MutableArrayRef<Value> rows) {
  transposeInGroups(b, rows);
  size_t groups = rows.size() / 4;
  for (size_t c = 0; c < 4; ++c) {
    SmallVector<Value> vectors;
    for (size_t g = 0; g < groups; ++g)
      vectors.push_back(rows[4 * g + c]);
    vectors = transposeGroups(b, vectors);
    for (size_t g = 0; g < groups; ++g)
      rows[4 * g + c] = vectors[g];
  }
}
