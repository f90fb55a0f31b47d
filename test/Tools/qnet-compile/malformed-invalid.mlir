// IR that does not parse.
// RUN: %python %S/Inputs/refuse.py qnet-compile %s | FileCheck %s
// CHECK: error: {{.+}}
qnet.model @
