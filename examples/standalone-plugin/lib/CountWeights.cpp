//===- CountWeights.cpp - standalone-count-weights ------------------------===//
//
// Walks the parameters of each model.
//
//===----------------------------------------------------------------------===//

#include "Standalone/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace standalone {
#define GEN_PASS_DEF_STANDALONECOUNTWEIGHTS
#include "Standalone/Passes.h.inc"
} // namespace standalone

using namespace mlir;

namespace {
struct StandaloneCountWeights
    : standalone::impl::StandaloneCountWeightsBase<StandaloneCountWeights> {
  using Base::Base;

  void runOnOperation() override {
    for (auto model : getOperation().getOps<qnet::ModelOp>()) {
      int64_t onGrid = 0, all = 0;
      for (auto parameter : model.getBody().getOps<qnet::ParameterOp>()) {
        int64_t count = cast<ShapedType>(parameter.getType()).getNumElements();
        all += count;
        if (parameter.getGridAttr())
          onGrid += count;
      }
      model.emitRemark() << onGrid << " of " << all << " weights are on a grid";
      numOnGrid += onGrid;
    }
  }
};
} // namespace
