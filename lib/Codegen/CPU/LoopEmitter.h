//===- LoopEmitter.h - Short forms for emitting loops -----------*- C++ -*-===//
//
// Index arithmetic that folds constants, loops given as lambdas, vectors of
// lanes.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_LOOPEMITTER_H
#define QNET_LIB_CODEGEN_CPU_LOOPEMITTER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace qnet::loops {

mlir::Value index(mlir::ImplicitLocOpBuilder &b, int64_t value);
mlir::Value add(mlir::ImplicitLocOpBuilder &b, mlir::Value x, mlir::Value y);
mlir::Value add(mlir::ImplicitLocOpBuilder &b, mlir::Value x, int64_t y);
mlir::Value sub(mlir::ImplicitLocOpBuilder &b, mlir::Value x, mlir::Value y);
mlir::Value mul(mlir::ImplicitLocOpBuilder &b, mlir::Value x, int64_t y);
mlir::Value min(mlir::ImplicitLocOpBuilder &b, mlir::Value x, int64_t y);
/// The quotient and the rest of x / y.
std::pair<mlir::Value, mlir::Value> divide(mlir::ImplicitLocOpBuilder &b,
                                           mlir::Value x, int64_t y);
mlir::Value lessThan(mlir::ImplicitLocOpBuilder &b, mlir::Value x, int64_t y);

/// for i = begin, begin + step, ... < end. A loop that runs exactly once is not
/// emitted, only its body.
void forEach(mlir::ImplicitLocOpBuilder &b, mlir::Value begin, mlir::Value end,
             int64_t step, llvm::function_ref<void(mlir::Value)> body);
/// LLVM does not unroll the loop.
void keepRolled(mlir::Operation *loop);
/// for i in [0, count), in any order, at once.
void forAll(mlir::ImplicitLocOpBuilder &b, int64_t count,
            llvm::function_ref<void(mlir::Value)> body);
/// for i = 0 ... < count, around nothing but one `forAll` whose iterations need
/// nothing of one another in any round: threads do not wait between rounds.
void forEachRound(mlir::ImplicitLocOpBuilder &b, int64_t count,
                  llvm::function_ref<void(mlir::Value)> body);
/// `then` where i < bound, otherwise `orElse`; i is known to be in [0, count).
void split(mlir::ImplicitLocOpBuilder &b, mlir::Value i, int64_t bound,
           int64_t count, llvm::function_ref<void()> then,
           llvm::function_ref<void()> orElse);

/// A buffer that the memory plan calls a workspace.
mlir::Value allocateWorkspace(mlir::ImplicitLocOpBuilder &b,
                              mlir::MemRefType type);

mlir::VectorType f32Lanes(mlir::ImplicitLocOpBuilder &b, int64_t lanes);
mlir::VectorType i32Lanes(mlir::ImplicitLocOpBuilder &b, int64_t lanes);
/// vector<lanesxi1> with the first `count` lanes set.
mlir::Value firstLanes(mlir::ImplicitLocOpBuilder &b, int64_t lanes,
                       int64_t count);
/// The first `count` of `lanes` elements of a buffer; zero in the other lanes.
mlir::Value loadLanes(mlir::ImplicitLocOpBuilder &b, mlir::VectorType type,
                      mlir::Value buffer, mlir::ValueRange at, int64_t count);
/// Stores the first `count` lanes.
void storeLanes(mlir::ImplicitLocOpBuilder &b, mlir::Value lanes,
                mlir::Value buffer, mlir::ValueRange at, int64_t count);
/// A scalar in all lanes; a constant stays one.
mlir::Value broadcastLanes(mlir::ImplicitLocOpBuilder &b, mlir::Value scalar,
                           int64_t lanes);

} // namespace qnet::loops

#endif // QNET_LIB_CODEGEN_CPU_LOOPEMITTER_H
