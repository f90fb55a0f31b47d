// RUN: echo "#!/bin/sh" > interesting.sh
// RUN: echo "grep -q qnet.round \"\$1\" && exit 1" >> interesting.sh
// RUN: echo "exit 0" >> interesting.sh
// RUN: chmod +x interesting.sh
// RUN: qnet-reduce %s -reduction-tree='traversal-mode=0 test=./interesting.sh' | FileCheck %s
//
// Of many functions, the one that is interesting is left.

// CHECK-NOT: @boring
// CHECK: func.func @interesting
// CHECK: qnet.round
// CHECK-NOT: @boring

func.func @boring1(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @boring2(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %y = qnet.relu %x : tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}
func.func @interesting(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = qnet.round %x to(#qnet.binary<1.0>) by(#qnet.deterministic) : tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func @boring3(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
