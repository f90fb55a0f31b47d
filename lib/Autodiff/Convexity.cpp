//===- Convexity.cpp - What a model is to theory --------------------------===//
//
// A convex function of an affine one is convex. Which values are affine in the
// trained parameters is found op by op, from the traits Affine and Bilinear; an
// op without either is affine only where it depends on no trained parameter.
//
//===----------------------------------------------------------------------===//

#include "Convexity.h"
#include "llvm/ADT/DenseSet.h"
#include <cmath>

using namespace mlir;
using namespace qnet;

/// Whether the outputs are affine in the trained parameters.
static bool isAffineInParameters(ModelOp model) {
  llvm::DenseSet<Value> varying;
  for (Operation &op : model.getBody().front().without_terminator()) {
    if (auto parameter = dyn_cast<ParameterOp>(op)) {
      if (!parameter.getFrozen())
        varying.insert(parameter.getResult());
      continue;
    }
    auto varies = [&](Value operand) { return varying.contains(operand); };
    if (llvm::none_of(op.getOperands(), varies))
      continue;
    bool affine = op.hasTrait<Affine>();
    if (op.hasTrait<Bilinear>())
      affine = !(varies(op.getOperand(0)) && varies(op.getOperand(1)));
    // What is not affine may still not reach the outputs; no model has that.
    if (!affine)
      return false;
    varying.insert(op.result_begin(), op.result_end());
  }
  return true;
}

static ParameterOp getTrained(Value value) {
  auto parameter = value.getDefiningOp<ParameterOp>();
  return parameter && !parameter.getFrozen() ? parameter : ParameterOp();
}

/// Infinity for a grid of too many levels to look at.
static double getLargestGap(GridAttrInterface grid) {
  if (grid.getNumLevels() > 1 << 16)
    return std::numeric_limits<double>::infinity();
  double gap = 0;
  for (int64_t i = 0; i + 1 < grid.getNumLevels(); ++i)
    gap = std::max(gap, double(grid.getLevel(i + 1)) - grid.getLevel(i));
  return gap;
}

/// The attribute `linear`, or null.
static DictionaryAttr describeLinear(TrainingOp training, ModelOp model) {
  Value value = model.getOutputs();
  ParameterOp bias;
  if (auto op = value.getDefiningOp<BiasOp>()) {
    bias = getTrained(op.getBias());
    if (!bias)
      return {};
    value = op.getInput();
  }
  auto dense = value.getDefiningOp<DenseOp>();
  ParameterOp weights = dense ? getTrained(dense.getWeights()) : ParameterOp();
  if (!weights)
    return {};
  Value input = dense.getInput();
  while (auto reshape = input.getDefiningOp<ReshapeOp>())
    input = reshape.getInput();
  if (input != model.getInputs())
    return {};
  Builder b(training.getContext());
  auto outputs = cast<RankedTensorType>(model.getResultTypes()[0]);
  LossAttrInterface loss = training.getLoss();
  SmallVector<NamedAttribute> facts{
      b.getNamedAttr("weights", weights.getParamNameAttr())};
  if (bias)
    facts.push_back(b.getNamedAttr("bias", bias.getParamNameAttr()));
  auto add = [&](StringRef key, double bound) {
    if (std::isfinite(bound))
      facts.push_back(b.getNamedAttr(key, b.getF64FloatAttr(bound)));
  };
  if (GridAttrInterface grid = weights.getGridAttr())
    add("spacing", getLargestGap(grid));
  add("gradient", loss.getLargestGradient(outputs));
  add("gradient_per_residual", loss.getGradientPerResidual(outputs));
  return b.getDictionaryAttr(facts);
}

SmallVector<NamedAttribute> qnet::describeConvexity(TrainingOp training,
                                                    ModelOp model) {
  Builder b(training.getContext());
  bool convex = training.getLoss().isConvex() && isAffineInParameters(model);
  SmallVector<NamedAttribute> facts{
      b.getNamedAttr("convex", b.getBoolAttr(convex))};
  if (DictionaryAttr linear =
          convex ? describeLinear(training, model) : DictionaryAttr())
    facts.push_back(b.getNamedAttr("linear", linear));
  return facts;
}
