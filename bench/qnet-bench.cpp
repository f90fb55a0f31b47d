//===- qnet-bench.cpp - Kernels side by side with peers -------------------===//
//
// One suite a run. docs/benchmarks.md says how to read the tables.
//
//===----------------------------------------------------------------------===//

#include "Suites.h"
#include "llvm/ADT/STLExtras.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace qnet::bench;

static const char usage[] =
    R"(usage: qnet-bench SUITE [OPTIONS]

updates: each rule's update kernel against the triad of the same run
  --size=N[,N...]        weights of the parameter (16M)
  --threads=T[,T...]     (1,2)
  --rules=full,r,sr,bc  --optimizers=sgd,momentum,adam
  --grids=binary[,ternary,uniform4]   of the rules that have one
  --asm=FILE             write the assembly of the first case, measure nothing
gemm: the products of a dense layer against OpenBLAS
  --shape=M,N,K          batch, outputs, inputs; may be repeated
  --products=forward,input-grad,weight-grad
  --threads=T[,T...]     (1,2)
  --weights=f32[,binary] --asm=FILE
conv: the products of convolutions against oneDNN
  --shape=I,C,F,W,S      image, channels, filters, window, stride; may be repeated
  --batch=N              (32)
  --products=forward,input-grad,filter-grad
  --threads=T[,T...]     (1,2)
  --weights=f32[,binary] --asm=FILE
gemm, conv:
  --cpu=NAME             as of qnet-compile; peers are limited to AVX2 with it
  --method=auto|chain|table|winograd   as --products of qnet-compile
  --code-schedule=FILE   cut products as it says (docs/schedules.md)
  --clock=wall|cpu       (wall); cpu: time on a processor, for --threads=1
all:
  --seconds=S            time for each row, at least (0.5)
  --json=FILE            the table with machine and command
)";

/// Threads of a peer that wait for its next run by spinning take the processor
/// from qnet's run: about as long as qnet's own (40 us) is enough. The
/// libraries read this as they are loaded; what the user has set stays.
static void limitSpinning(char **argv) {
  if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY"))
    return;
  setenv("GOMP_SPINCOUNT", "1000", 0);
  setenv("OPENBLAS_THREAD_TIMEOUT", "17", 0); // 2^17 cycles
  execv("/proc/self/exe", argv);
}

int main(int argc, char **argv) {
  limitSpinning(argv);
  std::string suite = argc > 1 ? argv[1] : "";
  std::vector<std::string> arguments(argv + std::min(argc, 2), argv + argc);
  auto isHelp = [](const std::string &argument) {
    return argument == "--help" || argument == "-h";
  };
  if (isHelp(suite) || llvm::any_of(arguments, isHelp)) {
    fputs(usage, stdout);
    return 0;
  }
  if (suite == "updates")
    return runUpdateSuite(arguments);
  if (suite == "gemm")
    return runGemmSuite(arguments);
  if (suite == "conv")
    return runConvSuite(arguments);
  if (suite.empty())
    fprintf(stderr, "error: expected a suite, one of updates, gemm, conv\n");
  else
    fprintf(stderr,
            "error: unknown suite '%s', expected updates, gemm or conv\n",
            suite.c_str());
  return 2;
}
