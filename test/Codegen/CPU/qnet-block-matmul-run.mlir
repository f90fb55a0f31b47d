// Runs products of odd sizes against plain loops. The factors are small integers, so
// that every order of summation gives the same sums: equal bits are expected.
//
// DEFINE: %{to-llvm} = -scf-parallel-for-to-nested-fors -convert-linalg-to-loops -lower-affine -convert-vector-to-scf -convert-scf-to-cf -convert-vector-to-llvm -expand-strided-metadata -lower-affine -convert-arith-to-llvm -convert-index-to-llvm -finalize-memref-to-llvm -convert-func-to-llvm -convert-cf-to-llvm -convert-ub-to-llvm -reconcile-unrealized-casts
// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=128 | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s
// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=256 | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s
// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=512 | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s
// RUN: qnet-opt %s -qnet-block-matmul="method=packed rows=3 vectors=1 block=32 panels=2 groups=3" | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s
// RUN: qnet-opt %s -qnet-block-matmul="vector-bits=128 method=tall rows=5 vectors=2 block=64 groups=2" | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s
// RUN: qnet-opt %s -qnet-block-matmul="method=direct rows=2 vectors=4 block=96 groups=5" | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s
// RUN: qnet-opt %s -qnet-block-matmul="vector-bits=512 method=long rows=40 vectors=1 allow-spills" | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s
// RUN: qnet-opt %s -qnet-block-matmul="rows=1 block=160 groups=1" | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s

// Elements equal to those of the loops: 17 * 41 + 30 * 50 + 21 * 35 + 5 * 70
// + 600 * 70.
// CHECK: {{^}}45282{{$}}

// Value of an element of a test matrix: ((7 * i + 3 * j + i * j) mod 11) - 5.
func.func private @element(%i: index, %j: index) -> f32 {
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : i32
  %c7 = arith.constant 7 : index
  %c11 = arith.constant 11 : index
  %a = arith.muli %i, %c7 : index
  %b = arith.muli %j, %c3 : index
  %c = arith.muli %i, %j : index
  %ab = arith.addi %a, %b : index
  %abc = arith.addi %ab, %c : index
  %r = arith.remui %abc, %c11 : index
  %n = arith.index_cast %r : index to i32
  %s = arith.subi %n, %c5 : i32
  %f = arith.sitofp %s : i32 to f32
  return %f : f32
}

func.func private @fill(%m: memref<?x?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = memref.dim %m, %c0 : memref<?x?xf32>
  %columns = memref.dim %m, %c1 : memref<?x?xf32>
  scf.for %i = %c0 to %rows step %c1 {
    scf.for %j = %c0 to %columns step %c1 {
      %v = func.call @element(%i, %j) : (index, index) -> f32
      memref.store %v, %m[%i, %j] : memref<?x?xf32>
    }
  }
  return
}

// Elements of c equal to initial + the sum over k of left(m, k) * right(k, n); the
// flags say which factor is stored transposed and whether c had terms already.
func.func private @count_equal(%c: memref<?x?xf32>, %depth: index,
    %leftTransposed: i1, %rightTransposed: i1, %hadTerms: i1) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %none = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %zero = arith.constant 0.0 : f32
  %rows = memref.dim %c, %c0 : memref<?x?xf32>
  %columns = memref.dim %c, %c1 : memref<?x?xf32>
  %count = scf.for %i = %c0 to %rows step %c1 iter_args(%inRows = %none) -> i32 {
    %row = scf.for %j = %c0 to %columns step %c1 iter_args(%inRow = %inRows) -> i32 {
      %initial = func.call @element(%i, %j) : (index, index) -> f32
      %start = arith.select %hadTerms, %initial, %zero : f32
      %sum = scf.for %k = %c0 to %depth step %c1 iter_args(%acc = %start) -> f32 {
        %lr = arith.select %leftTransposed, %k, %i : index
        %lc = arith.select %leftTransposed, %i, %k : index
        %x = func.call @element(%lr, %lc) : (index, index) -> f32
        %rr = arith.select %rightTransposed, %j, %k : index
        %rc = arith.select %rightTransposed, %k, %j : index
        %y = func.call @element(%rr, %rc) : (index, index) -> f32
        %p = arith.mulf %x, %y : f32
        %next = arith.addf %acc, %p : f32
        scf.yield %next : f32
      }
      %got = memref.load %c[%i, %j] : memref<?x?xf32>
      %same = arith.cmpf oeq, %got, %sum : f32
      %more = arith.addi %inRow, %one : i32
      %new = arith.select %same, %more, %inRow : i32
      scf.yield %new : i32
    }
    scf.yield %row : i32
  }
  return %count : i32
}

// Columns of 33: tails in k, in the panel, and in its last vector.
func.func private @dense_forward() -> i32 {
  %false = arith.constant false
  %true = arith.constant true
  %zero = arith.constant 0.0 : f32
  %depth = arith.constant 33 : index
  %a = memref.alloc() : memref<17x33xf32>
  %b = memref.alloc() : memref<41x33xf32>
  %c = memref.alloc() : memref<17x41xf32>
  %da = memref.cast %a : memref<17x33xf32> to memref<?x?xf32>
  %db = memref.cast %b : memref<41x33xf32> to memref<?x?xf32>
  %dc = memref.cast %c : memref<17x41xf32> to memref<?x?xf32>
  call @fill(%da) : (memref<?x?xf32>) -> ()
  call @fill(%db) : (memref<?x?xf32>) -> ()
  linalg.fill ins(%zero : f32) outs(%c : memref<17x41xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<17x33xf32>, memref<41x33xf32>)
      outs(%c : memref<17x41xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  %n = call @count_equal(%dc, %depth, %false, %true, %false)
      : (memref<?x?xf32>, index, i1, i1, i1) -> i32
  return %n : i32
}

// Two blocks of k.
func.func private @input_gradient() -> i32 {
  %false = arith.constant false
  %zero = arith.constant 0.0 : f32
  %depth = arith.constant 401 : index
  %a = memref.alloc() : memref<30x401xf32>
  %b = memref.alloc() : memref<401x50xf32>
  %c = memref.alloc() : memref<30x50xf32>
  %da = memref.cast %a : memref<30x401xf32> to memref<?x?xf32>
  %db = memref.cast %b : memref<401x50xf32> to memref<?x?xf32>
  %dc = memref.cast %c : memref<30x50xf32> to memref<?x?xf32>
  call @fill(%da) : (memref<?x?xf32>) -> ()
  call @fill(%db) : (memref<?x?xf32>) -> ()
  linalg.fill ins(%zero : f32) outs(%c : memref<30x50xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<30x401xf32>, memref<401x50xf32>)
      outs(%c : memref<30x50xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  %n = call @count_equal(%dc, %depth, %false, %false, %false)
      : (memref<?x?xf32>, index, i1, i1, i1) -> i32
  return %n : i32
}

// Adds to what the output holds, over three blocks.
func.func private @weight_gradient() -> i32 {
  %true = arith.constant true
  %false = arith.constant false
  %depth = arith.constant 800 : index
  %a = memref.alloc() : memref<800x21xf32>
  %b = memref.alloc() : memref<800x35xf32>
  %c = memref.alloc() : memref<21x35xf32>
  %da = memref.cast %a : memref<800x21xf32> to memref<?x?xf32>
  %db = memref.cast %b : memref<800x35xf32> to memref<?x?xf32>
  %dc = memref.cast %c : memref<21x35xf32> to memref<?x?xf32>
  call @fill(%da) : (memref<?x?xf32>) -> ()
  call @fill(%db) : (memref<?x?xf32>) -> ()
  call @fill(%dc) : (memref<?x?xf32>) -> ()
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<800x21xf32>, memref<800x35xf32>)
      outs(%c : memref<21x35xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  %n = call @count_equal(%dc, %depth, %true, %false, %true)
      : (memref<?x?xf32>, index, i1, i1, i1) -> i32
  return %n : i32
}

// Both factors transposed, one k.
func.func private @outer_product() -> i32 {
  %true = arith.constant true
  %false = arith.constant false
  %zero = arith.constant 0.0 : f32
  %depth = arith.constant 1 : index
  %a = memref.alloc() : memref<1x5xf32>
  %b = memref.alloc() : memref<70x1xf32>
  %c = memref.alloc() : memref<5x70xf32>
  %da = memref.cast %a : memref<1x5xf32> to memref<?x?xf32>
  %db = memref.cast %b : memref<70x1xf32> to memref<?x?xf32>
  %dc = memref.cast %c : memref<5x70xf32> to memref<?x?xf32>
  call @fill(%da) : (memref<?x?xf32>) -> ()
  call @fill(%db) : (memref<?x?xf32>) -> ()
  linalg.fill ins(%zero : f32) outs(%c : memref<5x70xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<1x5xf32>, memref<70x1xf32>)
      outs(%c : memref<5x70xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  %n = call @count_equal(%dc, %depth, %true, %true, %false)
      : (memref<?x?xf32>, index, i1, i1, i1) -> i32
  return %n : i32
}

// Many rows and few columns: the panels are packed once, the row tiles by their loop.
func.func private @tall_product() -> i32 {
  %false = arith.constant false
  %true = arith.constant true
  %zero = arith.constant 0.0 : f32
  %depth = arith.constant 401 : index
  %a = memref.alloc() : memref<600x401xf32>
  %b = memref.alloc() : memref<70x401xf32>
  %c = memref.alloc() : memref<600x70xf32>
  %da = memref.cast %a : memref<600x401xf32> to memref<?x?xf32>
  %db = memref.cast %b : memref<70x401xf32> to memref<?x?xf32>
  %dc = memref.cast %c : memref<600x70xf32> to memref<?x?xf32>
  call @fill(%da) : (memref<?x?xf32>) -> ()
  call @fill(%db) : (memref<?x?xf32>) -> ()
  linalg.fill ins(%zero : f32) outs(%c : memref<600x70xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<600x401xf32>, memref<70x401xf32>)
      outs(%c : memref<600x70xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  %n = call @count_equal(%dc, %depth, %false, %true, %false)
      : (memref<?x?xf32>, index, i1, i1, i1) -> i32
  return %n : i32
}
func.func @main() -> i32 {
  %a = call @dense_forward() : () -> i32
  %b = call @input_gradient() : () -> i32
  %c = call @weight_gradient() : () -> i32
  %d = call @outer_product() : () -> i32
  %ab = arith.addi %a, %b : i32
  %cd = arith.addi %c, %d : i32
  %e = call @tall_product() : () -> i32
  %abcd = arith.addi %ab, %cd : i32
  %n = arith.addi %abcd, %e : i32
  return %n : i32
}
