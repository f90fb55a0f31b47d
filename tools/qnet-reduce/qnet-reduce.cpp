//===- qnet-reduce.cpp - Shrinks IR that shows a bug ----------------------===//
//
// mlir-reduce with the qnet dialect and passes: given a file and a script that
// says whether a variant is still interesting, finds a smaller file that is.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"
#include "qnet/InitAll.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  qnet::registerAll(registry);
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
