// RUN: qnet-opt %s -qnet-launch-products=math=bf16 -canonicalize -cse -split-input-file | FileCheck %s --check-prefixes=CHECK,BF16
// RUN: qnet-opt %s -qnet-launch-products=math=tf32 -canonicalize -cse -split-input-file | FileCheck %s --check-prefixes=CHECK,TF32

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Aligned runs of terms are loaded as vectors, of codes as parts of packed words; rows of
// 16 words, in two buffers that take turns, hold 32 bf16 or 16 tf32. Codes are decoded on
// the way; f32 are copied past the registers, for tf32, and rounded when they are read. No
// element is tested for being inside: all are.
// CHECK-LABEL: func.func @words_go_to_shared_memory_rounded
// CHECK: %[[WORDS:.*]] = qnet.words %arg1
// CHECK: gpu.launch {{.*}} in (%{{.*}} = %c2, {{.*}} in (%{{.*}} = %c128,
// BF16-SAME: function(@words_go_to_shared_memory_rounded_product_bf16)
// TF32-SAME: function(@words_go_to_shared_memory_rounded_product_tf32)
// BF16-SAME: workgroup(%[[A:.*]] : memref<2x32x16xi32, #gpu.address_space<workgroup>>,
// TF32-SAME: workgroup(%[[A:.*]] : memref<2x32x16xf32, #gpu.address_space<workgroup>>,
// CHECK-SAME: %[[B:.*]] : memref<2x32x16xi32, #gpu.address_space<workgroup>>)
// CHECK-NOT: minui
// BF16: vector.load %arg0[%{{.*}}] {alignment = 16 : i64} : memref<64x64xf32>, vector<4xf32>
// TF32: %[[COPY:.*]] = nvgpu.device_async_copy %arg0[{{.*}}], %[[A]][%c0, {{.*}}], 4 {bypassL1}
// CHECK: memref.load %[[WORDS]]
// CHECK: arith.select %{{.*}} : vector<4xi1>, vector<4xf32>
// TF32: %[[GROUP:.*]] = nvgpu.device_async_create_group %[[COPY]]
// BF16: arith.truncf %{{.*}} : vector<4xf32> to vector<4xbf16>
// TF32: nvvm.convert.float.to.tf32 %{{.*}} {rnd = #nvvm.fp_rnd_mode<rna>}
// BF16: vector.store %{{.*}}, %[[A]][%c0, {{.*}} {alignment = 16 : i64}
// CHECK: vector.store %{{.*}}, %[[B]][%c0, {{.*}} {alignment = 16 : i64}
// TF32-NEXT: nvgpu.device_async_wait %[[GROUP]] {numGroups = 0 : i32}
// CHECK-NEXT: gpu.barrier
//
// The next slice's loads are under way while the warps multiply.
// TF32: scf.for %{{.*}} = %c0 to %c48 step %c16 iter_args({{.*}}%[[SUM:.*]] = %cst
// BF16: vector.load %arg0
// TF32: %[[NEXT:.*]] = nvgpu.device_async_copy %arg0
// TF32: %[[AHEAD:.*]] = nvgpu.device_async_create_group %[[NEXT]]
// BF16: %[[L:.*]] = vector.load %[[A]][%c0,
// BF16-NEXT: %[[L0:.*]] = vector.extract %[[L]][0]
// BF16-NEXT: %[[L1:.*]] = vector.extract %[[L]][1]
// BF16-NEXT: %[[L2:.*]] = vector.extract %[[L]][2]
// BF16-NEXT: %[[L3:.*]] = vector.extract %[[L]][3]
// BF16: %[[H:.*]] = vector.load %[[A]]
// BF16-NEXT: %[[H0:.*]] = vector.extract %[[H]][0]
// BF16-NEXT: %[[H1:.*]] = vector.extract %[[H]][1]
// BF16-NEXT: %[[H2:.*]] = vector.extract %[[H]][2]
// BF16-NEXT: %[[H3:.*]] = vector.extract %[[H]][3]
// TF32: vector.load %[[A]][%{{.*}} : memref<2x32x16xf32, #gpu.address_space<workgroup>>, vector<4xf32>
// TF32: %[[L0:.*]] = nvvm.convert.float.to.tf32
// TF32: %[[L1:.*]] = nvvm.convert.float.to.tf32
// TF32: %[[L2:.*]] = nvvm.convert.float.to.tf32
// TF32: %[[L3:.*]] = nvvm.convert.float.to.tf32
// TF32: vector.load %[[A]]
// TF32: %[[H0:.*]] = nvvm.convert.float.to.tf32
// TF32: %[[H1:.*]] = nvvm.convert.float.to.tf32
// TF32: %[[H2:.*]] = nvvm.convert.float.to.tf32
// TF32: %[[H3:.*]] = nvvm.convert.float.to.tf32
// CHECK: %[[R:.*]] = vector.load %[[B]]
// CHECK-NEXT: %[[R0:.*]] = vector.extract %[[R]][0]
// CHECK-NEXT: %[[R1:.*]] = vector.extract %[[R]][1]
// CHECK-NEXT: %[[R2:.*]] = vector.extract %[[R]][2]
// CHECK-NEXT: %[[R3:.*]] = vector.extract %[[R]][3]
// CHECK: %[[D:.*]] = nvvm.mma.sync A[%[[L0]], %[[H0]], %[[L1]], %[[H1]]] B[%[[R0]], %[[R1]]] C[
// BF16-SAME: multiplicandAPtxType = #nvvm.mma_type<bf16>
// BF16-SAME: shape = #nvvm.shape<m = 16, n = 8, k = 16>
// TF32-SAME: multiplicandAPtxType = #nvvm.mma_type<tf32>
// TF32-SAME: shape = #nvvm.shape<m = 16, n = 8, k = 8>
// CHECK-NEXT: %[[D0:.*]] = llvm.extractvalue %[[D]][0]
// CHECK-NEXT: %[[D1:.*]] = llvm.extractvalue %[[D]][1]
// CHECK-NEXT: %[[D2:.*]] = llvm.extractvalue %[[D]][2]
// CHECK-NEXT: %[[D3:.*]] = llvm.extractvalue %[[D]][3]
// CHECK: nvvm.mma.sync
// CHECK: nvvm.mma.sync A[%[[L2]], %[[H2]], %[[L3]], %[[H3]]] B[%[[R2]], %[[R3]]] C[%[[D0]], %[[D1]], %[[D2]], %[[D3]]]
// CHECK: nvvm.mma.sync
// BF16: vector.store %{{.*}}, %[[A]]
// CHECK: vector.store %{{.*}}, %[[B]]
// TF32-NEXT: nvgpu.device_async_wait %[[AHEAD]]
// CHECK-NEXT: gpu.barrier
// CHECK-NOT: gpu.barrier
// CHECK-COUNT-4: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
//
// The sums are added to the output.
// CHECK: memref.load %arg2
// CHECK: arith.addf
// CHECK: memref.store %{{.*}}, %arg2
func.func @words_go_to_shared_memory_rounded(%a: memref<64x64xf32>, %b: memref<32x64x!qnet.q<#qnet.binary<0.5>>>, %c: memref<64x32xf32>) {
  %zero = arith.constant 0 : i32
  %up = arith.constant 0.5 : f32
  %down = arith.constant -0.5 : f32
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<64x64xf32>, memref<32x64x!qnet.q<#qnet.binary<0.5>>>) outs(%c : memref<64x32xf32>) {
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
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Odd sizes: no address is outside, and what is not in the product is zero in both
// factors. Only elements of the output are written; after a fill nothing is read of it.
// CHECK-LABEL: func.func @what_is_outside_is_zero
// CHECK-NOT: linalg.fill
// CHECK: %[[ROW:.*]] = arith.minui %{{.*}}, %c29
// CHECK: %[[TERM:.*]] = arith.minui %{{.*}}, %c32
// CHECK: memref.load %arg0[%[[ROW]], %[[TERM]]]
// CHECK: %[[COLUMN:.*]] = arith.minui %{{.*}}, %c19
// CHECK: memref.load %arg1[%{{.*}}, %[[COLUMN]]]
// CHECK: arith.cmpi ult, %{{.*}}, %c30
// CHECK: arith.cmpi ult, %{{.*}}, %c33
// CHECK: arith.select %{{.*}}, %{{.*}}, %[[ZERO:.*]] : vector<4xi1>, vector<4xf32>
// CHECK: nvvm.mma.sync
// CHECK: scf.if
// CHECK-NOT: memref.load %arg2
// CHECK: memref.store %{{.*}}, %arg2
func.func @what_is_outside_is_zero(%a: memref<30x33xf32>, %b: memref<33x20xf32>, %c: memref<30x20xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<30x20xf32>)
  linalg.generic {indexing_maps = [#mk, #kn, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<30x33xf32>, memref<33x20xf32>) outs(%c : memref<30x20xf32>) {
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

// Large products: 128 x 128 a block, 64 x 32 a warp, which are 16 squares and two
// instructions for each, in the loop and behind it.
// CHECK-LABEL: func.func @a_large_product_takes_large_tiles
// CHECK: gpu.launch {{.*}} in (%{{.*}} = %c128, {{.*}} in (%{{.*}} = %c256
// BF16-SAME: memref<2x128x16xi32, #gpu.address_space<workgroup>>
// TF32-SAME: memref<2x128x16xf32, #gpu.address_space<workgroup>>
// CHECK-COUNT-64: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
func.func @a_large_product_takes_large_tiles(%a: memref<2048x1024xf32>, %b: memref<1024x1024xf32>, %c: memref<2048x1024xf32>) {
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : memref<2048x1024xf32>, memref<1024x1024xf32>) outs(%c : memref<2048x1024xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}
