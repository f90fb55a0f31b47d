// RUN: qnet-opt %s -qnet-launch-linalg -split-input-file -verify-diagnostics

#id = affine_map<(i) -> (i)>

func.func @a_chain_over_elements_is_not_supported(%x: memref<8xf32>, %y: memref<8xf32>) {
  // expected-error @below {{target cuda does not support an output that is not one element for each parallel iteration ('linalg.generic'), supported: elementwise ops, reductions, products, and flat updates on buffers of static shape}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["reduction"]} ins(%x : memref<8xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  }
  return
}

// -----

#id2 = affine_map<(i, j) -> (i, j)>
#swapped = affine_map<(i, j) -> (j, i)>

func.func @codes_in_another_order_are_not_supported(%x: memref<8x8x!qnet.q<#qnet.binary<1.0>>>, %y: memref<8x8x!qnet.q<#qnet.binary<1.0>>>) {
  // expected-error @below {{target cuda does not support codes that are not written in flat order}}
  linalg.generic {indexing_maps = [#swapped, #id2], iterator_types = ["parallel", "parallel"]} ins(%x : memref<8x8x!qnet.q<#qnet.binary<1.0>>>) outs(%y : memref<8x8x!qnet.q<#qnet.binary<1.0>>>) {
  ^bb0(%a: !qnet.q<#qnet.binary<1.0>>, %o: !qnet.q<#qnet.binary<1.0>>):
    linalg.yield %a : !qnet.q<#qnet.binary<1.0>>
  }
  return
}

// -----

#id = affine_map<(i) -> (i)>

func.func @dynamic_shapes_are_not_supported(%x: memref<?xf32>, %y: memref<?xf32>) {
  // expected-error @below {{target cuda does not support loops over anything but buffers of static shape}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  return
}
