//===- TrainingFunctions.h - The functions of a training --------*- C++ -*-===//
//
// Builds the functions that a qnet.training stands for. Internal to
// lib/Autodiff.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_AUTODIFF_TRAININGFUNCTIONS_H
#define QNET_LIB_AUTODIFF_TRAININGFUNCTIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "qnet/Autodiff/Differentiate.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace qnet {

/// A piece of training state.
struct StatePiece {
  StateAttr attribute;
  mlir::RankedTensorType type;
  ParameterOp parameter; ///< null for statistics
  float initial = 0;     ///< for slots and statistics
};

/// Builds @init, @train_step, @evaluate, @predict, @codes and
/// @statistics of one training.
class TrainingFunctions {
public:
  /// `model` has the size of the parts that a `batch` is computed in.
  TrainingFunctions(TrainingOp training, ModelOp model, int64_t batch);

  /// Builds them at the end of the module.
  mlir::LogicalResult build(mlir::ModuleOp module);

  unsigned numAdjoints = 0;
  unsigned numUpdates = 0;

private:
  /// Values of the state in a function, by name of the piece.
  using StateValues = llvm::StringMap<mlir::Value>;
  /// An argument or result beyond the state: its type and role.
  using Extra = std::pair<mlir::Type, mlir::StringRef>;
  /// What the model computes with in place of its parameters.
  using WeightValues = llvm::DenseMap<mlir::Operation *, mlir::Value>;

  /// A part of a batch: all of it, or a micro-batch within a loop.
  struct Part {
    mlir::Value first; ///< number of its first sample; null for all of a batch
    llvm::SmallVector<mlir::Value> samples; ///< of inputs and labels
    llvm::SmallVector<mlir::Value> carried; ///< from part to part
  };
  /// Results per sample of a part, then what it carries to the next.
  using PartResults = mlir::FailureOr<llvm::SmallVector<mlir::Value>>;
  using PartBody =
      llvm::function_ref<PartResults(mlir::OpBuilder &, const Part &)>;
  /// What the parts of a training step share.
  struct Step {
    StateValues state;
    llvm::SmallVector<mlir::Value> seedAndStep;
    WeightValues weights;
    llvm::SmallVector<mlir::StringRef> statistics;
    llvm::SmallVector<ParameterOp> trained;
    llvm::DenseSet<mlir::Operation *> withoutGradient;
  };

  void collectState();
  mlir::func::FuncOp createFunction(mlir::StringRef name, bool stateIn,
                                    llvm::ArrayRef<Extra> arguments,
                                    bool stateOut,
                                    llvm::ArrayRef<Extra> results);
  StateValues stateArguments(mlir::func::FuncOp function);
  mlir::Value stateValue(const StateValues &state, ParameterOp parameter);

  void buildInit();
  mlir::LogicalResult buildTrainStep();
  PartResults buildTrainPart(mlir::OpBuilder &builder, Step &step,
                             const Part &part);
  mlir::LogicalResult buildEvaluate();
  mlir::LogicalResult buildPredict();
  void buildCodes();
  mlir::LogicalResult buildStatistics();

  bool hasClasses() { return labelsType.getElementType().isInteger(32); }
  /// Of losses and, with classes, predictions.
  llvm::SmallVector<mlir::RankedTensorType> perSampleTypes();

  bool isSplit() { return model.getBatch() != batch; }
  /// Builds `body` for a whole batch, or for its micro-batches in a loop;
  /// returns results `perSample` of the whole batch, then what is carried out.
  PartResults buildParts(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::ValueRange samples,
                         llvm::ArrayRef<mlir::RankedTensorType> perSample,
                         mlir::ValueRange carried, PartBody body);
  /// The weights before a loop over parts; a whole batch gets them by and by.
  WeightValues buildSharedWeights(mlir::OpBuilder &builder,
                                  const StateValues &state,
                                  llvm::ArrayRef<mlir::Value> seedAndStep);

  /// Clones the model's body; `newStates` null means inference, no seed and
  /// step with `newStates` means measuring the statistics of one batch. `first`
  /// is that of a Part.
  mlir::Value cloneModel(mlir::OpBuilder &builder, mlir::Value inputs,
                         const StateValues &state,
                         llvm::ArrayRef<mlir::Value> seedAndStep,
                         StateValues *newStates, WeightValues &weights,
                         mlir::Value first = {});
  mlir::Value buildForwardWeights(mlir::OpBuilder &builder,
                                  ParameterOp parameter, mlir::Value stored,
                                  llvm::ArrayRef<mlir::Value> seedAndStep);
  mlir::Value buildUpdate(mlir::OpBuilder &builder, ParameterOp parameter,
                          mlir::Value gradient, mlir::Value flags,
                          mlir::Value rate, mlir::Value seed, mlir::Value step,
                          const StateValues &state, StateValues &newStates);

  bool keepsCodes(ParameterOp parameter);
  mlir::RankedTensorType codesType(ParameterOp parameter);
  std::string slotName(ParameterOp parameter, mlir::StringRef slot);

  TrainingOp training;
  ModelOp model;
  int64_t batch;
  mlir::MLIRContext *context;
  mlir::OpBuilder moduleBuilder;
  llvm::SmallVector<ParameterOp> parameters;
  llvm::DenseMap<mlir::Operation *, unsigned> parameterNumbers;
  llvm::SmallVector<StatePiece> pieces;
  mlir::RankedTensorType inputsType, outputsType, labelsType, lossesType,
      predictionsType, flagsType;
};

} // namespace qnet

#endif // QNET_LIB_AUTODIFF_TRAININGFUNCTIONS_H
