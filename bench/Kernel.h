//===- Kernel.h - Kernels as a trainer runs them ----------------*- C++ -*-===//
//
// Compiles a module with training entries, given as text from the stage after
// qnet-build-training-step, by the pipelines, optimizer and code generator that
// qnet-compile uses, and loads the object into this process. Its loops run on
// the runtime's thread pool.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_KERNEL_H
#define QNET_BENCH_KERNEL_H

#include "OptionParser.h"
#include "ThreadPool.h"
#include "qnet/Driver/Driver.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace llvm::orc {
class LLJIT;
}

namespace qnet::bench {

/// The entries of a program (qnet.h); the pool stands for the context.
using TrainStep = void (*)(rt::ThreadPool *, void *state, void *arena,
                           const void *inputs, const void *labels,
                           uint32_t seed, uint32_t step, uint32_t epoch,
                           float *losses, int32_t *predictions, int32_t *flags);
using Predict = void (*)(rt::ThreadPool *, void *state, void *arena,
                         const void *inputs, void *outputs);

/// What code is made for, as --cpu, --products and --code-schedule of
/// qnet-compile say.
struct KernelTarget {
  std::string cpu = "native";
  ProductKind products = ProductKind::Auto;
  std::string codeSchedule; ///< a file; none: the one that ships
};

/// The values of --cpu, --method and --code-schedule. Where the CPU has
/// narrower vectors than this one, peers that are opened later are limited to
/// them, too.
KernelTarget parseTarget(const OptionParser &options);

class Kernel {
public:
  static llvm::Expected<std::unique_ptr<Kernel>>
  compile(llvm::StringRef text, const KernelTarget &target = {});
  /// The assembly of the module; for profiles.
  static llvm::Expected<std::string> assembly(llvm::StringRef text,
                                              const KernelTarget &target = {});
  ~Kernel();

  TrainStep trainStep = nullptr;
  Predict predict = nullptr;
  int64_t arenaBytes = 0;

private:
  Kernel();
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace qnet::bench

#endif // QNET_BENCH_KERNEL_H
