//===- QnetLibraryOps.td - Calls of NVIDIA's libraries -----*- tablegen -*-===//
//
// After bufferization, for a GPU: products and convolutions that the runtime
// hands to cuBLAS and cuDNN. Buffers lie in row-major order. The result says
// whether the library took the call; where it did not, nothing was done.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIBRARY_OPS
#define QNET_LIBRARY_OPS

include "QnetInterfaces.td"
include "QnetOpBase.td"

class Qnet_LibraryBuffer<int rank, string how>
    : Arg<MemRefRankOf<[F32], [rank]>, "", [!cond(
        !eq(how, "in"): MemRead, !eq(how, "out"): MemWrite)]>;

class Qnet_LibraryOp<string mnemonic>
    : Qnet_Op<mnemonic, [
        DeclareOpInterfaceMethods<Qnet_LibraryCallOpInterface>]> {
  let results = (outs I1:$taken);
  let assemblyFormat = "operands attr-dict `:` type(operands)";
  let hasVerifier = 1;
}

def Qnet_LibraryMatmulOp : Qnet_LibraryOp<"library_matmul"> {
  let summary = "a product of matrices by cuBLAS";
  let description = [{
    out = left right, or out += left right with `accumulate`. A factor that is marked
    transposed is stored so. `math` is f32, tf32 or bf16: how factors are rounded.

    Example:
    ```mlir
    %taken = qnet.library_matmul %x, %w, %y {transpose_right}
        : memref<128x784xf32>, memref<1024x784xf32>, memref<128x1024xf32>
    ```
  }];
  let arguments = (ins Qnet_LibraryBuffer<2, "in">:$left,
                       Qnet_LibraryBuffer<2, "in">:$right,
                       Qnet_LibraryBuffer<2, "out">:$out,
                       UnitAttr:$transpose_left, UnitAttr:$transpose_right,
                       UnitAttr:$accumulate,
                       DefaultValuedStrAttr<StrAttr, "f32">:$math);
}

/// `pads` are zeros before and after the rows and the columns of the input.
class Qnet_LibraryConvOp<string mnemonic> : Qnet_LibraryOp<mnemonic> {
  dag attributes = (ins DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
                        DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0}">:$pads,
                        UnitAttr:$accumulate,
                        DefaultValuedStrAttr<StrAttr, "f32">:$math);
}

def Qnet_LibraryConv2DOp : Qnet_LibraryConvOp<"library_conv2d"> {
  let summary = "a convolution by cuDNN";
  let description = [{
    As `qnet.conv2d` computes it, into `out`, or added to it with `accumulate`.

    Example:
    ```mlir
    %taken = qnet.library_conv2d %x, %k, %y {strides = array<i64: 2, 2>}
        : memref<4x9x9x3xf32>, memref<5x3x3x3xf32>, memref<4x4x4x5xf32>
    ```
  }];
  let arguments = !con((ins Qnet_LibraryBuffer<4, "in">:$input,
                            Qnet_LibraryBuffer<4, "in">:$weights,
                            Qnet_LibraryBuffer<4, "out">:$out), attributes);
}

def Qnet_LibraryConv2DInputGradOp
    : Qnet_LibraryConvOp<"library_conv2d_input_grad"> {
  let summary = "a convolution's gradient by its input, by cuDNN";
  let description = [{
    As `qnet.conv2d_input_grad` computes it, into `out`, or added to it with `accumulate`.
    A gradient of a padded convolution that is given with zeros around it is one of a
    convolution with more padding.

    Example:
    ```mlir
    %taken = qnet.library_conv2d_input_grad %dy, %k, %dx {pads = array<i64: 2, 2>}
        : memref<4x10x10x5xf32>, memref<5x3x3x3xf32>, memref<4x8x8x3xf32>
    ```
  }];
  let arguments = !con((ins Qnet_LibraryBuffer<4, "in">:$gradient,
                            Qnet_LibraryBuffer<4, "in">:$weights,
                            Qnet_LibraryBuffer<4, "out">:$out), attributes);
}

def Qnet_LibraryConv2DWeightGradOp
    : Qnet_LibraryConvOp<"library_conv2d_weight_grad"> {
  let summary = "a convolution's gradient by its weights, by cuDNN";
  let description = [{
    As `qnet.conv2d_weight_grad` computes it, into `out`, or added to it with `accumulate`.

    Example:
    ```mlir
    %taken = qnet.library_conv2d_weight_grad %dy, %x, %dk
        : memref<4x6x6x5xf32>, memref<4x8x8x3xf32>, memref<5x3x3x3xf32>
    ```
  }];
  let arguments = !con((ins Qnet_LibraryBuffer<4, "in">:$gradient,
                            Qnet_LibraryBuffer<4, "in">:$input,
                            Qnet_LibraryBuffer<4, "out">:$out), attributes);
}

#endif // QNET_LIBRARY_OPS
