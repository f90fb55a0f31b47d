//===- Manifest.cpp - A program's description as JSON ---------------------===//
//
// Writes the manifest that the runtime reads (docs/manifest.md): one line of
// JSON with keys in a fixed order, so that equal programs have equal manifests.
//
//===----------------------------------------------------------------------===//

#include "qnet/Program/Program.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace qnet;

static void writeShape(llvm::json::OStream &json, StringRef key,
                       ArrayRef<int64_t> shape) {
  json.attributeArray(key, [&] {
    for (int64_t dim : shape)
      json.value(dim);
  });
}

static std::string printGrid(GridAttrInterface grid) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (grid)
    grid.print(stream);
  return text;
}

static StringRef getRoleName(StateRole role) {
  switch (role) {
  case StateRole::Weights:
    return "weights";
  case StateRole::Codes:
    return "codes";
  case StateRole::Slot:
    return "moment";
  case StateRole::Statistic:
    return "statistic";
  }
  llvm_unreachable("covered switch");
}

static void writeShapes(llvm::json::OStream &json,
                        const ProgramDescription &program) {
  json.attributeObject("input",
                       [&] { writeShape(json, "shape", program.inputShape); });
  json.attributeObject("labels", [&] {
    json.attribute("kind", program.classes ? "class" : "target");
    if (program.classes)
      json.attribute("classes", program.classes);
    else
      writeShape(json, "shape", program.targetShape);
  });
  json.attributeObject("output",
                       [&] { writeShape(json, "shape", program.outputShape); });
}

/// Grids with more levels are named only.
static constexpr int64_t kMaxLevels = 256;

static void writeLevels(llvm::json::OStream &json, GridAttrInterface grid) {
  if (!grid || grid.getNumLevels() > kMaxLevels)
    return;
  json.attributeArray("levels", [&] {
    for (int64_t i = 0; i < grid.getNumLevels(); ++i)
      json.value(double(grid.getLevel(i)));
  });
}

static void writeParameter(llvm::json::OStream &json,
                           const ParameterDescription &parameter) {
  json.object([&] {
    json.attribute("name", parameter.name);
    writeShape(json, "shape", parameter.shape);
    json.attribute("grid", printGrid(parameter.grid));
    json.attribute("storage_bits",
                   parameter.grid ? parameter.grid.getStorageBits() : 32);
    writeLevels(json, parameter.grid);
    json.attribute("trainable", parameter.trainable);
  });
}

static void writeTensor(llvm::json::OStream &json, const StateEntry &piece) {
  json.object([&] {
    json.attribute("name", piece.attr.getName());
    json.attribute("role", getRoleName(piece.attr.getRole()));
    json.attribute("parameter", piece.attr.getOwner());
    json.attribute("dtype", piece.dtype);
    writeShape(json, "shape", piece.storedShape);
    json.attribute("offset", piece.offset);
    json.attribute("bytes", piece.bytes);
  });
}

static void writeCodes(llvm::json::OStream &json, const CodesPiece &piece) {
  json.object([&] {
    json.attribute("parameter", piece.parameter);
    json.attribute("count", piece.count);
    json.attribute("storage_bits", piece.grid.getStorageBits());
    json.attribute("offset", piece.offset);
    json.attribute("words", piece.words);
  });
}

/// A constant of the inference graph: words and floats as in a checkpoint.
static void writeConstant(llvm::json::OStream &json, const StateEntry &piece) {
  auto codes = dyn_cast<QType>(piece.type.getElementType());
  json.object([&] {
    json.attribute("name", piece.attr.getName());
    json.attribute("dtype", piece.dtype);
    writeShape(json, "shape", piece.storedShape);
    writeShape(json, "logical_shape", piece.type.getShape());
    json.attribute("grid", codes ? printGrid(codes.getGrid()) : "");
    json.attribute("offset", piece.offset);
    json.attribute("bytes", piece.bytes);
  });
}

/// As checkpoints hold real numbers: decimal, exact, a blank between two.
static std::string formatExact(ArrayRef<double> values) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleave(
      values, stream,
      [&](double value) { stream << llvm::format("%.17g", value); }, " ");
  return text;
}

static void writeConvexity(llvm::json::OStream &json,
                           const ProgramDescription &program) {
  if (!program.isTraining())
    return;
  json.attribute("convex", program.isConvex);
  if (!program.linear)
    return;
  const LinearFacts &linear = *program.linear;
  json.attributeObject("linear", [&] {
    json.attribute("weights", linear.weights);
    json.attribute("bias", linear.bias);
    json.attribute("spacing", linear.spacing);
    json.attribute("gradient", linear.gradient);
    json.attribute("gradient_per_residual", linear.gradientPerResidual);
  });
}

template <typename T>
static void writeList(llvm::json::OStream &json, StringRef key,
                      ArrayRef<T> items,
                      void (*write)(llvm::json::OStream &, const T &)) {
  json.attributeArray(key, [&] {
    for (const T &item : items)
      write(json, item);
  });
}

std::string qnet::toManifest(const ProgramDescription &program,
                             int64_t arenaBytes, StringRef target) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream);
  json.object([&] {
    json.attribute("format", 1);
    json.attribute("name", program.name);
    json.attribute("rule", program.rule);
    json.attribute("optimizer", program.optimizer);
    json.attribute("schedule", program.schedule);
    json.attribute("target", target);
    json.attribute("batch", program.batch);
    json.attribute("seed", program.seed);
    writeShapes(json, program);
    json.attribute("state_bytes", program.stateBytes);
    json.attribute("arena_bytes", arenaBytes);
    json.attribute("codes_bytes", program.codesBytes);
    if (program.stateRandomBits)
      json.attribute("state_random_bits", *program.stateRandomBits);
    writeConvexity(json, program);
    writeList<ParameterDescription>(json, "parameters", program.parameters,
                                    writeParameter);
    writeList<StateEntry>(json, "tensors", program.state, writeTensor);
    writeList<CodesPiece>(json, "codes", program.codes, writeCodes);
    if (program.foldEntry)
      json.attributeObject("inference", [&] {
        json.attribute("constants_bytes", program.constantsBytes);
        writeList<StateEntry>(json, "constants", program.constants,
                              writeConstant);
        json.attribute("text", program.inferenceText);
      });
    if (program.normalization)
      json.attributeObject("normalization", [&] {
        json.attribute("mean", formatExact(program.normalization->mean));
        json.attribute("deviation",
                       formatExact(program.normalization->deviation));
      });
  });
  return text;
}
