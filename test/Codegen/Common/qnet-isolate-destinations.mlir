// RUN: qnet-opt %s -qnet-isolate-destinations | FileCheck %s

// A fill that two ops write into is made once for each.
// CHECK-LABEL: func.func @shared_fill_is_cloned
// CHECK: %[[F1:.*]] = linalg.fill
// CHECK: linalg.generic {{.*}} outs(%[[F1]]
// CHECK: %[[F2:.*]] = linalg.fill
// CHECK: linalg.generic {{.*}} outs(%[[F2]]
func.func @shared_fill_is_cloned(%x: tensor<4x8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<8xf32>) -> tensor<8xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(n, c) -> (n, c)>, affine_map<(n, c) -> (c)>],
                       iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<4x8xf32>) outs(%fill : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %out, %in : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %b = linalg.generic {indexing_maps = [affine_map<(n, c) -> (n, c)>, affine_map<(n, c) -> (c)>],
                       iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<4x8xf32>) outs(%fill : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.maximumf %out, %in : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  return %a, %b : tensor<8xf32>, tensor<8xf32>
}

// A constant that is stored becomes a fill: no zeros lie in the executable.
// CHECK-LABEL: func.func @stored_splat_becomes_a_fill
// CHECK: %[[EMPTY:.*]] = tensor.empty() : tensor<1024xf32>
// CHECK: %[[FILL:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%[[EMPTY]]
// CHECK: bufferization.materialize_in_destination %[[FILL]]
func.func @stored_splat_becomes_a_fill(%m: memref<1024xf32>) {
  %zeros = arith.constant dense<0.0> : tensor<1024xf32>
  bufferization.materialize_in_destination %zeros in restrict writable %m
      : (tensor<1024xf32>, memref<1024xf32>) -> ()
  return
}

// Other constants, and destinations with values in them, stay as they are.
// CHECK-LABEL: func.func @values_stay
// CHECK: %[[C:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00]>
// CHECK-NOT: linalg.fill
// CHECK: bufferization.materialize_in_destination %[[C]]
func.func @values_stay(%m: memref<2xf32>) {
  %values = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  bufferization.materialize_in_destination %values in restrict writable %m
      : (tensor<2xf32>, memref<2xf32>) -> ()
  return
}
