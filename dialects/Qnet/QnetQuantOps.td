//===- QnetQuantOps.td - Rounding, codes, updates ----------*- tablegen -*-===//
//
// The paper's subject: rounding to a grid, weights held as codes, and the update of
// a parameter by a rule and an optimizer. The elementwise ops work on scalars, and
// on tensors and vectors of any shape.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_QUANT_OPS
#define QNET_QUANT_OPS

include "QnetOpBase.td"

def Qnet_F32Like : TypeOrValueSemanticsContainer<F32, "f32-like">;
def Qnet_I32Like : TypeOrValueSemanticsContainer<I32, "i32-like">;
def Qnet_QLike : TypeOrValueSemanticsContainer<Qnet_QType, "codes">;

def Qnet_RoundOp : Qnet_Op<"round", [Pure]> {
  let summary = "rounds to a level of a grid: f32 to f32";
  let description = [{
    Clamps to the grid's range, then goes to one of the two neighbouring levels as
    `rounding` decides. A level never moves, infinities clamp, and NaN gives the
    lowest level (`qnet.update` never lets one through to a weight). `random` holds
    the random bits of a stochastic rounding.

    Example:
    ```mlir
    %q = qnet.round %w to(#qnet.binary<1.0>) by(#qnet.deterministic) : tensor<8xf32>
    %s = qnet.round %w to(#qnet.uniform<4, 0.25>) by(#qnet.stochastic<16>) random %bits : tensor<8xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Like:$value, Optional<Qnet_I32Like>:$random,
                       Qnet_GridAttrInterface:$grid,
                       Qnet_RoundingAttrInterface:$rounding);
  let results = (outs Qnet_F32Like:$result);
  let assemblyFormat = [{
    $value `to` `` `(` $grid `)` `by` `` `(` $rounding `)` (`random` $random^)? attr-dict
    `:` custom<RoundTypes>(ref($random), type($value), type($random), type($result))
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Qnet_EncodeOp : Qnet_Op<"encode", [Pure]> {
  let summary = "rounds to a level of a grid: f32 to codes";
  let description = [{
    As `qnet.round`, with the code of the level as its result; the grid is the
    result's.

    Example:
    ```mlir
    %c = qnet.encode %w by(#qnet.deterministic) : tensor<8xf32> to tensor<8x!qnet.q<#qnet.binary<1.0>>>
    ```
  }];
  let arguments = (ins Qnet_F32Like:$value, Optional<Qnet_I32Like>:$random,
                       Qnet_RoundingAttrInterface:$rounding);
  let results = (outs Qnet_QLike:$result);
  let assemblyFormat = [{
    $value `by` `` `(` $rounding `)` (`random` $random^)? attr-dict
    `:` custom<EncodeTypes>(ref($random), type($value), type($random), type($result))
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::qnet::GridAttrInterface getGrid();
  }];
}

def Qnet_DecodeOp : Qnet_Op<"decode", [Pure,
    DeclareOpInterfaceMethods<Qnet_DifferentiableOpInterface>]> {
  let summary = "the levels of codes: codes to f32";
  let description = [{
    Its adjoint passes the gradient on: it is taken at the rounded weights.

    Example:
    ```mlir
    %w = qnet.decode %c : tensor<8x!qnet.q<#qnet.binary<1.0>>> to tensor<8xf32>
    ```
  }];
  let arguments = (ins Qnet_QLike:$codes);
  let results = (outs Qnet_F32Like:$result);
  let assemblyFormat = "$codes attr-dict `:` type($codes) `to` type($result)";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    ::qnet::GridAttrInterface getGrid();
  }];
}

def Qnet_ToCodeOp : Qnet_Op<"to_code", [Pure]> {
  let summary = "the code with an ordinal (i32)";
  let description = [{
    Changes the type only. Ordinals outside the grid are not checked.

    Example: `%c = qnet.to_code %n : i32 to !qnet.q<#qnet.binary<1.0>>`
  }];
  let arguments = (ins Qnet_I32Like:$ordinal);
  let results = (outs Qnet_QLike:$result);
  let assemblyFormat = "$ordinal attr-dict `:` type($ordinal) `to` type($result)";
  let hasVerifier = 1;
}

def Qnet_FromCodeOp : Qnet_Op<"from_code", [Pure]> {
  let summary = "the ordinal (i32) of a code";
  let description = [{
    Example: `%n = qnet.from_code %c : !qnet.q<#qnet.binary<1.0>> to i32`
  }];
  let arguments = (ins Qnet_QLike:$codes);
  let results = (outs Qnet_I32Like:$result);
  let assemblyFormat = "$codes attr-dict `:` type($codes) `to` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Qnet_RandomBitsOp : Qnet_Op<"random_bits", [Pure, AttrSizedOperandSegments]> {
  let summary = "bits of the counter-based generator";
  let description = [{
    `bits` random bits as an i32, zero-extended, for the element with flat index `at`
    of parameter number `parameter`; without `at`, the bits of every element of the
    result, a tensor. They are a function of seed, parameter, stream, step and index
    alone: docs/randomness.md says which bits of which Philox4x32-7 call serve which
    element. A `base` is added to the number: kernels that several parameters share get
    theirs as a value.

    Example:
    ```mlir
    %b = qnet.random_bits update of 3 seed %seed step %step at %i {bits = 16 : i32} : i32
    %t = qnet.random_bits forward of 3 seed %seed step %step {bits = 16 : i32} : tensor<8x8xi32>
    %s = qnet.random_bits update of 0 + %p seed %seed step %step at %i {bits = 16 : i32} : i32
    ```
  }];
  let arguments = (ins Qnet_Stream:$stream, I32Attr:$parameter,
                       Optional<I32>:$base, I32:$seed, I32:$step,
                       Optional<Index>:$index, I32Attr:$bits);
  let results = (outs Qnet_I32Like:$result);
  let assemblyFormat = [{
    $stream `of` $parameter (`+` $base^)? `seed` $seed `step` $step (`at` $index^)?
    attr-dict `:` type($result)
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Type":$type, "Stream":$stream, "uint32_t":$parameter,
                   "::mlir::Value":$seed, "::mlir::Value":$step,
                   "::mlir::Value":$index, "uint32_t":$bits), [{
      build($_builder, $_state, type, stream, parameter, /*base=*/::mlir::Value(),
            seed, step, index, bits);
    }]>
  ];
  let hasVerifier = 1;
}

def Qnet_InitialValueOp : Qnet_Op<"initial_value", [Pure]> {
  let summary = "initial f32 values of a parameter";
  let description = [{
    Example:
    ```mlir
    %w = qnet.initial_value of 0 seed %seed by(#qnet.glorot) : tensor<1024x784xf32>
    ```
  }];
  let arguments = (ins I32Attr:$parameter, I32:$seed,
                       Qnet_InitializerAttrInterface:$initializer);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = [{
    `of` $parameter `seed` $seed `by` `` `(` $initializer `)` attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

def Qnet_UpdateOp : Qnet_Op<"update", [Pure]> {
  let summary = "one step of a rule and an optimizer on one parameter";
  let description = [{
    With w the weights' values (codes are decoded), g the gradient (clipped
    elementwise if `clip_gradient` is given):

      step, slots' = optimizer(rate * rate_scale, step count, w, g, slots)
      w' = clip(w - step, range of the grid)    where the parameter has a grid
      weights' = round(w') by the rule's state rounding, or w' where it has none

    Where w - step or a new slot is NaN, the element keeps its weight and slots and
    `flags`[parameter] becomes 1. A rule that rounds its state takes codes and gives
    codes: a float copy of a grid parameter is refused.

    Example:
    ```mlir
    %w1, %f1 = qnet.update "fc.weight" of 0 %w, %g flags %f rate %rate seed %seed step %step
        by(#qnet.sr) with(#qnet.sgd) grid(#qnet.binary<1.0>)
        : tensor<4x3x!qnet.q<#qnet.binary<1.0>>>, tensor<4x3xf32>, tensor<1xi32>
    ```
  }];
  let arguments = (ins StrAttr:$param_name, I32Attr:$parameter,
                       Qnet_WeightsTensor:$weights, Qnet_F32Tensor:$gradient,
                       Variadic<Qnet_F32Tensor>:$slots, Qnet_I32Tensor:$flags,
                       F32:$rate, I32:$seed, I32:$step,
                       Qnet_RuleAttrInterface:$rule,
                       Qnet_OptimizerAttrInterface:$optimizer,
                       OptionalAttr<Qnet_GridAttrInterface>:$grid,
                       DefaultValuedAttr<F32Attr, "1.0f">:$rate_scale,
                       OptionalAttr<F32Attr>:$clip_gradient);
  let results = (outs Qnet_WeightsTensor:$new_weights,
                      Variadic<Qnet_F32Tensor>:$new_slots,
                      Qnet_I32Tensor:$new_flags);
  let assemblyFormat = [{
    $param_name `of` $parameter $weights `,` $gradient
    (`slots` `(` $slots^ `)`)? `flags` $flags `rate` $rate `seed` $seed
    `step` $step `by` `` `(` $rule `)` `with` `` `(` $optimizer `)`
    (`grid` `` `(` $grid^ `)`)? attr-dict
    `:` custom<UpdateTypes>(type($weights), type($gradient), type($slots),
                            type($flags), type($new_weights),
                            type($new_slots), type($new_flags))
  }];
  let hasVerifier = 1;
}

#endif // QNET_QUANT_OPS
