//===- Passes.td - Code generation for CPUs ----------------*- tablegen -*-===//
//
// Passes from linalg on buffers to loops over vectors.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_CPU_PASSES
#define QNET_CODEGEN_CPU_PASSES

include "mlir/Pass/PassBase.td"

def QnetBlockMatmul : Pass<"qnet-block-matmul", "::mlir::func::FuncOp"> {
  let summary = "Turn matrix products into blocked loops over vectors";
  let description = [{
    Takes each `linalg.generic` on static, contiguous buffers that computes
    C[m, n] += A[m, k] * B[k, n], any of A and B stored transposed and B possibly
    codes that the body decodes, and emits the loops of Goto and van de Geijn,
    "Anatomy of High-Performance Matrix Multiplication" (ACM TOMS 2008): A is packed
    once into a workspace; an `scf.parallel` over groups of a few panels of columns
    packs a block of B (decoding codes on the way, so that no decoded matrix is ever
    stored) and runs a register-tiled kernel of fused multiply-adds over the row tiles,
    each tile with all panels of the group while it is in the first-level cache.

    K is cut into blocks of at most 1024. An element of C is one fma chain in ascending
    k from the value before, or from zero: a later block goes on with the sums that
    the earlier one stored. So it depends neither on the blocks nor on `vector-bits`
    nor on the number of threads, and a product summed up in parts of K, as micro-
    batches do, has the same bits as the whole.

    An elementwise op on C with the attribute `qnet.epilogue` that follows the product
    (`qnet-fuse-epilogues`) runs in the product's loops, on vectors of finished sums.

    A `linalg.fill` of C with +0.0 that nothing else sees goes away. The workspace is
    a `memref.alloc` without a `dealloc`: `qnet-plan-memory` places it. Where A is
    too large for a second-level cache, the loop over K blocks is outside of the one
    over panels. Codes in the factor of the rows are not supported.

    Operands may be affine in more loops, as a convolution's are: loops of A and C are
    rows, of B and C columns, of A and B the sum, each group a nest of strides. Nothing
    of the input is copied then, neither as a columns matrix (im2col) nor packed:
    - Forward and input gradient: threads take groups of tiles of neighbouring pixels,
      pack a panel of the filters on their stacks, and broadcast the pixels from where
      they lie (after Georganas et al., "Anatomy of High-Performance Deep Learning
      Convolutions on SIMD Architectures", SC 2018). C may be a slice, as the parts of
      an input gradient with strides are. Tall matrices are multiplied so too.
    - Filter gradient: tiles of filters by channels of one tap run in parallel, each
      a sum over the pixels of a few images at a time; of both factors, nothing is
      packed. Where the filters make better vectors than the channels do, they are
      the lanes, and the tile is transposed as it is stored.
    An attribute `qnet.zero_border` says that A or B is an image with zeros around it:
    the operand's number, then how many places at the top, bottom, left and right.
    Terms with them are left out.

    With `table-products`, a factor B whose elements are -D or +D (codes of one bit that
    the body decodes to a symmetric pair) costs no multiplication per term: the signed
    sums of four neighbouring elements of a row of A are a table of 16, and four bits of
    a column's packed word look one up (`vpermps`; on 256-bit vectors two tables of four
    and two `vpermilps`). One row tile's tables serve all panels, and where windows
    overlap, tables of the input serve all taps. Words are brought into the order of the
    panels, 32 terms of a column each, where needed by transposing squares of bits;
    nothing is decoded. The order of such a sum is another one, the same for all vectors,
    tiles and threads: t = (+-x0 +- x1) + (+-x2 +- x3) for each four terms in ascending k,
    the sum of all t in ascending k, then times D (terms past K are zeros). It is the
    order of a product with at least 64 columns and, of a convolution, 128 terms: it
    depends on the layer, not on the batch. Others are chains as before.

    With `winograd-products`, windows of 3 x 3 that move by one pixel are computed by
    Winograd's minimal filtering F(m x m, 3 x 3), as Lavin and Gray, "Fast Algorithms
    for Convolutional Neural Networks" (CVPR 2016) apply it: m = 4, with 36
    multiplications for 16 outputs instead of 144, for images whose sides are multiples
    of 4, and m = 2, with 16 for four instead of 36, for other even sides. With d the
    inputs under a tile of m x m outputs, g a filter and y the gradients of the outputs,
    elementwise product written *:
    ```
    outputs, input gradient   At [(G g Gt) * (Bt d B)] A, summed over channels
    filter gradient           Gt [(A y At) * (Bt d B)] G, summed over tiles

    m = 2:
         1  0 -1  0         1    0    0
    Bt = 0  1  1  0    G = 1/2  1/2  1/2    At = 1  1  1  0
         0 -1  1  0        1/2 -1/2  1/2         0  1 -1 -1
         0  1  0 -1         0    0    1
    m = 4:
         4  0 -5  0  1  0        1/4    0     0
         0 -4 -4  1  1  0       -1/6  -1/6  -1/6        1  1  1  1  1  0
    Bt = 0  4 -4 -1  1  0   G = -1/6   1/6  -1/6   At = 0  1 -1  2 -2  0
         0 -2 -1  2  1  0       1/24  1/12   1/6        0  1  1  4  4  0
         0  2 -1 -2  1  0       1/24 -1/12   1/6        0  1 -1  8 -8  1
         0  4  0 -5  0  1         0     0     1
    ```
    A thread transforms the filters of a panel on its stack, from f32 or from codes, then
    goes through tiles a few at a time. Where the filters of more than two panels would
    transform the inputs again, these are transformed first, some tiles at a time, in a
    workspace of at most 10 MiB. Channels and filters are multiples of 16, sums of at most
    512 channels. They are chains of fma over channels; in a filter gradient, over the
    tiles of an image, by rows, and for m = 4 over the images of a group, as many as have
    64 tiles; then groups are added in ascending order. So they have the same bits for all
    vectors and threads, but not those of a chain. A filter gradient whose images are not
    whole groups has m = 2; that takes 32 tiles an image or more (else collecting it costs
    what it saves). A result is off the exact one by at most n 2^-24 times the formula on
    magnitudes, n the terms of a chain, and of groups, and 30. Binary factors are computed
    so too, rather than by tables.

    The other options are a schedule for all products that it suits, a simple form of
    what a code schedule says of each ([schedules.md](../schedules.md)): `method` names
    the nest, packed (A whole, B by groups of panels), tall (B whole, A by groups of row
    tiles), direct (A read where it lies), long (both read where they lie), table or winograd;
    `rows` and `vectors` the register tile, `block` the terms of a K block, `panels` those
    of a group, `groups` the parts that threads share. They change speed only: a chain
    has the same bits under all of them. A method's own limits are errors.

    Before:
    ```mlir
    linalg.fill ins(%zero : f32) outs(%c : memref<64x32xf32>)
    linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
        affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
        iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : memref<64x16xf32>, memref<32x16xf32>) outs(%c : memref<64x32xf32>) {
    ^bb0(%x: f32, %w: f32, %sum: f32):
      %p = arith.mulf %x, %w : f32
      %s = arith.addf %sum, %p : f32
      linalg.yield %s : f32
    }
    ```
    After (in outline):
    ```mlir
    %left = memref.alloc() {alignment = 64 : i64} : memref<2112xf32>
    scf.parallel (%tile) = (%c0) to (%c11) step (%c1) { ... pack rows of A ... }
    scf.parallel (%panel) = (%c0) to (%c2) step (%c1) {
      %right = memref.alloca() {alignment = 64 : i64} : memref<256xf32>
      ... pack 16 columns of B ...
      scf.for %tile = %c0 to %c11 step %c1 {
        %acc:12 = scf.for %k = %c0 to %c16 step %c1 iter_args(...) -> (vector<8xf32>, ...) {
          ... vector.fma ...
        }
        vector.store %acc#0, %c[%row, %column] : memref<64x32xf32>, vector<8xf32>
      }
    }
    ```
    The innermost loop by tables (in outline):
    ```mlir
    %acc:16 = scf.for %w = %c0 to %words step %c1 iter_args(...) -> (vector<16xf32>, ...) {
      %bits = vector.load %packed[%at] : memref<1024xi32>, vector<16xi32>
      %table = vector.load %tables[%row] : memref<8192xf32>, vector<16xf32>
      %t = llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"(%table, %bits)
      ... arith.addf, arith.shrui by four, 8 times ...
    }
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"256",
           "Width of the target's vectors: 128, 256 or 512">,
    Option<"tableProducts", "table-products", "bool", /*default=*/"false",
           "Look signed sums of products with binary factors up in tables; for "
           "x86 with AVX2 (256) or AVX-512 (512)">,
    Option<"winogradProducts", "winograd-products", "bool", /*default=*/"false",
           "Convolve with windows of 3 x 3 by Winograd's minimal filtering">,
    Option<"method", "method", "std::string", /*default=*/"\"auto\"",
           "How to cut products that it suits: auto, packed, tall, direct, long, "
           "table or winograd">,
    Option<"rows", "rows", "int64_t", /*default=*/"0",
           "Rows of a register tile, at most (0: chosen by shape and target)">,
    Option<"vectors", "vectors", "int64_t", /*default=*/"0",
           "Vectors of columns of a register tile, at most (0: chosen)">,
    Option<"kBlock", "block", "int64_t", /*default=*/"0",
           "Terms of a sum in a block, at most, a multiple of 32 (0: chosen)">,
    Option<"panels", "panels", "int64_t", /*default=*/"0",
           "Panels in a group of a packed product, at most (0: chosen)">,
    Option<"groups", "groups", "int64_t", /*default=*/"0",
           "Parts of a product for threads, at least (0: chosen)">,
    Option<"allowSpills", "allow-spills", "bool", /*default=*/"false",
           "Allow register tiles with more sums than registers">
  ];
  let statistics = [
    Statistic<"numProducts", "num-products", "Number of products blocked">,
    Statistic<"numTables", "num-tables",
              "Number of them that look signed sums up in tables">,
    Statistic<"numWinograd", "num-winograd",
              "Number of them that are computed by minimal filtering">,
    Statistic<"numFills", "num-fills", "Number of zero fills removed">,
    Statistic<"numEpilogues", "num-epilogues",
              "Number of elementwise ops that products run">,
    Statistic<"numPartSums", "num-part-sums",
              "Number of sums of parts of results that products run">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::qnet::QnetDialect"
  ];
}

def QnetFuseUpdates : Pass<"qnet-fuse-updates", "::mlir::func::FuncOp"> {
  let summary = "Consume a gradient as it is computed";
  let description = [{
    Where an update alone reads a gradient, it moves up to the op that writes that, if
    nothing between the two reads or writes the update's weights and state: the gradient
    then lives between neighbours only. An update is a flat loop over elements on
    buffers; a sum of gradients over micro-batches is written by a loop and stays.

    Where the gradient is a product into zeros (of a dense layer, or of a convolution
    without a columns matrix), has more than 256 KiB, and its rows are whole groups of
    the update (64 elements, or as many as 16 calls of the random generator serve: 128
    for 16 bits), it is not stored at all: a thread computes a tile of at most 128 rows and 512
    columns on its stack, over all of K, and updates the weights of the tile. A sum of
    thousands of terms would read its factors again for each tile: there, all threads
    compute some rows, of at most 1 MiB, in a buffer, and share their update. A tile owns
    whole words of codes. Smaller gradients are no larger than a tile. The result is the same, bit for bit.

    Before:
    ```mlir
    linalg.fill ins(%zero) outs(%g : memref<512x1024xf32>)
    linalg.generic {... addf(mulf) ...} ins(%dy, %x) outs(%g : memref<512x1024xf32>)
    %flat = memref.collapse_shape %g [[0, 1]] : memref<512x1024xf32> into memref<524288xf32>
    linalg.generic {... subf ...} ins(%flat) outs(%w : memref<524288xf32>)
    ```
    After (in outline):
    ```mlir
    scf.parallel (%tile) = (%c0) to (%c10) step (%c1) {
      %g = memref.alloca() : memref<126x512xf32>
      scf.for ... { ... vector.fma ... vector.store ..., %g ... }
      scf.for %row = ... { ... vector.load %g ... arith.subf ... vector.store ..., %w ... }
    }
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", "256",
           "Width of the target's vector registers: 128, 256 or 512">,
    Option<"moveOnly", "move-only", "bool", "false",
           "Only move updates up to their gradients, which are all stored: "
           "what decides on lifetimes then sees the short ones">,
    Option<"winogradProducts", "winograd-products", "bool", "false",
           "Compute filter gradients of 3 x 3 by Winograd's minimal filtering">
  ];
  let statistics = [
    Statistic<"numMoved", "moved", "Number of updates moved to their gradient">,
    Statistic<"numFused", "fused", "Number of gradients that are not stored">
  ];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::qnet::QnetDialect"
  ];
}

def QnetFusePrologues
    : Pass<"qnet-fuse-prologues", "::mlir::func::FuncOp"> {
  let summary = "Let products read images that are not padded";
  let description = [{
    A convolution reads a copy of its image between zeros (`qnet.pad_low`), of which its
    nest leaves out all terms with zeros where it can. Where all readers of a copy are
    products that would be cut so that none of the zeros is read (the direct method, and
    for filter gradients the long one, with taps and places in loops of their own), each
    gets the copy right before it, marked with `qnet.prologue`. `qnet-outline-kernels`
    keeps the two together, and `qnet-block-matmul` reads the image where it lies and drops
    the copy. Results have the same bits.

    What tables or minimal filtering compute reads the zeros, and the copy stays as it is;
    so it does where a filter gradient of few channels, whose vectors go over several taps,
    or one that an update consumes (`qnet-fuse-updates`) reads it, too.

    Before:
    ```mlir
    linalg.generic {...} outs(%p : memref<1x9x9x16xf32>)
        attrs = {qnet.pad_low = array<i64: 0, 1, 1, 0>} {... memref.load %x[...] ...}
    "other"(%x)
    linalg.generic {... addf(mulf) ...} ins(%p, %w) outs(%y)
        attrs = {qnet.zero_border = array<i64: 0, 1, 1, 1, 1>}
    ```
    After:
    ```mlir
    "other"(%x)
    linalg.generic {...} outs(%p : memref<1x9x9x16xf32>)
        attrs = {qnet.pad_low = array<i64: 0, 1, 1, 0>, qnet.prologue} {...}
    linalg.generic {... addf(mulf) ...} ins(%p, %w) outs(%y) attrs = {...}
    ```
    and after `qnet-block-matmul` (in outline):
    ```mlir
    %first = arith.maxsi %c0, ... // taps below the image's first row are left out
    %sum = scf.for %tap = %first to %last ... { ... memref.load %x[...] ... vector.fma ... }
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"256",
           "Width of the target's vector registers: 128, 256 or 512">,
    Option<"tableProducts", "table-products", "bool", /*default=*/"false",
           "Products by binary weights use tables where they can">,
    Option<"winogradProducts", "winograd-products", "bool", /*default=*/"false",
           "Windows of 3 x 3 are minimal filtering where they can be">
  ];
  let statistics = [
    Statistic<"numMarked", "marked", "Number of products with a copy of their own">
  ];
}

def QnetFuseEpilogues
    : Pass<"qnet-fuse-epilogues", "::mlir::ModuleOp"> {
  let summary = "Let products run the elementwise ops on their results";
  let description = [{
    An elementwise `linalg.generic` on a product's result (a bias, the normalization of a
    batch norm at evaluation, a relu or its mask, a residual sum, a rounding to a grid of
    floats) is brought to its product and marked with `qnet.epilogue`: the nest that the
    product becomes then applies it to each vector of finished sums, still in registers,
    or, where sums go through memory, after the last block of K, and stores what it yields.
    The attribute is "consumes" where no other op reads the product's result, which then
    is not stored, and "reads" where one does. Results have the same bits.

    Operands other than the result are f32 or i32: scalars, or buffers that move with the
    last loop contiguously, or not with it (one value a row). No operand may overlap the
    result or an output, but one that is read and written in place; outputs are no
    factors of the product. Ops of the body are those with a vector form, at most 32; it
    does not ask for the index of an iteration. The op moves up to its product, or the product down to it,
    whichever the accesses between the two allow; what it reads besides, computed between the two by
    elementwise ops (an activation that is computed again), moves before the product. All
    this only if no more bytes are live than in the function and at the place where most are.

    A result that only the op reads goes straight to the buffer that the op writes, even
    a part of a padded image, if the product can be computed by the same methods there.

    Before:
    ```mlir
    linalg.fill ins(%zero : f32) outs(%p : memref<64x32xf32>)
    linalg.generic {... addf(mulf) ...} ins(%x, %w) outs(%p : memref<64x32xf32>)
    linalg.generic {indexing_maps = [#id, #columns, #id],
        iterator_types = ["parallel", "parallel"]}
        ins(%p, %bias : memref<64x32xf32>, memref<32xf32>) outs(%y : memref<64x32xf32>) {
    ^bb0(%a: f32, %b: f32, %old: f32):
      %sum = arith.addf %a, %b : f32
      linalg.yield %sum : f32
    }
    ```
    After:
    ```mlir
    linalg.fill ins(%zero : f32) outs(%y : memref<64x32xf32>)
    linalg.generic {... addf(mulf) ...} ins(%x, %w) outs(%y : memref<64x32xf32>)
    linalg.generic {indexing_maps = [#id, #columns, #id],
        iterator_types = ["parallel", "parallel"]}
        ins(%y, %bias : memref<64x32xf32>, memref<32xf32>) outs(%y : memref<64x32xf32>)
        attrs = {qnet.epilogue = "consumes"} {...}
    ```
    and after `qnet-block-matmul` (in outline):
    ```mlir
    %sum = scf.for %k = ... { ... vector.fma ... }
    %b = vector.load %bias[%column] : memref<32xf32>, vector<8xf32>
    %y0 = arith.addf %sum, %b : vector<8xf32>
    vector.store %y0, %y[%row, %column] : memref<64x32xf32>, vector<8xf32>
    ```
  }];
  let statistics = [
    Statistic<"numMarked", "marked", "Number of ops that products run">,
    Statistic<"numReplaced", "replaced",
              "Number of results that need no buffer of their own">
  ];
}

def QnetFuseSums : Pass<"qnet-fuse-sums", "::mlir::ModuleOp"> {
  let summary = "Let products sum the parts of their results";
  let description = [{
    The statistics of a batch norm, and the sums of its gradient, are sums over the pixels
    of parts of a batch, some images or some rows of one, for each channel; the parts are
    added afterwards, so that the order of the sums depends on shapes only. Where the parts
    are of the result of a convolution or of its input gradient, or of what its epilogue
    makes of it (`qnet-fuse-epilogues`), the op that sums them is brought to the product and
    marked with `qnet.part_sums`. The nest that the product becomes then sums each part
    as soon as it has computed it, while it is in a cache, and the result is not read from memory
    for it. Sums have the same bits, whatever the tiles of the product: each part is
    summed in the order of its pixels, after the last of them is stored.

    The sums start from fills. Loops are (part of the samples, part of the rows, sample, row,
    ..., channel), the reductions all but the first two and the last; inputs that the body uses are moved by
    all loops, or by the channels alone. Nests of minimal filtering run them where their
    blocks are made of whole parts or parts of whole blocks, direct ones where
    a tile is in one image row; others leave the op after the product.

    Before:
    ```mlir
    linalg.generic {... addf(mulf) ...} ins(%x, %w) outs(%y : memref<16x8x8x32xf32>)
    linalg.fill ins(%zero : f32) outs(%z : memref<16x8x8x32xf32>)
    linalg.fill ins(%zero : f32) outs(%sums : memref<4x1x32xf32>)
    linalg.generic {indexing_maps = [#size, #whole, #sums], iterator_types = ["parallel",
        "parallel", "reduction", "reduction", "reduction", "parallel"]}
        ins(%size, %y : memref<4x8xf32>, memref<16x8x8x32xf32>)
        outs(%sums : memref<4x1x32xf32>) {...}
    ```
    After:
    ```mlir
    linalg.fill ins(%zero : f32) outs(%sums : memref<4x1x32xf32>)
    linalg.generic {... addf(mulf) ...} ins(%x, %w) outs(%y : memref<16x8x8x32xf32>)
    linalg.generic {...} ins(%size, %y : memref<4x8xf32>, memref<16x8x8x32xf32>)
        outs(%sums : memref<4x1x32xf32>) attrs = {qnet.part_sums} {...}
    linalg.fill ins(%zero : f32) outs(%z : memref<16x8x8x32xf32>)
    ```
    and after `qnet-block-matmul` (in outline):
    ```mlir
    scf.parallel (%group) = ... {
      scf.for %part = ... {
        ... // the outputs of the part
        %y0 = memref.subview %y[%image, 0, 0, 0] [4, 8, 8, 32] [1, 1, 1, 1] : ...
        %s0 = memref.subview %sums[%part, 0, 0] [1, 1, 32] [1, 1, 1] : ...
        linalg.fill ins(%zero : f32) outs(%s0)
        linalg.generic {...} ins(%y0) outs(%s0) {...}
    ```
  }];
  let statistics = [
    Statistic<"numMarked", "marked", "Number of sums that products may run">
  ];
}

def QnetVectorizeUpdates
    : Pass<"qnet-vectorize-updates", "::mlir::func::FuncOp"> {
  let summary = "Turn flat elementwise loops into one pass of vector code";
  let description = [{
    Takes each one-dimensional `linalg.generic` on static, contiguous buffers whose
    body is elementwise, codes and random bits included, and emits an `scf.parallel`
    over chunks of 4096 elements, in it an `scf.for` over groups, in it straight code
    on vectors of 16. A group is as many elements as the random generator serves at
    once (one Philox4x32-7 call on vectors gives the bits of 64, 128 or 256 elements)
    and as fill whole words of codes. Elements after the last whole group follow the
    loop as masked code; unused bits of a last word are zero.

    Chunks own whole words: nothing is shared but an output that every iteration
    combines by `arith.ori` (a flag), which a chunk touches only to set bits. Each
    group prefetches the floats that are 4096 bytes ahead of its own.

    Before:
    ```mlir
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%g : memref<8192xf32>) outs(%w : memref<8192x!qnet.q<#qnet.binary<1.0>>>) {
    ^bb0(%grad: f32, %code: !qnet.q<#qnet.binary<1.0>>):
      ... arith on scalars, qnet.from_code, qnet.to_code, qnet.random_bits ...
    }
    ```
    After (in outline):
    ```mlir
    %words = qnet.words %w : memref<8192x!qnet.q<#qnet.binary<1.0>>> to memref<256xi32>
    scf.parallel (%chunk) = (%c0) to (%c2) step (%c1) {
      scf.for %group = %first to %last step %c1 {
        ... Philox4x32-7 on vector<16xi64> ...
        %word = memref.load %words[%i] : memref<256xi32>
        %grad = vector.load %g[%j] : memref<8192xf32>, vector<16xf32>
        ... arith on vector<16xf32> ...
        memref.store %new, %words[%i] : memref<256xi32>
      }
    }
    ```
  }];
  let options = [
    Option<"chunk", "chunk", "int64_t", /*default=*/"4096",
           "Elements that one iteration of the parallel loop takes, at least">
  ];
  let statistics = [
    Statistic<"numUpdates", "num-updates", "Number of elementwise loops vectorized">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
    "::qnet::QnetDialect"
  ];
}

def QnetScalarizeCodes
    : Pass<"qnet-scalarize-codes", "::mlir::func::FuncOp"> {
  let summary = "Turn the remaining loops over codes into scalar loops on words";
  let description = [{
    For what no faster pass took: a `linalg.generic` on buffers that reads or writes
    codes becomes nested `scf.for` loops, a load of a code a shift and a mask of its
    word, a store a change of its bits.

    Before:
    ```mlir
    %c = memref.load %m[%i] : memref<64x!qnet.q<#qnet.binary<1.0>>>
    %n = qnet.from_code %c : !qnet.q<#qnet.binary<1.0>> to i32
    ```
    After:
    ```mlir
    %words = qnet.words %m : memref<64x!qnet.q<#qnet.binary<1.0>>> to memref<2xi32>
    %word = memref.load %words[%i_div_32] : memref<2xi32>
    %shifted = arith.shrui %word, %i_mod_32 : i32
    %n = arith.andi %shifted, %c1 : i32
    ```
  }];
  let statistics = [
    Statistic<"numLoops", "num-loops", "Number of loops over codes written out">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::qnet::QnetDialect"
  ];
}

def QnetPackWeights : Pass<"qnet-pack-weights", "::mlir::ModuleOp"> {
  let summary = "Turn buffers of codes into buffers of packed words";
  let description = [{
    A contiguous memref of n codes of s storage bits becomes a memref of
    ceil(n / (32 / s)) words (i32), in every function, call, allocation, view, reshape
    and copy; `qnet.words` goes away. No op may be left that reads or writes single
    codes: one that does is an error.

    Before:
    ```mlir
    %m = memref.alloc() : memref<10x10x!qnet.q<#qnet.binary<1.0>>>
    %w = qnet.words %m : memref<10x10x!qnet.q<#qnet.binary<1.0>>> to memref<4xi32>
    ```
    After:
    ```mlir
    %m = memref.alloc() : memref<4xi32>
    ```
  }];
  let statistics = [
    Statistic<"numPacked", "num-packed", "Number of buffers of codes packed">
  ];
  let dependentDialects = [
    "::mlir::memref::MemRefDialect", "::mlir::func::FuncDialect"
  ];
}

def QnetVectorizeLinalg
    : Pass<"qnet-vectorize-linalg", "::mlir::func::FuncOp"> {
  let summary = "Turn linalg ops on channels-last data into loops over vectors";
  let description = [{
    For ops without products whose last loop is parallel and contiguous in memory:
    normalization, activations, their gradients, pooling, sums over samples. What
    depends on that loop becomes vectors of `vector-bits`; a body may also load at
    computed places, if the last index is the loop's. Loops are, from outside: parallel
    ones, the first of them an `scf.parallel`; blocks of columns, a few vectors wide;
    reductions in ascending order, whose sums stay in registers, or the innermost other
    parallel loop. What depends on the columns only is loaded once per block. A row that
    is no multiple of the vector ends in a masked one. An op whose only parallel loop is the
    last one has its columns cut into parts for threads. Ops that read and write whole buffers
    element by element are taken as one long row.

    An output that a `linalg.fill` sets before starts from that value instead, and the
    fill goes away. Values do not depend on `vector-bits`: every element of an output is
    computed by the same operations in the same order. Other ops stay for
    `qnet-parallelize-linalg`.

    Before:
    ```mlir
    linalg.fill ins(%zero : f32) outs(%sum : memref<16x32xf32>)
    linalg.generic {iterator_types = ["parallel", "reduction", "parallel"], ...}
        ins(%x : memref<16x4096x32xf32>) outs(%sum : memref<16x32xf32>) { ... addf ... }
    ```
    After:
    ```mlir
    scf.parallel (%part) = (%c0) to (%c16) step (%c1) {
      %s:4 = scf.for %n = %c0 to %c4096 step %c1 iter_args(...) -> (vector<8xf32>, ...) {
        %v = vector.load %x[%part, %n, %c0] : memref<16x4096x32xf32>, vector<8xf32>
        ... arith.addf ... : vector<8xf32>
      }
      vector.store %s#0, %sum[%part, %c0] : memref<16x32xf32>, vector<8xf32>
      ...
    ```
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", "256",
           "Width of the target's vector registers: 128, 256 or 512">
  ];
  let statistics = [
    Statistic<"numParallel", "parallel", "Number of ops made parallel loops">,
    Statistic<"numSequential", "sequential", "Number of ops made sequential loops">,
    Statistic<"numFills", "fills", "Number of fills made the start of an op">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def QnetParallelizeLinalg
    : Pass<"qnet-parallelize-linalg", "::mlir::func::FuncOp"> {
  let summary = "Turn linalg ops into loops, the outermost one parallel";
  let description = [{
    For what the specialized passes left: sums over channels, losses, small
    elementwise loops. The first parallel loop of an op becomes an `scf.parallel`; a
    single parallel loop is cut into chunks. The last parallel loop is the innermost
    one, so that it runs over contiguous memory and LLVM vectorizes it; reductions
    stay in ascending order. Small ops stay sequential. A `memref.copy` of what is not one
    run of memory becomes loops, too.

    Before:
    ```mlir
    linalg.generic {iterator_types = ["reduction", "parallel"], ...}
        ins(%x : memref<128x1024xf32>) outs(%sum : memref<1024xf32>) { ... addf ... }
    ```
    After:
    ```mlir
    scf.parallel (%chunk) = (%c0) to (%c16) step (%c1) {
      scf.for %n = %c0 to %c128 step %c1 {
        scf.for %i = %c0 to %c64 step %c1 {
          ... load, arith.addf, store at %chunk * 64 + %i ...
    ```
  }];
  let statistics = [
    Statistic<"numParallel", "parallel", "Number of ops made parallel loops">,
    Statistic<"numSequential", "sequential", "Number of ops made sequential loops">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"
  ];
}

def ConvertQnetToLlvm : Pass<"convert-qnet-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Convert lowered training functions to the LLVM dialect";
  let description = [{
    The last conversion: arith, math, vector, memref, cf, func (with bare pointers for
    memrefs of static shape) and `qnet.parallel_for`. sqrt, fma, floor and rint are
    instructions; exp, log and the like must have been expanded
    (`qnet-expand-math`), since libm's bits differ between machines. A shuffle that puts
    two vectors narrowed from i64 to i32 in a row becomes one of their low words.

    Before:
    ```mlir
    func.func @f(%m: memref<4xf32>) { ... }
    ```
    After:
    ```mlir
    llvm.func @f(%m: !llvm.ptr) { ... }
    ```
  }];
  let statistics = [
    Statistic<"numConverted", "converted", "Number of functions converted">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def QnetExpandMath : Pass<"qnet-expand-math", "::mlir::func::FuncOp"> {
  let summary = "Expand exp, log, tanh, cos and integer powers";
  let description = [{
    Polynomial approximations (upstream's, on f32) and powers by repeated squaring,
    so that the bits of a result depend on the program and not on a math library.

    Before:
    ```mlir
    %p = math.fpowi %beta, %t : f64, i32
    ```
    After: a loop over the 32 bits of the exponent, from the lowest:
    ```mlir
    %p:2 = scf.for %i = %c0 to %c32 step %c1 iter_args(%r = %one, %x = %beta) -> (f64, f64) {
      ... %r1 = select(bit %i of %t, %r * %x, %r); yield %r1, %x * %x
    ```
  }];
  let statistics = [
    Statistic<"numExpanded", "expanded", "Number of ops expanded">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def QnetEmitProgram : Pass<"qnet-emit-program", "::mlir::ModuleOp"> {
  let summary = "Add the program's description, and main, to an LLVM module";
  let description = [{
    Adds the constant `NAME_program` (a `qnet_program`: the manifest and the entries)
    that the runtime reads, and with `main` a `main` that hands it to the runtime's
    command line.

    Before:
    ```mlir
    module attributes {qnet.manifest = "...", qnet.program = {name = "mnist_mlp", ...}} {
      llvm.func @init(%runtime: !llvm.ptr, ...) { ... }
    ```
    After:
    ```mlir
    llvm.mlir.global external constant @mnist_mlp_program() : !llvm.struct<...> { ... }
    llvm.func @main(%argc: i32, %argv: !llvm.ptr) -> i32 { ... }
    ```
  }];
  let options = [
    Option<"emitMain", "main", "bool", /*default=*/"true", "Add a main function">,
    Option<"target", "target", "std::string", /*default=*/"\"\"",
           "What the manifest says of the target">
  ];
  let statistics = [
    Statistic<"numEntries", "entries", "Number of entries in the description">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // QNET_CODEGEN_CPU_PASSES
