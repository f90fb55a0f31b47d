//===- qnet-opt.cpp - Runs passes on IR files -----------------------------===//
//
// mlir-opt with the qnet dialect, passes and pipelines; loads plugins.
//
//===----------------------------------------------------------------------===//

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "qnet/InitAll.h"

int main(int argc, char **argv) {
  qnet::hideLLVMOptions();
  mlir::DialectRegistry registry;
  qnet::registerAll(registry);
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "qnet optimizer: training of quantized nets\n", registry));
}
