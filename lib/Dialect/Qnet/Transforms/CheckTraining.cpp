//===- CheckTraining.cpp - qnet-check-training ----------------------------===//
//
// Warnings that theory gives before any step is made. Each is proved from what
// the attributes say of themselves through their interfaces; what they leave
// open brings no warning.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/SymbolTable.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/Transforms/Passes.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cmath>

namespace qnet {
#define GEN_PASS_DEF_QNETCHECKTRAINING
#include "qnet/Dialect/Qnet/Transforms/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// Grids with more levels are not searched.
static constexpr int64_t kMaxLevels = 1 << 16;
/// Room for the rounding of f32 arithmetic, which the bounds leave out.
static constexpr double kMargin = 1.0 + 1.0e-4;

/// Whether a step of at most `step` leads back to every level it starts from.
/// Rounding is monotone: if the longest step does, shorter ones do.
static bool staysEverywhere(GridAttrInterface grid,
                            RoundingAttrInterface rounding, double step) {
  for (int64_t i = 0; i + 1 < grid.getNumLevels(); ++i) {
    float lower = grid.getLevel(i), upper = grid.getLevel(i + 1);
    if (step >= double(upper) - double(lower))
      return false;
    if (rounding.roundsUp(float(lower + step), lower, upper, 0) ||
        !rounding.roundsUp(float(upper - step), lower, upper, 0))
      return false;
  }
  return true;
}

static double getSmallestGap(GridAttrInterface grid) {
  double gap = std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i + 1 < grid.getNumLevels(); ++i)
    gap = std::min(gap, double(grid.getLevel(i + 1)) - grid.getLevel(i));
  return gap;
}

/// A bound on a step of the parameter; infinity where none is known.
static double getLargestStep(TrainingOp training, ParameterOp parameter,
                             GridAttrInterface grid) {
  double rate = training.getSchedule().getLargestRate() *
                parameter.getRateScale().convertToDouble();
  double gradient = std::numeric_limits<double>::infinity();
  if (std::optional<APFloat> clip = training.getClipGradient())
    gradient = clip->convertToFloat();
  double weight =
      std::max(std::fabs(grid.getLowest()), std::fabs(grid.getHighest()));
  return training.getOptimizer().getLargestStep(rate, gradient, weight);
}

static std::string formatNumber(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.4g", value);
  return text;
}

namespace {
struct QnetCheckTraining
    : qnet::impl::QnetCheckTrainingBase<QnetCheckTraining> {
  using Base::Base;

  /// The first parameter that cannot move speaks for all.
  void checkMoves(TrainingOp training, ModelOp model) {
    RoundingAttrInterface rounding = training.getRule().getStateRounding();
    if (!rounding || rounding.getRandomBits() != 0)
      return;
    for (auto parameter : model.getBody().getOps<ParameterOp>()) {
      GridAttrInterface grid = parameter.getGridAttr();
      if (!grid || parameter.getFrozen() || grid.getNumLevels() > kMaxLevels)
        continue;
      double step = getLargestStep(training, parameter, grid);
      if (!std::isfinite(step) ||
          !staysEverywhere(grid, rounding, step * kMargin))
        continue;
      InFlightDiagnostic warning =
          training.emitWarning("rule ")
          << training.getRule().getRuleName() << " with optimizer "
          << training.getOptimizer().getOptimizerName()
          << ": no step can move a weight of '" << parameter.getParamName()
          << "': the largest step, " << formatNumber(step)
          << ", is below D/2 = " << formatNumber(getSmallestGap(grid) / 2);
      warning.attachNote(parameter.getLoc()) << "the parameter and its grid";
      ++numWarnings;
      return;
    }
  }

  void checkAnneals(TrainingOp training, ModelOp model) {
    RoundingAttrInterface rounding = training.getRule().getStateRounding();
    if (!rounding || rounding.getRandomBits() == 0 ||
        !training.getSchedule().isDecaying())
      return;
    bool hasGrid =
        llvm::any_of(model.getBody().getOps<ParameterOp>(), [](ParameterOp p) {
          return p.getGridAttr() && !p.getFrozen();
        });
    if (!hasGrid)
      return;
    training.emitWarning("a decaying rate under rule ")
        << training.getRule().getRuleName()
        << " does not anneal: the distribution of the weights tends to one "
           "that the rate does not narrow (Li et al. 2017, stationary "
           "distribution of stochastic rounding)";
    ++numWarnings;
  }

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto training : getOperation().getOps<TrainingOp>()) {
      auto model = symbols.lookup<ModelOp>(training.getModel());
      if (!model)
        continue; // qnet-build-training-step says so.
      checkMoves(training, model);
      checkAnneals(training, model);
    }
    markAllAnalysesPreserved();
  }
};
} // namespace
