//===- UpdateLoop.h - Flat elementwise loops --------------------*- C++ -*-===//
//
// What qnet-vectorize-updates knows about a linalg.generic that it can
// vectorize: one loop over flat contiguous buffers, an elementwise body, and
// flags that all iterations combine.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_UPDATELOOP_H
#define QNET_LIB_CODEGEN_CPU_UPDATELOOP_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace qnet {

/// Lanes of every vector that the pass emits.
constexpr int64_t updateLanes = 16;

/// An operand of the loop and what the body calls its element.
struct UpdateOperand {
  enum Kind {
    Uniform, ///< the same value for all elements: a scalar or one memref
             ///< element
    Floats,  ///< a flat memref of integers or floats
    Codes,   ///< a flat memref of codes
    Flag     ///< an element of a memref that all iterations or bits into
  };
  Kind kind;
  mlir::Value source;
  mlir::BlockArgument argument;
  llvm::SmallVector<int64_t> position; ///< Uniform, Flag: the element
  mlir::Value
      yielded; ///< outputs: the new value (Flag: the bits to set), or null
};

struct UpdateLoop {
  mlir::linalg::GenericOp op;
  int64_t count;     ///< elements
  int64_t groupSize; ///< elements that are emitted together
  llvm::SmallVector<UpdateOperand> operands;
  llvm::SmallVector<mlir::Operation *>
      uniform; ///< body ops, once for all elements
  llvm::SmallVector<mlir::Operation *> varying; ///< body ops, for each element
};

/// Recognizes a loop; else says why not through `rewriter`.
mlir::FailureOr<UpdateLoop> matchUpdateLoop(mlir::RewriterBase &rewriter,
                                            mlir::linalg::GenericOp op);

/// Runs `rewrite`, which replaces the op, on each such loop in `root`; returns
/// how many there are.
unsigned forEachUpdateLoop(
    mlir::Operation *root,
    llvm::function_ref<void(mlir::RewriterBase &, const UpdateLoop &)> rewrite);

/// Replaces the loop by vector code; an iteration of its scf.parallel takes the
/// groups of at least `chunk` elements.
void emitUpdateLoop(mlir::RewriterBase &rewriter, const UpdateLoop &loop,
                    int64_t chunk);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_CPU_UPDATELOOP_H
