// RUN: qnet-opt %s -qnet-launch-products -canonicalize -cse -split-input-file | FileCheck %s

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Two tiles of 32 x 32. The loads of the next slice stand before the sums; a sum is one
// fma chain in ascending k; the fill goes away.
// CHECK-LABEL: func.func @a_block_computes_a_tile
// CHECK-NOT: linalg.fill
// CHECK: gpu.launch {{.*}} in (%{{.*}} = %c2, {{.*}} in (%{{.*}} = %c256
// CHECK-SAME: workgroup(%[[A:.*]] : memref<16x36xf32, #gpu.address_space<workgroup>>, %[[B:.*]] : memref<16x36xf32, #gpu.address_space<workgroup>>)
// CHECK: scf.for %[[K:.*]] = %c0 to %c48 step %c16 iter_args({{.*}}%cst, {{.*}}%cst, {{.*}}%cst, {{.*}}%cst,
// CHECK: memref.store %{{.*}}, %[[A]]
// CHECK: memref.store %{{.*}}, %[[B]]
// CHECK: gpu.barrier
// CHECK: %[[NEXT:.*]] = arith.addi %[[K]], %c16
// CHECK: memref.load %arg0
// CHECK: memref.load %arg1
// CHECK: scf.for %[[I:.*]] = %c0 to %c16 step %c1 iter_args(%[[S0:.*]] = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}) -> (f32, f32, f32, f32)
// CHECK: vector.load %[[A]][%[[I]], %{{.*}}] {alignment = 8 : i64}
// CHECK: vector.load %[[B]][%[[I]], %{{.*}}] {alignment = 8 : i64}
// CHECK: math.fma %{{.*}}, %{{.*}}, %[[S0]] : f32
// CHECK: gpu.barrier
// CHECK-COUNT-4: memref.store %{{.*}}, %arg2
func.func @a_block_computes_a_tile(%a: memref<64x48xf32>, %b: memref<32x48xf32>, %c: memref<64x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<64x32xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<64x48xf32>, memref<32x48xf32>) outs(%c : memref<64x32xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// K = 50: the last two steps are a loop of their own, so that no sum adds a padding zero.
// Without a fill the sums go on from memory. Codes are decoded on the way to shared
// memory.
// CHECK-LABEL: func.func @codes_are_decoded_on_the_way_to_shared_memory
// CHECK: gpu.launch
// CHECK: memref.load %arg2
// CHECK: scf.for %{{.*}} = %c0 to %c48 step %c16
// CHECK: memref.load %arg1{{.*}} : memref<32x50x!qnet.q<#qnet.binary<5.000000e-01>>>
// CHECK: qnet.from_code
// CHECK: arith.select
// CHECK: scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK: gpu.barrier
// CHECK: gpu.barrier
// CHECK: scf.for %{{.*}} = %c0 to %c2 step %c1
func.func @codes_are_decoded_on_the_way_to_shared_memory(%a: memref<64x50xf32>, %b: memref<32x50x!qnet.q<#qnet.binary<0.5>>>, %c: memref<64x32xf32>) {
  %zero = arith.constant 0 : i32
  %up = arith.constant 0.5 : f32
  %down = arith.constant -0.5 : f32
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<64x50xf32>, memref<32x50x!qnet.q<#qnet.binary<0.5>>>) outs(%c : memref<64x32xf32>) {
  ^bb0(%x: f32, %code: !qnet.q<#qnet.binary<0.5>>, %o: f32):
    %n = qnet.from_code %code : !qnet.q<#qnet.binary<0.5>> to i32
    %is = arith.cmpi ne, %n, %zero : i32
    %y = arith.select %is, %up, %down : f32
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Large products take tiles of 128 x 128, 64 sums a thread.
// CHECK-LABEL: func.func @a_large_product_takes_large_tiles
// CHECK: gpu.launch {{.*}} in (%{{.*}} = %c128, {{.*}} in (%{{.*}} = %c256
// CHECK-SAME: memref<8x132xf32, #gpu.address_space<workgroup>>
// CHECK-COUNT-64: math.fma
// CHECK-NOT: math.fma
func.func @a_large_product_takes_large_tiles(%a: memref<2048x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<2048x1024xf32>) {
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<2048x1024xf32>, memref<1024x1024xf32>) outs(%c : memref<2048x1024xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}
