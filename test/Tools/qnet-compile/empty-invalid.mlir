// No training.
// RUN: %python %S/Inputs/refuse.py qnet-compile %s | FileCheck %s
// CHECK: error: expected a qnet.training op, found none
module {}
