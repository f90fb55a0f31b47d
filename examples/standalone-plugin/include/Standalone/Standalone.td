//===- Standalone.td - A dialect with one rounding ---------*- tablegen -*-===//
//
// The dialect `standalone` and its attribute, which implements an interface of qnet:
// no pass of qnet knows about it, and all of them work with it.
//
//===----------------------------------------------------------------------===//

#ifndef STANDALONE_STANDALONE
#define STANDALONE_STANDALONE

include "QnetInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"

def Standalone_Dialect : Dialect {
  let name = "standalone";
  let cppNamespace = "::standalone";
  let summary = "Additions to qnet from outside of it";
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerAttributes();";
}

/// An f32 parameter, read and printed by qnet's helpers.
def Standalone_F32 : AttrParameter<"::llvm::APFloat",
                                   "width of the noise, in (0, 1]"> {
  let comparator = "$_lhs.bitwiseIsEqual($_rhs)";
  let parser = "::qnet::detail::parseF32Parameter($_parser)";
  let printer = "::qnet::detail::printF32Parameter($_printer, $_self)";
}

def Standalone_DitheredAttr : AttrDef<Standalone_Dialect, "Dithered", [
    DeclareAttrInterfaceMethods<Qnet_RoundingAttrInterface>]> {
  let mnemonic = "dithered";
  let summary = "rounding to the nearest level after adding uniform noise";
  let description = [{
    With f = (w - lower)/(upper - lower), goes up iff f + amount * u > 1/2, where u
    takes 2^bits values evenly in (-1/2, 1/2). An amount of 1 is stochastic rounding,
    and towards 0 it becomes rounding to the nearest. A level never moves.

    Example: `#standalone.dithered<bits = 8, amount = 0.5>`
  }];
  let parameters = (ins
      DefaultValuedParameter<"unsigned", "8", "random bits, 1 to 16">:$bits,
      Standalone_F32:$amount);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // STANDALONE_STANDALONE
