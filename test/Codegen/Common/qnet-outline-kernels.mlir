// RUN: qnet-opt %s -qnet-outline-kernels -split-input-file | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// A fill that only a loop sees goes with it; both loops are one function.
// CHECK-LABEL: func.func @equal_loops_share_a_kernel
// CHECK-SAME: %[[RT:[a-z0-9]+]]: !llvm.ptr {qnet.context}, %[[A:[a-z0-9]+]]: memref<64xf32>, %[[B:[a-z0-9]+]]: memref<64xf32>
// CHECK-NOT: linalg
// CHECK: %[[X:.*]] = memref.alloc()
// CHECK: %[[Y:.*]] = memref.alloc()
// CHECK: call @kernel_64(%[[RT]], %[[A]], %[[X]]) : (!llvm.ptr, memref<64xf32>, memref<64xf32>) -> ()
// CHECK: call @kernel_64(%[[RT]], %[[B]], %[[Y]])
// CHECK: call @kernel_64(%[[RT]], %[[Y]], %[[X]])
// CHECK: func.func private @kernel_64(%{{.*}}: !llvm.ptr {qnet.context}, %[[IN:.*]]: memref<64xf32> {llvm.noalias}, %[[OUT:.*]]: memref<64xf32> {llvm.noalias})
// CHECK-SAME: llvm.linkage = #llvm.linkage<internal>, passthrough = ["noinline", "nounwind"]
// CHECK: linalg.fill {{.*}} outs(%[[OUT]]
// CHECK: linalg.generic {{.*}} ins(%[[IN]] : memref<64xf32>) outs(%[[OUT]] : memref<64xf32>)
// CHECK: return
// CHECK-NOT: @kernel_64_
func.func @equal_loops_share_a_kernel(%rt: !llvm.ptr {qnet.context}, %a: memref<64xf32>, %b: memref<64xf32>) {
  %zero = arith.constant 0.0 : f32
  %x = memref.alloc() : memref<64xf32>
  %y = memref.alloc() : memref<64xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<64xf32>)
  linalg.fill ins(%zero : f32) outs(%y : memref<64xf32>)
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%a : memref<64xf32>) outs(%x : memref<64xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = arith.addf %i, %o : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%b : memref<64xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = arith.addf %i, %o : f32
    linalg.yield %s : f32
  }
  linalg.fill ins(%zero : f32) outs(%x : memref<64xf32>)
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%y : memref<64xf32>) outs(%x : memref<64xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = arith.addf %i, %o : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func @another_constant_is_another_kernel
// CHECK: call @kernel_8(
// CHECK: call @kernel_8_0(
// CHECK-LABEL: func.func private @kernel_8(
// CHECK: arith.constant 1.000000e+00
// CHECK-LABEL: func.func private @kernel_8_0(
// CHECK: arith.constant 2.000000e+00
func.func @another_constant_is_another_kernel(%rt: !llvm.ptr {qnet.context}, %a: memref<8xf32>) {
  %one = arith.constant 1.0 : f32
  %two = arith.constant 2.0 : f32
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%a : memref<8xf32>) {
  ^bb0(%o: f32):
    %s = arith.mulf %o, %one : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%a : memref<8xf32>) {
  ^bb0(%o: f32):
    %s = arith.mulf %o, %two : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
#second = affine_map<(d0) -> (1)>
#third = affine_map<(d0) -> (2)>

// The parameter's number and its flag are arguments, and so is the rate.
// CHECK-LABEL: func.func @updates_of_two_parameters_share_a_kernel
// CHECK-SAME: %[[RT:[a-z0-9]+]]: !llvm.ptr {qnet.context}, %[[STATE:[a-z0-9]+]]: memref<128xi8>, %[[BYTES:[a-z0-9]+]]: memref<12xi8>, %[[SEED:[a-z0-9]+]]: i32
// CHECK-DAG: %[[V:.*]] = memref.view %[[STATE]][%c0][]
// CHECK-DAG: %[[W:.*]] = memref.view %[[STATE]][%c64][]
// CHECK: %[[AT1:.*]] = arith.constant 4 : index
// CHECK: %[[F1:.*]] = memref.view %[[BYTES]][%[[AT1]]][] : memref<12xi8> to memref<1xi32>
// CHECK: %[[P1:.*]] = arith.constant 7 : i32
// CHECK: call @kernel_16(%[[RT]], %[[V]], %[[F1]], %[[SEED]], %[[P1]])
// CHECK: %[[AT2:.*]] = arith.constant 8 : index
// CHECK: %[[F2:.*]] = memref.view %[[BYTES]][%[[AT2]]][] : memref<12xi8> to memref<1xi32>
// CHECK: %[[P2:.*]] = arith.constant 9 : i32
// CHECK: call @kernel_16(%[[RT]], %[[W]], %[[F2]], %[[SEED]], %[[P2]])
// CHECK: func.func private @kernel_16(%{{.*}}: !llvm.ptr {qnet.context}, %{{.*}}: memref<16xi32> {llvm.noalias}, %{{.*}}: memref<1xi32> {llvm.noalias}, %[[S:.*]]: i32, %[[P:.*]]: i32)
// CHECK: linalg.generic {indexing_maps = [#[[ID:.*]], #[[ZERO:.*]]]
// CHECK: qnet.random_bits update of 0 + %[[P]] seed %[[S]]
func.func @updates_of_two_parameters_share_a_kernel(%rt: !llvm.ptr {qnet.context}, %state: memref<128xi8>, %bytes: memref<12xi8>, %seed: i32) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %v = memref.view %state[%c0][] : memref<128xi8> to memref<16xi32>
  %w = memref.view %state[%c64][] : memref<128xi8> to memref<16xi32>
  %flags = memref.view %bytes[%c0][] : memref<12xi8> to memref<3xi32>
  linalg.generic {indexing_maps = [#id, #second], iterator_types = ["reduction"]}
      outs(%v, %flags : memref<16xi32>, memref<3xi32>) {
  ^bb0(%o: i32, %f: i32):
    %i = linalg.index 0 : index
    %r = qnet.random_bits update of 7 seed %seed step %seed at %i {bits = 16 : i32} : i32
    %g = arith.ori %f, %r : i32
    linalg.yield %r, %g : i32, i32
  }
  linalg.generic {indexing_maps = [#id, #third], iterator_types = ["reduction"]}
      outs(%w, %flags : memref<16xi32>, memref<3xi32>) {
  ^bb0(%o: i32, %f: i32):
    %i = linalg.index 0 : index
    %r = qnet.random_bits update of 9 seed %seed step %seed at %i {bits = 16 : i32} : i32
    %g = arith.ori %f, %r : i32
    linalg.yield %r, %g : i32, i32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
#rows = affine_map<(d0, d1) -> (d0, d1)>
#flat = affine_map<(d0, d1) -> (d0 * 4 + d1)>

// CHECK-LABEL: func.func @memory_that_may_be_shared_is_not_distinct
// CHECK-SAME: %[[RT:[a-z0-9]+]]: !llvm.ptr {qnet.context}, %[[STATE:[a-z0-9]+]]: memref<128xi8>
// CHECK: func.func private @kernel_16(%{{.*}}: !llvm.ptr {qnet.context}, %{{[a-z0-9]+}}: memref<16xf32>, %{{[a-z0-9]+}}: memref<16xf32>)
func.func @memory_that_may_be_shared_is_not_distinct(%rt: !llvm.ptr {qnet.context}, %state: memref<128xi8>, %place: index) {
  %c0 = arith.constant 0 : index
  %v = memref.view %state[%c0][] : memref<128xi8> to memref<16xf32>
  %w = memref.view %state[%place][] : memref<128xi8> to memref<16xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%v : memref<16xf32>) outs(%w : memref<16xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  }
  return
}

// -----

#flat = affine_map<(d0, d1) -> (d0 * 4 + d1)>
#rows = affine_map<(d0, d1) -> (d0, d1)>

// Two names of one buffer arrive as one argument; a strided part is cut inside.
// CHECK-LABEL: func.func @names_of_a_buffer_are_one_argument
// CHECK-SAME: %[[RT:[a-z0-9]+]]: !llvm.ptr {qnet.context}, %[[A:[a-z0-9]+]]: memref<2x4xf32>, %[[B:[a-z0-9]+]]: memref<8x4xf32>, %[[AT:[a-z0-9]+]]: index
// CHECK: call @kernel_2x4(%[[RT]], %[[A]]) :
// CHECK: call @kernel_2x4_0(%[[RT]], %[[B]], %[[AT]], %[[A]]) :
// CHECK: func.func private @kernel_2x4(%{{.*}}: !llvm.ptr {qnet.context}, %[[X:.*]]: memref<2x4xf32> {llvm.noalias})
// CHECK: memref.collapse_shape %[[X]]
// CHECK: func.func private @kernel_2x4_0(%{{.*}}: !llvm.ptr {qnet.context}, %[[Y:.*]]: memref<8x4xf32> {llvm.noalias}, %[[P:.*]]: index, %{{.*}}: memref<2x4xf32> {llvm.noalias})
// CHECK: memref.subview %[[Y]][%[[P]], 0]
func.func @names_of_a_buffer_are_one_argument(%rt: !llvm.ptr {qnet.context}, %a: memref<2x4xf32>, %b: memref<8x4xf32>, %at: index) {
  %line = memref.collapse_shape %a [[0, 1]] : memref<2x4xf32> into memref<8xf32>
  linalg.generic {indexing_maps = [#flat, #rows], iterator_types = ["parallel", "parallel"]}
      ins(%line : memref<8xf32>) outs(%a : memref<2x4xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  }
  %part = memref.subview %b[%at, 0] [2, 4] [1, 1] : memref<8x4xf32> to memref<2x4xf32, strided<[4, 1], offset: ?>>
  linalg.generic {indexing_maps = [#rows, #rows], iterator_types = ["parallel", "parallel"]}
      ins(%part : memref<2x4xf32, strided<[4, 1], offset: ?>>) outs(%a : memref<2x4xf32>) {
  ^bb0(%i: f32, %o: f32):
    linalg.yield %i : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>

// Without the runtime's pointer there are no threads, and no kernels.
// CHECK-LABEL: func.func @no_entry_no_kernel
// CHECK: linalg.generic
func.func @no_entry_no_kernel(%a: memref<8xf32>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%a : memref<8xf32>) {
  ^bb0(%o: f32):
    %s = arith.addf %o, %o : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#columns = affine_map<(m, n) -> (n)>

// A product takes its epilogue along.
// CHECK-LABEL: func.func @an_epilogue_goes_with_its_product
// CHECK-COUNT-1: call @kernel_8x4x2(
// CHECK-NOT: call
// CHECK: func.func private @kernel_8x4x2(
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: arith.constant 0 : index
// CHECK-NEXT: linalg.generic {{.*}} {qnet.epilogue = "consumes"}
func.func @an_epilogue_goes_with_its_product(%ctx: !llvm.ptr {qnet.context}, %x: memref<8x2xf32>, %w: memref<4x2xf32>, %bias: memref<4xf32>, %y: memref<8x4xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<8x4xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<8x2xf32>, memref<4x2xf32>) outs(%y : memref<8x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #columns, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %bias : memref<8x4xf32>, memref<4xf32>) outs(%y : memref<8x4xf32>)
      attrs = {qnet.epilogue = "consumes"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#row = affine_map<(i) -> (i)>
#under = affine_map<(p, i) -> (p + i)>
#tap = affine_map<(p, i) -> (i)>
#place = affine_map<(p, i) -> (p)>

// A prologue and its buffer go with the product that reads it.
// CHECK-LABEL: func.func @a_prologue_goes_with_its_product
// CHECK-NOT:   memref.alloc
// CHECK-NOT:   linalg
// CHECK:       call @[[KERNEL:.*]](%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}})
// CHECK:       func.func private @[[KERNEL]]
// CHECK:         %[[P:.*]] = memref.alloc() : memref<10xf32>
// CHECK:         linalg.generic {{.*}} outs(%[[P]] {{.*}}qnet.prologue
// CHECK:         linalg.generic {{.*}} ins(%[[P]],
func.func @a_prologue_goes_with_its_product(%runtime: !llvm.ptr {qnet.context},
    %x: memref<8xf32>, %w: memref<3xf32>, %y: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<10xf32>
  linalg.generic {indexing_maps = [#row], iterator_types = ["parallel"]}
      outs(%p : memref<10xf32>) attrs = {qnet.pad_low = array<i64: 1>, qnet.prologue} {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %r = arith.subi %i, %c1 : index
    %in = arith.cmpi ult, %r, %c8 : index
    %at = arith.select %in, %r, %c0 : index
    %v = memref.load %x[%at] : memref<8xf32>
    %s = arith.select %in, %v, %zero : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#under, #tap, #place],
      iterator_types = ["parallel", "reduction"]}
      ins(%p, %w : memref<10xf32>, memref<3xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%a: f32, %k: f32, %sum: f32):
    %m = arith.mulf %a, %k : f32
    %s = arith.addf %sum, %m : f32
    linalg.yield %s : f32
  }
  return
}
