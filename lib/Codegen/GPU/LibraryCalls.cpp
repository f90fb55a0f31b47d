//===- LibraryCalls.cpp - Calls of libraries as calls of the runtime ------===//
//
// qnet_gpu_compute(context, operation, buffers, number of buffers): the
// operation is a number in a table of the program, by which the runtime
// prepares all of them before the first step. Equal calls share an entry.
//
//===----------------------------------------------------------------------===//

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "qnet/Codegen/GPU/Ptx.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

using namespace mlir;
using namespace qnet;

/// On a call, its number in the module's table.
static constexpr StringLiteral kNumberAttrName = "qnet.operation";
/// The place of `required` in a qnet_gpu_operation.
static constexpr unsigned kRequiredWord = 3;

void qnet::numberLibraryCalls(ModuleOp module) {
  SmallVector<Attribute> table;
  Builder b(module.getContext());
  module.walk([&](LibraryCallOpInterface call) {
    SmallVector<int64_t> words = call.describe();
    // Where nothing asks whether it is taken, nothing else computes it.
    words.insert(words.begin() + kRequiredWord, call->use_empty());
    words.resize(kOperationWords);
    Attribute description = b.getDenseI64ArrayAttr(words);
    size_t number = llvm::find(table, description) - table.begin();
    if (number == table.size())
      table.push_back(description);
    call->setAttr(kNumberAttrName, b.getI32IntegerAttr(number));
  });
  if (!table.empty())
    module->setAttr(kOperationsAttrName, b.getArrayAttr(table));
}

namespace {
struct ConvertLibraryCall : ConvertToLLVMPattern {
  ConvertLibraryCall(LLVMTypeConverter &converter, StringRef name)
      : ConvertToLLVMPattern(name, &converter.getContext(), converter) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override;
};
} // namespace

LogicalResult
ConvertLibraryCall::matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                    ConversionPatternRewriter &rewriter) const {
  FailureOr<Value> context = findRuntimeContext(op, rewriter);
  if (failed(context))
    return op->emitError("expected a call in a function of the C ABI");
  Location loc = op->getLoc();
  Type pointer = context->getType(), i32 = rewriter.getI32Type();
  FailureOr<LLVM::LLVMFuncOp> runtime = LLVM::lookupOrCreateFn(
      rewriter, op->getParentOfType<ModuleOp>(), "qnet_gpu_compute",
      {pointer, i32, pointer, i32}, i32);
  if (failed(runtime))
    return op->emitError("expected 'qnet_gpu_compute' to be the runtime's");
  SmallVector<Value> buffers;
  for (Value operand : operands)
    buffers.push_back(MemRefDescriptor(operand).alignedPtr(rewriter, loc));
  auto number = op->getAttrOfType<IntegerAttr>(kNumberAttrName);
  if (!number)
    return rewriter.notifyMatchFailure(op, "has no number");
  auto taken = LLVM::CallOp::create(
      rewriter, loc, *runtime,
      ValueRange{*context, LLVM::ConstantOp::create(rewriter, loc, i32, number),
                 packWords(op, buffers, rewriter),
                 LLVM::ConstantOp::create(
                     rewriter, loc, i32,
                     rewriter.getI32IntegerAttr(buffers.size()))});
  Value zero = LLVM::ConstantOp::create(rewriter, loc, i32,
                                        rewriter.getI32IntegerAttr(0));
  rewriter.replaceOpWithNewOp<LLVM::ICmpOp>(op, LLVM::ICmpPredicate::ne,
                                            taken.getResult(), zero);
  return success();
}

void qnet::populateLibraryCallToLLVMPatterns(LLVMTypeConverter &converter,
                                             RewritePatternSet &patterns) {
  for (StringRef name :
       {LibraryMatmulOp::getOperationName(), LibraryConv2DOp::getOperationName(),
        LibraryConv2DInputGradOp::getOperationName(),
        LibraryConv2DWeightGradOp::getOperationName()})
    patterns.add<ConvertLibraryCall>(converter, name);
}
