//===- TargetCPU.cpp - The CPU that code is made for ----------------------===//
//
// Names and features of CPUs, from LLVM.
//
//===----------------------------------------------------------------------===//

#include "qnet/Driver/Driver.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace llvm;
using namespace qnet;

static Expected<const Target *> hostTarget(const std::string &triple) {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  std::string message;
  const Target *target = TargetRegistry::lookupTarget(Triple(triple), message);
  if (!target)
    return createStringError("no code generator for target '%s'",
                             triple.c_str());
  return target;
}

static std::string hostFeatures() {
  SubtargetFeatures features;
  for (const auto &feature : sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  return features.getString();
}

static unsigned vectorBitsOf(const MCSubtargetInfo &info) {
  const Triple &triple = info.getTargetTriple();
  if (!triple.isX86())
    return 128;
  if (info.checkFeatures("+avx512f,+avx512vl,+avx512bw,+avx512dq"))
    return 512;
  return info.checkFeatures("+avx2,+fma") ? 256 : 128;
}

Expected<bool> qnet::useTables(ProductKind products, const TargetCPU &cpu) {
  if (products == ProductKind::Table && !cpu.hasTables)
    return createStringError(
        "expected a cpu with AVX2 for --products=table, got '" + cpu.name +
        "'");
  if (products == ProductKind::Auto)
    return cpu.prefersTables;
  return products == ProductKind::Table;
}

std::string TargetCPU::describe() const {
  std::string arch = Triple(triple).getArchName().str();
  return arch + " " + name + ", " + std::to_string(vectorBits) + "-bit vectors";
}

Expected<TargetCPU> qnet::resolveTargetCPU(StringRef name) {
  TargetCPU cpu;
  cpu.triple = sys::getDefaultTargetTriple();
  Expected<const Target *> target = hostTarget(cpu.triple);
  if (!target)
    return target.takeError();
  if (name == "native") {
    cpu.name = sys::getHostCPUName().str();
    cpu.features = hostFeatures();
  } else if (name == "generic") {
    // Every x86-64 server since 2013 has AVX2 and FMA.
    cpu.name = Triple(cpu.triple).isX86() ? "x86-64-v3" : "generic";
  } else {
    cpu.name = name.str();
  }
  std::unique_ptr<MCSubtargetInfo> info(
      (*target)->createMCSubtargetInfo(Triple(cpu.triple), "", ""));
  if (!info || !info->isCPUStringValid(cpu.name))
    return createStringError(
        "unknown cpu '%s' for %s; expected native, generic or a cpu name that "
        "LLVM knows",
        cpu.name.c_str(), cpu.triple.c_str());
  info.reset((*target)->createMCSubtargetInfo(Triple(cpu.triple), cpu.name,
                                              cpu.features));
  cpu.vectorBits = vectorBitsOf(*info);
  cpu.hasTables = Triple(cpu.triple).isX86() && cpu.vectorBits >= 256;
  // Generic code gives the bits of the chain, as on other architectures.
  cpu.prefersTables = cpu.hasTables && name != "generic";
  return cpu;
}

Expected<std::unique_ptr<TargetMachine>>
qnet::createTargetMachine(const TargetCPU &cpu) {
  Expected<const Target *> target = hostTarget(cpu.triple);
  if (!target)
    return target.takeError();
  TargetOptions options;
  // A multiply and an add fuse only where the IR says fma.
  options.AllowFPOpFusion = FPOpFusion::Strict;
  std::unique_ptr<TargetMachine> machine((*target)->createTargetMachine(
      Triple(cpu.triple), cpu.name, cpu.features, options, Reloc::PIC_,
      std::nullopt, CodeGenOptLevel::Aggressive));
  if (!machine)
    return createStringError("no code generator for cpu '%s'",
                             cpu.name.c_str());
  return machine;
}
