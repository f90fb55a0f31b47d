// A code schedule in upstream's ops: the first dense layer of examples/mnist-mlp.mlir under
// --rule=full, tiled for threads and registers, vectorized, and lowered to vectors of
// one dimension and fma, which is what qnet's pipeline goes on with.
module attributes {transform.with_named_sequence} {
  transform.named_sequence @is_first_layer(%op: !transform.any_op {transform.readonly})
      -> !transform.any_op {
    transform.qnet.match_product %op role(forward) codes(false) k([784, 784])
        : !transform.any_op
    transform.yield %op : !transform.any_op
  }
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %products = transform.collect_matching @is_first_layer in %module
        : (!transform.any_op) -> !transform.any_op
    %tile, %parts = transform.structured.tile_using_forall %products tile_sizes [4, 16]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    %step, %loop = transform.structured.tile_using_for %tile tile_sizes [0, 0, 4]
        : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.structured.vectorize %step : !transform.any_op
    %kernel = transform.get_parent_op %parts {op_name = "func.func", deduplicate}
        : (!transform.any_op) -> !transform.any_op
    transform.apply_patterns to %kernel {
      transform.apply_patterns.vector.reduction_to_contract
      transform.apply_patterns.vector.transfer_permutation_patterns
    } : !transform.any_op
    transform.apply_patterns to %kernel {
      transform.apply_patterns.vector.lower_contraction lowering_strategy = outerproduct
      transform.apply_patterns.vector.lower_outerproduct
      transform.apply_patterns.vector.lower_transpose
      transform.apply_patterns.vector.transfer_to_scf max_transfer_rank = 1 full_unroll = true
      transform.apply_patterns.vector.lower_transfer max_transfer_rank = 1
      transform.apply_patterns.canonicalization
    } : !transform.any_op
    transform.yield
  }
}
