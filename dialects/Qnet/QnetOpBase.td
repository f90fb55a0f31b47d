//===- QnetOpBase.td - What the op families share ----------*- tablegen -*-===//
//
// Base classes of the operations.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_OP_BASE
#define QNET_OP_BASE

include "QnetTypes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// The op takes grid weights as codes, as its second operand; other operands and
/// other ops are given decoded ones.
def Qnet_TakesCodes : NativeOpTrait<"TakesCodes"> {
  let cppNamespace = "::qnet";
}

/// The result is affine in all operands together, as a sum is.
def Qnet_Affine : NativeOpTrait<"Affine"> {
  let cppNamespace = "::qnet";
}

/// The result is affine in the operands as long as not both of the first two vary,
/// as that of a product of input and weights is.
def Qnet_Bilinear : NativeOpTrait<"Bilinear"> {
  let cppNamespace = "::qnet";
}

/// Checks the result types against the inferred ones, with one error; it stands
/// before InferTypeOpInterface, whose own check would add a second.
def Qnet_ResultTypesInferred : NativeOpTrait<"ResultTypesInferred"> {
  let cppNamespace = "::qnet";
}

class Qnet_Op<string mnemonic, list<Trait> traits = []>
    : Op<Qnet_Dialect, mnemonic, traits>;

/// A pure tensor op whose result types follow from its operands.
class Qnet_InferredOp<string mnemonic, list<Trait> traits = []>
    : Qnet_Op<mnemonic, !listconcat(traits, [Pure,
        Qnet_ResultTypesInferred, InferTypeOpAdaptor])>;

/// A layer of a model: inferred, and it can build its adjoint.
class Qnet_LayerOp<string mnemonic, list<Trait> traits = []>
    : Qnet_InferredOp<mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<Qnet_DifferentiableOpInterface>])>;

/// A pure tensor op whose operands and result have one type.
class Qnet_ElementwiseOp<string mnemonic, list<Trait> traits = []>
    : Qnet_Op<mnemonic, !listconcat(traits, [Pure, SameOperandsAndResultType])>;

/// An elementwise layer of a model.
class Qnet_ElementwiseLayerOp<string mnemonic, list<Trait> traits = []>
    : Qnet_ElementwiseOp<mnemonic, !listconcat(traits, [
        DeclareOpInterfaceMethods<Qnet_DifferentiableOpInterface>])>;

#endif // QNET_OP_BASE
