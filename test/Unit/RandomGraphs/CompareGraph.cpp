//===- CompareGraph.cpp - A graph, compiled against interpreted -----------===//
//
// Sums add in another order when compiled, so floats may differ by some
// roundings: kBound, relative to the largest value of their tensor, or to
// kSmallest where the tensor is small: a gradient that is zero but for rounding
// (before a batch normalization) has no scale. One code per tensor may tip.
// Where a graph is badly conditioned (a sign near zero, a batch normalization
// of nearly equal values), more is no error: then both run again on inputs and
// state moved by kNudge, about two roundings, the interpreter also in double,
// and a difference is explained if it is at most kSlack times what that
// changes. Only double shows what roundings within a step do where it forgets
// small changes of its inputs (under a sign); only the compiled program, whose
// chains of fma round, what a sum of grid values does that cancels. Where sums
// overflow, their order decides between infinities and NaN: all that is not
// finite is the same.
//
//===----------------------------------------------------------------------===//

#include "CompareGraph.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <random>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

static constexpr int kSteps = 3, kNudged = 16;
static constexpr double kBound = 1.0e-5, kSlack = 50, kSmallest = 5.0e-2;
static constexpr float kNudge = 1.2e-7f;

namespace {

enum class How { Compiled, Interpreted, InterpretedInDouble };

/// What a step gives, by name: floats, or codes as numbers.
struct Piece {
  std::vector<double> values;
  bool isCodes = false;
};
using Pieces = std::map<std::string, Piece>;

class Comparison {
public:
  Comparison(CompiledProgram &program, uint32_t seed)
      : program(program), seed(seed), random(seed),
        state(program.getDescription().stateBytes) {}

  Outcome run();

private:
  StepArguments drawArguments(uint32_t step);
  std::vector<uint8_t> drawFloats(int64_t count);
  std::vector<uint8_t> drawLabels(int64_t count, int64_t classes);
  void compareInit(uint32_t seed);
  /// One entry: `train` moves `state`, an evaluation does not.
  Pieces runEntry(StateBytes &state, const StepArguments &arguments, bool train,
                  How how);
  void compareEntry(const StepArguments &arguments, bool train);
  Pieces findSensitivity(const StepArguments &arguments, bool train,
                         const Pieces &compiled, const Pieces &interpreted);
  void nudge(StateBytes &moved, StepArguments &arguments);
  void report(const std::string &entry, const std::string &name,
              double difference, double bound);
  void add(Pieces &pieces, const StateEntry &entry, StateBytes &state);

  CompiledProgram &program;
  const uint32_t seed;
  std::mt19937 random;
  StateBytes state;
  Outcome outcome = Outcome::Same;
};

} // namespace

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

static int64_t countOf(ArrayRef<int64_t> shape) {
  return ShapedType::getNumElements(shape);
}

std::vector<uint8_t> Comparison::drawFloats(int64_t count) {
  std::vector<uint8_t> bytes(4 * count);
  std::normal_distribution<float> normal(0.0f, 1.0f);
  for (int64_t i = 0; i < count; ++i) {
    float value = normal(random);
    std::memcpy(bytes.data() + 4 * i, &value, 4);
  }
  return bytes;
}

std::vector<uint8_t> Comparison::drawLabels(int64_t count, int64_t classes) {
  std::vector<uint8_t> bytes(4 * count);
  for (int64_t i = 0; i < count; ++i) {
    int32_t value = random() % classes;
    std::memcpy(bytes.data() + 4 * i, &value, 4);
  }
  return bytes;
}

StepArguments Comparison::drawArguments(uint32_t step) {
  const ProgramDescription &facts = program.getDescription();
  StepArguments arguments{facts.seed, step, step / 2, {}, {}};
  arguments.inputs = drawFloats(facts.batch * countOf(facts.inputShape));
  arguments.labels = facts.classes
                         ? drawLabels(facts.batch, facts.classes)
                         : drawFloats(facts.batch * countOf(facts.targetShape));
  return arguments;
}

/// Moves an f32 in memory by up to two roundings.
static void nudgeFloat(uint8_t *bytes, std::mt19937 &random) {
  float value;
  std::memcpy(&value, bytes, 4);
  value *= 1.0f + kNudge * (int(random() % 5) - 2);
  std::memcpy(bytes, &value, 4);
}

void Comparison::nudge(StateBytes &moved, StepArguments &arguments) {
  for (size_t i = 0; i < arguments.inputs.size(); i += 4)
    nudgeFloat(arguments.inputs.data() + i, random);
  for (const StateEntry &entry : program.getDescription().state)
    if (entry.dtype == "F32")
      for (int64_t i = 0; i < entry.bytes; i += 4)
        nudgeFloat(moved.data() + entry.offset + i, random);
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

/// Codes of a word are compared as 32 numbers of one bit: a code that differs
/// counts at least once.
static void addWord(Piece &piece, uint32_t word) {
  for (int bit = 0; bit < 32; ++bit)
    piece.values.push_back(word >> bit & 1);
}

void Comparison::add(Pieces &pieces, const StateEntry &entry,
                     StateBytes &state) {
  Piece &piece = pieces[entry.attr.getName().str()];
  piece.isCodes = entry.dtype != "F32";
  for (int64_t i = 0; i < entry.bytes; i += 4) {
    const uint8_t *bytes = state.data() + entry.offset + i;
    uint32_t word;
    float value;
    std::memcpy(&word, bytes, 4);
    std::memcpy(&value, bytes, 4);
    if (piece.isCodes)
      addWord(piece, word);
    else
      piece.values.push_back(value);
  }
}

Pieces Comparison::runEntry(StateBytes &state, const StepArguments &arguments,
                            bool train, How how) {
  InterpreterOptions options;
  options.wide = how == How::InterpretedInDouble;
  bool compiled = how == How::Compiled;
  StepResults results =
      train
          ? (compiled ? program.runCompiled(state, arguments, 3)
                      : program.runInterpreted(state, arguments, options))
          : (compiled ? program.evaluateCompiled(state, arguments, 3)
                      : program.evaluateInterpreted(state, arguments, options));
  Pieces pieces;
  pieces["losses"].values.assign(results.losses.begin(), results.losses.end());
  Piece &predictions = pieces["predictions"];
  predictions.isCodes = true;
  if (program.getDescription().classes)
    for (int32_t prediction : results.predictions)
      addWord(predictions, prediction);
  pieces["flags"].values.assign(results.flags.begin(), results.flags.end());
  if (train)
    for (const StateEntry &entry : program.getDescription().state)
      add(pieces, entry, state);
  return pieces;
}

//===----------------------------------------------------------------------===//
// Differences
//===----------------------------------------------------------------------===//

/// Of floats the largest, of codes how many.
static double differenceOf(const Piece &a, const Piece &b) {
  double difference = 0;
  for (size_t i = 0; i < a.values.size(); ++i) {
    double x = a.values[i], y = b.values[i];
    if (x == y || (!std::isfinite(x) && !std::isfinite(y)))
      continue;
    double d = std::abs(x - y);
    if (!std::isfinite(d))
      d = HUGE_VAL;
    difference = a.isCodes ? difference + d : std::max(difference, d);
  }
  return difference;
}

static double boundOf(const Piece &piece) {
  if (piece.isCodes)
    return 2; // One code may tip, which may be a carry of two bits.
  double scale = kSmallest;
  for (double value : piece.values)
    if (std::isfinite(value))
      scale = std::max(scale, std::abs(value));
  return kBound * scale;
}

void Comparison::report(const std::string &entry, const std::string &name,
                        double difference, double bound) {
  if (difference <= bound) {
    outcome = std::max(outcome, Outcome::Explained);
    return;
  }
  fprintf(stderr, "seed %u, %s: %s differs by %.3g, expected at most %.3g\n",
          seed, entry.c_str(), name.c_str(), difference, bound);
  outcome = Outcome::Different;
}

/// The difference of either program from itself, a piece of one value by name.
Pieces Comparison::findSensitivity(const StepArguments &arguments, bool train,
                                   const Pieces &compiled,
                                   const Pieces &interpreted) {
  Pieces worst;
  auto compareWith = [&](const Pieces &reference, How how, bool nudged) {
    StateBytes moved = state;
    StepArguments movedArguments = arguments;
    if (nudged)
      nudge(moved, movedArguments);
    for (auto &[name, piece] : runEntry(moved, movedArguments, train, how)) {
      Piece &largest = worst[name];
      largest.values.resize(1);
      largest.values[0] =
          std::max(largest.values[0], differenceOf(piece, reference.at(name)));
    }
  };
  for (int i = 0; i < kNudged; ++i) {
    compareWith(interpreted, How::Interpreted, /*nudged=*/true);
    compareWith(compiled, How::Compiled, /*nudged=*/true);
  }
  compareWith(interpreted, How::InterpretedInDouble, /*nudged=*/false);
  return worst;
}

void Comparison::compareEntry(const StepArguments &arguments, bool train) {
  StateBytes compiledState = state, interpretedState = state;
  Pieces compiled = runEntry(compiledState, arguments, train, How::Compiled);
  Pieces interpreted =
      runEntry(interpretedState, arguments, train, How::Interpreted);
  Pieces sensitivity;
  for (auto &[name, piece] : interpreted) {
    double difference = differenceOf(compiled.at(name), piece);
    double bound = boundOf(piece);
    if (difference <= bound)
      continue;
    if (sensitivity.empty())
      sensitivity = findSensitivity(arguments, train, compiled, interpreted);
    report(train ? "step " + std::to_string(arguments.step) : "evaluation",
           name, difference, bound + kSlack * sensitivity[name].values[0]);
  }
  if (train)
    std::memcpy(state.data(), interpretedState.data(), state.size);
}

void Comparison::compareInit(uint32_t seed) {
  program.initInterpreted(state, seed);
  StateBytes compiled(state.size);
  program.initCompiled(compiled, seed);
  if (std::memcmp(compiled.data(), state.data(), state.size) == 0)
    return;
  fprintf(stderr, "seed %u: the initial states differ\n", seed);
  outcome = Outcome::Different;
}

Outcome Comparison::run() {
  compareInit(program.getDescription().seed);
  for (int step = 0; step < kSteps; ++step)
    compareEntry(drawArguments(step), true);
  compareEntry(drawArguments(kSteps), false);
  return outcome;
}

Outcome qnet::test::compareGraph(const std::string &text, uint32_t seed,
                                 const Target &target) {
  auto program = CompiledProgram::createFromGraph(text, target);
  if (!program)
    return Outcome::Different;
  Outcome outcome = Comparison(*program, seed).run();
  return ::testing::Test::HasFailure() ? Outcome::Different : outcome;
}
