//===- HoistWorkspaces.cpp - qnet-hoist-workspaces ------------------------===//
//
// What a kernel allocates becomes an argument that its callers allocate, so
// that the memory plan of an entry covers it: a workspace then lives as long as
// the call.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "qnet/Codegen/Common/Passes.h"
#include "qnet/Dialect/Qnet/IR/TensorNames.h"

namespace qnet {
#define GEN_PASS_DEF_QNETHOISTWORKSPACES
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// Whether one buffer serves every time that `alloc` is reached.
static bool isReusable(memref::AllocOp alloc) {
  Operation *parent = alloc->getParentOp();
  while (isa<scf::ForOp>(parent))
    parent = parent->getParentOp();
  return isa<func::FuncOp>(parent) && alloc->getNumOperands() == 0;
}

/// The calls of `function`, or nothing where it is used otherwise.
static std::optional<SmallVector<func::CallOp>>
findCalls(SymbolUserMap &users, func::FuncOp function) {
  SmallVector<func::CallOp> calls;
  for (Operation *user : users.getUsers(function)) {
    auto call = dyn_cast<func::CallOp>(user);
    if (!call)
      return std::nullopt;
    calls.push_back(call);
  }
  return calls;
}

/// Makes `alloc` the last argument of `function`.
static void hoist(memref::AllocOp alloc, func::FuncOp function,
                  ArrayRef<func::CallOp> calls) {
  unsigned index = function.getNumArguments();
  OpBuilder b(function.getContext());
  DictionaryAttr attrs = b.getDictionaryAttr(b.getNamedAttr(
      LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr()));
  (void)function.insertArgument(index, alloc.getType(), attrs, alloc.getLoc());
  for (func::CallOp call : calls) {
    b.setInsertionPoint(call);
    Operation *workspace = b.clone(*alloc);
    workspace->setLoc(markKind(call.getLoc(), TensorKind::Workspace));
    call->insertOperands(call->getNumOperands(), workspace->getResults());
  }
  alloc.getResult().replaceAllUsesWith(function.getArgument(index));
  alloc.erase();
}

namespace {
struct QnetHoistWorkspaces
    : qnet::impl::QnetHoistWorkspacesBase<QnetHoistWorkspaces> {
  using Base::Base;

  void runOnOperation() override {
    SymbolTableCollection tables;
    SymbolUserMap users(tables, getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!function.isPrivate() || function.isExternal())
        continue;
      std::optional<SmallVector<func::CallOp>> calls =
          findCalls(users, function);
      if (!calls || calls->empty())
        continue;
      SmallVector<memref::AllocOp> allocs;
      function.walk([&](memref::AllocOp alloc) { allocs.push_back(alloc); });
      for (memref::AllocOp alloc : allocs) {
        if (!isReusable(alloc)) {
          alloc.emitOpError("expected a workspace of static shape, outside of "
                            "parallel loops and branches, got ")
              << alloc.getType();
          return signalPassFailure();
        }
        hoist(alloc, function, *calls);
        ++numHoisted;
      }
    }
  }
};
} // namespace
