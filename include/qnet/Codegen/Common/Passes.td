//===- Passes.td - Code generation for every target --------*- tablegen -*-===//
//
// Passes that serve CPUs of any kind: random bits as arithmetic, loops on threads.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_COMMON_PASSES
#define QNET_CODEGEN_COMMON_PASSES

include "mlir/Pass/PassBase.td"

def QnetExpandRandomBits
    : Pass<"qnet-expand-random-bits", "::mlir::func::FuncOp"> {
  let summary = "Turn random bits of one element into arithmetic";
  let description = [{
    Each scalar `qnet.random_bits ... at %i` becomes one Philox4x32-7 call (Salmon et
    al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) on the block that
    serves element %i, and the choice of the element's bits from its four words. For
    loops that `qnet-vectorize-updates` left alone: a call here serves one element.

    Before:
    ```mlir
    %b = qnet.random_bits update of 3 seed %seed step %step at %i {bits = 16 : i32} : i32
    ```
    After (in outline):
    ```mlir
    %group = arith.divui %i, %c128 : index
    %lane = arith.remui %i, %c16 : index
    ... seven rounds of arith.muli, arith.shrui, arith.xori on i64 ...
    %word = arith.select %is_word_3, %w3, %w012 : i64
    %slot = arith.shrui %word, %shift : i64
    %b = arith.andi %bits, %c65535 : i32
    ```
  }];
  let statistics = [
    Statistic<"numExpanded", "num-expanded", "Number of random draws expanded">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def QnetOutlineParallelLoops
    : Pass<"qnet-outline-parallel-loops", "::mlir::ModuleOp"> {
  let summary = "Move parallel loops into functions for the runtime's threads";
  let description = [{
    Each outermost `scf.parallel` with one induction variable from 0 in steps of 1
    becomes a private function of what the loop uses and of two ends of a range; in its
    place stands `qnet.parallel_for`. Constants, views and vectors that are made of
    scalars are computed again inside.
    Around a loop may be an `scf.for` with the attribute `qnet.private_rounds`, which says
    that no iteration of the loop needs what another one wrote in an earlier round: it moves
    into the function, and each thread goes through all rounds with its part of the
    iterations, without waiting for others.
    A loop inside another one becomes an `scf.for`; so does a loop of one iteration,
    and every loop of a function without an argument marked `qnet.context`, which is
    the runtime's pointer. Buffers on the stack move to the entry of the function.

    Before:
    ```mlir
    func.func @step(%runtime: !llvm.ptr {qnet.context}, %w: memref<8xf32>) {
      scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
        memref.store %zero, %w[%i] : memref<8xf32>
      }
      return
    }
    ```
    After:
    ```mlir
    func.func @step(%runtime: !llvm.ptr {qnet.context}, %w: memref<8xf32>) {
      qnet.parallel_for @step_loop0(%runtime : !llvm.ptr, %c8) captures(%w : memref<8xf32>)
      return
    }
    func.func private @step_loop0(%w: memref<8xf32>, %begin: index, %end: index) {
      scf.for %i = %begin to %end step %c1 {
        memref.store %zero, %w[%i] : memref<8xf32>
      }
      return
    }
    ```
  }];
  let statistics = [
    Statistic<"numOutlined", "num-outlined", "Number of loops outlined">,
    Statistic<"numSequential", "num-sequential", "Number of loops made sequential">
  ];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect",
    "::qnet::QnetDialect"
  ];
}

def QnetOutlineKernels : Pass<"qnet-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Make one function of equal ops on buffers";
  let description = [{
    In each function with an argument marked `qnet.context`, every linalg op on buffers
    of static shape becomes a call of a private function that holds it, together with
    the fills of its outputs that nothing else sees and, for a product, its prologue and
    its epilogue (`qnet-fuse-prologues`, `qnet-fuse-epilogues`). Ops that are equal but for their
    operands call the same function: the layers of a deep net share their kernels, and
    so do the entries. What comes after compiles each of them once.

    The function gets the runtime's pointer, the buffers and scalars, and the number of
    the parameter whose random bits it draws; constants are inside. A buffer is passed
    whole; what is no contiguous buffer of static shape, and several reshapes of one
    buffer, are views made inside. One element at a constant place (the flag of a
    parameter) is passed as a view of this element. An argument whose memory is
    provably apart from that of the others is marked `llvm.noalias`.

    Before:
    ```mlir
    linalg.generic {... "w" ...} ins(%g0 : memref<64xf32>) outs(%w0 : memref<64xf32>) {...}
    linalg.generic {... "w" ...} ins(%g1 : memref<64xf32>) outs(%w1 : memref<64xf32>) {...}
    ```
    After:
    ```mlir
    call @kernel_64(%runtime, %g0, %w0) : (!llvm.ptr, memref<64xf32>, memref<64xf32>) -> ()
    call @kernel_64(%runtime, %g1, %w1) : (!llvm.ptr, memref<64xf32>, memref<64xf32>) -> ()
    ...
    func.func private @kernel_64(%runtime: !llvm.ptr {qnet.context},
        %g: memref<64xf32> {llvm.noalias}, %w: memref<64xf32> {llvm.noalias}) {
      linalg.generic {...} ins(%g : memref<64xf32>) outs(%w : memref<64xf32>) {...}
      return
    }
    ```
  }];
  let statistics = [
    Statistic<"numOutlined", "outlined", "Number of ops that became calls">,
    Statistic<"numKernels", "kernels", "Number of functions made of them">
  ];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect"
  ];
}

def QnetShareLoops : Pass<"qnet-share-loops", "::mlir::ModuleOp"> {
  let summary = "Make one function of equal loops";
  let description = [{
    Sequential loops (`scf.for` without results) of any functions that are equal become
    one private function, and calls of it: the transforms of two convolutions of one shape,
    say, of which one has a relu in its last loop. Equal means: the same ops, types and
    constants, also those from outside, of which views are made again inside, too; all
    other values from outside are arguments. Where a loop is shared, those inside it are
    not, unless others are equal to them. Loops of fewer ops than `min-ops` stay: calling
    them would take longer than compiling them. A buffer that all callers keep apart from
    the other arguments is marked `llvm.noalias`.

    Before:
    ```mlir
    func.func private @kernel_loop0(%x: memref<64xf32>, ...) {
      scf.for %i = %c0 to %n step %c1 { ... %x ... }
      "a"(...)
    }
    func.func private @kernel_1_loop0(%y: memref<64xf32>, ...) {
      scf.for %i = %c0 to %n step %c1 { ... %y ... }
      "b"(...)
    }
    ```
    After:
    ```mlir
    func.func private @kernel_loop0(%x: memref<64xf32>, ...) {
      call @kernel_loop0_shared(%x, %n) : (memref<64xf32>, index) -> ()
      "a"(...)
    }
    func.func private @kernel_loop0_shared(%x: memref<64xf32>, %n: index) {
      scf.for %i = %c0 to %n step %c1 { ... %x ... }
      return
    }
    func.func private @kernel_1_loop0(%y: memref<64xf32>, ...) {
      call @kernel_loop0_shared(%y, %n) : (memref<64xf32>, index) -> ()
      "b"(...)
    }
    ```
  }];
  let options = [
    Option<"minOps", "min-ops", "int64_t", /*default=*/"100",
           "Ops of a loop that is shared, with those inside it, at least">
  ];
  let statistics = [
    Statistic<"numShared", "shared", "Number of loops that became calls">,
    Statistic<"numFunctions", "functions", "Number of functions made of them">
  ];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::func::FuncDialect"
  ];
}

def QnetHoistWorkspaces : Pass<"qnet-hoist-workspaces", "::mlir::ModuleOp"> {
  let summary = "Let callers allocate the workspaces of kernels";
  let description = [{
    A `memref.alloc` in a private function that is only called becomes an argument of
    it, and each caller allocates the buffer before the call: `qnet-plan-memory` then
    places it in the arena of the entry, for the time of the call.

    Before:
    ```mlir
    call @kernel(%x) : (memref<64xf32>) -> ()
    func.func private @kernel(%x: memref<64xf32>) {
      %w = memref.alloc() : memref<128xf32>
    ```
    After:
    ```mlir
    %w = memref.alloc() : memref<128xf32>
    call @kernel(%x, %w) : (memref<64xf32>, memref<128xf32>) -> ()
    func.func private @kernel(%x: memref<64xf32>, %w: memref<128xf32> {llvm.noalias}) {
    ```
  }];
  let statistics = [
    Statistic<"numHoisted", "hoisted", "Number of allocations that became arguments">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect"];
}

def QnetFoldAccumulation
    : Pass<"qnet-fold-accumulation", "::mlir::func::FuncOp"> {
  let summary = "Let a reduction continue the sum that its result is added to";
  let description = [{
    A sum of `acc`, which a loop carries, and of a reduction that starts from zero
    becomes the reduction that starts from `acc`. Then a gradient that is summed over
    parts of a batch goes through the same additions in the same order as that of the
    whole batch: a part continues where the part before it ended. This computes
    `acc + (0 + t0 + t1)` as `(acc + t0) + t1`, which may round differently.

    A reduction is a `linalg.generic` whose only result starts from a fill with +0 and
    has terms added to it (`arith.addf`). It may have no other use than the sum;
    between the two may stand expansions and collapses of its shape.

    Before:
    ```mlir
    scf.for ... iter_args(%acc = %start) -> tensor<3xf32> {
      %zero = linalg.fill ins(%c0) outs(%empty) -> tensor<3xf32>
      %sum = linalg.generic {... addf %out, %in} ins(%x : tensor<4x3xf32>)
          outs(%zero : tensor<3xf32>) -> tensor<3xf32>
      %new = linalg.generic {... addf} ins(%acc, %sum) outs(%e) -> tensor<3xf32>
    ```
    After:
    ```mlir
    scf.for ... iter_args(%acc = %start) -> tensor<3xf32> {
      %new = linalg.generic {... addf %out, %in} ins(%x : tensor<4x3xf32>)
          outs(%acc : tensor<3xf32>) -> tensor<3xf32>
    ```
  }];
  let statistics = [
    Statistic<"numFolded", "folded", "Number of sums folded into a reduction">
  ];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def QnetFuseElementwise : Pass<"qnet-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Fuse elementwise loops into elementwise users and sums";
  let description = [{
    Upstream's fusion of elementwise `linalg.generic` ops into their only user, where that is
    elementwise or a sum whose last loop is over outputs (over the samples, for each
    channel). A small producer with two such users, one of them a sum, is computed in
    both: the mask of relu's gradient in both halves of batch normalization's. Products and
    updates are left alone: their code generation wants to recognize them.

    Before:
    ```mlir
    %1 = linalg.generic {... addf ...} ins(%x, %b) outs(%e) -> tensor<4x3xf32>
    %2 = linalg.generic {... maximumf ...} ins(%1) outs(%e) -> tensor<4x3xf32>
    ```
    After:
    ```mlir
    %2 = linalg.generic {... addf, maximumf ...} ins(%x, %b) outs(%e) -> tensor<4x3xf32>
    ```
  }];
  let statistics = [
    Statistic<"numFused", "fused", "Number of loops fused into another">
  ];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def QnetBindState : Pass<"qnet-bind-state", "::mlir::ModuleOp"> {
  let summary = "Give the training functions the signatures of the C ABI";
  let description = [{
    State, inputs and results of the entries become memory: views of one state block
    with the layout of the manifest, and buffers that the caller owns. The functions
    then have the signatures of `qnet_program` in runtime/include/qnet-runtime/qnet.h;
    the arena is of size 0 until `qnet-plan-memory`. New state is written over the old
    one by `bufferization.materialize_in_destination`. The manifest is kept in the
    module attribute `qnet.manifest`.

    Before:
    ```mlir
    func.func @predict(%w: tensor<2x3xf32> {qnet.state = ...},
                       %inputs: tensor<4x3xf32> {qnet.role = "inputs"})
        -> (tensor<4x2xf32> {qnet.role = "outputs"}) { ... }
    ```
    After:
    ```mlir
    func.func @predict(%runtime: !llvm.ptr {qnet.context}, %state: memref<64xi8>,
                       %arena: memref<0xi8> {qnet.arena}, %inputs: memref<4x3xf32>,
                       %outputs: memref<4x2xf32>) {
      %view = memref.view %state[%c0][] : memref<64xi8> to memref<2x3xf32>
      %w = bufferization.to_tensor %view restrict : memref<2x3xf32> to tensor<2x3xf32>
      ...
      bufferization.materialize_in_destination %y in restrict writable %outputs
      return
    }
    ```
  }];
  let statistics = [
    Statistic<"numBound", "bound", "Number of pieces of state bound">
  ];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

def QnetIsolateDestinations
    : Pass<"qnet-isolate-destinations", "::mlir::func::FuncOp"> {
  let summary = "Give every op a destination of its own";
  let description = [{
    Common subexpression elimination shares fills and empty tensors between the ops
    that write into them; bufferization then copies all but one. This pass undoes the
    sharing, and turns splat constants that are written to or stored into fills, so
    that no zeros lie in the executable. What a loop carries is written over what it
    got (`bufferization.materialize_in_destination`). A fill then moves down to its first
    user: one that others than linalg ops write into (insertions of slices) would have a
    buffer from the start of the function. It runs right before bufferization.

    Before:
    ```mlir
    %zero = linalg.fill ins(%c0) outs(%empty) -> tensor<8xf32>
    %a = linalg.generic ... outs(%zero : tensor<8xf32>)
    %b = linalg.generic ... outs(%zero : tensor<8xf32>)
    ```
    After:
    ```mlir
    %zero = linalg.fill ins(%c0) outs(%empty) -> tensor<8xf32>
    %a = linalg.generic ... outs(%zero : tensor<8xf32>)
    %zero1 = linalg.fill ins(%c0) outs(%empty1) -> tensor<8xf32>
    %b = linalg.generic ... outs(%zero1 : tensor<8xf32>)
    ```
  }];
  let statistics = [
    Statistic<"numIsolated", "isolated", "Number of destinations made">,
    Statistic<"numInPlace", "in-place", "Number of loop-carried values written in place">,
    Statistic<"numSunk", "sunk", "Number of fills that moved down to their first user">
  ];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def QnetRecomputeActivations
    : Pass<"qnet-recompute-activations", "::mlir::ModuleOp"> {
  let summary = "Compute buffers again instead of keeping them";
  let description = [{
    Works in three steps on the ops of a block, to lower the peak of its memory. The values
    are the same, bit for bit. Functions that take at most half of what another takes stay as
    they are (an evaluation beside a training step): they share its arena.

    1. Segments (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016). The
       turn is the op at which most bytes lie idle between two uses: where the backward
       pass begins. The ops before it are cut into segments where the fewest bytes are
       used on both sides of a cut. These are kept; all else is computed again when an op
       after the turn first needs it, with what it is computed from in its segment: the
       linalg ops that wrote it are cloned, to new buffers, which all later ops read. No
       op is cloned twice by this.
    2. Peaks. Where a buffer lives across the peak, from uses before it to uses after it,
       and was first written before the turn, and can be computed again at the first of
       these from what is there, or from one or two that can in their turn, it is. That repeats until the peak goes down no more.
    3. Products, for `product-percent` of the iterations of the block's linalg ops: one
       after the other, that which holds the most bytes across the peak for the iterations
       that it takes. Not where the peak goes down by less than half of these bytes.

    Several lengths of segments are tried, and none. Of the plans whose peak is within a
    thirty-second part of the lowest, the one that costs least is taken; it may be to do
    nothing.

    Otherwise only buffers are recomputed whose ops have at most `max-work` iterations per element
    (normalization, activations, padding, pooling, products of few terms), and whose
    inputs are then still there unchanged, or can be recomputed themselves. With
    `products`, the first step also takes all other products; what is small beside all
    that lies idle (the statistics of a batch norm) is kept.

    Before:
    ```mlir
    linalg.generic {... relu ...} ins(%x) outs(%y)
    linalg.generic {... product ...} ins(%y, %w) outs(%z)
    ...
    "use"(%x, %y)
    ```
    After:
    ```mlir
    linalg.generic {... relu ...} ins(%x) outs(%y)
    linalg.generic {... product ...} ins(%y, %w) outs(%z)
    ...
    linalg.generic {... relu ...} ins(%x) outs(%y1)
    "use"(%x, %y1)
    ```
  }];
  let options = [
    Option<"maxWork", "max-work", "int64_t", /*default=*/"32",
           "Iterations per element of a buffer that is recomputed, at most">,
    Option<"productPercent", "product-percent", "int64_t", /*default=*/"2",
           "Iterations that products take which are recomputed for their bytes, in "
           "percent of all, at most">,
    Option<"products", "products", "bool", /*default=*/"false",
           "Also recompute products of any size, a segment at a time">
  ];
  let statistics = [
    Statistic<"numRecomputed", "recomputed", "Number of buffers computed again">
  ];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def QnetPadInPlace : Pass<"qnet-pad-in-place", "::mlir::ModuleOp"> {
  let summary = "Write what a convolution pads between the zeros at once";
  let description = [{
    A `linalg.generic` marked `qnet.pad_low` copies a buffer with zeros around it. Where
    ops without reductions write that buffer, only linalg ops use it, and the copy is
    written by nothing else, the buffer becomes the inner part of the copy: fills of the
    border take the copy's place, and everybody reads the one buffer that is left. With
    `keep-peak`, not where that raises the peak of memory of a function that takes more
    than half of what another one takes; a buffer that an elementwise op will write over
    one that it is the last to read (`qnet-reuse-buffers`) counts as one with it.

    Before:
    ```mlir
    %x = memref.alloc() : memref<8x32x32x16xf32>
    linalg.generic {...} ins(%y : ...) outs(%x : memref<8x32x32x16xf32>) {...}
    %p = memref.alloc() : memref<8x34x34x16xf32>
    linalg.generic {...} outs(%p : memref<8x34x34x16xf32>)
        attrs = {qnet.pad_low = array<i64: 0, 1, 1, 0>} {... memref.load %x[...] ...}
    "use"(%x, %p)
    ```
    After:
    ```mlir
    %p = memref.alloc() : memref<8x34x34x16xf32>
    %top = memref.subview %p[0, 0, 0, 0] [8, 1, 34, 16] [1, 1, 1, 1] : ...
    linalg.fill ins(%zero : f32) outs(%top : ...)
    ... the bottom, left and right border likewise ...
    %x = memref.subview %p[0, 1, 1, 0] [8, 32, 32, 16] [1, 1, 1, 1] : ...
    linalg.generic {...} ins(%y : ...) outs(%x : ...) {...}
    "use"(%x, %p)
    ```
  }];
  let options = [
    Option<"keepPeak", "keep-peak", "bool", /*default=*/"false",
           "Leave buffers apart where one raises the peak of memory: where the copy is "
           "larger than what is copied, and that lives longer">
  ];
  let statistics = [
    Statistic<"numPadded", "padded", "Number of buffers that lie between their zeros">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

def QnetReuseBuffers : Pass<"qnet-reuse-buffers", "::mlir::func::FuncOp"> {
  let summary = "Let elementwise ops write over an input that dies there";
  let description = [{
    Where all loops of a `linalg.generic` on buffers are parallel, and an input of the
    output's type and indexing map is read by nothing after the op, the output takes the
    input's buffer: an iteration has read its element when it writes it. Both are
    allocations of the op's block; the op has no other use of the input's buffer. An
    epilogue (`qnet-fuse-epilogues`) writes while its product reads, and stays as it is.

    Before:
    ```mlir
    %dz = memref.alloc() : memref<4x8xf32>
    linalg.generic {...} ins(%dy, %y : ...) outs(%dz : memref<4x8xf32>) {...}
    "use"(%dz)
    ```
    After, if %dy has no later use:
    ```mlir
    linalg.generic {...} ins(%dy, %y : ...) outs(%dy : memref<4x8xf32>) {...}
    "use"(%dy)
    ```
  }];
  let statistics = [
    Statistic<"numReused", "reused", "Number of buffers that took another's place">
  ];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def QnetSplitFills : Pass<"qnet-split-fills", "::mlir::func::FuncOp"> {
  let summary = "Fill a buffer part by part, each before the op that adds to it";
  let description = [{
    An input gradient of windows that move by several pixels is several products, each
    into a strided slice of a result that starts as zeros. Where the slices that the next
    ops write make up all of a filled buffer, each gets a fill of its own, right before
    its op: the product then starts its sums from zero and reads nothing
    (`qnet-block-matmul`). A buffer of which some part is not written stays filled as a
    whole.

    Before:
    ```mlir
    linalg.fill ins(%zero : f32) outs(%dx : memref<2x8xf32>)
    %even = memref.subview %dx[0, 0] [2, 4] [1, 2] : ...
    linalg.generic {...} ins(...) outs(%even : ...) {...}
    %odd = memref.subview %dx[0, 1] [2, 4] [1, 2] : ...
    linalg.generic {...} ins(...) outs(%odd : ...) {...}
    ```
    After:
    ```mlir
    %even = memref.subview %dx[0, 0] [2, 4] [1, 2] : ...
    linalg.fill ins(%zero : f32) outs(%even : ...)
    linalg.generic {...} ins(...) outs(%even : ...) {...}
    %odd = memref.subview %dx[0, 1] [2, 4] [1, 2] : ...
    linalg.fill ins(%zero : f32) outs(%odd : ...)
    linalg.generic {...} ins(...) outs(%odd : ...) {...}
    ```
  }];
  let statistics = [
    Statistic<"numSplit", "split", "Number of fills that were split">
  ];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def QnetPlanMemory : Pass<"qnet-plan-memory", "::mlir::ModuleOp"> {
  let summary = "Place all temporary buffers of a function in one arena";
  let description = [{
    Every `memref.alloc` in the entry block of a function with an argument marked
    `qnet.arena`, or in an `scf.for` there, becomes a view of that argument. Buffers
    whose lifetimes (first to last op that uses them or a view of them) overlap get
    disjoint places: largest first, each at the lowest offset that is free for its
    whole lifetime. While that takes more than what is live at once, the buffer that ends
    last is placed first, at most 64 times; then all that again, starting with the buffers
    that live longest, and with those of the largest product of size and lifetime. The best
    attempt counts. A buffer of a loop's body lives within one iteration; one from
    outside that the body uses lives as long as the loop. The
    argument's type then says how large the arena is, and the module attribute
    `qnet.arena_bytes` how large the largest is. With `record`, the function's
    attribute `qnet.memory_plan` lists the buffers, with their kind and name: those of
    the location of the op that first writes each (docs/memory.md).

    With a budget, state and largest arena together must fit it; else the error names
    the largest tensors.

    Before:
    ```mlir
    func.func @f(%arena: memref<0xi8> {qnet.arena}) {
      %a = memref.alloc() : memref<16xf32>
    ```
    After:
    ```mlir
    func.func @f(%arena: memref<64xi8> {qnet.arena}) {
      %a = memref.view %arena[%c0][] : memref<64xi8> to memref<16xf32>
    ```
  }];
  let options = [
    Option<"budget", "budget", "std::string", /*default=*/"\"\"",
           "Bytes that state and arena may take together, or a number and K, M or G">,
    Option<"record", "record", "bool", /*default=*/"false",
           "Keep the plan in the attribute qnet.memory_plan of each function">
  ];
  let statistics = [
    Statistic<"numPlanned", "planned", "Number of buffers placed">,
    Statistic<"arenaBytes", "arena-bytes", "Size of the arenas">,
    Statistic<"bufferBytes", "buffer-bytes", "Sum of the sizes of the buffers">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def QnetBindConstants : Pass<"qnet-bind-constants", "::mlir::ModuleOp"> {
  let summary = "Turn the constants of an inference graph into fixed state";
  let description = [{
    Every `qnet.packed_constant`, and every f32 constant of more than one value, of
    `@predict` and `@evaluate` becomes an argument that carries `#qnet.state`; both
    entries take all of them. Their bytes, laid out as a state block
    (docs/manifest.md), become the module attribute `qnet.constants`, which
    `qnet-emit-program` makes the state of the program.

    Before:
    ```mlir
    func.func @predict(%x: tensor<4x3xf32> {qnet.role = "inputs"}) -> ... {
      %w = qnet.packed_constant dense_resource<w> : tensor<1xi32> to tensor<2x3x!qnet.q<#qnet.binary<1.0>>>
    ```
    After:
    ```mlir
    func.func @predict(%w: tensor<2x3x!qnet.q<#qnet.binary<1.0>>> {qnet.state = #qnet.state<"w", codes of "w">},
                       %x: tensor<4x3xf32> {qnet.role = "inputs"}) -> ... {
    ```
  }];
  let statistics = [
    Statistic<"numConstants", "num-constants", "Number of constants bound">
  ];
}

#endif // QNET_CODEGEN_COMMON_PASSES
