// A code schedule for qnet-compile --code-schedule: wide register tiles for the forward
// products of large dense layers, many parts for their weight gradients. What it does not
// match is cut as by default. docs/schedules.md explains it.
module attributes {transform.with_named_sequence} {
  transform.named_sequence @is_wide_forward(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op role(forward) windowed(false) n([512]) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @wide_tiles(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(packed) rows(3) vectors(4) block(512)
        : !transform.any_op
    transform.yield
  }

  transform.named_sequence @is_weight_gradient(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op role(weight_gradient) windowed(false) allows(packed)
        : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @many_parts(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(packed) panels(1) groups(64) : !transform.any_op
    transform.yield
  }

  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module
        @is_wide_forward -> @wide_tiles,
        @is_weight_gradient -> @many_parts
        : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
