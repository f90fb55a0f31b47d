//===- EmitKernelEntries.cpp - qnet-emit-kernel-entries -------------------===//
//
// An emulated kernel is a function of its parameters; a driver knows only an
// array of pointers to them: the buffers and the address of the scalars.
//
//===----------------------------------------------------------------------===//

#include "KernelParameters.h"
#include "qnet/Codegen/GPU/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETEMITKERNELENTRIES
#include "qnet/Codegen/GPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
struct QnetEmitKernelEntries
    : qnet::impl::QnetEmitKernelEntriesBase<QnetEmitKernelEntries> {
  using Base::Base;

  void runOnOperation() override {
    for (LLVM::LLVMFuncOp body :
         llvm::to_vector(getOperation().getOps<LLVM::LLVMFuncOp>()))
      if (!body.isExternal() && failed(emitEntry(body)))
        return signalPassFailure();
  }

  LogicalResult check(LLVM::LLVMFuncOp body) {
    ArrayRef<Type> types = body.getFunctionType().getParams();
    if (types.size() < 2 || !types.drop_back().back().isInteger(64) ||
        !types.back().isInteger(1))
      return body.emitError("expected a kernel's function, whose last "
                            "parameters are the block, i64, and the order, "
                            "i1; got ")
             << body.getFunctionType();
    for (Type type : types.drop_back(2))
      if (!isa<LLVM::LLVMPointerType>(type) && !fitsWord(type))
        return body.emitError("expected parameters that are pointers or "
                              "scalars of at most 64 bits, got ")
               << type;
    return success();
  }

  LogicalResult emitEntry(LLVM::LLVMFuncOp body) {
    if (failed(check(body)))
      return failure();
    std::string name = body.getName().str();
    body.setName(name + "_body");
    body.setLinkage(LLVM::Linkage::Internal);
    OpBuilder b(body);
    Location loc = body.getLoc();
    auto pointer = LLVM::LLVMPointerType::get(&getContext());
    auto entry = LLVM::LLVMFuncOp::create(
        b, loc, name,
        LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&getContext()),
                                    {pointer, b.getI64Type(), b.getI32Type()}));
    Block *block = entry.addEntryBlock(b);
    b.setInsertionPointToStart(block);
    ArrayRef<Type> types = body.getFunctionType().getParams().drop_back(2);
    int64_t numBuffers = llvm::count_if(
        types, [](Type type) { return isa<LLVM::LLVMPointerType>(type); });
    auto parameter = [&](int64_t i) -> Value {
      Value place =
          LLVM::GEPOp::create(b, loc, pointer, pointer, block->getArgument(0),
                              ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
      Value found = LLVM::LoadOp::create(b, loc, pointer, place);
      return LLVM::LoadOp::create(b, loc, pointer, found);
    };
    Value words;
    if (numBuffers < int64_t(types.size()))
      words = parameter(numBuffers);
    SmallVector<Value> operands;
    int64_t buffer = 0, scalar = 0;
    for (Type type : types)
      operands.push_back(isa<LLVM::LLVMPointerType>(type)
                             ? parameter(buffer++)
                             : loadScalar(b, loc, words, scalar++, type));
    operands.push_back(block->getArgument(1));
    operands.push_back(
        LLVM::TruncOp::create(b, loc, b.getI1Type(), block->getArgument(2)));
    LLVM::CallOp::create(b, loc, body, operands);
    LLVM::ReturnOp::create(b, loc, ValueRange());
    ++numEntries;
    return success();
  }
};
} // namespace
