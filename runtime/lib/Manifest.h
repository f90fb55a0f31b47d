//===- Manifest.h - what a compiled program says about itself ---*- C++ -*-===//
//
// The parsed form of qnet_program::manifest (docs/manifest.md). Parsing checks
// every relation the runtime relies on: that tensors lie inside the state and
// do not overlap, and that sizes agree with shapes.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_MANIFEST_H
#define QNET_RUNTIME_LIB_MANIFEST_H

#include "Support.h"

#include <optional>

namespace qnet::rt {

class JsonReader;
struct JsonValue;

struct Parameter {
  std::string name;
  Shape shape;
  std::string grid; // Empty: no grid.
  int64_t storageBits = 32;
  /// Values of the grid's levels; empty where there is no grid or a large one.
  std::vector<float> levels;
  bool trainable = true;
  int64_t count() const { return countElements(shape); }
};

/// A tensor of the state block.
struct StateTensor {
  std::string name;
  std::string role; // weights, codes, moment or statistic
  std::string parameter;
  std::string dtype; // F32 or U32
  Shape shape;       // As stored.
  int64_t offset = 0;
  int64_t bytes = 0;
};

/// The part of the codes buffer that holds one parameter with a grid.
struct CodesEntry {
  std::string parameter;
  int64_t count = 0;
  int64_t storageBits = 0;
  int64_t offset = 0;
  int64_t words = 0;
};

/// A constant of the inference graph and its place in the constants block.
struct InferenceConstant {
  std::string name;
  std::string dtype; // F32 or U32
  Shape shape;       // As stored.
  Shape logicalShape;
  std::string grid; // Empty: floats.
  int64_t offset = 0;
  int64_t bytes = 0;
};

/// The inference graph of a program that trains (docs/export.md).
struct InferenceGraph {
  int64_t constantsBytes = 0;
  std::vector<InferenceConstant> constants;
  std::string text; // MLIR without the constants' bytes.
};

/// How inputs are standardized: (input - mean) / deviation, with one mean and
/// one deviation for all values or for each channel, the last dimension.
struct Normalization {
  std::vector<double> mean = {0};
  std::vector<double> deviation = {1};
  int64_t channels() const { return mean.size(); }
};

/// The channels that bytes of this shape are standardized by: the last of
/// [height,width,channels], else one.
int64_t countChannels(const Shape &inputShape);

/// Of outputs that are a product of the inputs with the trained weights, plus
/// perhaps a bias.
struct LinearFacts {
  std::string weights, bias;
  double spacing = 0; // Largest gap of the weights' grid; 0: no grid.
  /// How long a sample's gradient by the outputs can be, and how long per
  /// distance of the outputs from the targets; 0: no bound.
  double gradient = 0, gradientPerResidual = 0;
};

struct Manifest {
  std::string name, rule, optimizer, schedule, target;
  int64_t batch = 0;
  uint32_t seed = 0;
  Shape inputShape, outputShape;
  bool classification = true;
  int64_t classes = 0; // For classification.
  Shape targetShape;   // For regression.
  int64_t stateBytes = 0, arenaBytes = 0, codesBytes = 0;
  /// Bytes of the arena at its fullest, by what they hold; may be empty.
  std::vector<std::pair<std::string, int64_t>> peak;
  std::vector<Parameter> parameters;
  std::vector<StateTensor> tensors;
  std::vector<CodesEntry> codes;
  std::optional<InferenceGraph> inference;
  std::optional<Normalization> normalization; // Of a predictor.
  /// Random bits of the rounding of stored weights; none: they are not rounded.
  std::optional<int64_t> stateRandomBits;
  bool convex = false; // The loss in the trained weights.
  std::optional<LinearFacts> linear;

  int64_t sampleSize() const { return countElements(inputShape); }
  int64_t outputSize() const { return countElements(outputShape); }
  int64_t targetSize() const { return countElements(targetShape); }
  const Parameter *findParameter(std::string_view name) const;
  /// Bytes of the state's tensors of one role; of all roles when it is empty.
  int64_t bytesOfRole(std::string_view role) const;
  /// Bits that hold one weight of the parameter between steps.
  double bitsPerWeight(const Parameter &parameter) const;
  /// The same over all parameters with a grid; 0 when there is none.
  double bitsPerGridWeight() const;
};

Status parseManifest(const char *text, Manifest &manifest);

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_MANIFEST_H
