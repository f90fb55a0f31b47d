//===- ScheduleOps.td - Transform ops for products ---------*- tablegen -*-===//
//
// What qnet adds to the transform dialect, so that a schedule can find matrix
// products and choose their loops.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_SCHEDULES_SCHEDULEOPS
#define QNET_CODEGEN_SCHEDULES_SCHEDULEOPS

include "mlir/Dialect/Transform/IR/TransformDialect.td"
include "mlir/Dialect/Transform/Interfaces/MatchInterfaces.td"
include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/OpBase.td"
include "qnet/Codegen/CPU/Products.td"

def MatchProductOp : Op<Transform_Dialect, "qnet.match_product",
    [SingleOpMatcher, MatchOpInterface, MemoryEffectsOpInterface]> {
  let summary = "Matches a matrix product of certain properties";
  let description = [{
    Succeeds where the op is a product that `qnet-block-matmul` knows,
    C[m, n] += A[m, k] * B[k, n] on buffers, and has all the given properties:

    - `role`: what it computes of a layer, by how the factors lie. `forward`: both
      A and B have the terms of a sum side by side; `input_gradient`: A has the
      terms, B the columns; `weight_gradient`: A has the rows, B the columns. The
      first that fits, where an axis of length 1 leaves a choice.
    - `method`: the one that `auto` takes for it; `table` where it is worth tables
      (a factor of binary codes, columns enough) and the target has them on; `winograd`
      where minimal filtering can compute it and is on.
    - `allows`: a method that `block_product` can give it, whether it is good or not.
    - `windowed`: whether a factor is read under the windows of a convolution.
    - `codes`: whether B holds codes.
    - `m`, `n`, `k`: a range of rows, columns or terms, ends included; one number is
      the lower end alone.

    Anything else is a silenceable failure, so that the op serves in matchers of
    `transform.foreach_match`. The schedule runs on linalg on buffers, before
    `qnet-block-matmul`: of a convolution, rows are pixels and columns filters.

    Example:
    ```mlir
    transform.named_sequence @is_wide_forward(
        %op: !transform.any_op {transform.readonly}) -> !transform.any_op {
      transform.qnet.match_product %op role(forward) codes(false) n([1024]) k([1, 4096])
          : !transform.any_op
      transform.yield %op : !transform.any_op
    }
    ```
  }];
  let cppNamespace = "::qnet";
  let arguments = (ins TransformHandleTypeInterface:$operand_handle,
                       OptionalAttr<Qnet_ProductRole>:$role,
                       OptionalAttr<Qnet_ProductMethod>:$method,
                       OptionalAttr<Qnet_ProductMethod>:$allows,
                       OptionalAttr<BoolAttr>:$windowed,
                       OptionalAttr<BoolAttr>:$codes,
                       OptionalAttr<DenseI64ArrayAttr>:$m,
                       OptionalAttr<DenseI64ArrayAttr>:$n,
                       OptionalAttr<DenseI64ArrayAttr>:$k);
  let assemblyFormat = [{
    $operand_handle
    oilist( `role` `(` custom<Role>($role) `)`
          | `method` `(` custom<Method>($method) `)`
          | `allows` `(` custom<Method>($allows) `)`
          | `windowed` `(` custom<Flag>($windowed) `)`
          | `codes` `(` custom<Flag>($codes) `)`
          | `m` `(` custom<Range>($m) `)`
          | `n` `(` custom<Range>($n) `)`
          | `k` `(` custom<Range>($k) `)` )
    attr-dict `:` type($operand_handle)
  }];
  let extraClassDeclaration = SingleOpMatcher.extraDeclaration;
  let hasVerifier = 1;
}

def BlockProductOp : Op<Transform_Dialect, "qnet.block_product",
    [FunctionalStyleTransformOpTrait, MemoryEffectsOpInterface,
     TransformOpInterface, TransformEachOpTrait]> {
  let summary = "Turns matrix products into blocked loops over vectors";
  let description = [{
    Replaces each product by the loops of `qnet-block-matmul`, cut as the
    parameters say. Those left out are chosen by the product's shape and the target.

    - `method`: `packed` packs A whole into a workspace and blocks of B by groups of
      panels; `tall`, for many rows, packs B whole and A by groups of row tiles, on
      the threads' stacks; `direct` reads A where it lies, as under the windows of a
      convolution, and packs a panel of B; `long`, for sums as long as those of
      filter gradients, reads both factors where they lie; `table` looks signed sums
      up for binary codes; `winograd` convolves windows of 3 x 3 by minimal filtering.
      `auto`, the default, is one of the first four.
    - `rows` and `vectors`: the sums of a register tile, at most. Rows are dealt out
      evenly.
    - `block`: terms in a block of K, at most, a multiple of 32 where there are
      several (`direct` and `long`: in whole steps of the slowest loop of the sum).
      Not for `table` and `winograd`.
    - `panels`: of a group that shares row tiles in the first-level cache, at most
      (`packed`).
    - `groups`: parts that threads take, at least, as far as there are tiles or
      panels (not `long`, where each tile is a part).
    - `vector_bits`: 128, 256 or 512 in place of the target's width.
    - `allow_spills`: a tile may have more sums than there are registers (with the
      operands of its shorter side: 16, or 32 for vectors of 512 bits).

    Whatever they are, each sum is one fma chain in ascending k, and has the same
    bits; `table` and `winograd` have sums of their own, the same for all their
    parameters. So a schedule changes speed, never a weight, as long as it leaves these
    two where they are.

    Consumes the handle. A product that cannot honour a parameter and an op that is
    no product are definite failures; `transform.qnet.match_product` tells beforehand.

    Example:
    ```mlir
    transform.named_sequence @by_small_tiles(%op: !transform.any_op {transform.consumed}) {
      transform.qnet.block_product %op method(packed) rows(4) vectors(3) block(256) panels(8)
          : !transform.any_op
      transform.yield
    }
    ```
  }];
  let cppNamespace = "::qnet";
  let arguments = (ins TransformHandleTypeInterface:$target,
                       OptionalAttr<Qnet_ProductMethod>:$method,
                       OptionalAttr<I64Attr>:$rows,
                       OptionalAttr<I64Attr>:$vectors,
                       OptionalAttr<I64Attr>:$block,
                       OptionalAttr<I64Attr>:$panels,
                       OptionalAttr<I64Attr>:$groups,
                       OptionalAttr<I64Attr>:$vector_bits,
                       UnitAttr:$allow_spills);
  let assemblyFormat = [{
    $target
    oilist( `method` `(` custom<Method>($method) `)`
          | `rows` `(` custom<Count>($rows) `)`
          | `vectors` `(` custom<Count>($vectors) `)`
          | `block` `(` custom<Count>($block) `)`
          | `panels` `(` custom<Count>($panels) `)`
          | `groups` `(` custom<Count>($groups) `)`
          | `vector_bits` `(` custom<Count>($vector_bits) `)`
          | `allow_spills` $allow_spills )
    attr-dict `:` type($target)
  }];
  let extraClassDeclaration = [{
    ::mlir::DiagnosedSilenceableFailure applyToOne(
        ::mlir::transform::TransformRewriter &rewriter,
        ::mlir::Operation *target,
        ::mlir::transform::ApplyToEachResultList &results,
        ::mlir::transform::TransformState &state);
    /// The parameters, for a target with vectors of `vectorBits`.
    ::qnet::ProductSchedule getSchedule(unsigned vectorBits);
  }];
  let hasVerifier = 1;
}

#endif // QNET_CODEGEN_SCHEDULES_SCHEDULEOPS
