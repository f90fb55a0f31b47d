// Parameters that no product could honour are refused when the schedule is read.
// RUN: qnet-opt %s -split-input-file -verify-diagnostics

module attributes {transform.with_named_sequence} {
  transform.named_sequence @zero_rows(%op: !transform.any_op {transform.consumed}) {
    // expected-error @+1 {{'transform.qnet.block_product' op expected rows of at least 1, got 0}}
    transform.qnet.block_product %op rows(0) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @negative_block(%op: !transform.any_op {transform.consumed}) {
    // expected-error @+1 {{'transform.qnet.block_product' op expected block of at least 1, got -32}}
    transform.qnet.block_product %op block(-32) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @rows_beyond_code(%op: !transform.any_op {transform.consumed}) {
    // expected-error @+1 {{'transform.qnet.block_product' op expected rows from 1 to 64, got 65}}
    transform.qnet.block_product %op rows(65) allow_spills : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @tile_beyond_registers(%op: !transform.any_op {transform.consumed}) {
    // expected-error @+1 {{'transform.qnet.block_product' op expected a register tile for the 16 registers of the target, got 8 rows of 2 vectors; allow spills if it is meant}}
    transform.qnet.block_product %op rows(8) vectors(2) vector_bits(256) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @width(%op: !transform.any_op {transform.consumed}) {
    // expected-error @+1 {{'transform.qnet.block_product' op expected vector-bits of 128, 256 or 512, got 64}}
    transform.qnet.block_product %op vector_bits(64) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @panels_of_direct(%op: !transform.any_op {transform.consumed}) {
    // expected-error @+1 {{'transform.qnet.block_product' op expected no panels for method direct, got 2}}
    transform.qnet.block_product %op method(direct) panels(2) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @block_of_tables(%op: !transform.any_op {transform.consumed}) {
    // expected-error @+1 {{'transform.qnet.block_product' op expected no block for method table, got 64}}
    transform.qnet.block_product %op method(table) block(64) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @three_vectors_of_tables(%op: !transform.any_op {transform.consumed}) {
    // expected-error @+1 {{'transform.qnet.block_product' op expected 1, 2 or 4 vectors for method table, got 3}}
    transform.qnet.block_product %op method(table) vectors(3) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @narrow_tables(%op: !transform.any_op {transform.consumed}) {
    // expected-error @+1 {{'transform.qnet.block_product' op expected vectors of 256 or 512 bits for method table, got 128}}
    transform.qnet.block_product %op method(table) vector_bits(128) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @unknown_method(%op: !transform.any_op {transform.consumed}) {
    // expected-error @+1 {{expected one of auto, packed, tall, direct, long, table, winograd, got 'fast'}}
    transform.qnet.block_product %op method(fast) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @unknown_role(%op: !transform.any_op {transform.readonly}) {
    // expected-error @+1 {{expected one of forward, input_gradient, weight_gradient, got 'backward'}}
    transform.qnet.match_product %op role(backward) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @descending_range(%op: !transform.any_op {transform.readonly}) {
    // expected-error @+1 {{'transform.qnet.match_product' op expected m to be a number or two in ascending order, got [8, 4]}}
    transform.qnet.match_product %op m([8, 4]) : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @empty_range(%op: !transform.any_op {transform.readonly}) {
    // expected-error @+1 {{'transform.qnet.match_product' op expected k to be a number or two in ascending order, got []}}
    transform.qnet.match_product %op k([]) : !transform.any_op
    transform.yield
  }
}
