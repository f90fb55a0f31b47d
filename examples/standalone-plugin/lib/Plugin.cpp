//===- Plugin.cpp - What a tool looks for in the library ------------------===//
//
// The two entry points of MLIR's plugin interface: dialects and passes.
//
//===----------------------------------------------------------------------===//

#include "Standalone/Dialect.h"
#include "Standalone/Passes.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/Config/llvm-config.h"

extern "C" LLVM_ATTRIBUTE_WEAK mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Standalone", LLVM_VERSION_STRING,
          [](mlir::DialectRegistry *registry) {
            registry->insert<standalone::StandaloneDialect>();
          }};
}

extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Standalone", LLVM_VERSION_STRING,
          [] { standalone::registerStandalonePasses(); }};
}
