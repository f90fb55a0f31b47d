//===- MergeKernels.cpp - qnet-merge-kernels ------------------------------===//
//
// Kernels are equal if their text is, but for the name. A net of many equal
// layers has few kernels then, and the driver few to compile.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/SymbolTable.h"
#include "qnet/Codegen/GPU/Passes.h"
#include "llvm/ADT/StringMap.h"

namespace qnet {
#define GEN_PASS_DEF_QNETMERGEKERNELS
#include "qnet/Codegen/GPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// The text of a kernel without its name and the size of its grid, which the
/// launch says.
static std::string describe(gpu::GPUFuncOp kernel) {
  Operation *copy = kernel->clone();
  SymbolTable::setSymbolName(copy, "kernel");
  copy->removeAttr("known_grid_size");
  std::string text;
  llvm::raw_string_ostream stream(text);
  copy->print(stream, OpPrintingFlags().useLocalScope().printGenericOpForm());
  copy->erase();
  return text;
}

namespace {
struct QnetMergeKernels : qnet::impl::QnetMergeKernelsBase<QnetMergeKernels> {
  using Base::Base;

  void runOnOperation() override {
    llvm::DenseMap<SymbolRefAttr, SymbolRefAttr> merged;
    for (auto module : getOperation().getOps<gpu::GPUModuleOp>())
      merge(module, merged);
    getOperation().walk([&](gpu::LaunchFuncOp launch) {
      if (SymbolRefAttr kept = merged.lookup(launch.getKernel()))
        launch.setKernelAttr(kept);
    });
  }

  void merge(gpu::GPUModuleOp module,
             llvm::DenseMap<SymbolRefAttr, SymbolRefAttr> &merged) {
    auto nameOf = [&](gpu::GPUFuncOp kernel) {
      return SymbolRefAttr::get(module.getNameAttr(),
                                {FlatSymbolRefAttr::get(kernel.getNameAttr())});
    };
    llvm::StringMap<gpu::GPUFuncOp> known;
    for (auto kernel : llvm::make_early_inc_range(
             module.getBody()->getOps<gpu::GPUFuncOp>())) {
      kernel->removeAttr("known_grid_size");
      auto [entry, isNew] = known.try_emplace(describe(kernel), kernel);
      ++(isNew ? numKernels : numMerged);
      if (isNew)
        continue;
      merged[nameOf(kernel)] = nameOf(entry->second);
      kernel.erase();
    }
  }
};
} // namespace
