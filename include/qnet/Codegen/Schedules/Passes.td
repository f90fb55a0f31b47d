//===- Passes.td - Code schedules --------------------------*- tablegen -*-===//
//
// Descriptions state what each pass does, with IR before and after.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_SCHEDULES_PASSES
#define QNET_CODEGEN_SCHEDULES_PASSES

include "mlir/Pass/PassBase.td"

def QnetApplyCodeSchedule : Pass<"qnet-apply-code-schedule", "::mlir::ModuleOp"> {
  let summary = "Cut the loops of products as a transform-dialect schedule says";
  let description = [{
    Reads a module with named sequences of the transform dialect from `file` and runs
    its sequence `@__transform_main` with a handle to the module being compiled.
    The sequence finds products with `transform.qnet.match_product` and turns them into
    loops with `transform.qnet.block_product`
    ([schedule-ops.md](schedule-ops.md)), or tiles and vectorizes them with
    upstream's ops, or leaves them to `qnet-block-matmul`, which follows in the
    pipeline. It runs on linalg on buffers, one product a kernel.

    Without `file`, the sequence is the one that ships for vectors of `vector-bits`,
    which `qnet-compile --print-code-schedule` prints, and the result is that of
    `qnet-block-matmul`. `table-products` lets schedules look products with binary
    factors up in tables, `winograd-products` convolve by minimal filtering.

    A file that is missing or wrong, and a sequence that fails, are one error each.
    The op that a sequence stopped at is named by its place in the file.

    Before:
    ```mlir
    linalg.generic {... addf(mulf) ...} ins(%a, %b : memref<64x96xf32>, memref<32x96xf32>)
        outs(%c : memref<64x32xf32>)
    ```
    With:
    ```mlir
    transform.named_sequence @is_product(%op: !transform.any_op {transform.readonly})
        -> !transform.any_op {
      transform.qnet.match_product %op : !transform.any_op
      transform.yield %op : !transform.any_op
    }
    transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
      transform.qnet.block_product %op rows(4) vectors(2) block(64) : !transform.any_op
      transform.yield
    }
    transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
      transform.foreach_match in %module @is_product -> @block
          : (!transform.any_op) -> !transform.any_op
      transform.yield
    }
    ```
    After (in outline):
    ```mlir
    %left = memref.alloc() {alignment = 64 : i64} : memref<10240xf32>
    scf.parallel (%tile) = (%c0) to (%c16) step (%c1) { ... pack 4 rows of A ... }
    scf.parallel (%panel) = (%c0) to (%c2) step (%c1) {
      scf.for %block = %c0 to %c2 step %c1 {
        ... pack 64 terms of 16 columns of B ...
        scf.for %tile = %c0 to %c16 step %c1 {
          %acc:8 = scf.for %k = ... iter_args(...) -> (vector<8xf32>, ...) { ... vector.fma ... }
        }
      }
    }
    ```
  }];
  let options = [
    Option<"file", "file", "std::string", /*default=*/"",
           "The schedule; the one that ships for the target, if empty">,
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"256",
           "Width of the target's vectors: 128, 256 or 512">,
    Option<"tableProducts", "table-products", "bool", /*default=*/"false",
           "Let schedules look signed sums of products with binary factors up in "
           "tables">,
    Option<"winogradProducts", "winograd-products", "bool", /*default=*/"false",
           "Let schedules convolve by Winograd's minimal filtering">
  ];
  let statistics = [
    Statistic<"numProducts", "num-products",
              "Number of products that the schedule blocked">,
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
    "::mlir::transform::TransformDialect", "::mlir::vector::VectorDialect",
    "::qnet::QnetDialect"
  ];
}

#endif // QNET_CODEGEN_SCHEDULES_PASSES
