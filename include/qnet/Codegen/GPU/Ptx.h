//===- Ptx.h - The PTX of a program's kernels -------------------*- C++ -*-===//
//
// What the passes on kernels, the program's description and the driver agree
// on: qnet-emit-ptx leaves a gpu.binary whose attribute lists its kernels; a
// kernel's number is its place in that list.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_GPU_PTX_H
#define QNET_CODEGEN_GPU_PTX_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/ADT/StringRef.h"

namespace qnet {

/// On a gpu.binary: the names of its kernels.
constexpr llvm::StringLiteral kKernelsAttrName = "qnet.kernels";

/// The PTX text of a module and the names of its kernels; empty where it has
/// none.
struct PtxProgram {
  llvm::StringRef text, chip;
  llvm::SmallVector<llvm::StringRef> kernels;
};
PtxProgram findPtx(mlir::ModuleOp module);

/// Whether kernels can be made for a chip: sm_80, sm_90 or sm_90a.
bool isKnownChip(llvm::StringRef chip);

/// gpu.launch_func to calls of the runtime's qnet_gpu_launch.
void populateLaunchToLLVMPatterns(mlir::LLVMTypeConverter &converter,
                                  mlir::RewritePatternSet &patterns);

/// On a module: the descriptions of its library calls, arrays of
/// kOperationWords words (the size of qnet.h's qnet_gpu_operation).
constexpr llvm::StringLiteral kOperationsAttrName = "qnet.operations";
constexpr unsigned kOperationWords = 17;

/// Makes the table, before the conversion.
void numberLibraryCalls(mlir::ModuleOp module);
/// Ops that call libraries to calls of the runtime's qnet_gpu_compute.
void populateLibraryCallToLLVMPatterns(mlir::LLVMTypeConverter &converter,
                                       mlir::RewritePatternSet &patterns);

/// The runtime's context that the function around `op` got, its first argument;
/// fails where the function is none of the C ABI.
mlir::FailureOr<mlir::Value>
findRuntimeContext(mlir::Operation *op,
                   mlir::ConversionPatternRewriter &rewriter);
/// The address of values in words of eight bytes, at a fixed place of the stack.
mlir::Value packWords(mlir::Operation *op, mlir::ValueRange words,
                      mlir::ConversionPatternRewriter &rewriter);

} // namespace qnet

#endif // QNET_CODEGEN_GPU_PTX_H
