// The code schedule for vectors of 128 bits: what qnet-compile does with matrix products
// unless --code-schedule says otherwise (docs/schedules.md). Each product takes the first
// pair whose matcher it passes. There are no tables
// for vectors of this width.
module attributes {transform.with_named_sequence} {
  // Convolutions with windows of 3 x 3 that move by one pixel, forward and both gradients,
  // where --products allows it. These sums, too, round otherwise than chains.
  transform.named_sequence @is_winograd(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op method(winograd) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @winograd(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(winograd) : !transform.any_op
    transform.yield
  }

  // Weight gradients of convolutions, and of dense layers with large batches: both factors
  // are read where they lie. The register tile follows from the layer's shape.
  transform.named_sequence @is_long(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op method(long) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @long(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(long) : !transform.any_op
    transform.yield
  }

  // Convolutions, their input gradients, and matrices with many more rows than columns:
  // the rows are read where they lie, panels of the other factor are packed.
  transform.named_sequence @is_direct(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op method(direct) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @direct(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(direct) block(1536) : !transform.any_op
    transform.yield
  }

  // Many rows that cannot be read where they lie.
  transform.named_sequence @is_tall(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op method(tall) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @tall(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(tall) rows(4) vectors(2) block(1024)
        : !transform.any_op
    transform.yield
  }

  // All others: dense layers and their gradients.
  transform.named_sequence @is_product(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @packed(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(packed) rows(4) vectors(2) block(1024)
        panels(4) groups(8) : !transform.any_op
    transform.yield
  }

  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module
        @is_winograd -> @winograd,
        @is_long -> @long,
        @is_direct -> @direct,
        @is_tall -> @tall,
        @is_product -> @packed
        : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
