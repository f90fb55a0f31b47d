//===- Emit.cpp - LLVM modules to machine code ----------------------------===//
//
// Optimization and code generation in process, and files that appear whole.
//
//===----------------------------------------------------------------------===//

#include "qnet/Driver/Driver.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;
using namespace qnet;

void qnet::optimize(Module &module, TargetMachine &machine) {
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  tuning.SLPVectorization = true;
  PassBuilder builder(&machine, tuning);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager sccs;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O3)
      .run(module, modules);
}

Error qnet::emitMachineCode(Module &module, TargetMachine &machine,
                            raw_pwrite_stream &stream, bool assembly) {
  legacy::PassManager passes;
  CodeGenFileType type =
      assembly ? CodeGenFileType::AssemblyFile : CodeGenFileType::ObjectFile;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type))
    return createStringError("the target cannot emit this kind of file");
  passes.run(module);
  return Error::success();
}

static Error
writeStandardOutput(function_ref<Error(raw_pwrite_stream &)> write) {
  SmallString<0> buffer;
  raw_svector_ostream stream(buffer);
  if (Error error = write(stream))
    return error;
  outs() << buffer;
  outs().flush();
  if (!outs().has_error())
    return Error::success();
  std::string reason = outs().error().message();
  outs().clear_error();
  return createStringError("cannot write standard output: %s", reason.c_str());
}

Error qnet::writeFile(StringRef path,
                      function_ref<Error(raw_pwrite_stream &)> write,
                      StringRef shownAs) {
  if (path == "-")
    return writeStandardOutput(write);
  auto cannotWrite = [&](std::error_code code) {
    return createStringError(code, "cannot write '%s': %s",
                             (shownAs.empty() ? path : shownAs).str().c_str(),
                             code.message().c_str());
  };
  int descriptor;
  SmallString<128> temporary;
  if (std::error_code error = sys::fs::createUniqueFile(path + ".%%%%%%.tmp",
                                                        descriptor, temporary))
    return cannotWrite(error);
  sys::RemoveFileOnSignal(temporary);
  raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  Error error = write(stream);
  stream.close();
  if (!error && stream.has_error())
    error = cannotWrite(stream.error());
  stream.clear_error();
  if (!error)
    if (std::error_code code = sys::fs::rename(temporary, path))
      error = cannotWrite(code);
  if (error)
    sys::fs::remove(temporary);
  sys::DontRemoveFileOnSignal(temporary);
  return error;
}
