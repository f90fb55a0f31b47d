//===- InitAll.cpp - Registers everything a tool needs --------------------===//
//
// One list of dialects, interface models, passes and pipelines for all tools.
//
//===----------------------------------------------------------------------===//

#include "qnet/InitAll.h"
#include "mlir/Conversion/ConvertToLLVM/ToLLVMInterface.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Transform/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/Passes.h"
#include "qnet/Autodiff/Passes.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Codegen/Common/Passes.h"
#include "qnet/Codegen/GPU/Passes.h"
#include "qnet/Codegen/Schedules/Passes.h"
#include "qnet/Codegen/Schedules/Schedules.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetDialect.h"
#include "qnet/Dialect/Qnet/Transforms/Passes.h"
#include "qnet/Pipelines/Pipelines.h"
#include "llvm/Support/CommandLine.h"

using namespace mlir;

void qnet::registerAllDialects(DialectRegistry &registry) {
  registry.insert<QnetDialect, affine::AffineDialect, arith::ArithDialect,
                  bufferization::BufferizationDialect, cf::ControlFlowDialect,
                  func::FuncDialect, gpu::GPUDialect, nvgpu::NVGPUDialect,
                  linalg::LinalgDialect, LLVM::LLVMDialect, math::MathDialect,
                  memref::MemRefDialect, NVVM::NVVMDialect, scf::SCFDialect,
                  tensor::TensorDialect, vector::VectorDialect>();
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(
      registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  func::registerInlinerExtension(registry);
  registerScheduleExtensions(registry);
}

void qnet::registerAllPasses() {
  registerCanonicalizerPass();
  registerCSEPass();
  registerQnetAutodiffPasses();
  registerQnetTransformsPasses();
  registerQnetToLinalgPasses();
  registerQnetCodegenCPUPasses();
  registerQnetCodegenCommonPasses();
  registerQnetCodegenGPUPasses();
  registerQnetCodegenSchedulesPasses();
  registerGpuLaunchSinkIndexComputationsPass();
  registerGpuKernelOutliningPass();
  transform::registerInterpreterPass();
  transform::registerPreloadLibraryPass();
  registerQnetPipelines();
}

void qnet::registerAll(DialectRegistry &registry) {
  registerAllDialects(registry);
  registerAllPasses();
}

void qnet::hideLLVMOptions() {
  for (auto &entry : llvm::cl::getRegisteredOptions())
    if (entry.second->getOptionHiddenFlag() == llvm::cl::NotHidden)
      entry.second->setHiddenFlag(llvm::cl::Hidden);
}
