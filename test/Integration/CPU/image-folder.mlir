// A classifier learns bright from dark images of a folder; threads change no
// byte, and a damaged image stops the run by name.
// RUN: %python %S/Inputs/image-folder.py images
// RUN: qnet-compile %s -o trainer
// RUN: ./trainer train --data=images --epochs=20 --threads=1 --checkpoint=1.st --log=log
// RUN: ./trainer train --data=images --epochs=20 --threads=3 --checkpoint=3.st
// RUN: cmp 1.st 3.st
// RUN: ./trainer eval --data=images --checkpoint=1.st | FileCheck %s
// CHECK: test error 0.00%  (0 of 4)
// RUN: %python -c "open('images/train/dark/3.ppm', 'w').write('text')"
// RUN: not ./trainer train --data=images --epochs=21 --checkpoint=1.st --resume 2>&1 | FileCheck %s --check-prefix=DAMAGED
// DAMAGED: error: 'images/train/dark/3.ppm' is not a png, jpeg, ppm or pgm image
// RUN: cmp 1.st 3.st
qnet.model @linear(%x: tensor<4x4x4x3xf32>) -> tensor<4x2xf32> {
  %f = qnet.reshape %x : tensor<4x4x4x3xf32> to tensor<4x48xf32>
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) : tensor<2x48xf32>
  %y = qnet.dense %f, %w : (tensor<4x48xf32>, tensor<2x48xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @brightness of @linear {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<0.01>
}
