//===- QnetUpdate.cpp - The rule of qnet.update ---------------------------===//
//
// One weight at a time: clip the gradient, ask the optimizer for the step,
// subtract, refuse NaN, clip to the grid, round. f32 throughout, in wide mode
// too: updates are compared bit for bit.
//
//===----------------------------------------------------------------------===//

#include "QnetReals.h"
#include "Rules.h"
#include "qnet/Interpreter/RandomBits.h"

#include <cmath>

using namespace mlir;
using namespace qnet;

namespace {

/// The constants of one update.
struct UpdateSetting {
  OptimizerAttrInterface optimizer;
  std::optional<float> gradientBound;
  GridAttrInterface grid;
  float lowest = 0, highest = 0;  ///< of the grid
  RoundingAttrInterface rounding; ///< of the state; null where it is f32
  float rate = 0;
  RandomSource random;

  float clipGradient(float gradient) const;
  int64_t roundWeight(float weight, int64_t element) const;
};

} // namespace

/// NaN passes, to be refused later.
static float clip(float value, float low, float high) {
  return value < low ? low : value > high ? high : value;
}

float UpdateSetting::clipGradient(float gradient) const {
  return gradientBound ? clip(gradient, -*gradientBound, *gradientBound)
                       : gradient;
}

int64_t UpdateSetting::roundWeight(float weight, int64_t element) const {
  uint32_t bits = 0;
  if (unsigned count = rounding.getRandomBits())
    bits = evaluateRandomBits(random, element, count);
  return roundToOrdinal(grid, rounding, weight, bits);
}

static FailureOr<UpdateSetting> readSetting(UpdateOp op, Frame &frame) {
  auto seed = frame.getInteger(op, op.getSeed());
  auto step = frame.getInteger(op, op.getStep());
  if (failed(seed) || failed(step))
    return failure();
  UpdateSetting setting;
  setting.optimizer = op.getOptimizer();
  if (std::optional<APFloat> bound = op.getClipGradient())
    setting.gradientBound = bound->convertToFloat();
  setting.grid = op.getGridAttr();
  if (setting.grid) {
    setting.lowest = setting.grid.getLowest();
    setting.highest = setting.grid.getHighest();
  }
  if (isa<QType>(getElementTypeOrSelf(op.getWeights())))
    setting.rounding = op.getRule().getStateRounding();
  setting.rate = float(frame.get(op.getRate())[0].real) *
                 op.getRateScale().convertToFloat();
  setting.random = {uint32_t(*seed), op.getParameter(), uint32_t(*step),
                    Stream::Update};
  return setting;
}

/// Updates element `i` of `weight` and `slots`, or returns false and changes
/// nothing where a result is NaN.
static bool updateElement(const UpdateSetting &setting, int64_t i,
                          float gradient, Scalar &weight,
                          ArrayRef<Scalar *> slots) {
  float old = setting.rounding ? setting.grid.getLevel(weight.integer)
                               : float(weight.real);
  SmallVector<float, 2> newSlots;
  for (Scalar *slot : slots)
    newSlots.push_back(float(slot[i].real));
  float step =
      setting.optimizer.evaluateStep(setting.rate, setting.random.step, old,
                                     setting.clipGradient(gradient), newSlots);
  float next = old - step;
  if (std::isnan(next) ||
      llvm::any_of(newSlots, [](float slot) { return std::isnan(slot); }))
    return false;
  if (setting.grid)
    next = clip(next, setting.lowest, setting.highest);
  if (setting.rounding)
    weight.integer = setting.roundWeight(next, i);
  else
    weight.real = next;
  for (auto [slot, value] : llvm::zip(slots, newSlots))
    slot[i].real = value;
  return true;
}

static LogicalResult evaluateUpdate(Operation *op, Frame &frame) {
  auto update = cast<UpdateOp>(op);
  if (failed(checkOperands(op, frame)))
    return failure();
  FailureOr<UpdateSetting> setting = readSetting(update, frame);
  if (failed(setting))
    return failure();
  const Datum gradient = frame.get(update.getGradient());
  Datum weights = frame.get(update.getWeights());
  Datum flags = frame.get(update.getFlags());
  SmallVector<Datum, 2> slots;
  for (Value slot : update.getSlots())
    slots.push_back(frame.get(slot));
  SmallVector<Scalar *, 2> slotElements;
  for (Datum &slot : slots)
    slotElements.push_back(slot.edit());
  Scalar *weightElements = weights.edit();
  for (int64_t i = 0; i < weights.getNumElements(); ++i)
    if (!updateElement(*setting, i, float(gradient[i].real), weightElements[i],
                       slotElements))
      flags.edit()[update.getParameter()].integer |= 1;
  frame.set(update.getNewWeights(), std::move(weights));
  for (auto [result, slot] : llvm::zip(update.getNewSlots(), slots))
    frame.set(result, std::move(slot));
  frame.set(update.getNewFlags(), std::move(flags));
  return success();
}

void qnet::addQnetUpdateRules(InterpreterRules &rules) {
  rules.add<UpdateOp>(evaluateUpdate);
}
