//===- VectorizeUpdates.cpp - qnet-vectorize-updates ----------------------===//
//
// Updates of parameters, and any other flat elementwise loop, become one pass
// of vector code over memory. UpdateMatch.cpp says which loops,
// UpdateEmitter.cpp how.
//
//===----------------------------------------------------------------------===//

#include "UpdateLoop.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "qnet/Codegen/CPU/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETVECTORIZEUPDATES
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {

struct VectorizeUpdatesPass
    : qnet::impl::QnetVectorizeUpdatesBase<VectorizeUpdatesPass> {
  using QnetVectorizeUpdatesBase::QnetVectorizeUpdatesBase;

  void runOnOperation() override {
    if (chunk < 1) {
      getOperation().emitError("qnet-vectorize-updates: expected a chunk of at "
                               "least 1 element, got ")
          << chunk.getValue();
      return signalPassFailure();
    }
    numUpdates += forEachUpdateLoop(
        getOperation(), [&](RewriterBase &rewriter, const UpdateLoop &loop) {
          emitUpdateLoop(rewriter, loop, chunk);
        });
  }
};

} // namespace
