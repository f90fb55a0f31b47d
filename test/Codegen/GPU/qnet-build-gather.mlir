// RUN: qnet-opt %s -qnet-build-gather -split-input-file | FileCheck %s

// Images: the row and the column move by the place's words, the column from the other side
// where the image is mirrored; what is outside, or of no sample, is zero and loads the first
// element.
// CHECK-LABEL: func.func @train_step
// CHECK: func.func @gather_bytes(%{{.*}}: !llvm.ptr {qnet.context}, %[[DATA:.*]]: memref<2147483647xi8>, %[[PLACES:.*]]: memref<4x4xi32>, %[[TABLE:.*]]: memref<16777216xf32>, %[[CHANNELS:.*]]: i32, %[[BATCH:.*]]: memref<4x6x5x3xf32>) attributes {qnet.entry = "gather_bytes"}
// CHECK: %[[COUNT:.*]] = arith.index_castui %[[CHANNELS]]
// CHECK: linalg.generic {{.*}} outs(%[[BATCH]] : memref<4x6x5x3xf32>)
// CHECK: %[[ROW:.*]] = linalg.index 1
// CHECK: %[[COLUMN:.*]] = linalg.index 2
// CHECK: memref.load %[[PLACES]][%{{.*}}, %c0
// CHECK: %[[IS:.*]] = arith.cmpi sge,
// CHECK: memref.load %[[PLACES]][%{{.*}}, %c3
// CHECK: %[[OPPOSITE:.*]] = arith.subi %c4{{.*}}, %[[COLUMN]]
// CHECK: %[[SIDE:.*]] = arith.select %{{.*}}, %[[OPPOSITE]], %[[COLUMN]]
// CHECK: memref.load %[[PLACES]][%{{.*}}, %c1
// CHECK: %[[Y:.*]] = arith.addi %[[ROW]],
// CHECK: memref.load %[[PLACES]][%{{.*}}, %c2
// CHECK: %[[X:.*]] = arith.addi %[[SIDE]],
// CHECK: arith.cmpi ult, %[[Y]], %c6
// CHECK: arith.cmpi ult, %[[X]], %c5
// CHECK: %[[INSIDE:.*]] = arith.andi
// CHECK: %[[AT:.*]] = arith.select %[[INSIDE]], %{{.*}}, %c0
// CHECK: %[[BYTE:.*]] = memref.load %[[DATA]][%[[AT]]]
// CHECK: %[[CHANNEL:.*]] = arith.remui %{{.*}}, %[[COUNT]]
// CHECK: %[[FLOAT:.*]] = memref.load %[[TABLE]]
// CHECK: arith.select %[[INSIDE]], %[[FLOAT]], %cst
//
// Floats are as they are.
// CHECK: func.func @gather_floats(%{{.*}}: !llvm.ptr {qnet.context}, %[[DATA:.*]]: memref<2147483647xf32>, %{{.*}}: memref<4x4xi32>, %{{.*}}: memref<4x6x5x3xf32>)
// CHECK: %[[VALUE:.*]] = memref.load %[[DATA]]
// CHECK-NEXT: %[[ZERO:.*]] = arith.constant 0.0
// CHECK-NEXT: arith.select %{{.*}}, %[[VALUE]], %[[ZERO]]
func.func @train_step(%context: !llvm.ptr {qnet.context}, %state: memref<64xi8>, %arena: memref<0xi8> {qnet.arena}, %inputs: memref<4x6x5x3xf32>) attributes {qnet.entry = "train_step"} {
  return
}

// -----

// Other inputs have no crop.
// CHECK: func.func @gather_bytes({{.*}}memref<4x30xf32>)
// CHECK-COUNT-1: memref.load %{{.*}} : memref<4x4xi32>
// CHECK-NOT: memref<4x4xi32>
// CHECK: func.func @gather_floats
func.func @train_step(%context: !llvm.ptr {qnet.context}, %state: memref<64xi8>, %arena: memref<0xi8> {qnet.arena}, %inputs: memref<4x30xf32>) attributes {qnet.entry = "train_step"} {
  return
}

// -----

// A predictor gathers nothing.
// CHECK-LABEL: func.func @evaluate
// CHECK-NOT: gather
func.func @evaluate(%context: !llvm.ptr {qnet.context}, %state: memref<64xi8>, %arena: memref<0xi8> {qnet.arena}, %inputs: memref<4x30xf32>) attributes {qnet.entry = "evaluate"} {
  return
}
