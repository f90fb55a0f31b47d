//===- AdjointTest.h - Adjoints against finite differences ------*- C++ -*-===//
//
// The fixture of the tests of adjoints, one file per family of ops: the
// gradient of sum(r * f(x)) that buildAdjoint gives is compared with central
// differences, in double, in every element of every float operand.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_INTERPRETER_ADJOINTTEST_H
#define QNET_TEST_UNIT_INTERPRETER_ADJOINTTEST_H

#include "TestFunctions.h"
#include <gtest/gtest.h>

namespace qnet::test {

class AdjointTest : public testing::Test {
protected:
  std::mt19937 random{getSeed()};
  /// Draw distinct operands that are 1/8 apart and 1/16 from 0, 1 and -1: no
  /// difference then crosses a kink of a piecewise linear op.
  bool spaced = false;

  int64_t pickSize(int64_t least = 1) { return least + random() % 6; }
  /// A shape of rank 2 to 4 with a batch of `least` or more.
  llvm::SmallVector<int64_t> pickLayer(int64_t least);
  std::vector<double> pickReals(int64_t count);
  std::vector<double> pickSpaced(int64_t count);
  /// Random values for a float type, classes in [0, classes) for an integer
  /// one.
  Datum pick(mlir::RankedTensorType type, int64_t classes);

  /// Compares the adjoint of what `buildOp` builds with the differences of
  /// `buildForward`, which is `buildOp` unless the gradient is another op's.
  void check(llvm::ArrayRef<mlir::Type> types, const Body &buildOp,
             int64_t classes = 1, const Body &buildForward = nullptr);
};

} // namespace qnet::test

#endif // QNET_TEST_UNIT_INTERPRETER_ADJOINTTEST_H
