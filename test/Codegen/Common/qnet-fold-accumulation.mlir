// RUN: qnet-opt %s -qnet-fold-accumulation | FileCheck %s

#id = affine_map<(i) -> (i)>
#in = affine_map<(n, c) -> (n, c)>
#channel = affine_map<(n, c) -> (c)>
#id2 = affine_map<(i, j) -> (i, j)>
#left = affine_map<(i, j, k) -> (k, i)>
#right = affine_map<(i, j, k) -> (k, j)>
#out = affine_map<(i, j, k) -> (i, j)>
#id3 = affine_map<(i, j, k) -> (i, j, k)>

// The sum of a part goes on from that of the parts before.
// CHECK-LABEL: func.func @a_sum_goes_on
// CHECK: scf.for {{.*}} iter_args(%[[ACC:.*]] = %{{.*}})
// CHECK-NOT: linalg.fill
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}} outs(%[[ACC]] : tensor<3xf32>)
// CHECK: scf.yield %[[SUM]]
func.func @a_sum_goes_on(%x: tensor<4x3xf32>, %start: tensor<3xf32>) -> tensor<3xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %all = scf.for %i = %c0 to %c4 step %c1 iter_args(%acc = %start) -> tensor<3xf32> {
    %empty = tensor.empty() : tensor<3xf32>
    %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<3xf32>) -> tensor<3xf32>
    %sum = linalg.generic {indexing_maps = [#in, #channel], iterator_types = ["reduction", "parallel"]}
        ins(%x : tensor<4x3xf32>) outs(%fill : tensor<3xf32>) {
    ^bb0(%in: f32, %out: f32):
      %s = arith.addf %out, %in : f32
      linalg.yield %s : f32
    } -> tensor<3xf32>
    %new = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%acc, %sum : tensor<3xf32>, tensor<3xf32>) outs(%empty : tensor<3xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
    } -> tensor<3xf32>
    scf.yield %new : tensor<3xf32>
  }
  return %all : tensor<3xf32>
}

// Between a product and its use as a gradient of a convolution stands a reshape. The
// order of the summands does not matter.
// CHECK-LABEL: func.func @reshapes_are_looked_through
// CHECK: scf.for {{.*}} iter_args(%[[ACC:.*]] = %{{.*}})
// CHECK: %[[FLAT:.*]] = tensor.collapse_shape %[[ACC]] {{\[\[}}0], [1, 2]] : tensor<5x2x3xf32> into tensor<5x6xf32>
// CHECK: %[[PRODUCT:.*]] = linalg.generic {{.*}} outs(%[[FLAT]] : tensor<5x6xf32>)
// CHECK: %[[SUM:.*]] = tensor.expand_shape %[[PRODUCT]]
// CHECK-NEXT: scf.yield %[[SUM]]
func.func @reshapes_are_looked_through(%x: tensor<4x5xf32>, %y: tensor<4x6xf32>,
                                       %start: tensor<5x2x3xf32>) -> tensor<5x2x3xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %all = scf.for %i = %c0 to %c4 step %c1 iter_args(%acc = %start) -> tensor<5x2x3xf32> {
    %empty = tensor.empty() : tensor<5x6xf32>
    %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<5x6xf32>) -> tensor<5x6xf32>
    %product = linalg.generic {indexing_maps = [#left, #right, #out],
                               iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %y : tensor<4x5xf32>, tensor<4x6xf32>) outs(%fill : tensor<5x6xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %p = arith.mulf %a, %b : f32
      %s = arith.addf %out, %p : f32
      linalg.yield %s : f32
    } -> tensor<5x6xf32>
    %shaped = tensor.expand_shape %product [[0], [1, 2]] output_shape [5, 2, 3]
        : tensor<5x6xf32> into tensor<5x2x3xf32>
    %to = tensor.empty() : tensor<5x2x3xf32>
    %new = linalg.generic {indexing_maps = [#id3, #id3, #id3],
                           iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%shaped, %acc : tensor<5x2x3xf32>, tensor<5x2x3xf32>) outs(%to : tensor<5x2x3xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
    } -> tensor<5x2x3xf32>
    scf.yield %new : tensor<5x2x3xf32>
  }
  return %all : tensor<5x2x3xf32>
}

// What is computed without a loop keeps its grouping.
// CHECK-LABEL: func.func @sums_outside_of_loops_stay
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}} ["reduction", "parallel"]
// CHECK: linalg.generic {{.*}} ["parallel"]
func.func @sums_outside_of_loops_stay(%x: tensor<4x3xf32>, %acc: tensor<3xf32>) -> tensor<3xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<3xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<3xf32>) -> tensor<3xf32>
  %sum = linalg.generic {indexing_maps = [#in, #channel], iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<4x3xf32>) outs(%fill : tensor<3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %out, %in : f32
    linalg.yield %s : f32
  } -> tensor<3xf32>
  %new = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%acc, %sum : tensor<3xf32>, tensor<3xf32>) outs(%empty : tensor<3xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<3xf32>
  return %new : tensor<3xf32>
}

// A sum with another use, one from another start, and a largest element stay.
// CHECK-LABEL: func.func @other_sums_stay
// CHECK: scf.for
// CHECK-COUNT-3: linalg.generic {{.*}} ["reduction", "parallel"]
// CHECK-COUNT-3: linalg.generic {{.*}} ["parallel"]
func.func @other_sums_stay(%x: tensor<4x3xf32>, %start: tensor<3xf32>)
    -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %all:4 = scf.for %i = %c0 to %c4 step %c1
      iter_args(%u = %start, %used = %start, %v = %start, %w = %start)
      -> (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
    %empty = tensor.empty() : tensor<3xf32>
    %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<3xf32>) -> tensor<3xf32>
    %ones = linalg.fill ins(%one : f32) outs(%empty : tensor<3xf32>) -> tensor<3xf32>
    %twice = linalg.generic {indexing_maps = [#in, #channel], iterator_types = ["reduction", "parallel"]}
        ins(%x : tensor<4x3xf32>) outs(%zeros : tensor<3xf32>) {
    ^bb0(%in: f32, %out: f32):
      %s = arith.addf %out, %in : f32
      linalg.yield %s : f32
    } -> tensor<3xf32>
    %from_one = linalg.generic {indexing_maps = [#in, #channel], iterator_types = ["reduction", "parallel"]}
        ins(%x : tensor<4x3xf32>) outs(%ones : tensor<3xf32>) {
    ^bb0(%in: f32, %out: f32):
      %s = arith.addf %out, %in : f32
      linalg.yield %s : f32
    } -> tensor<3xf32>
    %largest = linalg.generic {indexing_maps = [#in, #channel], iterator_types = ["reduction", "parallel"]}
        ins(%x : tensor<4x3xf32>) outs(%zeros : tensor<3xf32>) {
    ^bb0(%in: f32, %out: f32):
      %s = arith.maximumf %out, %in : f32
      linalg.yield %s : f32
    } -> tensor<3xf32>
    %new_u = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%u, %twice : tensor<3xf32>, tensor<3xf32>) outs(%empty : tensor<3xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
    } -> tensor<3xf32>
    %new_v = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%v, %from_one : tensor<3xf32>, tensor<3xf32>) outs(%empty : tensor<3xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
    } -> tensor<3xf32>
    %new_w = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%w, %largest : tensor<3xf32>, tensor<3xf32>) outs(%empty : tensor<3xf32>) {
    ^bb0(%a: f32, %b: f32, %out: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
    } -> tensor<3xf32>
    scf.yield %new_u, %twice, %new_v, %new_w
        : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  }
  return %all#0, %all#1, %all#2, %all#3
      : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}
