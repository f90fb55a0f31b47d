// RUN: qnet-opt %s -qnet-emit-program=target=my_cpu | FileCheck %s --check-prefixes=CHECK,MAIN
// RUN: qnet-opt %s -qnet-emit-program=main=false | FileCheck %s --check-prefixes=CHECK,LIBRARY

// Entries are only reached through the program.
// CHECK-LABEL: llvm.func internal @init
// CHECK-NOT: qnet.arena
// CHECK: llvm.mlir.global internal constant @tiny_manifest("{
// CHECK-SAME: arena_bytes\22:4096
// MAIN-SAME: target\22:\22my_cpu\22
// CHECK-SAME: \00")
// CHECK: llvm.mlir.global external constant @tiny_program()
// The version of the ABI, the manifest and seven entries, of which six are missing, as are
// the constants and the kernels.
// CHECK: llvm.mlir.constant(6 : i32) : i32
// CHECK: llvm.mlir.addressof @tiny_manifest
// CHECK: llvm.mlir.addressof @init
// CHECK-COUNT-8: llvm.mlir.zero
// MAIN: llvm.func @main(%{{.*}}: i32, %{{.*}}: !llvm.ptr) -> i32
// MAIN: llvm.mlir.addressof @tiny_program
// MAIN: llvm.call @qnet_trainer_main
// LIBRARY-NOT: @main
module attributes {qnet.manifest = "{\"name\": \"tiny\"}", qnet.arena_bytes = 4096 : i64, qnet.program = {name = "tiny"}} {
  llvm.func @init(%runtime: !llvm.ptr, %state: !llvm.ptr, %arena: !llvm.ptr {qnet.arena}, %seed: i32) {
    llvm.return
  }
}
