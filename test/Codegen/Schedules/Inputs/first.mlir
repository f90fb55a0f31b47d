// METHOD with PARAMETERS for products that allow it, odd tiles for all others: a template.
module attributes {transform.with_named_sequence} {
  transform.named_sequence @allows(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op allows(METHOD) : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @first(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(METHOD) PARAMETERS : !transform.any_op
    transform.yield
  }
  transform.named_sequence @is_product(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @others(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op rows(5) vectors(1) block(64) panels(2) groups(3)
        : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @allows -> @first, @is_product -> @others
        : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
