//===- ParallelForToLLVM.cpp - Threaded loops as calls --------------------===//
//
// Captures travel through a struct on the caller's stack, which outlives the
// loop: the runtime returns when all parts are done. Buffers are passed as bare
// pointers, for their shapes are part of the loop function's signature.
//
//===----------------------------------------------------------------------===//

#include "qnet/Codegen/Common/ParallelForToLLVM.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

using namespace mlir;
using namespace qnet;

namespace {

struct ConvertParallelFor : ConvertOpToLLVMPattern<ParallelForOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult
  matchAndRewrite(ParallelForOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override;

private:
  FailureOr<SmallVector<Value>> packable(ParallelForOp op, OpAdaptor adaptor,
                                         OpBuilder &rewriter) const;
  Value packCaptures(ParallelForOp op, ArrayRef<Value> captures,
                     LLVM::LLVMStructType type,
                     ConversionPatternRewriter &rewriter) const;
  LLVM::LLVMFuncOp buildBody(ParallelForOp op, LLVM::LLVMStructType type,
                             OpBuilder &rewriter) const;
};

} // namespace

/// `value` as a signless integer of type `type`.
static Value resize(OpBuilder &builder, Location loc, Value value, Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth();
  unsigned to = type.getIntOrFloatBitWidth();
  if (from < to)
    return LLVM::ZExtOp::create(builder, loc, type, value);
  if (from > to)
    return LLVM::TruncOp::create(builder, loc, type, value);
  return value;
}

/// The captures as values that fit a struct: pointers instead of descriptors.
FailureOr<SmallVector<Value>>
ConvertParallelFor::packable(ParallelForOp op, OpAdaptor adaptor,
                             OpBuilder &builder) const {
  SmallVector<Value> result;
  for (auto [original, converted] :
       llvm::zip_equal(op.getCaptures(), adaptor.getCaptures())) {
    auto memref = dyn_cast<BaseMemRefType>(original.getType());
    if (!memref) {
      result.push_back(converted);
      continue;
    }
    auto ranked = dyn_cast<MemRefType>(memref);
    if (!ranked || !ranked.hasStaticShape() || !ranked.getLayout().isIdentity())
      return failure();
    MemRefDescriptor descriptor(converted);
    result.push_back(descriptor.alignedPtr(builder, op.getLoc()));
  }
  return result;
}

Value ConvertParallelFor::packCaptures(
    ParallelForOp op, ArrayRef<Value> captures, LLVM::LLVMStructType type,
    ConversionPatternRewriter &rewriter) const {
  Location loc = op.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(getContext());
  Value space;
  {
    OpBuilder::InsertionGuard guard(rewriter);
    auto function = op->getParentOfType<FunctionOpInterface>();
    rewriter.setInsertionPointToStart(&function.getFunctionBody().front());
    Value one = LLVM::ConstantOp::create(rewriter, loc, rewriter.getI64Type(),
                                         rewriter.getI64IntegerAttr(1));
    space = LLVM::AllocaOp::create(rewriter, loc, pointer, type, one);
  }
  for (auto [i, capture] : llvm::enumerate(captures)) {
    Value field =
        LLVM::GEPOp::create(rewriter, loc, pointer, type, space,
                            ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
    LLVM::StoreOp::create(rewriter, loc, capture, field);
  }
  return space;
}

/// void body(ptr captures, i64 begin, i64 end): unpacks and calls the loop
/// function.
LLVM::LLVMFuncOp ConvertParallelFor::buildBody(ParallelForOp op,
                                               LLVM::LLVMStructType type,
                                               OpBuilder &rewriter) const {
  auto module = op->getParentOfType<ModuleOp>();
  std::string name = (op.getBody() + "_part").str();
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToEnd(module.getBody());
  Location loc = op.getLoc();
  MLIRContext *context = getContext();
  auto pointer = LLVM::LLVMPointerType::get(context);
  Type i64 = rewriter.getI64Type();
  auto part = LLVM::LLVMFuncOp::create(
      rewriter, loc, name,
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                  {pointer, i64, i64}),
      LLVM::Linkage::Internal);
  part.setPassthroughAttr(rewriter.getStrArrayAttr({"nounwind"}));
  Block *entry = part.addEntryBlock(rewriter);
  rewriter.setInsertionPointToStart(entry);
  SmallVector<Value> operands;
  for (auto [i, field] : llvm::enumerate(type.getBody())) {
    Value address =
        LLVM::GEPOp::create(rewriter, loc, pointer, type, entry->getArgument(0),
                            ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
    operands.push_back(LLVM::LoadOp::create(rewriter, loc, field, address));
  }
  Type index = getTypeConverter()->getIndexType();
  for (unsigned end : {1, 2})
    operands.push_back(resize(rewriter, loc, entry->getArgument(end), index));
  LLVM::CallOp::create(rewriter, loc, TypeRange(), op.getBodyAttr(), operands);
  LLVM::ReturnOp::create(rewriter, loc, ValueRange());
  return part;
}

LogicalResult
ConvertParallelFor::matchAndRewrite(ParallelForOp op, OpAdaptor adaptor,
                                    ConversionPatternRewriter &rewriter) const {
  if (!getTypeConverter()->getOptions().useBarePtrCallConv)
    return op.emitError("expected the bare-pointer calling convention for '")
           << op->getName() << "'";
  FailureOr<SmallVector<Value>> captures = packable(op, adaptor, rewriter);
  if (failed(captures))
    return op.emitError("expected captured buffers to be contiguous and of "
                        "static shape");
  Location loc = op.getLoc();
  MLIRContext *context = getContext();
  auto type = LLVM::LLVMStructType::getLiteral(
      context, llvm::map_to_vector(
                   *captures, [](Value value) { return value.getType(); }));
  auto pointer = LLVM::LLVMPointerType::get(context);
  Type i64 = rewriter.getI64Type();
  FailureOr<LLVM::LLVMFuncOp> runtime = LLVM::lookupOrCreateFn(
      rewriter, op->getParentOfType<ModuleOp>(), "qnet_parallel_for",
      {pointer, i64, pointer, pointer}, LLVM::LLVMVoidType::get(context));
  if (failed(runtime))
    return op.emitError("expected 'qnet_parallel_for' to be the runtime's");
  LLVM::LLVMFuncOp part = buildBody(op, type, rewriter);
  Value space = packCaptures(op, *captures, type, rewriter);
  Value count = resize(rewriter, loc, adaptor.getCount(), i64);
  Value body = LLVM::AddressOfOp::create(rewriter, loc, part);
  rewriter.replaceOpWithNewOp<LLVM::CallOp>(
      op, *runtime, ValueRange{adaptor.getRuntime(), count, body, space});
  return success();
}

void qnet::populateParallelForToLLVMPatterns(LLVMTypeConverter &converter,
                                             RewritePatternSet &patterns) {
  patterns.add<ConvertParallelFor>(converter);
}
