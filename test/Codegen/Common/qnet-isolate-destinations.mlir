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

// Two loop-carried sums have buffers of their own, and what the loop yields is written
// over what it carries.
// CHECK-LABEL: func.func @loops_carry_in_place
// CHECK: %[[F1:.*]] = linalg.fill
// CHECK: %[[F2:.*]] = linalg.fill
// CHECK: scf.for {{.*}} iter_args(%[[X:.*]] = %[[F1]], %[[Y:.*]] = %[[F2]])
// CHECK: %[[NEW:.*]] = linalg.generic
// CHECK-DAG: %[[KEPT:.*]] = bufferization.materialize_in_destination %[[NEW]] in %[[X]]
// CHECK-DAG: %[[WRITTEN:.*]] = tensor.insert_slice %{{.*}} into %[[Y]]
// CHECK: scf.yield %[[KEPT]], %[[WRITTEN]]
func.func @loops_carry_in_place(%z: tensor<8xf32>, %s: tensor<2xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %zeros = arith.constant dense<0.0> : tensor<8xf32>
  %sums:2 = scf.for %i = %c0 to %c8 step %c2 iter_args(%x = %zeros, %y = %zeros)
      -> (tensor<8xf32>, tensor<8xf32>) {
    %empty = tensor.empty() : tensor<8xf32>
    %new = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                           iterator_types = ["parallel"]}
        ins(%x, %z : tensor<8xf32>, tensor<8xf32>) outs(%empty : tensor<8xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %sum = arith.mulf %a, %b : f32
      linalg.yield %sum : f32
    } -> tensor<8xf32>
    %written = tensor.insert_slice %s into %y[%i] [2] [1] : tensor<2xf32> into tensor<8xf32>
    scf.yield %new, %written : tensor<8xf32>, tensor<8xf32>
  }
  return %sums#0, %sums#1 : tensor<8xf32>, tensor<8xf32>
}

// What slices are inserted into is not a destination: the fill moves down to the first insertion, so
// that its buffer does not live before.
// CHECK-LABEL: func.func @a_fill_moves_down_to_its_first_user
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>)
// CHECK: %[[Y:.*]] = math.sqrt %[[X]]
// CHECK: %[[EMPTY:.*]] = tensor.empty() : tensor<8xf32>
// CHECK: %[[FILL:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%[[EMPTY]]
// CHECK-NEXT: tensor.insert_slice %[[Y]] into %[[FILL]]
func.func @a_fill_moves_down_to_its_first_user(%x: tensor<4xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<8xf32>) -> tensor<8xf32>
  %y = math.sqrt %x : tensor<4xf32>
  %low = tensor.insert_slice %y into %fill[0] [4] [1] : tensor<4xf32> into tensor<8xf32>
  %z = tensor.insert_slice %y into %low[4] [4] [1] : tensor<4xf32> into tensor<8xf32>
  return %z : tensor<8xf32>
}
