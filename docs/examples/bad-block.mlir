// A schedule with a block that starts in the middle of a word of codes.
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
