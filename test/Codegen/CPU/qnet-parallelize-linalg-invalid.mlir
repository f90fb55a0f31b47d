// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-parallelize-linalg

func.func @tensors_are_bufferized_before(%t: tensor<8xf32>, %x: f32) -> tensor<8xf32> {
  // expected-error @+1 {{expected buffers of static shape, of integers or floats}}
  %0 = linalg.fill ins(%x : f32) outs(%t : tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @shapes_are_static(%m: memref<?xf32>, %x: f32) {
  // expected-error @+1 {{expected buffers of static shape, of integers or floats}}
  linalg.fill ins(%x : f32) outs(%m : memref<?xf32>)
  return
}

// -----

func.func @codes_are_packed_before(%m: memref<8x!qnet.q<#qnet.binary<1.0>>>, %c: !qnet.q<#qnet.binary<1.0>>) {
  // expected-error @+1 {{expected buffers of static shape, of integers or floats}}
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%m : memref<8x!qnet.q<#qnet.binary<1.0>>>) {
  ^bb0(%o: !qnet.q<#qnet.binary<1.0>>):
    linalg.yield %c : !qnet.q<#qnet.binary<1.0>>
  }
  return
}
