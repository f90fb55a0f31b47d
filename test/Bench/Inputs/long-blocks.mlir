// All products by the method for long sums, in blocks of 32 pixels: rows of an image.
module attributes {transform.with_named_sequence} {
  transform.named_sequence @is_product(%op: !transform.any_op {transform.readonly}) -> !transform.any_op {
    transform.qnet.match_product %op : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @long(%op: !transform.any_op {transform.consumed}) {
    transform.qnet.block_product %op method(long) block(32) : !transform.any_op
    transform.yield
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.consumed}) {
    transform.foreach_match in %module @is_product -> @long : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
