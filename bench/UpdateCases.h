//===- UpdateCases.h - The updates that are measured ------------*- C++ -*-===//
//
// A case is one rule with one optimizer on one parameter of n weights: as IR
// for qnet, and as plain loops (UpdateReference.cpp) that are both a peer and
// the check of the result.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_UPDATECASES_H
#define QNET_BENCH_UPDATECASES_H

#include <cstdint>
#include <string>
#include <vector>

namespace qnet::bench {

enum class Rule { Full, R, SR, BC };
enum class Optimizer { Sgd, Momentum, Adam };
enum class Grid { Binary, Ternary, Uniform4 };

constexpr float kRate = 0.01f;
constexpr float kMu = 0.9f;
constexpr float kBeta1 = 0.9f, kBeta2 = 0.999f, kEpsilon = 1e-8f;

struct UpdateCase {
  Rule rule;
  Optimizer optimizer;
  Grid grid; ///< of R, SR and BC

  bool keepsCodes() const { return rule == Rule::R || rule == Rule::SR; }
  unsigned numSlots() const { return static_cast<unsigned>(optimizer); }
  unsigned storageBits() const;
  const char *ruleName() const;
  const char *optimizerName() const;
  /// How the weights are stored: "f32", or codes of a grid.
  std::string storageName() const;
  /// Read and written per weight: weights and slots twice, the gradient once.
  double bytesPerWeight() const;
  int64_t weightBytes(int64_t count) const;
  /// Where slot i lies in the state block, and the block's size.
  int64_t slotOffset(int64_t count, unsigned slot) const;
  int64_t stateBytes(int64_t count) const {
    return slotOffset(count, numSlots());
  }
  /// The program whose train_step is the update; the inputs are the gradient.
  std::string buildIR(int64_t count) const;
};

/// Runs the case on elements [begin, end) of a state block; `begin` is a
/// multiple of 128. Returns 1 if an update was not a number.
int32_t runReference(const UpdateCase &update, char *state, int64_t count,
                     const float *gradient, uint32_t seed, uint32_t step,
                     int64_t begin, int64_t end);

/// w -= a g: 12 bytes a weight, the bandwidth that is within reach.
void runTriad(float *weights, const float *gradient, float rate, int64_t begin,
              int64_t end);

} // namespace qnet::bench

#endif // QNET_BENCH_UPDATECASES_H
