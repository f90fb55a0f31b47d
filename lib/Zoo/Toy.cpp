//===- Toy.cpp - A function of one variable with several basins -----------===//
//
// toy-1d minimizes, for each of its weights w on its own,
//
//   f(w) = s w + sum_k t_k max(w - p_k, 0)
//
// piecewise linear with basins at -1.0625 (the deepest), 0.5625 and 1.4375 (the
// shallowest, near where every weight starts). The gradient has noise: the term
// n (dropout(w) - w), of which every step takes n or -n, each with probability
// one half, since dropout with p = 1/2 gives 0 or 2 w. Slopes are sixteenths
// and points odd sixteenths, so gradients are exact in f32 and no level of a
// grid of eighths lies on a kink. Inputs are ones.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "LayerBuilder.h"

using namespace mlir;
using namespace qnet;

static constexpr float kStart = 1.25f;
static constexpr float kNoise = 2.0f;
static constexpr float kFirstSlope = -0.84375f;
/// f turns at -kOffsets[k] by kTurns[k]; its slopes in 32nds: -27, 23, -17, 19,
/// -9, 31.
static constexpr float kOffsets[] = {1.0625f, 0.3125f, -0.5625f, -1.0625f,
                                     -1.4375f};
static constexpr float kTurns[] = {1.5625f, -1.25f, 1.125f, -0.875f, 1.25f};
static constexpr int64_t kNumTurns = std::size(kTurns);

/// sum_k t_k max(w - p_k, 0), [B, d, 1, 1] as its argument.
static Value buildTurns(LayerBuilder &layers, Value points) {
  Value ones = layers.frozen("ones", {kNumTurns, 1, 1, 1},
                             std::vector<float>(kNumTurns, 1.0f));
  Value offsets = layers.frozen("offsets", {kNumTurns}, kOffsets);
  Value turns = layers.frozen("turns", {1, 1, 1, kNumTurns}, kTurns);
  Value hinges =
      layers.relu(layers.conv(points, ones, offsets, "distances"), "hinges");
  return layers.conv(hinges, turns, Value(), "bends");
}

static Value buildToy(LayerBuilder &layers, Value value) {
  int64_t chains = layers.settings.sizes.back();
  Value points = layers.reshape(layers.dense(value, chains, "w", kStart),
                                {chains, 1, 1}, "points");
  Value slope = layers.frozen("slope", {1, 1, 1, 1}, kFirstSlope - kNoise);
  Value noise = layers.frozen("noise", {1, 1, 1, 1}, kNoise);
  Value line = layers.conv(points, slope, Value(), "line");
  Value drawn = layers.conv(layers.dropout(points, 0.5f, "kept"), noise,
                            Value(), "drawn");
  Value sum = layers.add(layers.add(line, drawn, "noisy_line"),
                         buildTurns(layers, points), "sum");
  return layers.reshape(sum, chains, "values");
}

std::vector<ZooNetwork> qnet::toyNetworks() {
  ZooNetwork toy = {};
  toy.name = "toy-1d";
  toy.summary = "a function of one variable with three basins, gradient noise "
                "and many independent weights";
  toy.sizes = {1, 256};
  toy.batch = 1;
  toy.loss = "mean_output";
  toy.optimizer = "sgd";
  toy.schedule = "constant_rate:0.1";
  toy.policy = GridPolicy::All;
  toy.build = buildToy;
  return {toy};
}
