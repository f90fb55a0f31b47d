// Runs updates of codes of three widths against a loop that takes one code at a time
// from its word. 301 elements are two whole groups and a tail that ends in mid-word.
//
// DEFINE: %{to-llvm} = -scf-parallel-for-to-nested-fors -convert-linalg-to-loops -convert-vector-to-scf -convert-scf-to-cf -convert-vector-to-llvm -expand-strided-metadata -lower-affine -convert-arith-to-llvm -convert-index-to-llvm -finalize-memref-to-llvm -convert-func-to-llvm -convert-cf-to-llvm -convert-ub-to-llvm -reconcile-unrealized-casts
// RUN: qnet-opt %s -qnet-vectorize-updates=chunk=128 -qnet-pack-weights -qnet-expand-random-bits | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s
// RUN: qnet-opt %s -qnet-scalarize-codes -qnet-pack-weights -qnet-expand-random-bits | mlir-opt %{to-llvm} | mlir-runner -e main -entry-point-result=i32 | FileCheck %s

// Words equal to those of the loop: 10 + 38 + 76, and 3 flags.
// CHECK: {{^}}127{{$}}

#id = affine_map<(i) -> (i)>
#flag = affine_map<(i) -> (1)>

// Code e goes up by one (and around) where its 16 random bits are below the threshold.
func.func private @threshold(%e: index) -> i32 {
  %factor = arith.constant 7919 : i32
  %mask = arith.constant 65535 : i32
  %n = arith.index_cast %e : index to i32
  %p = arith.muli %n, %factor : i32
  %t = arith.andi %p, %mask : i32
  return %t : i32
}

func.func private @old_word(%w: index) -> i32 {
  %factor = arith.constant 0x9E3779B9 : i32
  %c1 = arith.constant 1 : index
  %next = arith.addi %w, %c1 : index
  %n = arith.index_cast %next : index to i32
  %p = arith.muli %n, %factor : i32
  return %p : i32
}

func.func private @prepare(%words: memref<?xi32>, %thresholds: memref<301xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c301 = arith.constant 301 : index
  %count = memref.dim %words, %c0 : memref<?xi32>
  scf.for %w = %c0 to %count step %c1 {
    %word = func.call @old_word(%w) : (index) -> i32
    memref.store %word, %words[%w] : memref<?xi32>
  }
  scf.for %e = %c0 to %c301 step %c1 {
    %t = func.call @threshold(%e) : (index) -> i32
    memref.store %t, %thresholds[%e] : memref<301xi32>
  }
  return
}

// The number of words that are as they should be after the update.
func.func private @count_equal(%words: memref<?xi32>, %bits: i32) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c301 = arith.constant 301 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %i32_bits = arith.constant 32 : i32
  %seed = arith.constant 77 : i32
  %step = arith.constant 5 : i32
  %per_word_i32 = arith.divui %i32_bits, %bits : i32
  %per_word = arith.index_cast %per_word_i32 : i32 to index
  %power = arith.shli %one, %bits : i32
  %mask = arith.subi %power, %one : i32
  %count = memref.dim %words, %c0 : memref<?xi32>
  %equal = scf.for %w = %c0 to %count step %c1 iter_args(%sum = %zero) -> i32 {
    %old = func.call @old_word(%w) : (index) -> i32
    %expected = scf.for %slot = %c0 to %per_word step %c1 iter_args(%word = %zero) -> i32 {
      %first = arith.muli %w, %per_word : index
      %e = arith.addi %first, %slot : index
      %slot_i32 = arith.index_cast %slot : index to i32
      %shift = arith.muli %slot_i32, %bits : i32
      %shifted = arith.shrui %old, %shift : i32
      %n = arith.andi %shifted, %mask : i32
      %t = func.call @threshold(%e) : (index) -> i32
      %b = qnet.random_bits update of 3 seed %seed step %step at %e {bits = 16 : i32} : i32
      %up = arith.cmpi ult, %b, %t : i32
      %more = arith.extui %up : i1 to i32
      %sum_n = arith.addi %n, %more : i32
      %new = arith.andi %sum_n, %mask : i32
      %exists = arith.cmpi ult, %e, %c301 : index
      %kept = arith.select %exists, %new, %zero : i32
      %placed = arith.shli %kept, %shift : i32
      %next = arith.ori %word, %placed : i32
      scf.yield %next : i32
    }
    %word = memref.load %words[%w] : memref<?xi32>
    %same = arith.cmpi eq, %word, %expected : i32
    %more = arith.extui %same : i1 to i32
    %next = arith.addi %sum, %more : i32
    scf.yield %next : i32
  }
  return %equal : i32
}

func.func private @one_bit() -> i32 {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %last = arith.constant 300 : index
  %mask = arith.constant 1 : i32
  %bits = arith.constant 1 : i32
  %seed = arith.constant 77 : i32
  %step = arith.constant 5 : i32
  %codes = memref.alloc() : memref<301x!qnet.q<#qnet.binary<1.0>>>
  %words = qnet.words %codes : memref<301x!qnet.q<#qnet.binary<1.0>>> to memref<10xi32>
  %any = memref.cast %words : memref<10xi32> to memref<?xi32>
  %thresholds = memref.alloc() : memref<301xi32>
  call @prepare(%any, %thresholds) : (memref<?xi32>, memref<301xi32>) -> ()
  %flags = memref.alloc() : memref<2xi32>
  memref.store %zero, %flags[%c1] : memref<2xi32>
  linalg.generic {indexing_maps = [#id, #id, #flag], iterator_types = ["reduction"]}
      ins(%thresholds : memref<301xi32>) outs(%codes, %flags : memref<301x!qnet.q<#qnet.binary<1.0>>>, memref<2xi32>) {
  ^bb0(%t: i32, %c: !qnet.q<#qnet.binary<1.0>>, %flag: i32):
    %i = linalg.index 0 : index
    %n = qnet.from_code %c : !qnet.q<#qnet.binary<1.0>> to i32
    %b = qnet.random_bits update of 3 seed %seed step %step at %i {bits = 16 : i32} : i32
    %up = arith.cmpi ult, %b, %t : i32
    %more = arith.extui %up : i1 to i32
    %sum = arith.addi %n, %more : i32
    %new = arith.andi %sum, %mask : i32
    %code = qnet.to_code %new : i32 to !qnet.q<#qnet.binary<1.0>>
    %is_last = arith.cmpi eq, %i, %last : index
    %bit = arith.extui %is_last : i1 to i32
    %set = arith.ori %flag, %bit : i32
    linalg.yield %code, %set : !qnet.q<#qnet.binary<1.0>>, i32
  }
  %equal = call @count_equal(%any, %bits) : (memref<?xi32>, i32) -> i32
  %flag = memref.load %flags[%c1] : memref<2xi32>
  %sum = arith.addi %equal, %flag : i32
  return %sum : i32
}

func.func private @four_bits() -> i32 {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %last = arith.constant 300 : index
  %mask = arith.constant 15 : i32
  %bits = arith.constant 4 : i32
  %seed = arith.constant 77 : i32
  %step = arith.constant 5 : i32
  %codes = memref.alloc() : memref<301x!qnet.q<#qnet.uniform<4, 0.25>>>
  %words = qnet.words %codes : memref<301x!qnet.q<#qnet.uniform<4, 0.25>>> to memref<38xi32>
  %any = memref.cast %words : memref<38xi32> to memref<?xi32>
  %thresholds = memref.alloc() : memref<301xi32>
  call @prepare(%any, %thresholds) : (memref<?xi32>, memref<301xi32>) -> ()
  %flags = memref.alloc() : memref<2xi32>
  memref.store %zero, %flags[%c1] : memref<2xi32>
  linalg.generic {indexing_maps = [#id, #id, #flag], iterator_types = ["reduction"]}
      ins(%thresholds : memref<301xi32>) outs(%codes, %flags : memref<301x!qnet.q<#qnet.uniform<4, 0.25>>>, memref<2xi32>) {
  ^bb0(%t: i32, %c: !qnet.q<#qnet.uniform<4, 0.25>>, %flag: i32):
    %i = linalg.index 0 : index
    %n = qnet.from_code %c : !qnet.q<#qnet.uniform<4, 0.25>> to i32
    %b = qnet.random_bits update of 2 + %one seed %seed step %step at %i {bits = 16 : i32} : i32
    %up = arith.cmpi ult, %b, %t : i32
    %more = arith.extui %up : i1 to i32
    %sum = arith.addi %n, %more : i32
    %new = arith.andi %sum, %mask : i32
    %code = qnet.to_code %new : i32 to !qnet.q<#qnet.uniform<4, 0.25>>
    %is_last = arith.cmpi eq, %i, %last : index
    %bit = arith.extui %is_last : i1 to i32
    %set = arith.ori %flag, %bit : i32
    linalg.yield %code, %set : !qnet.q<#qnet.uniform<4, 0.25>>, i32
  }
  %equal = call @count_equal(%any, %bits) : (memref<?xi32>, i32) -> i32
  %flag = memref.load %flags[%c1] : memref<2xi32>
  %sum = arith.addi %equal, %flag : i32
  return %sum : i32
}

func.func private @eight_bits() -> i32 {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %last = arith.constant 300 : index
  %mask = arith.constant 255 : i32
  %bits = arith.constant 8 : i32
  %seed = arith.constant 77 : i32
  %step = arith.constant 5 : i32
  %codes = memref.alloc() : memref<301x!qnet.q<#qnet.uniform<8, 0.25>>>
  %words = qnet.words %codes : memref<301x!qnet.q<#qnet.uniform<8, 0.25>>> to memref<76xi32>
  %any = memref.cast %words : memref<76xi32> to memref<?xi32>
  %thresholds = memref.alloc() : memref<301xi32>
  call @prepare(%any, %thresholds) : (memref<?xi32>, memref<301xi32>) -> ()
  %flags = memref.alloc() : memref<2xi32>
  memref.store %zero, %flags[%c1] : memref<2xi32>
  linalg.generic {indexing_maps = [#id, #id, #flag], iterator_types = ["reduction"]}
      ins(%thresholds : memref<301xi32>) outs(%codes, %flags : memref<301x!qnet.q<#qnet.uniform<8, 0.25>>>, memref<2xi32>) {
  ^bb0(%t: i32, %c: !qnet.q<#qnet.uniform<8, 0.25>>, %flag: i32):
    %i = linalg.index 0 : index
    %n = qnet.from_code %c : !qnet.q<#qnet.uniform<8, 0.25>> to i32
    %b = qnet.random_bits update of 3 seed %seed step %step at %i {bits = 16 : i32} : i32
    %up = arith.cmpi ult, %b, %t : i32
    %more = arith.extui %up : i1 to i32
    %sum = arith.addi %n, %more : i32
    %new = arith.andi %sum, %mask : i32
    %code = qnet.to_code %new : i32 to !qnet.q<#qnet.uniform<8, 0.25>>
    %is_last = arith.cmpi eq, %i, %last : index
    %bit = arith.extui %is_last : i1 to i32
    %set = arith.ori %flag, %bit : i32
    linalg.yield %code, %set : !qnet.q<#qnet.uniform<8, 0.25>>, i32
  }
  %equal = call @count_equal(%any, %bits) : (memref<?xi32>, i32) -> i32
  %flag = memref.load %flags[%c1] : memref<2xi32>
  %sum = arith.addi %equal, %flag : i32
  return %sum : i32
}

func.func @main() -> i32 {
  %a = call @one_bit() : () -> i32
  %b = call @four_bits() : () -> i32
  %c = call @eight_bits() : () -> i32
  %ab = arith.addi %a, %b : i32
  %abc = arith.addi %ab, %c : i32
  return %abc : i32
}
