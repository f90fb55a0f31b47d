// Runs products with factors of codes against plain loops that take single codes from
// the packed words. All values are small integers: equal bits are expected.
//
// DEFINE: %{to-llvm} = -scf-parallel-for-to-nested-fors -convert-linalg-to-loops -lower-affine -convert-vector-to-scf -convert-scf-to-cf -convert-vector-to-llvm -expand-strided-metadata -lower-affine -convert-arith-to-llvm -convert-index-to-llvm -finalize-memref-to-llvm -convert-func-to-llvm -convert-cf-to-llvm -convert-ub-to-llvm -reconcile-unrealized-casts
// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=128 -qnet-pack-weights | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s
// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=256 -qnet-pack-weights | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s
// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=512 -qnet-pack-weights | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s

// Elements equal to those of the loops.
// CHECK: {{^}}1976{{$}}

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

// Words from a multiplicative hash of their number.
func.func private @fill_words(%words: memref<?xi32>, %mask: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %factor = arith.constant 747796405 : i32
  %shift = arith.constant 15 : i32
  %count = memref.dim %words, %c0 : memref<?xi32>
  scf.for %i = %c0 to %count step %c1 {
    %n = arith.index_cast %i : index to i32
    %h = arith.muli %n, %factor : i32
    %s = arith.shrui %h, %shift : i32
    %x = arith.xori %h, %s : i32
    %y = arith.muli %x, %factor : i32
    %w = arith.andi %y, %mask : i32
    memref.store %w, %words[%i] : memref<?xi32>
  }
  return
}

// Elements of c equal to the sum over k of element(m, k) * (code - offset).
func.func private @count_equal(%c: memref<?x?xf32>, %words: memref<?xi32>,
    %depth: index, %bits: index, %offset: i32, %transposed: i1) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %none = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %zero = arith.constant 0.0 : f32
  %width = arith.index_cast %bits : index to i32
  %bound = arith.shli %one, %width : i32
  %mask = arith.subi %bound, %one : i32
  %perWord = arith.divui %c32, %bits : index
  %rows = memref.dim %c, %c0 : memref<?x?xf32>
  %columns = memref.dim %c, %c1 : memref<?x?xf32>
  %count = scf.for %i = %c0 to %rows step %c1 iter_args(%inRows = %none) -> i32 {
    %row = scf.for %j = %c0 to %columns step %c1 iter_args(%inRow = %inRows) -> i32 {
      %sum = scf.for %k = %c0 to %depth step %c1 iter_args(%acc = %zero) -> f32 {
        %x = func.call @element(%i, %k) : (index, index) -> f32
        %major = arith.select %transposed, %j, %k : index
        %minor = arith.select %transposed, %k, %j : index
        %stride = arith.select %transposed, %depth, %columns : index
        %start = arith.muli %major, %stride : index
        %flat = arith.addi %start, %minor : index
        %at = arith.divui %flat, %perWord : index
        %in = arith.remui %flat, %perWord : index
        %bit = arith.muli %in, %bits : index
        %shift = arith.index_cast %bit : index to i32
        %word = memref.load %words[%at] : memref<?xi32>
        %shifted = arith.shrui %word, %shift : i32
        %code = arith.andi %shifted, %mask : i32
        %signed = arith.subi %code, %offset : i32
        %y = arith.sitofp %signed : i32 to f32
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

// One gather a window.
func.func private @binary_columns_of_whole_words() -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = arith.constant 9 : index
  %n = arith.constant 45 : index
  %k = arith.constant 416 : index
  %bits = arith.constant 1 : index
  %transposed = arith.constant true
  %zero = arith.constant 0.0 : f32
  %mask = arith.constant -1 : i32
  %offset = arith.constant 0 : i32
  %bytes = memref.alloc() : memref<2340xi8>
  %a = memref.alloc() : memref<9x416xf32>
  %b = memref.view %bytes[%c0][] : memref<2340xi8> to memref<45x416x!qnet.q<#qnet.binary<1.0>>>
  %c = memref.alloc() : memref<9x45xf32>
  %words = qnet.words %b : memref<45x416x!qnet.q<#qnet.binary<1.0>>> to memref<585xi32>
  %w = memref.cast %words : memref<585xi32> to memref<?xi32>
  call @fill_words(%w, %mask) : (memref<?xi32>, i32) -> ()
  scf.for %i = %c0 to %m step %c1 {
    scf.for %j = %c0 to %k step %c1 {
      %v = func.call @element(%i, %j) : (index, index) -> f32
      memref.store %v, %a[%i, %j] : memref<9x416xf32>
    }
  }
  linalg.fill ins(%zero : f32) outs(%c : memref<9x45xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<9x416xf32>, memref<45x416x!qnet.q<#qnet.binary<1.0>>>)
      outs(%c : memref<9x45xf32>) {
  ^bb0(%x: f32, %code: !qnet.q<#qnet.binary<1.0>>, %sum: f32):
    %ordinal = qnet.from_code %code : !qnet.q<#qnet.binary<1.0>> to i32
    %signed = arith.subi %ordinal, %offset : i32
    %level = arith.sitofp %signed : i32 to f32
    %p = arith.mulf %x, %level : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  %dc = memref.cast %c : memref<9x45xf32> to memref<?x?xf32>
  %equal = call @count_equal(%dc, %w, %k, %bits, %offset, %transposed)
      : (memref<?x?xf32>, memref<?xi32>, index, index, i32, i1) -> i32
  return %equal : i32
}

// Windows straddle words; the last ends with the last word.
func.func private @binary_columns_within_words() -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = arith.constant 9 : index
  %n = arith.constant 45 : index
  %k = arith.constant 401 : index
  %bits = arith.constant 1 : index
  %transposed = arith.constant true
  %zero = arith.constant 0.0 : f32
  %mask = arith.constant -1 : i32
  %offset = arith.constant 1 : i32
  %bytes = memref.alloc() : memref<2256xi8>
  %a = memref.alloc() : memref<9x401xf32>
  %b = memref.view %bytes[%c0][] : memref<2256xi8> to memref<45x401x!qnet.q<#qnet.binary<1.0>>>
  %c = memref.alloc() : memref<9x45xf32>
  %words = qnet.words %b : memref<45x401x!qnet.q<#qnet.binary<1.0>>> to memref<564xi32>
  %w = memref.cast %words : memref<564xi32> to memref<?xi32>
  call @fill_words(%w, %mask) : (memref<?xi32>, i32) -> ()
  scf.for %i = %c0 to %m step %c1 {
    scf.for %j = %c0 to %k step %c1 {
      %v = func.call @element(%i, %j) : (index, index) -> f32
      memref.store %v, %a[%i, %j] : memref<9x401xf32>
    }
  }
  linalg.fill ins(%zero : f32) outs(%c : memref<9x45xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<9x401xf32>, memref<45x401x!qnet.q<#qnet.binary<1.0>>>)
      outs(%c : memref<9x45xf32>) {
  ^bb0(%x: f32, %code: !qnet.q<#qnet.binary<1.0>>, %sum: f32):
    %ordinal = qnet.from_code %code : !qnet.q<#qnet.binary<1.0>> to i32
    %signed = arith.subi %ordinal, %offset : i32
    %level = arith.sitofp %signed : i32 to f32
    %p = arith.mulf %x, %level : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  %dc = memref.cast %c : memref<9x45xf32> to memref<?x?xf32>
  %equal = call @count_equal(%dc, %w, %k, %bits, %offset, %transposed)
      : (memref<?x?xf32>, memref<?xi32>, index, index, i32, i1) -> i32
  return %equal : i32
}

// Eight codes a word.
func.func private @nibble_columns_within_words() -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = arith.constant 15 : index
  %n = arith.constant 19 : index
  %k = arith.constant 37 : index
  %bits = arith.constant 4 : index
  %transposed = arith.constant true
  %zero = arith.constant 0.0 : f32
  %mask = arith.constant -1 : i32
  %offset = arith.constant 7 : i32
  %bytes = memref.alloc() : memref<352xi8>
  %a = memref.alloc() : memref<15x37xf32>
  %b = memref.view %bytes[%c0][] : memref<352xi8> to memref<19x37x!qnet.q<#qnet.uniform<4, 1.0>>>
  %c = memref.alloc() : memref<15x19xf32>
  %words = qnet.words %b : memref<19x37x!qnet.q<#qnet.uniform<4, 1.0>>> to memref<88xi32>
  %w = memref.cast %words : memref<88xi32> to memref<?xi32>
  call @fill_words(%w, %mask) : (memref<?xi32>, i32) -> ()
  scf.for %i = %c0 to %m step %c1 {
    scf.for %j = %c0 to %k step %c1 {
      %v = func.call @element(%i, %j) : (index, index) -> f32
      memref.store %v, %a[%i, %j] : memref<15x37xf32>
    }
  }
  linalg.fill ins(%zero : f32) outs(%c : memref<15x19xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<15x37xf32>, memref<19x37x!qnet.q<#qnet.uniform<4, 1.0>>>)
      outs(%c : memref<15x19xf32>) {
  ^bb0(%x: f32, %code: !qnet.q<#qnet.uniform<4, 1.0>>, %sum: f32):
    %ordinal = qnet.from_code %code : !qnet.q<#qnet.uniform<4, 1.0>> to i32
    %signed = arith.subi %ordinal, %offset : i32
    %level = arith.sitofp %signed : i32 to f32
    %p = arith.mulf %x, %level : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  %dc = memref.cast %c : memref<15x19xf32> to memref<?x?xf32>
  %equal = call @count_equal(%dc, %w, %k, %bits, %offset, %transposed)
      : (memref<?x?xf32>, memref<?xi32>, index, index, i32, i1) -> i32
  return %equal : i32
}

// One word serves all lanes.
func.func private @binary_rows_of_whole_words() -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = arith.constant 5 : index
  %n = arith.constant 64 : index
  %k = arith.constant 37 : index
  %bits = arith.constant 1 : index
  %transposed = arith.constant false
  %zero = arith.constant 0.0 : f32
  %mask = arith.constant -1 : i32
  %offset = arith.constant 0 : i32
  %bytes = memref.alloc() : memref<296xi8>
  %a = memref.alloc() : memref<5x37xf32>
  %b = memref.view %bytes[%c0][] : memref<296xi8> to memref<37x64x!qnet.q<#qnet.binary<1.0>>>
  %c = memref.alloc() : memref<5x64xf32>
  %words = qnet.words %b : memref<37x64x!qnet.q<#qnet.binary<1.0>>> to memref<74xi32>
  %w = memref.cast %words : memref<74xi32> to memref<?xi32>
  call @fill_words(%w, %mask) : (memref<?xi32>, i32) -> ()
  scf.for %i = %c0 to %m step %c1 {
    scf.for %j = %c0 to %k step %c1 {
      %v = func.call @element(%i, %j) : (index, index) -> f32
      memref.store %v, %a[%i, %j] : memref<5x37xf32>
    }
  }
  linalg.fill ins(%zero : f32) outs(%c : memref<5x64xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<5x37xf32>, memref<37x64x!qnet.q<#qnet.binary<1.0>>>)
      outs(%c : memref<5x64xf32>) {
  ^bb0(%x: f32, %code: !qnet.q<#qnet.binary<1.0>>, %sum: f32):
    %ordinal = qnet.from_code %code : !qnet.q<#qnet.binary<1.0>> to i32
    %signed = arith.subi %ordinal, %offset : i32
    %level = arith.sitofp %signed : i32 to f32
    %p = arith.mulf %x, %level : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  %dc = memref.cast %c : memref<5x64xf32> to memref<?x?xf32>
  %equal = call @count_equal(%dc, %w, %k, %bits, %offset, %transposed)
      : (memref<?x?xf32>, memref<?xi32>, index, index, i32, i1) -> i32
  return %equal : i32
}

// Rows start anywhere in a word.
func.func private @ternary_rows_within_words() -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = arith.constant 5 : index
  %n = arith.constant 45 : index
  %k = arith.constant 33 : index
  %bits = arith.constant 2 : index
  %transposed = arith.constant false
  %zero = arith.constant 0.0 : f32
  %mask = arith.constant 1431655765 : i32
  %offset = arith.constant 1 : i32
  %bytes = memref.alloc() : memref<372xi8>
  %a = memref.alloc() : memref<5x33xf32>
  %b = memref.view %bytes[%c0][] : memref<372xi8> to memref<33x45x!qnet.q<#qnet.ternary<1.0>>>
  %c = memref.alloc() : memref<5x45xf32>
  %words = qnet.words %b : memref<33x45x!qnet.q<#qnet.ternary<1.0>>> to memref<93xi32>
  %w = memref.cast %words : memref<93xi32> to memref<?xi32>
  call @fill_words(%w, %mask) : (memref<?xi32>, i32) -> ()
  scf.for %i = %c0 to %m step %c1 {
    scf.for %j = %c0 to %k step %c1 {
      %v = func.call @element(%i, %j) : (index, index) -> f32
      memref.store %v, %a[%i, %j] : memref<5x33xf32>
    }
  }
  linalg.fill ins(%zero : f32) outs(%c : memref<5x45xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<5x33xf32>, memref<33x45x!qnet.q<#qnet.ternary<1.0>>>)
      outs(%c : memref<5x45xf32>) {
  ^bb0(%x: f32, %code: !qnet.q<#qnet.ternary<1.0>>, %sum: f32):
    %ordinal = qnet.from_code %code : !qnet.q<#qnet.ternary<1.0>> to i32
    %signed = arith.subi %ordinal, %offset : i32
    %level = arith.sitofp %signed : i32 to f32
    %p = arith.mulf %x, %level : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  %dc = memref.cast %c : memref<5x45xf32> to memref<?x?xf32>
  %equal = call @count_equal(%dc, %w, %k, %bits, %offset, %transposed)
      : (memref<?x?xf32>, memref<?xi32>, index, index, i32, i1) -> i32
  return %equal : i32
}

// A vector of codes comes from several words.
func.func private @byte_rows_of_several_words() -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = arith.constant 7 : index
  %n = arith.constant 48 : index
  %k = arith.constant 21 : index
  %bits = arith.constant 8 : index
  %transposed = arith.constant false
  %zero = arith.constant 0.0 : f32
  %mask = arith.constant 117901063 : i32
  %offset = arith.constant 3 : i32
  %bytes = memref.alloc() : memref<1008xi8>
  %a = memref.alloc() : memref<7x21xf32>
  %b = memref.view %bytes[%c0][] : memref<1008xi8> to memref<21x48x!qnet.q<#qnet.uniform<8, 1.0>>>
  %c = memref.alloc() : memref<7x48xf32>
  %words = qnet.words %b : memref<21x48x!qnet.q<#qnet.uniform<8, 1.0>>> to memref<252xi32>
  %w = memref.cast %words : memref<252xi32> to memref<?xi32>
  call @fill_words(%w, %mask) : (memref<?xi32>, i32) -> ()
  scf.for %i = %c0 to %m step %c1 {
    scf.for %j = %c0 to %k step %c1 {
      %v = func.call @element(%i, %j) : (index, index) -> f32
      memref.store %v, %a[%i, %j] : memref<7x21xf32>
    }
  }
  linalg.fill ins(%zero : f32) outs(%c : memref<7x48xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<7x21xf32>, memref<21x48x!qnet.q<#qnet.uniform<8, 1.0>>>)
      outs(%c : memref<7x48xf32>) {
  ^bb0(%x: f32, %code: !qnet.q<#qnet.uniform<8, 1.0>>, %sum: f32):
    %ordinal = qnet.from_code %code : !qnet.q<#qnet.uniform<8, 1.0>> to i32
    %signed = arith.subi %ordinal, %offset : i32
    %level = arith.sitofp %signed : i32 to f32
    %p = arith.mulf %x, %level : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  %dc = memref.cast %c : memref<7x48xf32> to memref<?x?xf32>
  %equal = call @count_equal(%dc, %w, %k, %bits, %offset, %transposed)
      : (memref<?x?xf32>, memref<?xi32>, index, index, i32, i1) -> i32
  return %equal : i32
}

func.func @main() -> i32 {
  %start = arith.constant 0 : i32
  %n0 = call @binary_columns_of_whole_words() : () -> i32
  %s0 = arith.addi %start, %n0 : i32
  %n1 = call @binary_columns_within_words() : () -> i32
  %s1 = arith.addi %s0, %n1 : i32
  %n2 = call @nibble_columns_within_words() : () -> i32
  %s2 = arith.addi %s1, %n2 : i32
  %n3 = call @binary_rows_of_whole_words() : () -> i32
  %s3 = arith.addi %s2, %n3 : i32
  %n4 = call @ternary_rows_within_words() : () -> i32
  %s4 = arith.addi %s3, %n4 : i32
  %n5 = call @byte_rows_of_several_words() : () -> i32
  %s5 = arith.addi %s4, %n5 : i32
  return %s5 : i32
}
