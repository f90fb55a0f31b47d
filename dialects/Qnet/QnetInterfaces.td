//===- QnetInterfaces.td - Extension points ----------------*- tablegen -*-===//
//
// The interfaces through which passes see grids, roundings, rules, optimizers,
// schedules, losses, initializers and layers. A new one of these, also in a
// plugin, implements its interface; no pass is edited.
//
// Each attribute interface states its arithmetic twice: once as IR (`build...`,
// on scalars, vectors or tensors of one shape) and once as plain C++ on floats,
// which is what the reference interpreter evaluates. Tests hold the two together.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_INTERFACES
#define QNET_INTERFACES

include "mlir/IR/OpBase.td"

//===----------------------------------------------------------------------===//
// Attribute interfaces
//===----------------------------------------------------------------------===//

def Qnet_GridAttrInterface : AttrInterface<"GridAttrInterface"> {
  let cppNamespace = "::qnet";
  let description = [{
    A finite, ascending set of allowed weight values, the levels. A weight's code
    is the ordinal of its level. Levels need not be equally spaced.
  }];
  let methods = [
    InterfaceMethod<"Bits that a stored code takes: 1, 2, 4, 8, 16 or 32.",
      "unsigned", "getStorageBits">,
    InterfaceMethod<"Number of levels, at least 2.",
      "int64_t", "getNumLevels">,
    InterfaceMethod<"The value of a level; ascending in `ordinal`.",
      "float", "getLevel", (ins "int64_t":$ordinal)>,
    InterfaceMethod<[{
        Builds the bracket of `value`, which lies within the range of the grid:
        the ordinal (i32) of the largest level that is not above `value` (of the
        last but one level where `value` is the last), that level and the next.
      }],
      "::qnet::BracketValues", "buildBracket",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$value)>,
    InterfaceMethod<"Builds the f32 value of the level with ordinal (i32).",
      "::mlir::Value", "buildDecode",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$ordinal)>
  ];
  let extraSharedClassDeclaration = [{
    /// The range of the grid.
    float getLowest() { return $_attr.getLevel(0); }
    float getHighest() { return $_attr.getLevel($_attr.getNumLevels() - 1); }
  }];
}

def Qnet_RoundingAttrInterface : AttrInterface<"RoundingAttrInterface"> {
  let cppNamespace = "::qnet";
  let description = [{
    Decides to which of its two neighbours on the grid a value goes.
  }];
  let methods = [
    InterfaceMethod<"Random bits that one decision takes; 0 if deterministic.",
      "unsigned", "getRandomBits">,
    InterfaceMethod<[{
        Builds the decision (i1, true: up). lower <= value <= upper are f32,
        `bits` (i32) holds getRandomBits() random bits, null where there are none.
      }],
      "::mlir::Value", "buildRoundUp",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$value, "::mlir::Value":$lower,
           "::mlir::Value":$upper, "::mlir::Value":$bits)>,
    InterfaceMethod<"The same decision, evaluated.",
      "bool", "roundsUp",
      (ins "float":$value, "float":$lower, "float":$upper, "uint32_t":$bits)>
  ];
}

def Qnet_RuleAttrInterface : AttrInterface<"RuleAttrInterface"> {
  let cppNamespace = "::qnet";
  let description = [{
    An update rule, said by where it rounds: the stored weights after each step (R,
    SR: codes are kept), or the weights that the gradient is taken at (BC: f32
    latent weights are kept), or nowhere (full precision).
  }];
  let methods = [
    InterfaceMethod<"Short name, as the trainer shows it.",
      "::llvm::StringRef", "getRuleName">,
    InterfaceMethod<"Rounding of the stored weights after a step, or null.",
      "::qnet::RoundingAttrInterface", "getStateRounding">,
    InterfaceMethod<"Rounding of the weights that the model sees, or null.",
      "::qnet::RoundingAttrInterface", "getForwardRounding">
  ];
}

def Qnet_OptimizerAttrInterface : AttrInterface<"OptimizerAttrInterface"> {
  let cppNamespace = "::qnet";
  let description = [{
    Turns a gradient into the step that is subtracted from the weight, with f32
    state (slots) per weight.
  }];
  let methods = [
    InterfaceMethod<"Short name, as the trainer shows it.",
      "::llvm::StringRef", "getOptimizerName">,
    InterfaceMethod<"Names of the slots, e.g. `m`, `v`; all start at zero.",
      "::llvm::SmallVector<::llvm::StringRef>", "getSlotNames">,
    InterfaceMethod<[{
        Builds what does not depend on the weight, once per step: `rate` (f32) is
        the learning rate with the parameter's scale, `step` (i32) counts from 0.
      }],
      "::llvm::SmallVector<::mlir::Value>", "buildScalars",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$rate, "::mlir::Value":$step)>,
    InterfaceMethod<[{
        Builds the step (f32) to subtract from `weight` and the new slots.
      }],
      "::mlir::Value", "buildStep",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::ValueRange":$scalars, "::mlir::Value":$weight,
           "::mlir::Value":$gradient, "::mlir::ValueRange":$slots,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$newSlots)>,
    InterfaceMethod<"The same step, evaluated; updates `slots`.",
      "float", "evaluateStep",
      (ins "float":$rate, "uint32_t":$step, "float":$weight,
           "float":$gradient, "::llvm::MutableArrayRef<float>":$slots)>,
    InterfaceMethod<[{
        A bound on the size of any step at learning rates up to `rate`, where no
        gradient is larger in size than `gradient` (infinity: any may occur) and no
        weight than `weight`; infinity where none is known, which is the default.
      }],
      "double", "getLargestStep",
      (ins "double":$rate, "double":$gradient, "double":$weight), "",
      [{ return ::std::numeric_limits<double>::infinity(); }]>
  ];
}

def Qnet_ScheduleAttrInterface : AttrInterface<"ScheduleAttrInterface"> {
  let cppNamespace = "::qnet";
  let description = "The learning rate as a function of step and epoch.";
  let methods = [
    InterfaceMethod<"Builds the rate (f32) from step and epoch (i32, from 0).",
      "::mlir::Value", "buildRate",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$step, "::mlir::Value":$epoch)>,
    InterfaceMethod<"The same rate, evaluated.",
      "float", "evaluateRate", (ins "uint32_t":$step, "uint32_t":$epoch)>,
    InterfaceMethod<[{
        The largest rate at any step; infinity where none is known, which is the
        default.
      }],
      "double", "getLargestRate", (ins), "",
      [{ return ::std::numeric_limits<double>::infinity(); }]>,
    InterfaceMethod<[{
        Whether the rate ever falls and never rises. By default it is not known to.
      }],
      "bool", "isDecaying", (ins), "", [{ return false; }]>
  ];
}

def Qnet_LossAttrInterface : AttrInterface<"LossAttrInterface"> {
  let cppNamespace = "::qnet";
  let description = "A loss: how outputs and labels become one value per sample.";
  let methods = [
    InterfaceMethod<[{
        Type of the labels for outputs of type `outputs`: tensor<Bxi32> of class
        indices, or f32 targets of the outputs' type.
      }],
      "::mlir::RankedTensorType", "getLabelsType",
      (ins "::mlir::RankedTensorType":$outputs)>,
    InterfaceMethod<"Builds the losses, tensor<Bxf32>.",
      "::mlir::Value", "buildLoss",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$outputs, "::mlir::Value":$labels)>,
    InterfaceMethod<"Builds predicted classes, tensor<Bxi32>; null if none.",
      "::mlir::Value", "buildPredictions",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$outputs)>,
    InterfaceMethod<[{
        Number of classes that labels and predictions count, 0 where labels are
        targets. By default one class per output where the labels are i32.
      }],
      "int64_t", "getNumClasses", (ins "::mlir::RankedTensorType":$outputs),
      "", [{
        ::mlir::RankedTensorType labels = $_attr.getLabelsType(outputs);
        return labels.getElementType().isInteger(32) ? outputs.getShape().back() : 0;
      }]>,
    InterfaceMethod<[{
        Checks that the loss is defined on outputs of this type, of rank 2; emits an
        error and fails where it is not. By default it is on any.
      }],
      "::llvm::LogicalResult", "verifyOutputs",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "::mlir::RankedTensorType":$outputs),
      "", [{ return ::mlir::success(); }]>,
    InterfaceMethod<[{
        Whether the loss is convex in the outputs, whatever the labels. By default it
        is not known to be.
      }],
      "bool", "isConvex", (ins), "", [{ return false; }]>,
    InterfaceMethod<[{
        A bound on the Euclidean length of the gradient of one sample's loss by its
        outputs of type `outputs`, whatever the outputs and labels; infinity where
        there is none, which is the default.
      }],
      "double", "getLargestGradient", (ins "::mlir::RankedTensorType":$outputs),
      "", [{ return ::std::numeric_limits<double>::infinity(); }]>,
    InterfaceMethod<[{
        The same bound divided by the distance of the outputs from their targets;
        infinity where there is none, which is the default.
      }],
      "double", "getGradientPerResidual",
      (ins "::mlir::RankedTensorType":$outputs), "",
      [{ return ::std::numeric_limits<double>::infinity(); }]>
  ];
}

def Qnet_InitializerAttrInterface : AttrInterface<"InitializerAttrInterface"> {
  let cppNamespace = "::qnet";
  let description = "Where a parameter's initial values come from.";
  let methods = [
    InterfaceMethod<"Whether the values are random.", "bool", "isRandom">,
    InterfaceMethod<[{
        Builds the value (f32) of the element with flat index `index` (index) from
        `uniform` (f32 in [0, 1), null if not random); `fanIn` and `fanOut` are the
        connections of a unit.
      }],
      "::mlir::Value", "buildValue",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$index, "::mlir::Value":$uniform, "int64_t":$fanIn,
           "int64_t":$fanOut)>,
    InterfaceMethod<"The same value, evaluated.",
      "float", "evaluateValue",
      (ins "int64_t":$index, "float":$uniform, "int64_t":$fanIn,
           "int64_t":$fanOut)>,
    InterfaceMethod<[{
        Checks that it has values for a parameter of this type; emits an error and
        fails where it has not. By default it has for any.
      }],
      "::llvm::LogicalResult", "verifyParameter",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "::mlir::RankedTensorType":$type),
      "", [{ return ::mlir::success(); }]>
  ];
}

//===----------------------------------------------------------------------===//
// Op interfaces
//===----------------------------------------------------------------------===//

def Qnet_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::qnet";
  let description = [{
    An op that builds its own adjoint: given the gradients of its results it builds
    those of its operands.
  }];
  let methods = [
    InterfaceMethod<[{
        Builds the gradients of the operands at the insertion point of `builder`.
        `resultGradients` has one value per result, null where the loss does not
        depend on it. `needed` says which operands' gradients are wanted. Returns
        one value per operand, null where none is wanted or none exists (labels).
        Emits an error and fails where there is no adjoint for this form of the op.
      }],
      "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "buildAdjoint",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$resultGradients,
           "::llvm::ArrayRef<bool>":$needed)>
  ];
}

def Qnet_ModalOpInterface : OpInterface<"ModalOpInterface"> {
  let cppNamespace = "::qnet";
  let description = [{
    A model op that behaves differently in training and in inference, possibly with
    state of its own (batch normalization and its running statistics) or with random
    numbers (dropout).
  }];
  let methods = [
    InterfaceMethod<"The state of the op; none by default.",
      "::llvm::SmallVector<::qnet::ModalState>", "getModalStates">,
    InterfaceMethod<[{
        Builds the training form from `operands`; appends the new states. `context`
        says at which step and for which samples.
      }],
      "::mlir::Value", "buildTraining",
      (ins "::mlir::OpBuilder &":$builder,
           "const ::qnet::TrainingContext &":$context,
           "::mlir::ValueRange":$operands, "::mlir::ValueRange":$states,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$newStates)>,
    InterfaceMethod<"Builds the inference form from `operands`.",
      "::mlir::Value", "buildInference",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands,
           "::mlir::ValueRange":$states)>,
    InterfaceMethod<[{
        Builds the form that measures the op's state: its result, and as new states
        those of this batch alone, whatever they were before. By default the inference
        form, which measures nothing and keeps its states.
      }],
      "::mlir::Value", "buildStatistics",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands,
           "::mlir::ValueRange":$states,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$newStates),
      "", [{
        newStates.append(states.begin(), states.end());
        return $_op.buildInference(builder, operands, states);
      }]>
  ];
}

def Qnet_BatchedOpInterface : OpInterface<"BatchedOpInterface"> {
  let cppNamespace = "::qnet";
  let description = [{
    A model op that names the batch size itself, in a result type or an attribute,
    where other ops infer it from their operands.
  }];
  let methods = [
    InterfaceMethod<"Changes the batch size that the op names.",
      "void", "setBatch", (ins "int64_t":$batch)>
  ];
}

def Qnet_LibraryCallOpInterface : OpInterface<"LibraryCallOpInterface"> {
  let cppNamespace = "::qnet";
  let description = [{
    A call of a vendor's library: buffers, the last of which it writes, and a fixed
    description, by which the runtime prepares the call before the first step.
  }];
  let methods = [
    InterfaceMethod<[{
        The words of its qnet_gpu_operation (qnet.h), but for `required`.
      }],
      "::llvm::SmallVector<int64_t>", "describe">
  ];
}

#endif // QNET_INTERFACES
