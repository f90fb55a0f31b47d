//===- qnet-lsp-server.cpp - Language server for qnet IR ------------------===//
//
// MLIR's language server with the qnet dialect: errors, definitions, references
// and hovers in an editor. docs/ says how to point an editor to it.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "qnet/InitAll.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  qnet::registerAllDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
