//===- Driver.h - From a training graph to a trainer ------------*- C++ -*-===//
//
// What qnet-compile does: read IR, run the pipelines, emit an object for the
// target CPU, link it with the runtime. Output files appear whole or not at
// all.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DRIVER_DRIVER_H
#define QNET_DRIVER_DRIVER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "qnet/Codegen/Common/RecomputeKind.h"
#include "qnet/Codegen/GPU/LibraryKind.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class Module;
class TargetMachine;
class raw_pwrite_stream;
} // namespace llvm

namespace qnet {

/// What qnet-compile writes.
enum class EmitKind {
  Trainer,
  Object,
  Shared,
  Llvm,
  Asm,
  Ptx,
  Mlir,
  Header,
  HostKernels
};

/// What qnet-compile tells about the program.
enum class ReportKind { None, Memory, MemoryJson };

/// How products are computed: by chains of fma, whose bits are the same on
/// every CPU and GPU; convolutions by Winograd's minimal filtering, with the
/// same bits on every CPU; or, with binary weights, by table look-ups, too
/// (Auto: where they are fast).
enum class ProductKind { Auto, Chain, Table, Winograd };

/// How a GPU multiplies: with the CPU's bits, or on tensor cores.
enum class GpuMath { F32, TF32, BF16 };

/// The order of long sums in a GPU's products: a CPU's, or parts side by side;
/// Auto is a CPU's for f32 only, as others have no bits of a CPU anyway.
enum class GpuSums { Auto, CPU, Parallel };

/// Settings of one compilation; empty strings and zeros stand for the graph's
/// own.
struct CompileOptions {
  std::string input, output;
  EmitKind emit = EmitKind::Trainer;
  std::string rule, optimizer, schedule;
  /// Regular expression of names of parameters that are not trained.
  std::string freeze;
  int64_t batch = 0;
  int64_t microBatch = 0;
  int64_t seed = -1;
  std::string cpu = "native";
  /// Printed to stdout; the program is written then only where `output` says
  /// where to.
  ReportKind report = ReportKind::None;
  /// Bytes that state and buffers may take, as qnet-plan-memory reads it.
  std::string memoryBudget;
  /// Activations that are computed again for the gradient instead of being
  /// kept; by default what is cheap on a CPU, none on a GPU.
  std::optional<RecomputeKind> recompute;
  ProductKind products = ProductKind::Auto;
  /// File with the code schedule; the one that ships, if empty.
  std::string codeSchedule;
  /// Consume gradients as they are computed instead of storing them.
  bool fuseUpdates = true;
  /// Run elementwise ops on the results of products in their loops.
  bool fuseEpilogues = true;
  /// "cpu", "cuda" (sm_80) or "cuda:CHIP".
  std::string target = "cpu";
  GpuMath gpuMath = GpuMath::F32;
  GpuSums gpuSums = GpuSums::Auto;
  LibraryKind gpuLibrary = LibraryKind::None;
  /// Extra passes on the training graph, before qnet's own.
  std::string passPipeline;
  std::vector<std::string> passPlugins, dialectPlugins;
};

/// A target CPU: name, LLVM's features, and the width of its vector registers.
struct TargetCPU {
  std::string triple, name, features;
  unsigned vectorBits = 128;
  /// Whether it has the look-ups of qnet-block-matmul's table products, and
  /// whether Auto takes them.
  bool hasTables = false, prefersTables = false;
  /// "x86_64 sapphirerapids, 512-bit vectors"
  std::string describe() const;
};

/// The host's CPU for "native", the baseline of the host's architecture for
/// "generic", or a name that LLVM knows for it.
llvm::Expected<TargetCPU> resolveTargetCPU(llvm::StringRef name);
inline bool useWinograd(ProductKind products) {
  return products != ProductKind::Chain;
}
/// Whether products on `cpu` use tables; an error where they cannot.
llvm::Expected<bool> useTables(ProductKind products, const TargetCPU &cpu);
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const TargetCPU &cpu);

/// Optimizes `module` for the machine, at LLVM's level 3, without fast-math.
void optimize(llvm::Module &module, llvm::TargetMachine &machine);
/// Writes an object file, or assembly.
llvm::Error emitMachineCode(llvm::Module &module, llvm::TargetMachine &machine,
                            llvm::raw_pwrite_stream &stream, bool assembly);

/// Optimizes `module` in parts, on all processors, and makes an object of each.
/// Their number and contents do not depend on the machine. Internal functions
/// that are not inlined become hidden symbols.
llvm::Expected<std::vector<llvm::SmallString<0>>>
compileParts(llvm::Module &module, const TargetCPU &cpu);

/// The C header of the program `name`.
std::string emitHeader(llvm::StringRef name, llvm::StringRef manifest);

/// What to link: an executable or a shared library with the runtime, or a
/// shared library of the objects alone.
enum class LinkKind { Executable, Shared, Alone };
llvm::Error link(llvm::ArrayRef<std::string> objects, llvm::StringRef output,
                 LinkKind kind);

/// Writes a file through a temporary one beside it. Errors name `shownAs`, the
/// path where it is empty.
llvm::Error
writeFile(llvm::StringRef path,
          llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write,
          llvm::StringRef shownAs = "");

/// Compiles; prints one error and fails where anything is wrong.
mlir::LogicalResult compile(const CompileOptions &options);

/// The command line of qnet-compile; returns its exit code.
int compileMain(int argc, char **argv);

} // namespace qnet

#endif // QNET_DRIVER_DRIVER_H
