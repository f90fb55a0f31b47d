// RUN: qnet-opt %s -qnet-launch-products=split-sums -canonicalize -cse -split-input-file | FileCheck %s --check-prefixes=CHECK,F32
// RUN: qnet-opt %s -qnet-launch-products="split-sums math=bf16" -canonicalize -cse -split-input-file | FileCheck %s --check-prefixes=CHECK,BF16
// RUN: qnet-opt %s -qnet-launch-products -canonicalize -cse -split-input-file | FileCheck %s --check-prefix=WHOLE

#km = affine_map<(m, n, k) -> (k, m)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Two tiles, 4100 terms: 16 parts of 256 or 272 terms (whole slices), of which the last is
// not full: no address is outside, and what is outside counts as zero. Parts are blocks; their
// sums, added in ascending order, are the output.
// CHECK-LABEL: func.func @a_part_of_the_sums_is_a_block
// CHECK: %[[PARTS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<[[N:1[56]]]x40x20xf32>
// F32: gpu.launch blocks(%[[BLOCK:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c32, {{.*}}function(@a_part_of_the_sums_is_a_block_product)
// BF16: gpu.launch blocks(%[[BLOCK:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c30, {{.*}}function(@a_part_of_the_sums_is_a_block_product_bf16)
// CHECK-DAG: %[[PART:.*]] = arith.divui %[[BLOCK]], %c2
// CHECK-DAG: %[[TILE:.*]] = arith.remui %[[BLOCK]], %c2
// F32: %[[FIRST:.*]] = arith.muli %[[PART]], %c272
// BF16: %[[FIRST:.*]] = arith.muli %[[PART]], %c288
// F32: arith.cmpi ult, %{{.*}}, %c4100
// BF16: arith.minui %{{.*}}, %c4099
// F32: scf.for %{{.*}} = %c0 to %c272 step %c16
// BF16: scf.for %{{.*}} = %c0 to %c256 step %c32
// CHECK: memref.store %{{.*}}, %[[PARTS]][%[[PART]], %{{.*}}, %{{.*}}]
// CHECK: linalg.fill ins(%cst{{.*}} : f32) outs(%arg2 : memref<40x20xf32>)
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel", "parallel"]} ins(%[[PARTS]] : memref<[[N]]x40x20xf32>) outs(%arg2 : memref<40x20xf32>)
// CHECK: ^bb0(%[[SUM:.*]]: f32, %[[OUT:.*]]: f32):
// CHECK: arith.addf %[[OUT]], %[[SUM]]
//
// WHOLE-LABEL: func.func @a_part_of_the_sums_is_a_block
// WHOLE-NOT: memref.alloc
// WHOLE: gpu.launch
// WHOLE-NOT: linalg
func.func @a_part_of_the_sums_is_a_block(%a: memref<4100x40xf32>, %b: memref<4100x20xf32>, %c: memref<40x20xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<40x20xf32>)
  linalg.generic {indexing_maps = [#km, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<4100x40xf32>, memref<4100x20xf32>) outs(%c : memref<40x20xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}

// What is there already is the start of the parts' sum.
// CHECK-LABEL: func.func @parts_are_added_to_what_is_there
// CHECK: gpu.launch
// CHECK-NOT: linalg.fill
// CHECK: linalg.generic {{.*}} outs(%arg2 : memref<40x20xf32>)
func.func @parts_are_added_to_what_is_there(%a: memref<4096x40xf32>, %b: memref<4096x20xf32>, %c: memref<40x20xf32>) {
  linalg.generic {indexing_maps = [#km, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<4096x40xf32>, memref<4096x20xf32>) outs(%c : memref<40x20xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Short sums, or enough tiles: no parts.
// CHECK-LABEL: func.func @short_sums_are_whole
// CHECK-NOT: memref.alloc
// CHECK: gpu.launch
// CHECK-NOT: linalg
func.func @short_sums_are_whole(%a: memref<500x40xf32>, %b: memref<500x20xf32>, %c: memref<40x20xf32>) {
  linalg.generic {indexing_maps = [#km, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<500x40xf32>, memref<500x20xf32>) outs(%c : memref<40x20xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

// CHECK-LABEL: func.func @many_tiles_have_whole_sums
// CHECK-NOT: memref.alloc
// CHECK: gpu.launch
func.func @many_tiles_have_whole_sums(%a: memref<1024x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<1024x1024xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<1024x1024xf32>, memref<1024x1024xf32>) outs(%c : memref<1024x1024xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}
