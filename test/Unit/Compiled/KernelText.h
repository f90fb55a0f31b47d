//===- KernelText.h - Programs that hold only kernels -----------*- C++ -*-===//
//
// Text of modules in the form that qnet-build-training-step gives, whose
// training step is made of given updates, roundings or products. What the
// kernels read beside the weights (gradients, values) is state that no step
// changes, so that a test sets every bit of it.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_COMPILED_KERNELTEXT_H
#define QNET_TEST_UNIT_COMPILED_KERNELTEXT_H

#include <cstdint>
#include <string>
#include <vector>

namespace qnet::test {

/// One parameter: `grid` is the text of an attribute, or empty.
struct KernelParameter {
  std::vector<int64_t> shape;
  std::string grid;
  float rateScale = 1.0f;
  /// Bound of the gradient's elements; none where 0.
  float clipGradient = 0.0f;
};

/// Updates of the parameters p0, p1, ...: state "pN", its slots "pN.s0", ...,
/// and its gradient "pN.g".
std::string makeUpdateProgram(const std::string &rule,
                              const std::string &optimizer, unsigned numSlots,
                              bool keepsCodes, const std::string &rate,
                              const std::vector<KernelParameter> &parameters);

/// Roundings of the state "x" of `count` values on a grid: "round" by
/// qnet.round, "codes" by qnet.encode, and "bits", the random bits used, as f32
/// (they have at most 24).
std::string makeRoundingProgram(const std::string &grid,
                                const std::string &rounding, unsigned bits,
                                int64_t count);

/// A product of the state "x" (f32) and "p0", codes of `grid` or, where that is
/// empty, f32: "y" is the result of the qnet op `op` with the attributes
/// `attributes`.
struct KernelProduct {
  std::string op, attributes;
  std::vector<int64_t> input, weights, result;
  std::string grid;
  /// Ops on the product's result %z, which give the state "e": text over %z,
  /// the states %b (a value a column) and %r (as %z), and their types $z and
  /// $b. The product is state then only where `keepsProduct` says so.
  std::string epilogue = {};
  bool keepsProduct = false;
};
std::string makeProductProgram(const KernelProduct &product);

} // namespace qnet::test

#endif // QNET_TEST_UNIT_COMPILED_KERNELTEXT_H
