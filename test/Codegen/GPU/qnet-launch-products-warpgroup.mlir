// RUN: qnet-opt %s -qnet-launch-products="math=bf16 warpgroups" -canonicalize -cse | FileCheck %s
// RUN: qnet-opt %s -qnet-launch-products="math=tf32 warpgroups" -canonicalize -cse | FileCheck %s --check-prefix=TF32

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Two warpgroups of a block of 256 threads have 64 rows each. What was stored is made visible
// before the barrier. Descriptors: the address, 512 bytes to the next eight rows, a swizzle of
// 64 bytes; the second instruction starts 32 bytes into the rows. A thread has 64 sums, of
// row lane / 4 of its warp's 16 and the row eight below.
// CHECK-LABEL: func.func @four_warps_multiply_together
// CHECK-DAG: %[[FIELDS:.*]] = arith.constant -9223371899415756800 : i64
// CHECK: gpu.launch {{.*}} threads(%[[THREAD:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c256
// CHECK-SAME: workgroup(%[[A:.*]] : memref<2x128x16xi32, {{.*}}>, %[[B:.*]] : memref<2x128x16xi32, {{.*}}>)
// CHECK: vector.store
// CHECK: nvvm.fence.proxy {kind = #nvvm.proxy_kind<async.shared>, space = #nvvm.shared_space<cta>}
// CHECK-NEXT: gpu.barrier
// CHECK: %[[GROUP:.*]] = arith.divui %[[THREAD]], %c128
// CHECK: nvvm.wgmma.fence.aligned
// CHECK-NEXT: %[[LEFT:.*]] = memref.extract_aligned_pointer_as_index %[[A]]
// CHECK-NEXT: %[[BYTES:.*]] = arith.muli %[[GROUP]], %c4096
// CHECK-NEXT: %[[AT:.*]] = arith.addi %[[LEFT]], %[[BYTES]]
// CHECK-NEXT: %[[BITS:.*]] = arith.index_castui %[[AT]] : index to i64
// CHECK-NEXT: %[[LOW:.*]] = arith.andi %[[BITS]], %c262143_i64
// CHECK-NEXT: %[[SIXTEENS:.*]] = arith.shrui %[[LOW]], %c4_i64
// CHECK-NEXT: %[[DESCRIPTOR:.*]] = arith.ori %[[SIXTEENS]], %[[FIELDS]]
// CHECK: memref.extract_aligned_pointer_as_index %[[B]]
// CHECK: %[[FIRST:.*]] = nvvm.wgmma.mma_async %[[DESCRIPTOR]], %{{.*}}, %{{.*}}, <m = 64, n = 128, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>]
// CHECK: arith.addi %[[AT]], %c32
// CHECK: %[[SECOND:.*]] = nvvm.wgmma.mma_async %{{.*}}, %{{.*}}, %[[FIRST]],
// CHECK-NEXT: nvvm.wgmma.commit.group.sync.aligned
// CHECK-NEXT: nvvm.wgmma.wait.group.sync.aligned 0
// CHECK-COUNT-64: llvm.extractvalue %[[SECOND]]
// CHECK-NOT: nvvm.mma.sync
//
// tf32: rounded on its way to shared memory, where the instruction would cut it off; half as
// many terms in the same bytes.
// TF32-LABEL: func.func @four_warps_multiply_together
// TF32: gpu.launch {{.*}} threads(%{{.*}}) in (%{{.*}} = %c256
// TF32-SAME: workgroup(%{{.*}} : memref<2x128x16xi32, {{.*}}>, %{{.*}} : memref<2x128x16xi32, {{.*}}>)
// TF32-NOT: nvgpu.device_async_copy
// TF32: nvvm.convert.float.to.tf32
// TF32: vector.store
// TF32: nvvm.fence.proxy
// TF32-NEXT: gpu.barrier
// TF32: %[[FIRST:.*]] = nvvm.wgmma.mma_async %{{.*}}, %{{.*}}, %{{.*}}, <m = 64, n = 128, k = 8>, D[<f32>, <one>], A[<tf32>, <one>, <row>], B[<tf32>, <one>, <col>]
// TF32: nvvm.wgmma.mma_async %{{.*}}, %{{.*}}, %[[FIRST]],
// TF32-NOT: nvvm.mma.sync
func.func @four_warps_multiply_together(%a: memref<1280x32xf32>, %b: memref<1280x32xf32>, %c: memref<1280x1280xf32>) {
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<1280x32xf32>, memref<1280x32xf32>) outs(%c : memref<1280x1280xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Tiles of fewer than 64 rows or columns are for warps.
// CHECK-LABEL: func.func @small_tiles_are_for_warps
// TF32-LABEL: func.func @small_tiles_are_for_warps
// CHECK-NOT: wgmma
// CHECK: nvvm.mma.sync
func.func @small_tiles_are_for_warps(%a: memref<64x32xf32>, %b: memref<40x32xf32>, %c: memref<64x40xf32>) {
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<64x32xf32>, memref<40x32xf32>) outs(%c : memref<64x40xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}
