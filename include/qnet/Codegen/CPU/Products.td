//===- Products.td - Words for matrix products -------------*- tablegen -*-===//
//
// Enumerations that the options of qnet-block-matmul and the transform ops of
// schedules share.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_CPU_PRODUCTS
#define QNET_CODEGEN_CPU_PRODUCTS

include "mlir/IR/EnumAttr.td"

def Qnet_ProductMethod : I32EnumAttr<"ProductMethod", "how a product is cut", [
    I32EnumAttrCase<"Auto", 0, "auto">,
    I32EnumAttrCase<"Packed", 1, "packed">,
    I32EnumAttrCase<"Tall", 2, "tall">,
    I32EnumAttrCase<"Direct", 3, "direct">,
    I32EnumAttrCase<"Long", 4, "long">,
    I32EnumAttrCase<"Table", 5, "table">,
    I32EnumAttrCase<"Winograd", 6, "winograd">]> {
  let cppNamespace = "::qnet";
}

def Qnet_ProductRole : I32EnumAttr<"ProductRole",
    "what a product computes of a layer", [
    I32EnumAttrCase<"Forward", 0, "forward">,
    I32EnumAttrCase<"InputGradient", 1, "input_gradient">,
    I32EnumAttrCase<"WeightGradient", 2, "weight_gradient">]> {
  let cppNamespace = "::qnet";
}

#endif // QNET_CODEGEN_CPU_PRODUCTS
