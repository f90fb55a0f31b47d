//===- EmitKernelEntries.cpp - qnet-emit-kernel-entries -------------------===//
//
// An emulated kernel is a function of its parameters; a driver knows only an
// array of pointers to them.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
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
      if (!body.isExternal())
        emitEntry(body);
  }

  void emitEntry(LLVM::LLVMFuncOp body) {
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
    SmallVector<Value> operands;
    ArrayRef<Type> types = body.getFunctionType().getParams();
    for (auto [i, type] : llvm::enumerate(types.drop_back(2))) {
      Value place =
          LLVM::GEPOp::create(b, loc, pointer, pointer, block->getArgument(0),
                              ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
      Value parameter = LLVM::LoadOp::create(b, loc, pointer, place);
      operands.push_back(LLVM::LoadOp::create(b, loc, type, parameter));
    }
    operands.push_back(block->getArgument(1));
    operands.push_back(
        LLVM::TruncOp::create(b, loc, b.getI1Type(), block->getArgument(2)));
    LLVM::CallOp::create(b, loc, body, operands);
    LLVM::ReturnOp::create(b, loc, ValueRange());
    ++numEntries;
  }
};
} // namespace
