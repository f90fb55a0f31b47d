//===- QnetModelOps.td - Models and their training ---------*- tablegen -*-===//
//
// What a user writes: a model, its parameters, and how it is to be trained.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_MODEL_OPS
#define QNET_MODEL_OPS

include "QnetOpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Qnet_ModelOp : Qnet_Op<"model", [
    FunctionOpInterface, IsolatedFromAbove, Symbol,
    SingleBlock, OpAsmOpInterface]> {
  let summary = "a model: a batch of samples in, outputs out";
  let description = [{
    A function with one argument, f32 samples with the batch first, and one result.
    Its parameters are `qnet.parameter` ops in its body. The same model serves for
    training and inference; ops that differ (batch norm) build both forms.

    Example:
    ```mlir
    qnet.model @linear(%x: tensor<32x20xf32>) -> tensor<32x1xf32> {
      %w = qnet.parameter "weight" init(#qnet.glorot) : tensor<1x20xf32>
      %y = qnet.dense %x, %w : (tensor<32x20xf32>, tensor<1x20xf32>) -> tensor<32x1xf32>
      qnet.return %y : tensor<32x1xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<StrAttr>:$sym_visibility,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() {
      return getFunctionType().getInputs();
    }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() {
      return getFunctionType().getResults();
    }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    /// The batch size, the first dimension of the argument.
    int64_t getBatch();
    /// Gives the argument the batch size and infers all types anew.
    ::llvm::LogicalResult setBatch(int64_t batch);
    ::mlir::BlockArgument getInputs() { return getBody().getArgument(0); }
    /// The result of the model.
    ::mlir::Value getOutputs();
  }];
}

def Qnet_ReturnOp : Qnet_Op<"return", [
    Pure, Terminator, ReturnLike, HasParent<"ModelOp">]> {
  let summary = "ends a model";
  let description = [{
    Example: `qnet.return %logits : tensor<128x10xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$outputs);
  let assemblyFormat = "$outputs attr-dict `:` type($outputs)";
}

def Qnet_ParameterOp : Qnet_Op<"parameter", [HasParent<"ModelOp">]> {
  let summary = "a named parameter of a model";
  let description = [{
    Its shape is the type's; where it has a `grid`, the rule of the training decides
    how its weights are rounded and stored, and they are clipped to the grid's range
    after each step. `rate_scale` multiplies the learning rate (BinaryConnect's
    W_LR_scale; see docs/rules.md). `frozen` parameters are not trained.

    Example:
    ```mlir
    %w = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.binary<1.0>)
        {rate_scale = 2.0 : f32} : tensor<1024x784xf32>
    ```
  }];
  let arguments = (ins StrAttr:$param_name,
                       Qnet_InitializerAttrInterface:$initializer,
                       OptionalAttr<Qnet_GridAttrInterface>:$grid,
                       DefaultValuedAttr<F32Attr, "1.0f">:$rate_scale,
                       UnitAttr:$frozen);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = [{
    $param_name `init` `` `(` $initializer `)` (`grid` `` `(` $grid^ `)`)?
    (`frozen` $frozen^)?
    attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Qnet_TrainingOp : Qnet_Op<"training", [Symbol]> {
  let summary = "how a model is trained";
  let description = [{
    Names the model, the loss, the rule, the optimizer and the learning-rate
    schedule. Changing `rule` changes how weights are rounded and what is stored, and
    nothing else. `clip_gradient` limits each element of a gradient to
    [-clip_gradient, clip_gradient]. With `micro_batch`, a divisor of the batch, a
    step goes through its batch in parts of that many samples and sums their
    gradients, so that it needs the memory of one part; see docs/rules.md.

    Example:
    ```mlir
    qnet.training @mnist_mlp of @mlp {
      loss = #qnet.softmax_cross_entropy,
      rule = #qnet.bc,
      optimizer = #qnet.adam,
      schedule = #qnet.constant_rate<1.0e-3>,
      seed = 1 : i32
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       FlatSymbolRefAttr:$model,
                       Qnet_LossAttrInterface:$loss,
                       Qnet_RuleAttrInterface:$rule,
                       Qnet_OptimizerAttrInterface:$optimizer,
                       Qnet_ScheduleAttrInterface:$schedule,
                       DefaultValuedAttr<I32Attr, "1">:$seed,
                       OptionalAttr<F32Attr>:$clip_gradient,
                       OptionalAttr<I64Attr>:$micro_batch);
  let assemblyFormat = "$sym_name `of` $model attr-dict";
  let hasVerifier = 1;
}

#endif // QNET_MODEL_OPS
