// A file that is missing or wrong, and a sequence that fails: one error each, and no output.
// RUN: split-file %s %t
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/missing.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/syntax.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=SYNTAX
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/entry.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=ENTRY
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/signature.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=SIGNATURE
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/block.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=BLOCK
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/direct.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=DIRECT
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/long.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=LONG
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/tall.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=TALL
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/table.mlir table-products" -o out.mlir 2>&1 | FileCheck %s --check-prefix=TABLE
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/off.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=OFF
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/filtering.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=FILTERING-OFF
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/filtering.mlir winograd-products" -o out.mlir 2>&1 | FileCheck %s --check-prefix=FILTERING
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/narrow.mlir table-products vector-bits=128" -o out.mlir 2>&1 | FileCheck %s --check-prefix=NARROW
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/registers.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=REGISTERS
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/stack.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=STACK
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/other.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule="file=%t/twice.mlir" -o out.mlir 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not qnet-opt %S/Inputs/products.mlir -qnet-apply-code-schedule=vector-bits=100 -o out.mlir 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: not ls out.mlir

// MISSING-NOT: error:
// MISSING: error: qnet-apply-code-schedule: cannot open input file '{{.*}}missing.mlir': No such file or directory
// MISSING-NOT: error:
// SYNTAX-NOT: error:
// SYNTAX: syntax.mlir:2:3: error: custom op 'transform.qnet.block_products' is unknown
// SYNTAX-NOT: error:
// ENTRY-NOT: error:
// ENTRY: error: qnet-apply-code-schedule: expected a sequence @__transform_main in '{{.*}}entry.mlir'
// ENTRY-NOT: error:
// SIGNATURE-NOT: error:
// SIGNATURE: error: qnet-apply-code-schedule: expected @__transform_main of '{{.*}}signature.mlir' to take one handle and yield nothing, got '() -> ()'
// SIGNATURE-NOT: error:
// BLOCK-NOT: error:
// BLOCK: block.mlir:8:5: error: 'transform.qnet.block_product' op expected a block that is a multiple of 32 for a sum of 96 terms, got 48
// BLOCK-NOT: error:
// DIRECT-NOT: error:
// DIRECT: error: 'transform.qnet.block_product' op expected an f32 left factor that the body multiplies as it is, with terms side by side for method direct
// DIRECT-NOT: error:
// LONG-NOT: error:
// LONG: error: 'transform.qnet.block_product' op expected f32 factors that the body multiplies as they are, with rows and columns side by side for method long
// LONG-NOT: error:
// TALL-NOT: error:
// TALL: error: 'transform.qnet.block_product' op expected f32 factors that are matrices, or windows with runs of whole vectors for method tall
// TALL-NOT: error:
// TABLE-NOT: error:
// TABLE: error: 'transform.qnet.block_product' op expected a right factor of codes of the values -d and +d, with at least 64 columns and, of a convolution, 128 terms for method table
// TABLE-NOT: error:
// FILTERING-OFF-NOT: error:
// FILTERING-OFF: error: 'transform.qnet.block_product' op expected winograd products to be on for method winograd
// FILTERING-OFF-NOT: error:
// FILTERING-NOT: error:
// FILTERING: error: 'transform.qnet.block_product' op expected windows of 3 x 3 that move by one pixel over images of even sides, with channels and filters in multiples of 16 for method winograd
// FILTERING-NOT: error:
// OFF-NOT: error:
// OFF: error: 'transform.qnet.block_product' op expected table products to be on for method table
// OFF-NOT: error:
// NARROW-NOT: error:
// NARROW: error: 'transform.qnet.block_product' op expected vectors of 256 or 512 bits for method table, got 128
// NARROW-NOT: error:
// REGISTERS-NOT: error:
// REGISTERS: error: 'transform.qnet.block_product' op expected a register tile for the 16 registers of the target, got 14 rows of 2 vectors; allow spills if it is meant
// REGISTERS-NOT: error:
// STACK-NOT: error:
// STACK: error: 'transform.qnet.block_product' op expected panels of at most 1048576 bytes on a thread's stack, got 1572864; a smaller block, tile or group takes less
// STACK-NOT: error:
// OTHER-NOT: error:
// OTHER: error: 'transform.qnet.block_product' op expected a product: expected a linalg.generic
// OTHER-NOT: error:
// TWICE-NOT: error:
// TWICE: error: op uses a handle invalidated by a previously executed transform op
// TWICE-NOT: error:
// WIDTH-NOT: error:
// WIDTH: error: qnet-apply-code-schedule: expected vector-bits of 128, 256 or 512, got 100
// WIDTH-NOT: error:

//--- syntax.mlir
module attributes {transform.with_named_sequence} {
  transform.qnet.block_products
}
//--- entry.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @main(%module: !transform.any_op {transform.readonly}) {
    transform.yield
  }
}
//--- signature.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main() {
    transform.yield
  }
}
//--- block.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @match(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op role(forward) codes(false) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op block(48) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @match -> @block : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- direct.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @match(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op role(weight_gradient) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(direct) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @match -> @block : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- long.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @match(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op codes(true) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(long) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @match -> @block : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- tall.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @match(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op codes(true) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(tall) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @match -> @block : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- table.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @match(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op role(forward) codes(false) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(table) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @match -> @block : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- filtering.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @match(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op codes(true) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(winograd) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @match -> @block : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- off.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @match(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op codes(true) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(table) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @match -> @block : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- narrow.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @match(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op codes(true) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(table) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @match -> @block : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- registers.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @match(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op role(forward) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op rows(14) vectors(2) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @match -> @block : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- stack.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @match(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op k([8192]) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(packed) block(8192) panels(4) groups(1) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @match -> @block : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
//--- other.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %fill = transform.structured.match ops{["linalg.fill"]} in %module
        : (!transform.any_op) -> !transform.any_op
    transform.qnet.block_product %fill : !transform.any_op
    transform.yield
  }
}
//--- twice.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @match(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op  : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @block(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op  : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    %op = transform.collect_matching @match in %module : (!transform.any_op) -> !transform.any_op
    transform.qnet.block_product %op : !transform.any_op
    transform.qnet.block_product %op : !transform.any_op
    transform.yield
  }
}
