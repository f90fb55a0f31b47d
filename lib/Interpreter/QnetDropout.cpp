//===- QnetDropout.cpp - Rule of dropout ----------------------------------===//
//
// Random bits are drawn for each value on its own.
//
//===----------------------------------------------------------------------===//

#include "QnetReals.h"
#include "Rules.h"
#include "qnet/Interpreter/RandomBits.h"

#include <cmath>

using namespace mlir;
using namespace qnet;

namespace {

struct DropoutRule {
  template <typename Real>
  static LogicalResult run(DropoutTrainOp op, Frame &frame) {
    auto seed = frame.getInteger(op, op.getSeed());
    auto step = frame.getInteger(op, op.getStep());
    FailureOr<int64_t> first = int64_t(0);
    if (op.getFirst())
      first = frame.getInteger(op, op.getFirst());
    if (failed(seed) || failed(step) || failed(first))
      return failure();
    if (*first < 0)
      return op.emitOpError(
                 "expected a first sample that is not negative, got ")
             << *first;
    RandomSource source{uint32_t(*seed), op.getNumber(), uint32_t(*step),
                        Stream::Dropout};
    float p = op.getProbability().convertToFloat();
    uint32_t bound = std::nearbyint(double(p) * 0x1p24);
    auto y = getReals<Real>(frame, op.getInput());
    int64_t samples = op.getInput().getType().getDimSize(0);
    uint64_t start = samples ? *first * (y.size() / samples) : 0;
    for (size_t i = 0; i < y.size(); ++i)
      y[i] = evaluateRandomBits(source, start + i, 24) < bound
                 ? Real(0)
                 : y[i] * Real(1 / (1 - p));
    setReals(frame, op.getResult(), y);
    return success();
  }
};

} // namespace

void qnet::addQnetDropoutRules(InterpreterRules &rules) {
  addRealRule<DropoutTrainOp, DropoutRule>(rules);
}
