//===- Pipelines.h - Named pipelines ----------------------------*- C++ -*-===//
//
// The stages a training graph goes through, as pipelines that qnet-opt runs
// alone and qnet-compile runs in a row. docs/pipelines.md shows the IR after
// each.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_PIPELINES_PIPELINES_H
#define QNET_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "qnet/Codegen/Common/RecomputeKind.h"
#include "qnet/Codegen/GPU/LibraryKind.h"

namespace qnet {

/// Options of every target's stages.
template <typename Derived>
struct MemoryOptions : public mlir::PassPipelineOptions<Derived> {
  template <typename T>
  using Option =
      typename mlir::PassPipelineOptions<Derived>::template Option<T>;

  Option<std::string> memoryBudget{
      *this, "memory-budget",
      llvm::cl::desc("Bytes that state and arena may take together, or a "
                     "number and K, M or G")};
  Option<bool> fuseUpdates{
      *this, "fuse-updates",
      llvm::cl::desc("Consume gradients as they are computed (default)"),
      llvm::cl::init(true)};
  Option<RecomputeKind> recompute{
      *this, "recompute",
      llvm::cl::desc("Compute activations again instead of keeping them"),
      llvm::cl::init(RecomputeKind::None),
      llvm::cl::values(
          clEnumValN(RecomputeKind::None, "none", "keep all (default)"),
          clEnumValN(RecomputeKind::Cheap, "cheap", "what is cheap"),
          clEnumValN(RecomputeKind::Segments, "segments",
                     "all, a segment of the forward pass at a time"))};
  Option<bool> recordMemory{
      *this, "record-memory",
      llvm::cl::desc("Keep the memory plan in attributes of the functions"),
      llvm::cl::init(false)};
  Option<bool> tableProducts{
      *this, "table-products",
      llvm::cl::desc("Multiply by binary weights with table look-ups (x86)"),
      llvm::cl::init(false)};
  Option<bool> winogradProducts{
      *this, "winograd-products",
      llvm::cl::desc("Convolve with windows of 3 x 3 by minimal filtering"),
      llvm::cl::init(false)};
};

/// Options of the CPU stages.
struct CPUPipelineOptions : public MemoryOptions<CPUPipelineOptions> {
  Option<unsigned> vectorBits{
      *this, "vector-bits",
      llvm::cl::desc("Width of the target's vector registers: 128, 256 or 512"),
      llvm::cl::init(256)};
  Option<bool> fuseEpilogues{
      *this, "fuse-epilogues",
      llvm::cl::desc("Run elementwise ops on the results of products in their "
                     "loops (default)"),
      llvm::cl::init(true)};
  Option<std::string> codeSchedule{
      *this, "code-schedule",
      llvm::cl::desc("File with the schedule of products, in place of the one "
                     "that ships for the target")};
};

/// Options of the GPU stages.
struct GPUPipelineOptions : public MemoryOptions<GPUPipelineOptions> {
  Option<std::string> chip{
      *this, "chip",
      llvm::cl::desc("GPU architecture to make code for: sm_80, sm_90 or "
                     "sm_90a, whose warpgroups multiply"),
      llvm::cl::init("sm_80")};
  Option<std::string> math{
      *this, "math",
      llvm::cl::desc("How to multiply: f32, or tf32 or bf16 on tensor cores"),
      llvm::cl::init("f32")};
  Option<bool> splitSums{
      *this, "split-sums",
      llvm::cl::desc("Cut long sums of products with few tiles into parts"),
      llvm::cl::init(false)};
  Option<LibraryKind> library{
      *this, "library",
      llvm::cl::desc("Whether cuBLAS and cuDNN multiply f32"),
      llvm::cl::init(LibraryKind::None),
      llvm::cl::values(
          clEnumValN(LibraryKind::None, "none", "own kernels do (default)"),
          clEnumValN(LibraryKind::Auto, "auto",
                     "they do where they are found, or else own kernels"),
          clEnumValN(LibraryKind::Require, "require", "they do"))};
};

/// qnet-to-linalg: a training graph to linalg on tensors.
void buildToLinalgPipeline(mlir::OpPassManager &manager);
/// qnet-inference-to-linalg: an inference graph to linalg on tensors.
void buildInferenceToLinalgPipeline(mlir::OpPassManager &manager);
/// qnet-bufferize: to memrefs with the C ABI, updated in place.
void buildBufferizePipeline(mlir::OpPassManager &manager);
/// qnet-to-loops: to vectorized loops over packed words, in one arena.
void buildToLoopsPipeline(mlir::OpPassManager &manager,
                          const CPUPipelineOptions &options);
/// qnet-to-kernels: from bufferized functions to launches of GPU kernels.
void buildToKernelsPipeline(mlir::OpPassManager &manager,
                            const GPUPipelineOptions &options);
/// qnet-to-ptx: kernels to PTX, the functions that launch them to LLVM.
void buildToPtxPipeline(mlir::OpPassManager &manager,
                        const GPUPipelineOptions &options);
/// qnet-emulation: kernels to functions that run one block on a CPU.
void buildEmulationPipeline(mlir::OpPassManager &manager);
/// qnet-to-llvm: loops to the LLVM dialect.
void buildToLLVMPipeline(mlir::OpPassManager &manager);
/// From a training graph to loops, and the same for an inference graph.
void buildToLoops(mlir::OpPassManager &manager,
                  const CPUPipelineOptions &options, bool isInference);
/// From a training or inference graph to launches of kernels.
void buildToKernels(mlir::OpPassManager &manager,
                    const GPUPipelineOptions &options, bool isInference);
/// qnet-compile: all of the above.
void buildCompilePipeline(mlir::OpPassManager &manager,
                          const CPUPipelineOptions &options);

void registerQnetPipelines();

} // namespace qnet

#endif // QNET_PIPELINES_PIPELINES_H
