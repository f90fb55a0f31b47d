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
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "qnet/Autodiff/Passes.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Codegen/Common/Passes.h"
#include "qnet/Codegen/GPU/Passes.h"
#include "qnet/Codegen/Schedules/Passes.h"
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
  // Copies of a slice to itself, now that both have one name.
  manager.addPass(createCanonicalizerPass());
}

/// Which activations are kept, and where.
static void addActivationPlan(OpPassManager &manager, RecomputeKind recompute) {
  QnetPadInPlaceOptions padding;
  if (recompute != RecomputeKind::None) {
    QnetRecomputeActivationsOptions options;
    options.products = recompute == RecomputeKind::Segments;
    manager.addPass(createQnetRecomputeActivations(options));
    padding.keepPeak = true;
  }
  manager.addPass(createQnetPadInPlace(padding));
}

template <typename Options>
static void addMemoryPlan(OpPassManager &manager, const Options &options) {
  QnetPlanMemoryOptions memory;
  memory.budget = options.memoryBudget;
  memory.record = options.recordMemory;
  manager.addPass(createQnetPlanMemory(memory));
}

/// Products to loops: as the schedule says, and all that it leaves by default.
static void addProducts(OpPassManager &manager,
                        const CPUPipelineOptions &options) {
  QnetApplyCodeScheduleOptions schedule;
  schedule.file = options.codeSchedule;
  schedule.vectorBits = options.vectorBits;
  schedule.tableProducts = options.tableProducts;
  schedule.winogradProducts = options.winogradProducts;
  manager.addPass(createQnetApplyCodeSchedule(schedule));
  QnetBlockMatmulOptions rest;
  rest.vectorBits = options.vectorBits;
  rest.tableProducts = options.tableProducts;
  rest.winogradProducts = options.winogradProducts;
  manager.addNestedPass<func::FuncOp>(createQnetBlockMatmul(rest));
  // What tiling with upstream's ops leaves.
  if (!options.codeSchedule.empty())
    manager.addNestedPass<func::FuncOp>(createForallToParallelLoopPass());
}

void qnet::buildToLoopsPipeline(OpPassManager &manager,
                                const CPUPipelineOptions &options) {
  QnetFuseUpdatesOptions updates;
  updates.vectorBits = options.vectorBits;
  updates.winogradProducts = options.winogradProducts;
  updates.moveOnly = true;
  if (options.fuseUpdates && options.recompute != RecomputeKind::None)
    manager.addNestedPass<func::FuncOp>(createQnetFuseUpdates(updates));
  addActivationPlan(manager, options.recompute);
  updates.moveOnly = false;
  if (options.fuseUpdates)
    manager.addNestedPass<func::FuncOp>(createQnetFuseUpdates(updates));
  if (options.fuseEpilogues)
    manager.addPass(createQnetFuseEpilogues());
  manager.addNestedPass<func::FuncOp>(createQnetReuseBuffers());
  manager.addNestedPass<func::FuncOp>(createQnetSplitFills());
  QnetFuseProloguesOptions prologues;
  prologues.vectorBits = options.vectorBits;
  prologues.tableProducts = options.tableProducts;
  prologues.winogradProducts = options.winogradProducts;
  manager.addNestedPass<func::FuncOp>(createQnetFusePrologues(prologues));
  if (options.fuseEpilogues)
    manager.addPass(createQnetFuseSums());
  manager.addPass(createQnetOutlineKernels());
  addProducts(manager, options);
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
  addMemoryPlan(manager, options);
  OpPassManager &loops = manager.nest<func::FuncOp>();
  addCleanup(loops);
  loops.addPass(createLoopInvariantCodeMotionPass());
  manager.addPass(createQnetOutlineParallelLoops());
  manager.addPass(createQnetShareLoops());
  addCleanup(manager.nest<func::FuncOp>());
}

void qnet::buildToKernelsPipeline(OpPassManager &manager,
                                  const GPUPipelineOptions &options) {
  manager.addPass(createQnetBuildGather());
  addActivationPlan(manager, options.recompute);
  manager.addNestedPass<func::FuncOp>(createQnetReuseBuffers());
  if (options.library != LibraryKind::None) {
    QnetCallLibrariesOptions calls;
    calls.math = options.math;
    calls.keepKernels = options.library == LibraryKind::Auto;
    manager.addNestedPass<func::FuncOp>(createQnetCallLibraries(calls));
  }
  QnetLaunchProductsOptions products;
  products.math = options.math;
  products.splitSums = options.splitSums;
  products.warpgroups = options.chip == "sm_90a";
  manager.addNestedPass<func::FuncOp>(createQnetLaunchProducts(products));
  manager.addNestedPass<func::FuncOp>(createQnetLaunchUpdates());
  manager.addNestedPass<func::FuncOp>(createQnetLaunchLinalg());
  manager.addNestedPass<func::FuncOp>(createQnetScalarizeCodes());
  manager.addPass(createQnetPackWeights());
  manager.addNestedPass<func::FuncOp>(createQnetExpandRandomBits());
  manager.addNestedPass<func::FuncOp>(createQnetExpandMath());
  addMemoryPlan(manager, options);
  addCleanup(manager);
  manager.addPass(createLoopInvariantCodeMotionPass());
  manager.addPass(createGpuLaunchSinkIndexComputationsPass());
  manager.addPass(createGpuKernelOutliningPass());
  addCleanup(manager);
  manager.addPass(createQnetMergeKernels());
}

/// Structured loops to blocks and branches.
static void addControlFlow(OpPassManager &manager) {
  manager.addPass(createConvertVectorToSCFPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  addCleanup(manager);
}

void qnet::buildToPtxPipeline(OpPassManager &manager,
                              const GPUPipelineOptions &options) {
  addControlFlow(manager);
  OpPassManager &kernels = manager.nest<gpu::GPUModuleOp>();
  kernels.addPass(createConvertQnetToNvvm());
  kernels.addPass(createReconcileUnrealizedCastsPass());
  addCleanup(kernels);
  QnetEmitPtxOptions ptx;
  ptx.chip = options.chip;
  manager.addPass(createQnetEmitPtx(ptx));
  buildToLLVMPipeline(manager);
}

void qnet::buildEmulationPipeline(OpPassManager &manager) {
  manager.addPass(createQnetEmulateKernels());
  // A CPU need not know bf16.
  arith::ArithExpandOpsPassOptions expansion;
  expansion.includeBf16 = true;
  manager.addPass(arith::createArithExpandOpsPass(expansion));
  buildToLLVMPipeline(manager);
  manager.addPass(createQnetEmitKernelEntries());
}

void qnet::buildToLLVMPipeline(OpPassManager &manager) {
  // Functions side by side.
  addControlFlow(manager.nest<func::FuncOp>());
  manager.addPass(createConvertQnetToLlvm());
  manager.addPass(createReconcileUnrealizedCastsPass());
  addCleanup(manager.nest<LLVM::LLVMFuncOp>());
}

static void addToBuffers(OpPassManager &manager, bool isInference) {
  if (isInference)
    buildInferenceToLinalgPipeline(manager);
  else
    buildToLinalgPipeline(manager);
  buildBufferizePipeline(manager);
}

void qnet::buildToLoops(OpPassManager &manager,
                        const CPUPipelineOptions &options, bool isInference) {
  addToBuffers(manager, isInference);
  buildToLoopsPipeline(manager, options);
}

void qnet::buildToKernels(OpPassManager &manager,
                          const GPUPipelineOptions &options, bool isInference) {
  addToBuffers(manager, isInference);
  buildToKernelsPipeline(manager, options);
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
  PassPipelineRegistration<GPUPipelineOptions>(
      "qnet-to-kernels-pipeline",
      "linalg on memrefs to launches of GPU kernels, with one arena",
      buildToKernelsPipeline);
  PassPipelineRegistration<GPUPipelineOptions>(
      "qnet-to-ptx-pipeline",
      "Kernels to PTX, and what launches them to the LLVM dialect",
      buildToPtxPipeline);
  PassPipelineRegistration<>(
      "qnet-emulation-pipeline",
      "Kernels to functions in the LLVM dialect that run a block on a CPU",
      buildEmulationPipeline);
  PassPipelineRegistration<>("qnet-to-llvm-pipeline",
                             "Loops to the LLVM dialect", buildToLLVMPipeline);
  PassPipelineRegistration<CPUPipelineOptions>(
      "qnet-compile-pipeline",
      "Training graph to the LLVM dialect: the four pipelines in a row",
      buildCompilePipeline);
}
