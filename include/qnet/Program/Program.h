//===- Program.h - What a training program is made of -----------*- C++ -*-===//
//
// Facts about a module with training entries (docs/manifest.md), read from its
// functions' attributes: the pieces of state and where they lie, the codes
// buffer, shapes. Everything that hands state in or out (the C ABI entries, the
// interpreter's host, the manifest) takes its layout from here.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_PROGRAM_PROGRAM_H
#define QNET_PROGRAM_PROGRAM_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "qnet/Dialect/Qnet/IR/QnetTypes.h"

#include <optional>
#include <string>

namespace qnet {

/// Offsets in the state block and in the codes buffer are multiples of this.
constexpr int64_t kStateAlignment = 64;

/// Module attributes: the text of the inference graph of a trainer; of an
/// inference graph, how its inputs are standardized, and (once
/// qnet-bind-constants has run) the bytes of its state.
constexpr llvm::StringLiteral kInferenceAttrName = "qnet.inference";
constexpr llvm::StringLiteral kNormalizationAttrName = "qnet.normalization";
constexpr llvm::StringLiteral kConstantsAttrName = "qnet.constants";

/// A parameter of the model, in the order of its number.
struct ParameterDescription {
  std::string name;
  llvm::SmallVector<int64_t> shape;
  GridAttrInterface grid; ///< null where there is none
  bool trainable = true;
};

/// One piece of state: an argument of train_step that carries `#qnet.state`.
struct StateEntry {
  StateAttr attr;
  /// The logical type: element type f32, or codes.
  mlir::RankedTensorType type;
  /// What lies in memory, and in a checkpoint: f32 of the logical shape, or
  /// packed words, flat.
  llvm::StringRef dtype; ///< "F32" or "U32"
  llvm::SmallVector<int64_t> storedShape;
  int64_t offset = 0, bytes = 0;
};

/// The part of the codes buffer that holds one parameter's codes.
struct CodesPiece {
  std::string parameter;
  GridAttrInterface grid;
  int64_t count = 0;  ///< weights
  int64_t offset = 0; ///< in bytes
  int64_t words = 0;
};

/// (input - mean)/deviation, one number for all values or one per channel.
struct NormalizationFacts {
  llvm::SmallVector<double> mean, deviation;
};

/// Of a model whose outputs are a product of its inputs with the trained
/// weights, plus perhaps a bias: how long a sample's gradient by the outputs
/// can be, and how long per distance from the targets; 0 where there is no
/// bound.
struct LinearFacts {
  std::string weights, bias; ///< `bias` is empty where there is none
  double gradient = 0, gradientPerResidual = 0;
  double spacing = 0; ///< largest gap of the weights' grid; 0: no grid
};

struct ProgramDescription {
  std::string name, rule, optimizer, schedule;
  uint32_t seed = 1;
  int64_t batch = 0;
  /// Number of classes; 0 for regression.
  int64_t classes = 0;
  /// Shapes of one sample, without the batch. Labels of a class have no shape.
  llvm::SmallVector<int64_t> inputShape, targetShape, outputShape;
  llvm::SmallVector<ParameterDescription> parameters;
  llvm::SmallVector<StateEntry> state;
  llvm::SmallVector<CodesPiece> codes;
  int64_t stateBytes = 0, codesBytes = 0;
  /// Random bits of the rounding of stored weights; none if there is none.
  std::optional<int64_t> stateRandomBits;
  /// Whether the loss is known to be convex in the trained parameters.
  bool isConvex = false;
  std::optional<LinearFacts> linear;
  /// How inputs were standardized; only inference graphs know it.
  std::optional<NormalizationFacts> normalization;
  /// What `foldEntry` computes, in order, and the graph that takes it.
  llvm::SmallVector<StateEntry> constants;
  int64_t constantsBytes = 0;
  std::string inferenceText;

  /// The entries. `codesEntry` is null where no parameter has a grid,
  /// `statisticsEntry` where no layer has statistics, `foldEntry` before
  /// qnet-build-inference. An inference graph has `evaluate` and `predict`
  /// only.
  mlir::func::FuncOp init, trainStep, evaluate, predict, codesEntry,
      statisticsEntry, foldEntry;

  bool isTraining() const { return bool(trainStep); }
  /// The entry whose arguments define the state.
  mlir::func::FuncOp getStateOwner() const {
    mlir::func::FuncOp step = trainStep;
    return step ? step : predict;
  }
};

/// The function of `module` whose `qnet.entry` is `entry`; null if there is
/// none.
mlir::func::FuncOp findEntry(mlir::ModuleOp module, llvm::StringRef entry);

/// Reads the description of a module with entries, on tensors or memrefs. Emits
/// one error and fails where the module has none or its attributes disagree.
mlir::FailureOr<ProgramDescription> describeProgram(mlir::ModuleOp module);

/// The manifest (JSON, docs/manifest.md) of a program that needs `arenaBytes`
/// of scratch memory on `target`.
std::string toManifest(const ProgramDescription &program, int64_t arenaBytes,
                       llvm::StringRef target);

} // namespace qnet

#endif // QNET_PROGRAM_PROGRAM_H
