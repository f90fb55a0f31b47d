// A schedule cuts the products that its matchers find and leaves the others.
// RUN: split-file %s %t
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule=file=%t/one.mlir -canonicalize -cse | FileCheck %s --check-prefix=ONE
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule=file=%t/roles.mlir -canonicalize -cse | FileCheck %s --check-prefix=ROLES
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/tables.mlir table-products" -canonicalize -cse | FileCheck %s --check-prefix=TABLES
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule=file=%t/tables.mlir -canonicalize -cse | FileCheck %s --check-prefix=CHAINS
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule=file=%t/upstream.mlir -canonicalize -cse | FileCheck %s --check-prefix=UPSTREAM

// Upstream's interpreter runs them, too, for vectors of 256 bits.
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule=file=%t/one.mlir -o pass.mlir
// RUN: qnet-opt %S/Inputs/products.mlir -transform-preload-library=transform-library-paths=%t/one.mlir -transform-interpreter -o interpreter.mlir
// RUN: cmp pass.mlir interpreter.mlir

// The schedules that ship: what qnet-block-matmul does, which then has nothing to do.
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-block-matmul=vector-bits=128 -o pass.mlir
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule=vector-bits=128 -o schedule.mlir
// RUN: cmp pass.mlir schedule.mlir
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-block-matmul -o pass.mlir
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule -o schedule.mlir
// RUN: cmp pass.mlir schedule.mlir
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-block-matmul="vector-bits=512 table-products" -o pass.mlir
// RUN: qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="vector-bits=512 table-products" -qnet-block-matmul="vector-bits=512 table-products" -o schedule.mlir
// RUN: cmp pass.mlir schedule.mlir

// 33 rows in tiles of at most 4: 9 of them. 40 columns in panels of 16: 3. Two blocks of 64
// terms, and the fill is gone.
// ONE-LABEL: func.func @forward
// ONE-NOT:     linalg.fill
// ONE:         scf.parallel (%{{.*}}) = (%c0) to (%c9)
// ONE:         scf.parallel (%{{.*}}) = (%c0) to (%c3)
// ONE:           memref.alloca() {alignment = 64 : i64} : memref<1024xf32>
// ONE:           scf.for %{{.*}} = %c0 to %c2
// ONE:             :8 = scf.for {{.*}} iter_args
// ONE-LABEL: func.func @codes
// ONE:         linalg.generic
// ONE-LABEL: func.func @input_gradient
// ONE:         linalg.generic
// ONE-LABEL: func.func @convolution
// ONE:         linalg.generic

// The direct method has no packed rows, the long one no packed panel either.
// ROLES-LABEL: func.func @forward
// ROLES-NOT:     memref.alloc()
// ROLES:         scf.parallel
// ROLES:           memref.alloca()
// ROLES-NOT:     linalg
// ROLES-LABEL: func.func @codes
// ROLES:         linalg.generic
// ROLES-LABEL: func.func @input_gradient
// ROLES-NOT:     memref.alloca
// ROLES:         memref.alloc()
// ROLES-NOT:     linalg
// ROLES-LABEL: func.func @weight_gradient
// ROLES-NOT:     memref.alloc
// ROLES:         scf.parallel
// ROLES-NOT:     linalg
// ROLES-LABEL: func.func @convolution
// ROLES:         linalg.generic

// TABLES-LABEL: func.func @forward
// TABLES:         linalg.generic
// TABLES-LABEL: func.func @codes
// TABLES:         llvm.x86.avx
// TABLES-NOT:     linalg
// TABLES-LABEL: func.func @input_gradient
// CHAINS-LABEL: func.func @codes
// CHAINS:         linalg.generic

// UPSTREAM-LABEL: func.func @forward
// UPSTREAM:         scf.forall (%{{.*}}) in (11, 5)
// UPSTREAM:           linalg.generic
// UPSTREAM-SAME:        outs(%{{.*}} : memref<3x8xf32, strided<[40, 1], offset: ?>>)

//--- one.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @small(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op m([33, 33]) n([33, 40]) k([96]) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @cut(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(packed) rows(4) vectors(2) block(64)
        : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @small -> @cut : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- roles.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @forward(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op role(forward) windowed(false) codes(false) k([1, 4096])
        : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @direct(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(direct) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @input_gradient(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op role(input_gradient) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @tall(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(tall) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @weight_gradient(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op role(weight_gradient) method(packed) allows(long)
        : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @long(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(long) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @forward -> @direct, @input_gradient -> @tall,
        @weight_gradient -> @long : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- tables.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @has_tables(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op method(table) codes(true) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @table(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(table) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @has_tables -> @table
        : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- upstream.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @forward(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op role(forward) windowed(false) codes(false) k([1, 4096])
        : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %products = transform.collect_matching @forward in %module
        : (!transform.any_op) -> !transform.any_op
    transform.structured.tile_using_forall %products tile_sizes [3, 8]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
