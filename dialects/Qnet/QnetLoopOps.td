//===- QnetLoopOps.td - Loops on the runtime's threads -----*- tablegen -*-===//
//
// The loop whose iterations the runtime hands to its threads.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LOOP_OPS
#define QNET_LOOP_OPS

include "QnetOpBase.td"
include "mlir/IR/SymbolInterfaces.td"

def Qnet_ParallelForOp : Qnet_Op<"parallel_for", [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs a loop function on the threads of the runtime";
  let description = [{
    Splits [0, `count`) into contiguous parts and calls `body` with the captures and
    the two ends of a part, on as many threads as the runtime has. The parts run in
    no order and must not depend on each other. `runtime` is the pointer that the
    entry point got from the runtime.

    Example:
    ```mlir
    qnet.parallel_for @step_loop0(%runtime : !llvm.ptr, %count) captures(%w : memref<8xf32>)
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$body, AnyType:$runtime, Index:$count,
                       Variadic<AnyType>:$captures);
  let assemblyFormat = [{
    $body `(` $runtime `:` type($runtime) `,` $count `)`
    (`captures` `(` $captures^ `:` type($captures) `)`)? attr-dict
  }];
}

#endif // QNET_LOOP_OPS
