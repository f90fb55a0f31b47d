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

/// Builds @init, @train_step, @evaluate, @predict and @codes of one training.
class TrainingFunctions {
public:
  TrainingFunctions(TrainingOp training, ModelOp model);

  /// Builds them at the end of the module.
  mlir::LogicalResult build(mlir::ModuleOp module);

  unsigned numAdjoints = 0;
  unsigned numUpdates = 0;

private:
  /// Values of the state in a function, by name of the piece.
  using StateValues = llvm::StringMap<mlir::Value>;
  /// An argument or result beyond the state: its type and role.
  using Extra = std::pair<mlir::Type, mlir::StringRef>;

  void collectState();
  mlir::func::FuncOp createFunction(mlir::StringRef name, bool stateIn,
                                    llvm::ArrayRef<Extra> arguments,
                                    bool stateOut,
                                    llvm::ArrayRef<Extra> results);
  StateValues stateArguments(mlir::func::FuncOp function);
  mlir::Value stateValue(const StateValues &state, ParameterOp parameter);

  void buildInit();
  mlir::LogicalResult buildTrainStep();
  void buildEvaluate();
  void buildPredict();
  void buildCodes();

  /// Clones the model's body; `newStates` null means inference.
  mlir::Value cloneModel(mlir::OpBuilder &builder, mlir::Value inputs,
                         const StateValues &state,
                         llvm::ArrayRef<mlir::Value> seedAndStep,
                         StateValues *newStates,
                         llvm::DenseMap<mlir::Operation *, mlir::Value> *used);
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
