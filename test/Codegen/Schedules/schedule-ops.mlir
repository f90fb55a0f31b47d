// Text, generic form and bytecode of the ops.
// RUN: qnet-opt %s | FileCheck %s
// RUN: qnet-opt %s | qnet-opt | FileCheck %s
// RUN: qnet-opt %s -mlir-print-op-generic | qnet-opt | FileCheck %s
// RUN: qnet-opt %s -emit-bytecode | qnet-opt | FileCheck %s

module attributes {transform.with_named_sequence} {
  // CHECK: transform.named_sequence @all_properties
  // CHECK:   transform.qnet.match_product %{{.*}} role(input_gradient) method(direct) allows(long) windowed(true) codes(false) m([1, 128]) n([64]) k([2, 3]) : !transform.any_op
  transform.named_sequence @all_properties(%op: !transform.any_op {transform.readonly}) {
    transform.qnet.match_product %op role(input_gradient) method(direct) allows(long)
        windowed(true) codes(false) m([1, 128]) n([64]) k([2, 3]) : !transform.any_op
    transform.yield
  }
  // CHECK: transform.named_sequence @all_parameters
  // CHECK:   transform.qnet.block_product %{{.*}} method(packed) rows(40) vectors(8) block(256) panels(2) groups(16) vector_bits(512) allow_spills : !transform.any_op
  // CHECK:   transform.qnet.block_product %{{.*}} : !transform.op<"linalg.generic">
  transform.named_sequence @all_parameters(%a: !transform.any_op {transform.consumed},
      %b: !transform.op<"linalg.generic"> {transform.consumed}) {
    transform.qnet.block_product %a vectors(8) rows(40) panels(2) method(packed) block(256)
        groups(16) allow_spills vector_bits(512) : !transform.any_op
    transform.qnet.block_product %b : !transform.op<"linalg.generic">
    transform.yield
  }
}
