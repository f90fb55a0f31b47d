// A product that adds to what its output holds, whose body decodes codes to +1 and -1 itself:
// by tables, against plain loops that take single codes from the packed words. All values
// are small integers: equal bits are expected.
//
// REQUIRES: avx2
// DEFINE: %{to-llvm} = -scf-parallel-for-to-nested-fors -convert-linalg-to-loops -lower-affine -convert-vector-to-scf -convert-scf-to-cf -convert-vector-to-llvm -expand-strided-metadata -lower-affine -convert-arith-to-llvm -convert-index-to-llvm -finalize-memref-to-llvm -convert-func-to-llvm -convert-cf-to-llvm -convert-ub-to-llvm -reconcile-unrealized-casts
// RUN: qnet-opt %s -qnet-block-matmul="vector-bits=256 table-products" -qnet-pack-weights | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s
// RUN: %if avx512f %{ qnet-opt %s -qnet-block-matmul="vector-bits=512 table-products" -qnet-pack-weights | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s %}

// Elements equal to those of the loops.
// CHECK: {{^}}630{{$}}

!binary = !qnet.q<#qnet.binary<0.5>>
func.func @main() -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = arith.constant 9 : index
  %n = arith.constant 70 : index
  %k = arith.constant 70 : index
  %none = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  %zero = arith.constant 0.0 : f32
  %bytes = memref.alloc() : memref<616xi8>
  %a = memref.alloc() : memref<9x70xf32>
  %b = memref.view %bytes[%c0][] : memref<616xi8> to memref<70x70x!binary>
  %c = memref.alloc() : memref<9x70xf32>
  %words = qnet.words %b : memref<70x70x!binary> to memref<154xi32>
  %count = arith.constant 154 : index
  %factor = arith.constant 747796405 : i32
  %shift = arith.constant 15 : i32
  scf.for %i = %c0 to %count step %c1 {
    %number = arith.index_cast %i : index to i32
    %h = arith.muli %number, %factor : i32
    %s = arith.shrui %h, %shift : i32
    %x = arith.xori %h, %s : i32
    %y = arith.muli %x, %factor : i32
    memref.store %y, %words[%i] : memref<154xi32>
  }
  scf.for %i = %c0 to %m step %c1 {
    scf.for %j = %c0 to %k step %c1 {
      %p = arith.muli %i, %j : index
      %q = arith.addi %p, %j : index
      %eleven = arith.constant 11 : index
      %r = arith.remui %q, %eleven : index
      %v = arith.index_cast %r : index to i32
      %f = arith.sitofp %v : i32 to f32
      memref.store %f, %a[%i, %j] : memref<9x70xf32>
      memref.store %f, %c[%i, %j] : memref<9x70xf32>
    }
  }
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<9x70xf32>, memref<70x70x!binary>)
      outs(%c : memref<9x70xf32>) {
  ^bb0(%x: f32, %code: !binary, %sum: f32):
    %o = qnet.from_code %code : !binary to i32
    %twice = arith.muli %o, %two : i32
    %sign = arith.subi %one, %twice : i32
    %w = arith.sitofp %sign : i32 to f32
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  // Places where c is what it was plus the sum over single codes.
  %equal = scf.for %i = %c0 to %m step %c1 iter_args(%inRows = %none) -> i32 {
    %row = scf.for %j = %c0 to %n step %c1 iter_args(%inRow = %inRows) -> i32 {
      %p0 = arith.muli %i, %j : index
      %q0 = arith.addi %p0, %j : index
      %eleven = arith.constant 11 : index
      %r0 = arith.remui %q0, %eleven : index
      %v0 = arith.index_cast %r0 : index to i32
      %start = arith.sitofp %v0 : i32 to f32
      %sum = scf.for %l = %c0 to %k step %c1 iter_args(%acc = %start) -> f32 {
        %x = memref.load %a[%i, %l] : memref<9x70xf32>
        %first = arith.muli %j, %k : index
        %flat = arith.addi %first, %l : index
        %c32 = arith.constant 32 : index
        %at = arith.divui %flat, %c32 : index
        %in = arith.remui %flat, %c32 : index
        %by = arith.index_cast %in : index to i32
        %word = memref.load %words[%at] : memref<154xi32>
        %moved = arith.shrui %word, %by : i32
        %bit = arith.andi %moved, %one : i32
        %twice = arith.muli %bit, %two : i32
        %sign = arith.subi %one, %twice : i32
        %w = arith.sitofp %sign : i32 to f32
        %p = arith.mulf %x, %w : f32
        %next = arith.addf %acc, %p : f32
        scf.yield %next : f32
      }
      %got = memref.load %c[%i, %j] : memref<9x70xf32>
      %same = arith.cmpf oeq, %got, %sum : f32
      %more = arith.addi %inRow, %one : i32
      %new = arith.select %same, %more, %inRow : i32
      scf.yield %new : i32
    }
    scf.yield %row : i32
  }
  return %equal : i32
}
