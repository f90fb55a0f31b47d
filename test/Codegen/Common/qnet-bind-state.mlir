// RUN: qnet-opt %s -qnet-to-linalg-pipeline -qnet-bind-state | FileCheck %s

// The manifest says where each piece of state lies, on lines of 64 bytes: the codes of
// "w" (6 bits in one word), then the bias and the slots.
// CHECK: module attributes {
// CHECK-SAME: qnet.manifest =
qnet.model @mlp(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %b = qnet.parameter "b" init(#qnet.constant<0.0>) : tensor<2xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  %z = qnet.bias %y, %b : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  qnet.return %z : tensor<4x2xf32>
}
qnet.training @t of @mlp {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.momentum, schedule = #qnet.constant_rate<0.1>
}

// Four pieces of 64 bytes each: w, w.u, b, b.u.
// CHECK-LABEL: func.func @init(
// CHECK-SAME: %{{.*}}: !llvm.ptr {qnet.context}, %[[STATE:.*]]: memref<256xi8>, %{{.*}}: memref<0xi8> {qnet.arena}, %{{.*}}: i32) attributes
// CHECK: bufferization.materialize_in_destination
// CHECK: return{{$}}

// CHECK-LABEL: func.func @train_step(
// CHECK-SAME: %[[STATE:arg[0-9]+]]: memref<256xi8>
// CHECK-SAME: memref<4x3xf32>, %{{.*}}: memref<4xi32>, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: memref<4xf32>, %{{.*}}: memref<4xi32>, %[[FLAGS:.*]]: memref<8xi8>)
// Flags are a block of bytes. The state is read and written at one place, and may be written;
// what is reshaped last goes to a view of its place.
// CHECK: %[[F:.*]] = memref.view %[[FLAGS]][%{{.*}}][] : memref<8xi8> to memref<2xi32>
// CHECK: %[[W:.*]] = memref.view %[[STATE]][%{{.*}}][] : memref<256xi8> to memref<2x3x!qnet.q<#qnet.binary<1.000000e+00>>>
// CHECK: bufferization.to_tensor %[[W]] restrict writable
// CHECK: %[[FLAT:.*]] = memref.collapse_shape %[[W]]
// CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %[[FLAT]]
// CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %[[F]]

// Others only read it.
// CHECK-LABEL: func.func @evaluate(
// CHECK: bufferization.to_tensor
// CHECK-NOT: writable :
// CHECK-LABEL: func.func @predict(
// CHECK-SAME: memref<4x3xf32>, %[[OUTPUTS:.*]]: memref<4x2xf32>)
// CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %[[OUTPUTS]]

// CHECK-LABEL: func.func @codes(
// CHECK-SAME: %[[CODES:arg[0-9]+]]: memref<64xi8>)
// CHECK: memref.view %[[CODES]][%{{.*}}][] : memref<64xi8> to memref<2x3x!qnet.q<#qnet.binary<1.000000e+00>>>
