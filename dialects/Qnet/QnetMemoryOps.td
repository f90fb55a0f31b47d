//===- QnetMemoryOps.td - Packed codes in memory -----------*- tablegen -*-===//
//
// After bufferization: how code generation reaches the words that hold codes.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_MEMORY_OPS
#define QNET_MEMORY_OPS

include "QnetOpBase.td"
include "mlir/Interfaces/ViewLikeInterface.td"

def Qnet_CodesMemRef : MemRefOf<[Qnet_QType]>;
def Qnet_WordsMemRef : MemRefRankOf<[I32], [1]>;

def Qnet_WordsOp : Qnet_Op<"words", [
    Pure, DeclareOpInterfaceMethods<ViewLikeOpInterface>]> {
  let summary = "the packed words of a buffer of codes";
  let description = [{
    A view, not a copy. With s storage bits a code there are p = 32 / s codes in a
    word; code e, counted in row-major order, is in word e / p from bit (e % p) * s.
    `qnet-pack-weights` turns the buffer itself into words, and the view goes away.

    Example:
    ```mlir
    %w = qnet.words %codes : memref<1024x784x!qnet.q<#qnet.binary<1.0>>> to memref<25088xi32>
    ```
  }];
  let arguments = (ins Qnet_CodesMemRef:$codes);
  let results = (outs Qnet_WordsMemRef:$result);
  let assemblyFormat = "$codes attr-dict `:` type($codes) `to` type($result)";
  let hasVerifier = 1;
}

#endif // QNET_MEMORY_OPS
