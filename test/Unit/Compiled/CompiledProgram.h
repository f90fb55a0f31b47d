//===- CompiledProgram.h - A module, compiled and interpreted ---*- C++ -*-===//
//
// A module of training entries is lowered by the product's pipelines, made into
// machine code by the driver and loaded into this process; its tensor form is
// kept for the interpreter. Both run on state blocks of one layout.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_COMPILED_COMPILEDPROGRAM_H
#define QNET_TEST_UNIT_COMPILED_COMPILEDPROGRAM_H

#include "mlir/IR/OwningOpRef.h"
#include "qnet-runtime/qnet.h"
#include "qnet/Driver/Driver.h"
#include "qnet/Interpreter/Interpreter.h"
#include "qnet/Program/Program.h"

#include <memory>
#include <string>
#include <vector>

namespace mlir {
class PassManager;
} // namespace mlir

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace qnet::test {

mlir::MLIRContext &getContext();

/// The bytes of a program's state, aligned as the ABI demands, with guards
/// around them.
class StateBytes {
public:
  explicit StateBytes(int64_t size);
  uint8_t *data() { return storage.data() + offset; }
  const uint8_t *data() const { return storage.data() + offset; }
  /// Whether nothing was written outside the state.
  bool guardsAreIntact() const;
  const int64_t size;

private:
  std::vector<uint8_t> storage;
  int64_t offset;
};

/// What a training step returns beside the state.
struct StepResults {
  std::vector<int32_t> flags;
  std::vector<float> losses;
  std::vector<int32_t> predictions;
};

/// Arguments of a training step, beside the state.
struct StepArguments {
  uint32_t seed = 1, step = 0, epoch = 0;
  /// The bytes of a batch; empty: zeros.
  std::vector<uint8_t> inputs, labels;
};

/// How to compile: a CPU as `qnet-compile --cpu` takes it, the width of
/// vectors, 0 for the CPU's, whether LLVM optimizes, and how products with
/// binary weights are computed. With `gpuMath` the kernels of a GPU, emulated:
/// as `qnet-compile --gpu-math` names it, long sums in parts or not, for a
/// chip, blocks and threads in ascending order or not.
struct Target {
  std::string cpu = "native";
  unsigned vectorBits = 0;
  bool optimizes = true;
  ProductKind products = ProductKind::Auto;
  std::string gpuMath = {};
  bool splitSums = false;
  std::string gpuChip = "sm_80";
  bool descending = false;
  /// Whether minimal filtering is on where `products` has it.
  bool filters = true;
  /// Whether products run elementwise ops on their results.
  bool epilogues = true;
};

class CompiledProgram {
public:
  /// From the text of a module as `qnet-build-training-step` makes them. A
  /// failure is a test failure and gives null.
  static std::unique_ptr<CompiledProgram> create(const std::string &text,
                                                 const Target &target = {});
  /// From the text of a training graph, through the pipeline of qnet-compile.
  static std::unique_ptr<CompiledProgram>
  createFromGraph(const std::string &text, const Target &target = {});
  ~CompiledProgram();

  /// One training step by machine code, on `threads` threads' worth of ranges,
  /// which run one after the other, the last first.
  StepResults runCompiled(StateBytes &state, StepArguments arguments,
                          unsigned threads);
  /// The same by the interpreter.
  StepResults runInterpreted(StateBytes &state, StepArguments arguments,
                             InterpreterOptions options = {});
  /// Losses and predictions of a batch in inference.
  StepResults evaluateCompiled(StateBytes &state, StepArguments arguments,
                               unsigned threads);
  StepResults evaluateInterpreted(StateBytes &state, StepArguments arguments,
                                  InterpreterOptions options = {});
  /// The state that training starts from.
  void initCompiled(StateBytes &state, uint32_t seed);
  void initInterpreted(StateBytes &state, uint32_t seed);

  const StateEntry &getEntry(llvm::StringRef name) const;
  const ProgramDescription &getDescription() const { return description; }
  /// Instructions of tensor cores in the emulated kernels.
  int64_t getNumMatrixInstructions() const { return numMatrixInstructions; }
  /// Those of warpgroups among them.
  int64_t getNumWarpgroupInstructions() const {
    return numWarpgroupInstructions;
  }

private:
  CompiledProgram() = default;
  bool compile(const Target &target);
  bool addSteps(mlir::PassManager &manager, const Target &target);
  bool load(mlir::ModuleOp lowered, const Target &target);
  bool describe();
  StepResults makeResults() const;
  StepResults interpret(mlir::func::FuncOp function, StateBytes &state,
                        const StepArguments &arguments,
                        InterpreterOptions options);

  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// What the module was built from; null where the module is the input.
  mlir::OwningOpRef<mlir::ModuleOp> graph;
  ProgramDescription description;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  const qnet_program *program = nullptr;
  int64_t arenaBytes = 0;
  int64_t numMatrixInstructions = 0, numWarpgroupInstructions = 0;
};

} // namespace qnet::test

#endif // QNET_TEST_UNIT_COMPILED_COMPILEDPROGRAM_H
