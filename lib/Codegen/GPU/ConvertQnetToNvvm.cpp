//===- ConvertQnetToNvvm.cpp - convert-qnet-to-nvvm -----------------------===//
//
// One conversion of all that a kernel holds, with 32-bit indices, bare pointers
// and scalars in memory. Not upstream's convert-gpu-to-nvvm: that one turns
// math ops, sqrt and even maxima into calls of libdevice, whose bits are not a
// CPU's, and which needs a CUDA toolkit. Here they are the instructions of IEEE
// 754.
//
//===----------------------------------------------------------------------===//

#include "KernelParameters.h"
#include "WarpgroupMma.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/NVGPUToNVVM/NVGPUToNVVM.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "qnet/Codegen/GPU/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_CONVERTQNETTONVVM
#include "qnet/Codegen/GPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// Functions of `math` that are instructions of IEEE 754 or of integers.
static bool isExactMath(Operation *op) {
  return isa<math::SqrtOp, math::FmaOp, math::FloorOp, math::CeilOp,
             math::TruncOp, math::RoundEvenOp, math::AbsFOp, math::AbsIOp,
             math::CopySignOp, math::CtPopOp>(op);
}

static bool isConverted(Operation *op) {
  if (isa<math::MathDialect>(op->getDialect()))
    return isExactMath(op);
  return isa<arith::ArithDialect, cf::ControlFlowDialect, gpu::GPUDialect,
             LLVM::LLVMDialect, NVVM::NVVMDialect, nvgpu::NVGPUDialect,
             memref::MemRefDialect, vector::VectorDialect>(op->getDialect());
}

/// Names the first op that has no exact form on a GPU.
static LogicalResult checkKernels(gpu::GPUModuleOp module) {
  WalkResult result = module.walk([](Operation *op) {
    if (op->getDialect() && isConverted(op)) {
      for (Type type : op->getOperandTypes())
        if (auto memref = dyn_cast<MemRefType>(type);
            memref && memref.hasStaticShape() &&
            memref.getNumElements() > INT32_MAX) {
          op->emitError("target cuda does not support buffers of more than "
                        "2^31 elements, got ")
              << memref;
          return WalkResult::interrupt();
        }
      return WalkResult::advance();
    }
    op->emitError("target cuda does not support '")
        << op->getName()
        << "', supported: arith, cf, gpu, memref, vector and exact math ops";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

static bool hasWarpgroupMma(Operation *op) {
  return op->walk([](NVVM::WgmmaMmaAsyncOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// Shared buffers are read as vectors of 16 bytes, or by wgmma.
static void alignShared(gpu::GPUFuncOp kernel) {
  auto bytes =
      IntegerAttr::get(IntegerType::get(kernel.getContext(), 64),
                       hasWarpgroupMma(kernel) ? warpgroupAlignment : 16);
  for (unsigned i = 0; i < kernel.getNumWorkgroupAttributions(); ++i)
    kernel.setWorkgroupAttributionAttr(i, LLVM::LLVMDialect::getAlignAttrName(),
                                       bytes);
}

namespace {
/// Before the pattern that calls libdevice.
template <typename From, typename To>
struct ConvertExtremum : ConvertOpToLLVMPattern<From> {
  using ConvertOpToLLVMPattern<From>::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(From op, typename From::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<To>(op, adaptor.getLhs(), adaptor.getRhs());
    return success();
  }
};

struct ConvertQnetToNvvm
    : qnet::impl::ConvertQnetToNvvmBase<ConvertQnetToNvvm> {
  using Base::Base;

  /// wgmma has no intrinsic: it becomes PTX in the LLVM dialect.
  LogicalResult convertWarpgroupMma(gpu::GPUModuleOp module) {
    RewritePatternSet patterns(&getContext());
    populateNVVMToLLVMConversionPatterns(patterns);
    LLVMConversionTarget target(getContext());
    target.addLegalDialect<NVVM::NVVMDialect>();
    target.addIllegalOp<NVVM::WgmmaMmaAsyncOp>();
    return applyPartialConversion(module, target, std::move(patterns));
  }

  void runOnOperation() override {
    gpu::GPUModuleOp module = getOperation();
    if (failed(checkKernels(module)))
      return signalPassFailure();
    MLIRContext *context = &getContext();
    LowerToLLVMOptions options(context);
    options.useBarePtrCallConv = true;
    options.overrideIndexBitwidth(32);
    LLVMTypeConverter converter(context, options);
    configureGpuToNVVMTypeConverter(converter);
    converter.addConversion([](nvgpu::DeviceAsyncTokenType type) -> Type {
      return IntegerType::get(type.getContext(), 32);
    });
    RewritePatternSet patterns(context);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    // Before the calls of libdevice that the GPU patterns know.
    populateMathToLLVMConversionPatterns(converter, patterns,
                                         /*approximateLog1p=*/false,
                                         /*benefit=*/100);
    patterns.add<ConvertExtremum<arith::MaxNumFOp, LLVM::MaxNumOp>,
                 ConvertExtremum<arith::MinNumFOp, LLVM::MinNumOp>,
                 ConvertExtremum<arith::MaximumFOp, LLVM::MaximumOp>,
                 ConvertExtremum<arith::MinimumFOp, LLVM::MinimumOp>>(
        converter, /*benefit=*/100);
    populateGpuToNVVMConversionPatterns(converter, patterns);
    populateNVGPUToNVVMConversionPatterns(converter, patterns);
    LLVMConversionTarget target(*context);
    target.addIllegalDialect<gpu::GPUDialect, nvgpu::NVGPUDialect>();
    target.addLegalDialect<NVVM::NVVMDialect>();
    target.addLegalOp<gpu::GPUModuleOp>();
    for (auto kernel : module.getBody()->getOps<gpu::GPUFuncOp>()) {
      alignShared(kernel);
      ++numKernels;
    }
    if (failed(applyPartialConversion(module, target, std::move(patterns))))
      return signalPassFailure();
    if (hasWarpgroupMma(module) && failed(convertWarpgroupMma(module)))
      return signalPassFailure();
    for (auto kernel : module.getBody()->getOps<LLVM::LLVMFuncOp>())
      if (kernel->hasAttr(NVVM::NVVMDialect::getKernelFuncAttrName()))
        gatherScalars(kernel);
  }
};
} // namespace
