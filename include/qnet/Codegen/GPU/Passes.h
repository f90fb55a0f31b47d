//===- Passes.h - Code generation for NVIDIA GPUs ---------------*- C++ -*-===//
//
// Declares and registers the passes of Passes.td.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_GPU_PASSES_H
#define QNET_CODEGEN_GPU_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Pass/Pass.h"
#include "qnet/Dialect/Qnet/IR/QnetDialect.h"

namespace qnet {

#define GEN_PASS_DECL
#include "qnet/Codegen/GPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "qnet/Codegen/GPU/Passes.h.inc"

} // namespace qnet

#endif // QNET_CODEGEN_GPU_PASSES_H
