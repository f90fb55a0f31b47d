//===- Pipelines.cpp - Named pipelines ------------------------------------===//
//
// The order of passes, once: qnet-opt and qnet-compile both take it from here.
//
//===----------------------------------------------------------------------===//

#include "qnet/Pipelines/Pipelines.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "qnet/Autodiff/Passes.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Codegen/Common/Passes.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"
#include "qnet/Dialect/Qnet/Transforms/Passes.h"

using namespace mlir;
using namespace qnet;

static void addCleanup(OpPassManager &manager) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

/// From functions on qnet ops to linalg.
static void addToLinalg(OpPassManager &manager) {
  addCleanup(manager);
  manager.addPass(createQnetExpandUpdates());
  manager.addPass(createConvertQnetToLinalg());
  manager.addPass(createQnetExpandRounding());
  addCleanup(manager);
  manager.addNestedPass<func::FuncOp>(createQnetFoldAccumulation());
  manager.addNestedPass<func::FuncOp>(createQnetFuseElementwise());
  manager.addPass(createCSEPass());
}

void qnet::buildToLinalgPipeline(OpPassManager &manager) {
  manager.addPass(createQnetBuildTrainingStep());
  manager.addPass(createQnetBuildInference());
  addToLinalg(manager);
}

void qnet::buildInferenceToLinalgPipeline(OpPassManager &manager) {
  manager.addPass(createQnetFoldThresholds());
  manager.addPass(createQnetBindConstants());
  addToLinalg(manager);
}

void qnet::buildBufferizePipeline(OpPassManager &manager) {
  manager.addPass(createQnetBindState());
  manager.addNestedPass<func::FuncOp>(createQnetIsolateDestinations());
  manager.addPass(bufferization::createEmptyTensorEliminationPass());
  manager.addPass(bufferization::createEmptyTensorToAllocTensorPass());
  manager.addPass(bufferization::createOneShotBufferizePass());
  addCleanup(manager);
}

void qnet::buildToLoopsPipeline(OpPassManager &manager,
                                const CPUPipelineOptions &options) {
  if (options.fuseUpdates) {
    QnetFuseUpdatesOptions updates;
    updates.vectorBits = options.vectorBits;
    manager.addNestedPass<func::FuncOp>(createQnetFuseUpdates(updates));
  }
  if (options.recompute)
    manager.addNestedPass<func::FuncOp>(createQnetRecomputeActivations());
  manager.addNestedPass<func::FuncOp>(createQnetReuseBuffers());
  manager.addPass(createQnetOutlineKernels());
  QnetBlockMatmulOptions matmul;
  matmul.vectorBits = options.vectorBits;
  matmul.tableProducts = options.tableProducts;
  manager.addNestedPass<func::FuncOp>(createQnetBlockMatmul(matmul));
  manager.addNestedPass<func::FuncOp>(createQnetVectorizeUpdates());
  manager.addNestedPass<func::FuncOp>(createQnetScalarizeCodes());
  manager.addPass(createQnetPackWeights());
  QnetVectorizeLinalgOptions rows;
  rows.vectorBits = options.vectorBits;
  manager.addNestedPass<func::FuncOp>(createQnetVectorizeLinalg(rows));
  manager.addNestedPass<func::FuncOp>(createQnetParallelizeLinalg());
  manager.addNestedPass<func::FuncOp>(createQnetExpandRandomBits());
  manager.addNestedPass<func::FuncOp>(createQnetExpandMath());
  manager.addPass(createQnetHoistWorkspaces());
  QnetPlanMemoryOptions memory;
  memory.budget = options.memoryBudget;
  memory.record = options.recordMemory;
  manager.addPass(createQnetPlanMemory(memory));
  addCleanup(manager);
  manager.addPass(createLoopInvariantCodeMotionPass());
  manager.addPass(createQnetOutlineParallelLoops());
  addCleanup(manager);
}

void qnet::buildToLLVMPipeline(OpPassManager &manager) {
  manager.addPass(createConvertVectorToSCFPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  addCleanup(manager);
  manager.addPass(createConvertQnetToLlvm());
  manager.addPass(createReconcileUnrealizedCastsPass());
  addCleanup(manager);
}

void qnet::buildToLoops(OpPassManager &manager,
                        const CPUPipelineOptions &options, bool isInference) {
  if (isInference)
    buildInferenceToLinalgPipeline(manager);
  else
    buildToLinalgPipeline(manager);
  buildBufferizePipeline(manager);
  buildToLoopsPipeline(manager, options);
}

void qnet::buildCompilePipeline(OpPassManager &manager,
                                const CPUPipelineOptions &options) {
  buildToLoops(manager, options, /*isInference=*/false);
  buildToLLVMPipeline(manager);
}

void qnet::registerQnetPipelines() {
  PassPipelineRegistration<>(
      "qnet-to-linalg-pipeline",
      "Training graph to linalg: differentiate, expand updates and rounding",
      buildToLinalgPipeline);
  PassPipelineRegistration<>(
      "qnet-inference-to-linalg-pipeline",
      "Inference graph to linalg: thresholds, constants as state",
      buildInferenceToLinalgPipeline);
  PassPipelineRegistration<>(
      "qnet-bufferize-pipeline",
      "linalg on tensors to memrefs with the C ABI, updated in place",
      buildBufferizePipeline);
  PassPipelineRegistration<CPUPipelineOptions>(
      "qnet-to-loops-pipeline",
      "linalg on memrefs to vectorized, parallel loops over packed words",
      buildToLoopsPipeline);
  PassPipelineRegistration<>("qnet-to-llvm-pipeline",
                             "Loops to the LLVM dialect", buildToLLVMPipeline);
  PassPipelineRegistration<CPUPipelineOptions>(
      "qnet-compile-pipeline",
      "Training graph to the LLVM dialect: the four pipelines in a row",
      buildCompilePipeline);
}
