//===- LaunchUpdates.cpp - qnet-launch-updates ----------------------------===//
//
// Updates of parameters, and any other flat elementwise loop, become one kernel
// each. The loops are those that qnet-vectorize-updates takes on a CPU, with
// the same random bits.
//
//===----------------------------------------------------------------------===//

#include "UpdateKernel.h"
#include "qnet/Codegen/GPU/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETLAUNCHUPDATES
#include "qnet/Codegen/GPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
struct QnetLaunchUpdates
    : qnet::impl::QnetLaunchUpdatesBase<QnetLaunchUpdates> {
  using Base::Base;

  void runOnOperation() override {
    numUpdates += forEachUpdateLoop(getOperation(), emitUpdateKernel);
  }
};
} // namespace
