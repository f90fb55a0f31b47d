//===- EmulatedKernels.cpp - Launches as loops over blocks ----------------===//
//
// See EmulatedKernels.h. The kernels are emulated in a copy, for the pass drops
// what launches them.
//
//===----------------------------------------------------------------------===//

#include "EmulatedKernels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/PassManager.h"
#include "qnet/Codegen/GPU/Passes.h"

using namespace mlir;
using namespace qnet;

static void replaceLaunch(gpu::LaunchFuncOp launch, bool descending) {
  ImplicitLocOpBuilder b(launch.getLoc(), launch);
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, value);
  };
  Value blocks = launch.getGridSizeX();
  auto loop = scf::ForOp::create(b, index(0), blocks, index(1));
  b.setInsertionPointToStart(loop.getBody());
  Value block = loop.getInductionVar();
  if (descending) {
    Value last = arith::SubIOp::create(b, blocks, index(1));
    block = arith::SubIOp::create(b, last, block);
  }
  SmallVector<Value> operands(launch.getKernelOperands());
  operands.push_back(block);
  operands.push_back(arith::ConstantOp::create(b, b.getBoolAttr(descending)));
  func::CallOp::create(b, launch.getKernelName(), TypeRange(), operands);
  launch.erase();
}

LogicalResult qnet::test::runKernelsInPlace(ModuleOp module, bool descending) {
  OwningOpRef<ModuleOp> kernels = module.clone();
  PassManager manager(module.getContext());
  manager.addPass(createQnetEmulateKernels());
  arith::ArithExpandOpsPassOptions expansion;
  expansion.includeBf16 = true;
  manager.addPass(arith::createArithExpandOpsPass(expansion));
  if (failed(manager.run(*kernels)))
    return failure();
  SmallVector<gpu::LaunchFuncOp> launches;
  module.walk([&](gpu::LaunchFuncOp op) { launches.push_back(op); });
  for (gpu::LaunchFuncOp launch : launches)
    replaceLaunch(launch, descending);
  for (auto old : llvm::make_early_inc_range(module.getOps<gpu::GPUModuleOp>()))
    old.erase();
  for (auto kernel :
       llvm::make_early_inc_range(kernels->getOps<func::FuncOp>())) {
    kernel.setPrivate();
    kernel->moveBefore(module.getBody(), module.getBody()->end());
  }
  return success();
}
