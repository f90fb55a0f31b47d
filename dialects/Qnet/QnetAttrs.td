//===- QnetAttrs.td - Attributes of the qnet dialect -------*- tablegen -*-===//
//
// Grids, roundings, rules, optimizers, schedules, losses and initializers. Each
// implements one interface of QnetInterfaces.td; so may a plugin's.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_ATTRS
#define QNET_ATTRS

include "QnetDialect.td"
include "QnetInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class Qnet_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Qnet_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

/// An f32 parameter; printed in the shortest form that reads back the same.
class Qnet_F32<string desc, string default = "">
    : AttrParameter<"::llvm::APFloat", desc> {
  let comparator = "$_lhs.bitwiseIsEqual($_rhs)";
  let parser = "::qnet::detail::parseF32Parameter($_parser)";
  let printer = "::qnet::detail::printF32Parameter($_printer, $_self)";
  let defaultValue =
      !if(!empty(default), "", "::llvm::APFloat(" # default # "f)");
}

class Qnet_Unsigned<string desc, string default>
    : AttrParameter<"unsigned", desc> {
  let defaultValue = default;
}

//===----------------------------------------------------------------------===//
// Grids
//===----------------------------------------------------------------------===//

class Qnet_GridAttr<string name, string attrMnemonic>
    : Qnet_Attr<name, attrMnemonic, [
        DeclareAttrInterfaceMethods<Qnet_GridAttrInterface>]> {
  let genVerifyDecl = 1;
}

def Qnet_BinaryAttr : Qnet_GridAttr<"Binary", "binary"> {
  let summary = "the grid {-D, +D}";
  let description = [{
    Binary weights, one bit each: code 0 is -D, code 1 is +D.

    Deterministic rounding on it is D*sign(w) with sign(0) = +1; stochastic rounding
    goes to +D with probability clip((w/D + 1)/2, 0, 1).

    Example: `#qnet.binary<1.0>`
  }];
  let parameters = (ins Qnet_F32<"the magnitude D, positive">:$step);
  let assemblyFormat = "`<` $step `>`";
}

def Qnet_TernaryAttr : Qnet_GridAttr<"Ternary", "ternary"> {
  let summary = "the grid {-D, 0, +D}";
  let description = [{
    Ternary weights, two bits each: codes 0, 1, 2 are -D, 0, +D.

    Example: `#qnet.ternary<0.5>`
  }];
  let parameters = (ins Qnet_F32<"the step D, positive">:$step);
  let assemblyFormat = "`<` $step `>`";
}

def Qnet_UniformAttr : Qnet_GridAttr<"Uniform", "uniform"> {
  let summary = "the grid of D times the signed integers of a width";
  let description = [{
    D * {-2^(bits-1), ..., 2^(bits-1) - 1}, each level rounded to f32. Codes count up
    from the lowest level. They are stored in the next power of two of bits.

    Example: `#qnet.uniform<4, 0.125>` is {-1, -0.875, ..., 0.875}.
  }];
  let parameters = (ins "unsigned":$bits,
                        Qnet_F32<"the step D, positive">:$step);
  let assemblyFormat = "`<` $bits `,` $step `>`";
}

//===----------------------------------------------------------------------===//
// Roundings
//===----------------------------------------------------------------------===//

class Qnet_RoundingAttr<string name, string attrMnemonic>
    : Qnet_Attr<name, attrMnemonic, [
        DeclareAttrInterfaceMethods<Qnet_RoundingAttrInterface>]>;

def Qnet_DeterministicAttr
    : Qnet_RoundingAttr<"Deterministic", "deterministic"> {
  let summary = "rounding to the nearest level, ties away from zero";
  let description = [{
    Qd of the paper: the nearest level; a value half-way between two levels goes to
    the one farther from zero, and to the upper one if it is zero itself.

    Example: `#qnet.deterministic`
  }];
}

def Qnet_StochasticAttr : Qnet_RoundingAttr<"Stochastic", "stochastic"> {
  let summary = "rounding up with the probability of the fraction";
  let description = [{
    Qs of the paper: with f = (w - lower)/(upper - lower), goes up iff the `bits`
    random bits, as an integer, are below round(f * 2^bits) (ties to even). A level
    never moves; the probability of going up is f to within 2^-(bits+1).

    Example: `#qnet.stochastic<16>`
  }];
  let parameters = (ins
      Qnet_Unsigned<"random bits per decision, 1 to 24", "16">:$bits);
  let assemblyFormat = "(`<` $bits^ `>`)?";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

class Qnet_RuleAttr<string name, string attrMnemonic>
    : Qnet_Attr<name, attrMnemonic, [
        DeclareAttrInterfaceMethods<Qnet_RuleAttrInterface>]>;

def Qnet_FullAttr : Qnet_RuleAttr<"Full", "full"> {
  let summary = "full precision: w <- w - a g(w)";
  let description = [{
    No rounding anywhere; grids are ignored by the training but still serve to count
    changed weights.

    Example: `#qnet.full`
  }];
}

def Qnet_RAttr : Qnet_RuleAttr<"R", "r"> {
  let summary = "deterministic rounding after each step: w <- Qd(w - a g(w))";
  let description = [{
    Only codes are kept. Stalls once |a g| is below half a step of the grid.

    Example: `#qnet.r`
  }];
}

def Qnet_SRAttr : Qnet_RuleAttr<"SR", "sr"> {
  let summary = "stochastic rounding after each step: w <- Qs(w - a g(w))";
  let description = [{
    Only codes are kept; no full-precision copy of the weights exists.

    Example: `#qnet.sr`, `#qnet.sr<bits = 24>`
  }];
  let parameters = (ins
      Qnet_Unsigned<"random bits per decision, 1 to 24", "16">:$bits);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
  let genVerifyDecl = 1;
}

def Qnet_BCAttr : Qnet_RuleAttr<"BC", "bc"> {
  let summary = "BinaryConnect: v <- v - a g(Q(v))";
  let description = [{
    f32 latent weights v are kept; the model sees Q(v), where Q is any rounding. The
    latent weights are clipped to the range of the grid after each step.

    Example: `#qnet.bc`, `#qnet.bc<rounding = #qnet.stochastic>`
  }];
  let parameters = (ins
      DefaultValuedParameter<"::qnet::RoundingAttrInterface",
        "::qnet::DeterministicAttr::get($_ctxt)",
        "rounding of the weights that the model sees">:$rounding);
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

//===----------------------------------------------------------------------===//
// Optimizers
//===----------------------------------------------------------------------===//

class Qnet_OptimizerAttr<string name, string attrMnemonic>
    : Qnet_Attr<name, attrMnemonic, [
        DeclareAttrInterfaceMethods<Qnet_OptimizerAttrInterface,
                                    ["getLargestStep"]>]> {
  let assemblyFormat = "(`<` struct(params)^ `>`)?";
}

def Qnet_SGDAttr : Qnet_OptimizerAttr<"SGD", "sgd"> {
  let summary = "step = a g";
  let description = "Example: `#qnet.sgd`";
  let assemblyFormat = "";
}

def Qnet_MomentumAttr : Qnet_OptimizerAttr<"Momentum", "momentum"> {
  let summary = "u <- mu u + g; step = a u, or a (g + mu u) if nesterov";
  let description = [{
    Example: `#qnet.momentum`, `#qnet.momentum<mu = 0.95, nesterov = true>`
  }];
  let parameters = (ins
      Qnet_F32<"share of the old velocity, in [0, 1)", "0.9">:$mu,
      DefaultValuedParameter<"bool", "false">:$nesterov);
  let genVerifyDecl = 1;
}

def Qnet_AdamAttr : Qnet_OptimizerAttr<"Adam", "adam"> {
  let summary = "ADAM with bias-corrected moments (Kingma and Ba, 2015)";
  let description = [{
    m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2;
    step = a/(1 - beta1^t) m / (sqrt(v/(1 - beta2^t)) + epsilon), t from 1.
    With `weight_decay` d > 0 the step grows by a d w (AdamW: decoupled decay).

    Whatever the gradients, |m| <= c sqrt(v) with c = (1 - beta1)/sqrt((1 - beta2)
    (1 - beta1^2/beta2)) where beta1^2 < beta2 (Cauchy-Schwarz), and the corrections
    only lower it: no step is larger than a c + a d |w|. Kingma and Ba's section 2.1
    gives a (1 - beta1)/sqrt(1 - beta2), or a where that is less, for gradients that
    are zero but for the last and for steady ones; growing gradients exceed it.

    Example: `#qnet.adam`, `#qnet.adam<beta2 = 0.99, weight_decay = 0.01>`
  }];
  let parameters = (ins
      Qnet_F32<"decay of the first moment, in [0, 1)", "0.9">:$beta1,
      Qnet_F32<"decay of the second moment, in [0, 1)", "0.999">:$beta2,
      Qnet_F32<"added to the root, positive", "1.0e-8">:$epsilon,
      Qnet_F32<"decoupled weight decay, not negative", "0.0">:$weight_decay);
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

class Qnet_ScheduleAttr<string name, string attrMnemonic>
    : Qnet_Attr<name, attrMnemonic, [
        DeclareAttrInterfaceMethods<Qnet_ScheduleAttrInterface,
                                    ["getLargestRate", "isDecaying"]>]> {
  let genVerifyDecl = 1;
}

def Qnet_ConstantRateAttr
    : Qnet_ScheduleAttr<"ConstantRate", "constant_rate"> {
  let summary = "the same learning rate throughout";
  let description = "Example: `#qnet.constant_rate<1.0e-3>`";
  let parameters = (ins Qnet_F32<"learning rate, positive">:$rate);
  let assemblyFormat = "`<` $rate `>`";
}

def Qnet_StepDecayAttr : Qnet_ScheduleAttr<"StepDecay", "step_decay"> {
  let summary = "the rate is multiplied by a factor at the start of given epochs";
  let description = [{
    Example: `#qnet.step_decay<rate = 0.01, factor = 0.1, epochs = [80, 120]>`
  }];
  let parameters = (ins
      Qnet_F32<"initial learning rate, positive">:$rate,
      Qnet_F32<"factor, positive">:$factor,
      ArrayRefParameter<"int64_t", "ascending epochs, from 1">:$epochs);
  let assemblyFormat = [{
    `<` `rate` `=` $rate `,` `factor` `=` $factor `,`
        `epochs` `=` `[` $epochs `]` `>`
  }];
}

def Qnet_ExponentialDecayAttr
    : Qnet_ScheduleAttr<"ExponentialDecay", "exponential_decay"> {
  let summary = "the rate is multiplied by a factor every epoch";
  let description = [{
    BinaryConnect's schedule. Example:
    `#qnet.exponential_decay<rate = 0.003, factor = 0.96>`
  }];
  let parameters = (ins
      Qnet_F32<"initial learning rate, positive">:$rate,
      Qnet_F32<"factor per epoch, positive">:$factor);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Qnet_CosineDecayAttr : Qnet_ScheduleAttr<"CosineDecay", "cosine_decay"> {
  let summary = "rate (1 + cos(pi t/steps))/2, then 0";
  let description = "Example: `#qnet.cosine_decay<rate = 0.01, steps = 4680>`";
  let parameters = (ins
      Qnet_F32<"initial learning rate, positive">:$rate,
      "unsigned":$steps);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Qnet_InverseDecayAttr : Qnet_ScheduleAttr<"InverseDecay", "inverse_decay"> {
  let summary = "1/(mu (t + 1)), the rate of the strongly convex theorems";
  let description = "Example: `#qnet.inverse_decay<mu = 0.1>`";
  let parameters = (ins Qnet_F32<"strong convexity, positive">:$mu);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Qnet_InverseSqrtDecayAttr
    : Qnet_ScheduleAttr<"InverseSqrtDecay", "inverse_sqrt_decay"> {
  let summary = "c/sqrt(t + 1), the rate of the convex theorems";
  let description = "Example: `#qnet.inverse_sqrt_decay<c = 0.5>`";
  let parameters = (ins Qnet_F32<"scale, positive">:$c);
  let assemblyFormat = "`<` struct(params) `>`";
}

//===----------------------------------------------------------------------===//
// Losses
//===----------------------------------------------------------------------===//

class Qnet_LossAttr<string name, string attrMnemonic,
                    list<string> overridden = ["isConvex"]>
    : Qnet_Attr<name, attrMnemonic, [
        DeclareAttrInterfaceMethods<Qnet_LossAttrInterface, overridden>]>;

def Qnet_SoftmaxCrossEntropyAttr
    : Qnet_LossAttr<"SoftmaxCrossEntropy", "softmax_cross_entropy",
                    ["isConvex", "getLargestGradient"]> {
  let summary = "-log softmax(outputs)[label]";
  let description = "Example: `#qnet.softmax_cross_entropy`";
}

def Qnet_SquaredHingeAttr : Qnet_LossAttr<"SquaredHinge", "squared_hinge"> {
  let summary = "sum over classes of max(0, 1 - t y)^2, t = +1 for the label";
  let description = "Example: `#qnet.squared_hinge`";
}

def Qnet_MeanSquaredErrorAttr
    : Qnet_LossAttr<"MeanSquaredError", "mean_squared_error",
                    ["isConvex", "getGradientPerResidual"]> {
  let summary = "mean over the outputs of (y - target)^2";
  let description = "Example: `#qnet.mean_squared_error`";
}

def Qnet_LogisticAttr
    : Qnet_LossAttr<"Logistic", "logistic",
                    ["getNumClasses", "verifyOutputs", "isConvex",
                     "getLargestGradient"]> {
  let summary = "log(1 + exp(-t y)), t = +1 for class 1 and -1 for class 0";
  let description = [{
    Logistic regression of two classes from one output per sample, the margin y.
    Class 1 is predicted where y > 0.

    Example: `#qnet.logistic`
  }];
}

def Qnet_MeanOutputAttr
    : Qnet_LossAttr<"MeanOutput", "mean_output",
                    ["isConvex", "getLargestGradient"]> {
  let summary = "the outputs themselves, summed per sample";
  let description = [{
    The mean over the batch of what the model gives: training minimizes any function
    that is written as a model. Labels are targets of the outputs' type; their values
    do not count.

    Example: `#qnet.mean_output`
  }];
}

//===----------------------------------------------------------------------===//
// Initializers
//===----------------------------------------------------------------------===//

class Qnet_InitializerAttr<string name, string attrMnemonic>
    : Qnet_Attr<name, attrMnemonic, [
        DeclareAttrInterfaceMethods<Qnet_InitializerAttrInterface>]>;

def Qnet_GlorotAttr : Qnet_InitializerAttr<"Glorot", "glorot"> {
  let summary = "uniform in +-sqrt(6/(fan in + fan out)) (Glorot and Bengio, 2010)";
  let description = "Example: `#qnet.glorot`";
}

def Qnet_HeAttr : Qnet_InitializerAttr<"He", "he"> {
  let summary = "uniform in +-sqrt(6/fan in) (He et al., 2015)";
  let description = "Example: `#qnet.he`";
}

def Qnet_ConstantAttr : Qnet_InitializerAttr<"Constant", "constant"> {
  let summary = "one value";
  let description = "Example: `#qnet.constant<1.0>`";
  let parameters = (ins Qnet_F32<"the value">:$value);
  let assemblyFormat = "`<` $value `>`";
}

def Qnet_ValuesAttr : Qnet_Attr<"Values", "values", [
    DeclareAttrInterfaceMethods<Qnet_InitializerAttrInterface,
                                ["verifyParameter"]>]> {
  let summary = "given values, one per element";
  let description = [{
    An f32 constant of the parameter's type; with `frozen`, a constant of the model.

    Example: `#qnet.values<dense<[[1.0, -0.5]]> : tensor<1x2xf32>>`
  }];
  let parameters = (ins
      AttrParameter<"::mlir::DenseElementsAttr", "the values, f32">:$values);
  let assemblyFormat = "`<` $values `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// State and random streams
//===----------------------------------------------------------------------===//

def Qnet_StateRole : I32EnumAttr<"StateRole", "what a piece of state is", [
    I32EnumAttrCase<"Weights", 0, "weights">,
    I32EnumAttrCase<"Codes", 1, "codes">,
    I32EnumAttrCase<"Slot", 2, "slot">,
    I32EnumAttrCase<"Statistic", 3, "statistic">]> {
  let cppNamespace = "::qnet";
}

def Qnet_StateAttr : Qnet_Attr<"State", "state"> {
  let summary = "which piece of training state a value holds";
  let description = [{
    `weights` are f32 weights (BC's latent weights), `codes` grid weights, `slot`
    optimizer state, `statistic` running statistics. `owner` names the parameter.

    Example: `#qnet.state<"fc1.weight", codes of "fc1.weight">`
  }];
  let parameters = (ins
      StringRefParameter<"name, unique in the program">:$name,
      EnumParameter<Qnet_StateRole>:$role,
      StringRefParameter<"parameter or layer it belongs to">:$owner);
  let assemblyFormat = "`<` $name `,` $role `of` $owner `>`";
}

def Qnet_Stream : I32EnumAttr<"Stream", "stream of the random generator", [
    I32EnumAttrCase<"Update", 0, "update">,
    I32EnumAttrCase<"Forward", 1, "forward">,
    I32EnumAttrCase<"Initialization", 2, "initialization">,
    I32EnumAttrCase<"Dropout", 6, "dropout">]> {
  let cppNamespace = "::qnet";
}

#endif // QNET_ATTRS
