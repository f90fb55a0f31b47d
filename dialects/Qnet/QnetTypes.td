//===- QnetTypes.td - Types of the qnet dialect ------------*- tablegen -*-===//
//
// The grid element type and the tensor constraints that the ops share.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TYPES
#define QNET_TYPES

include "QnetAttrs.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinTypeInterfaces.td"

def Qnet_QType : TypeDef<Qnet_Dialect, "Q", [MemRefElementTypeInterface]> {
  let mnemonic = "q";
  let summary = "a weight on a grid, held as a code";
  let description = [{
    The element type of a tensor of grid weights. An element is the ordinal of a
    level of the grid, never a float; in memory the codes are packed into 32-bit
    words in flat row-major order, least significant bits first
    (`qnet-pack-weights`).

    Example: `tensor<1024x784x!qnet.q<#qnet.binary<1.0>>>` takes 98 KiB.
  }];
  let parameters = (ins AttrParameter<"::qnet::GridAttrInterface", "the grid">:$grid);
  let assemblyFormat = "`<` $grid `>`";
}

def Qnet_F32Tensor : StaticShapeTensorOf<[F32]>;
def Qnet_I32Tensor : StaticShapeTensorOf<[I32]>;
def Qnet_CodesTensor : StaticShapeTensorOf<[Qnet_QType]>;
def Qnet_WeightsTensor : StaticShapeTensorOf<[F32, Qnet_QType]>;

#endif // QNET_TYPES
