//===- Passes.td - Code generation for NVIDIA GPUs ---------*- tablegen -*-===//
//
// Passes from linalg on buffers to launches, from kernels to PTX, and from
// kernels to functions that emulate them on a CPU.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_GPU_PASSES
#define QNET_CODEGEN_GPU_PASSES

include "mlir/Pass/PassBase.td"

def QnetBuildGather : Pass<"qnet-build-gather", "::mlir::ModuleOp"> {
  let summary = "Add functions that gather a batch from samples on the device";
  let description = [{
    Of a program that trains, `gather_bytes` and `gather_floats` (qnet.h): they write the
    inputs of a batch from samples that are in the device's memory, so that only the samples'
    numbers need to be sent there. A place has four words: the sample, or -1 for a row of zeros;
    and of images the row and column where a crop starts, and whether it is mirrored. What is
    outside of the image is zero. A byte becomes a float by the table of its channel. The
    values are those of the runtime's own way, bit for bit.

    Before:
    ```mlir
    func.func @train_step(%context: !llvm.ptr {qnet.context}, ..., %inputs: memref<128x784xf32>, ...)
        attributes {qnet.entry = "train_step"}
    ```
    After, behind it:
    ```mlir
    func.func @gather_bytes(%context: !llvm.ptr {qnet.context}, %data: memref<2147483647xi8>,
        %places: memref<128x4xi32>, %table: memref<16777216xf32>, %channels: i32,
        %inputs: memref<128x784xf32>) attributes {qnet.entry = "gather_bytes"} {
      linalg.generic {iterator_types = ["parallel", "parallel"], ...} outs(%inputs : memref<128x784xf32>) {
        ... memref.load %places, memref.load %data, memref.load %table ...
      }
      return
    }
    func.func @gather_floats(...
    ```
  }];
  let statistics = [
    Statistic<"numFunctions", "num-functions", "Number of functions added">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

def QnetCallLibraries : Pass<"qnet-call-libraries", "::mlir::func::FuncOp"> {
  let summary = "Turn products and convolutions of f32 into calls of cuBLAS and cuDNN";
  let description = [{
    Takes products of matrices, convolutions, and their gradients by weights and, with stride 1,
    by inputs, where both factors are f32 that is multiplied as it is, in buffers of their own in
    row-major order: those of packed codes stay, and those of slices, as a micro-batch's inputs. Zeros around an image are part of it. A gradient by
    weights whose output gradient lies between zeros takes these along, as padding. A
    `linalg.fill` of the output with +0.0 that nothing else sees goes away.

    With `keep-kernels` the op stays, for where the library does not take the call: the
    runtime says so before the first step, and it is always the same.

    With `math=bf16` convolutions stay: cuDNN would round f32 to f16. The order of sums is the
    libraries'.

    Before:
    ```mlir
    linalg.fill ins(%zero : f32) outs(%y : memref<4x6x6x5xf32>)
    linalg.generic {indexing_maps = [
        affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>, ...]}
        ins(%x, %k : memref<4x8x8x3xf32>, memref<5x3x3x3xf32>)
        outs(%y : memref<4x6x6x5xf32>) { ... arith.mulf, arith.addf ... }
    ```
    After:
    ```mlir
    %taken = qnet.library_conv2d %x, %k, %y {math = "tf32"}
        : memref<4x8x8x3xf32>, memref<5x3x3x3xf32>, memref<4x6x6x5xf32>
    ```
    After, with `keep-kernels`, behind it:
    ```mlir
    %ours = arith.xori %taken, %true : i1
    scf.if %ours {
      linalg.fill ...
      linalg.generic ...
    }
    ```
  }];
  let options = [
    Option<"math", "math", "std::string", /*default=*/"\"f32\"",
           "How to multiply: f32, tf32 or bf16">,
    Option<"keepKernels", "keep-kernels", "bool", /*default=*/"false",
           "Compute what no library takes, too">
  ];
  let statistics = [
    Statistic<"numMatmuls", "num-matmuls", "Number of products of matrices called">,
    Statistic<"numConvs", "num-convs", "Number of convolutions called">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
    "::qnet::QnetDialect"
  ];
}

def QnetLaunchProducts
    : Pass<"qnet-launch-products", "::mlir::func::FuncOp"> {
  let summary = "Turn matrix products into launches of tiled kernels";
  let description = [{
    Takes the products that `qnet-block-matmul` takes on a CPU, convolutions on padded
    inputs among them. A block of threads computes a tile of C: 128 x 128, or smaller
    where the product is too small to give many blocks work. Per step in k its threads
    load a slice of A and of B to shared memory, decoding codes and reading the windows
    of a convolution on the way; the loads of the next slice are under way meanwhile.
    Sums are in registers.

    An element of C is one fma chain in ascending k from the value before, or from
    zero, as on a CPU: the bits are the same. A `linalg.fill` of C with +0.0 that
    nothing else sees goes away.

    With `math=tf32` or `math=bf16` the factors are rounded to 11 or 8 significant bits
    (to the nearest) on their way to shared memory, or, tf32 of f32 in aligned runs, on
    the way from it, to which they are copied asynchronously. Warps multiply them on tensor
    cores, by `nvvm.mma.sync` m16n8k8 or m16n8k16, with sums in f32 whose order is the
    hardware's. Weights of one bit lose nothing if their step has 8 significant bits.

    With `warpgroups` four warps multiply 64 rows of tiles of 64 and more together, by
    `nvvm.wgmma.mma_async` m64nNk16 or, of tf32, m64nNk8: it reads the slices from shared memory itself, by
    descriptors of K-major matrices whose 64-byte rows are swizzled.

    With `split-sums` the sums of a product with fewer than 96 tiles, as the gradient of a
    convolution's weights, are cut into parts of at least 256 terms, at most 64: a block
    sums one part for one tile. The parts' sums go to a buffer, and a `linalg.generic`
    adds them in ascending order. The order depends on the shape only; it is not a CPU's.

    Before:
    ```mlir
    linalg.fill ins(%zero : f32) outs(%c : memref<64x32xf32>)
    linalg.generic {iterator_types = ["parallel", "parallel", "reduction"], ...}
        ins(%a, %b : memref<64x16xf32>, memref<32x16xf32>) outs(%c : memref<64x32xf32>) {
      ... arith.mulf, arith.addf ...
    }
    ```
    After (in outline):
    ```mlir
    gpu.launch blocks(%tile, ...) in (%c2, ...) threads(%t, ...) in (%c256, ...)
        workgroup(%left : memref<16x36xf32, #gpu.address_space<workgroup>>, ...) {
      %sums:4 = scf.for %k = %c0 to %c16 step %c16 iter_args(...) {
        ... memref.store of the slices, gpu.barrier, memref.load of the next slices ...
        scf.for %i = %c0 to %c16 step %c1 { ... vector.load, math.fma ... }
        gpu.barrier
      }
      memref.store %sums#0, %c[%m, %n] : memref<64x32xf32>
      ...
    }
    ```
    After, with `math=bf16` (in outline):
    ```mlir
    gpu.launch blocks(%tile, ...) in (%c2, ...) threads(%t, ...) in (%c128, ...)
        workgroup(%left : memref<2x32x16xi32, #gpu.address_space<workgroup>>, ...) {
      ... vector.load, arith.truncf to vector<4xbf16>, vector.store of the slices, gpu.barrier ...
      %row = vector.load %left[%slice, %r, %words] ... vector<4xi32>
      ...
      %square = nvvm.mma.sync A[%a0, %a1, %a2, %a3] B[%b0, %b1] C[%s0, %s1, %s2, %s3]
          {... shape = #nvvm.shape<m = 16, n = 8, k = 16>} : ...
      ... memref.store of the sums ...
    }
    ```
    After, with `split-sums`, where k is long (in outline):
    ```mlir
    %parts = memref.alloc() : memref<53x64x32xf32>
    gpu.launch ... in (%c106, ...) ... { ... memref.store %sum, %parts[%part, %m, %n] ... }
    linalg.fill ins(%zero : f32) outs(%c : memref<64x32xf32>)
    linalg.generic {iterator_types = ["reduction", "parallel", "parallel"], ...}
        ins(%parts : memref<53x64x32xf32>) outs(%c : memref<64x32xf32>) { ... arith.addf ... }
    ```
  }];
  let options = [
    Option<"math", "math", "std::string", /*default=*/"\"f32\"",
           "How to multiply: f32, or tf32 or bf16 on tensor cores">,
    Option<"splitSums", "split-sums", "bool", /*default=*/"false",
           "Cut long sums of products with few tiles into parts">,
    Option<"warpgroups", "warpgroups", "bool", /*default=*/"false",
           "Multiply large tiles of bf16 and tf32 by the warpgroups of sm_90a">
  ];
  let statistics = [
    Statistic<"numProducts", "num-products", "Number of products launched">,
    Statistic<"numFills", "num-fills", "Number of zero fills removed">,
    Statistic<"numSplit", "num-split", "Number of products whose sums are in parts">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::nvgpu::NVGPUDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
    "::qnet::QnetDialect"
  ];
}

def QnetLaunchUpdates
    : Pass<"qnet-launch-updates", "::mlir::func::FuncOp"> {
  let summary = "Turn flat elementwise loops into launches of one pass over memory";
  let description = [{
    Takes the loops that `qnet-vectorize-updates` takes on a CPU: updates of parameters,
    codes and random bits included, and other flat elementwise loops. A block of 256
    threads takes 1024 elements. First its threads make one Philox4x32-7 call each
    and leave the words in shared memory; they are the bits of docs/randomness.md, the
    same as on a CPU. Then a thread takes four elements, read and written as vectors of
    16 bytes. Codes of less than eight bits share words between threads: each leaves its
    bits in shared memory, and one thread writes the word.

    A flag that all iterations combine is changed by an atomic or, and only where a
    bit is to be set.

    Before:
    ```mlir
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%g : memref<8192xf32>) outs(%w : memref<8192x!qnet.q<#qnet.binary<1.0>>>) {
    ^bb0(%grad: f32, %code: !qnet.q<#qnet.binary<1.0>>):
      ... qnet.from_code, arith on scalars, qnet.random_bits, qnet.to_code ...
    }
    ```
    After (in outline):
    ```mlir
    gpu.launch blocks(%chunk, ...) in (%c8, ...) threads(%t, ...) in (%c256, ...)
        workgroup(%words : memref<4x128xi32, #gpu.address_space<workgroup>>, ...) {
      ... Philox4x32-7 on i64, memref.store to %words ...
      gpu.barrier
      %grad = vector.load %g[%i] {alignment = 16 : i64} : memref<8192xf32>, vector<4xf32>
      ... arith on vector<4xf32> ...
      gpu.barrier
      ... memref.store of whole words of codes ...
    }
    ```
  }];
  let statistics = [
    Statistic<"numUpdates", "num-updates", "Number of elementwise loops launched">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::qnet::QnetDialect"
  ];
}

def QnetLaunchLinalg : Pass<"qnet-launch-linalg", "::mlir::func::FuncOp"> {
  let summary = "Turn the remaining linalg ops and copies into launches";
  let description = [{
    For what the specialized passes left: layers, losses, pooling, sums, fills, copies.
    One thread computes one element of each output and runs the reductions in ascending
    order itself, as `qnet-parallelize-linalg` does on a CPU: the bits are the same. A
    fill by a constant that only a reduction sees becomes the start of its sums. Loads
    of single codes are left to `qnet-scalarize-codes`.

    Sums of at least 32 terms of fewer than 2^18 elements are a block's, 8 to 32
    elements each: its threads compute terms to shared memory, eight a thread at once and
    a slice ahead of the additions; one thread for each element adds a slice in ascending
    order, so that the bits are the same. Neighbouring threads load what is neighbouring
    in memory, elements or terms.

    What has no such form is an error that says what target cuda supports.

    Before:
    ```mlir
    linalg.generic {iterator_types = ["reduction", "parallel"], ...}
        ins(%x : memref<16x1024xf32>) outs(%sum : memref<1024xf32>) { ... addf ... }
    ```
    After (in outline):
    ```mlir
    gpu.launch blocks(%b, ...) in (%c4, ...) threads(%t, ...) in (%c256, ...) {
      %i = ... %b * 256 + %t ...
      %start = memref.load %sum[%i] : memref<1024xf32>
      %end = scf.for %n = %c0 to %c16 step %c1 iter_args(%s = %start) -> (f32) {
        ... memref.load %x[%n, %i], arith.addf ...
      }
      memref.store %end, %sum[%i] : memref<1024xf32>
    }
    ```
    After, of `ins(%x : memref<1000x20xf32>) outs(%sum : memref<20xf32>)` (in outline):
    ```mlir
    gpu.launch blocks(%b, ...) in (%c3, ...) threads(%t, ...) in (%c256, ...)
        workgroup(%slice : memref<256x8xf32, #gpu.address_space<workgroup>>) {
      ... eight memref.load of %x ...
      %state:9 = scf.for %first = %c0 to %c768 step %c256 iter_args(%s = %start, ...) {
        ... memref.store of the terms to %slice, gpu.barrier, memref.load of the next ...
        %next = scf.if %adds -> (f32) {
          ... scf.for: memref.load %slice[%i, %t], arith.addf ...
        }
        gpu.barrier
      }
      ... the last, shorter slice ...
      memref.store %end, %sum[%j] : memref<20xf32>
    }
    ```
  }];
  let statistics = [
    Statistic<"numKernels", "num-kernels", "Number of ops launched">,
    Statistic<"numSums", "num-sums", "Number of long sums among them, with a block for a few">,
    Statistic<"numCopies", "num-copies", "Number of copies among them">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::gpu::GPUDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::qnet::QnetDialect"
  ];
}

def QnetMergeKernels : Pass<"qnet-merge-kernels", "::mlir::ModuleOp"> {
  let summary = "Keep one of kernels that are equal";
  let description = [{
    A kernel's buffers are parameters, so equal layers have equal kernels: one stays,
    and all launches name it. Then a net of many equal layers has few kernels, and the
    driver few to compile.

    Before:
    ```mlir
    gpu.launch_func @kernels::@step_map blocks in (...) threads in (...) args(%a : memref<64xf32>)
    gpu.launch_func @kernels::@step_map_0 blocks in (...) threads in (...) args(%b : memref<64xf32>)
    ```
    After:
    ```mlir
    gpu.launch_func @kernels::@step_map blocks in (...) threads in (...) args(%a : memref<64xf32>)
    gpu.launch_func @kernels::@step_map blocks in (...) threads in (...) args(%b : memref<64xf32>)
    ```
  }];
  let statistics = [
    Statistic<"numKernels", "num-kernels", "Number of kernels that stay">,
    Statistic<"numMerged", "num-merged", "Number of kernels that were equal to another">
  ];
}

def ConvertQnetToNvvm : Pass<"convert-qnet-to-nvvm", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Convert kernels to the NVVM dialect, without libdevice";
  let description = [{
    arith, cf, gpu, memref, vector and exact math ops to the LLVM and NVVM dialects,
    with 32-bit indices and bare pointers for buffers. Scalars among a kernel's
    parameters go to memory, whose address is the last parameter: a launch is then the
    same in each step, and a step can be captured as a graph. Unlike upstream's
    convert-gpu-to-nvvm it makes no call of libdevice: sqrt and division are IEEE 754's,
    and a multiply and an add stay two roundings, so that the bits are a CPU's.
    exp, log and the like must have been expanded (`qnet-expand-math`).

    Before:
    ```mlir
    gpu.func @step_map(%rate: f32, %x: memref<64xf32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %x[%t] : memref<64xf32>
      %r = math.sqrt %v : f32
    ```
    After:
    ```mlir
    llvm.func @step_map(%x: !llvm.ptr, %scalars: !llvm.ptr) attributes {gpu.kernel, nvvm.kernel, ...} {
      %rate = llvm.load %scalars invariant {alignment = 8 : i64} : !llvm.ptr -> f32
      %t = nvvm.read.ptx.sreg.tid.x : i32
      ... llvm.getelementptr, llvm.load ...
      %r = llvm.intr.sqrt(%v) : (f32) -> f32
    ```
  }];
  let statistics = [
    Statistic<"numKernels", "num-kernels", "Number of kernels converted">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect",
                           "::mlir::cf::ControlFlowDialect",
                           "::mlir::memref::MemRefDialect"];
}

def QnetEmitPtx : Pass<"qnet-emit-ptx", "::mlir::ModuleOp"> {
  let summary = "Compile modules of kernels to PTX";
  let description = [{
    A gpu.module in the LLVM and NVVM dialects becomes a gpu.binary that holds PTX text,
    made by LLVM in process: no CUDA toolkit is needed or used. A multiply and an add
    fuse only where the IR says fma. The attribute `qnet.kernels` lists the kernels: a
    kernel's place in it is its number. A kernel that calls a function that is not
    there, such as libdevice's, is an error.

    Before:
    ```mlir
    gpu.module @kernels {
      llvm.func @step_map(%x: !llvm.ptr) attributes {gpu.kernel, nvvm.kernel} { ... }
    }
    ```
    After:
    ```mlir
    gpu.binary @kernels {qnet.kernels = ["step_map"]}
        [#gpu.object<#nvvm.target<chip = "sm_80", features = "+ptx76">, assembly = "//\0A// Generated by LLVM NVPTX ...">]
    ```
  }];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"sm_80\"",
           "GPU architecture to make code for: sm_80, sm_90 or sm_90a">
  ];
  let statistics = [
    Statistic<"numKernels", "num-kernels", "Number of kernels compiled">
  ];
  let dependentDialects = ["::mlir::gpu::GPUDialect", "::mlir::NVVM::NVVMDialect"];
}

def QnetEmulateKernels : Pass<"qnet-emulate-kernels", "::mlir::ModuleOp"> {
  let summary = "Turn kernels into CPU functions that run one block";
  let description = [{
    For tests without a GPU. Each gpu.func becomes a function of its parameters and of a
    block's number that does what the threads of the block do: what stands between two
    barriers is a loop over the threads; values that threads carry over a barrier are in
    arrays with a place for each of them; buffers of the workgroup are on the stack.
    Other functions go away. If the last argument is set, the threads of a phase run
    in the opposite order: a kernel that lacks a barrier then gives other results.

    `nvvm.mma.sync`, which the threads of a warp do together, ends a phase as a barrier
    does; its fragments are gathered from the registers of 32 threads as the PTX ISA says.
    So does `nvvm.wgmma.mma_async`, of four warps: its factors are found in the buffers of the
    workgroup through its descriptors.
    An `nvgpu.device_async_copy` is done where its group is waited for.

    Barriers must stand in the body or in loops whose bounds do not depend on the
    thread, and blocks must be one-dimensional: qnet's own kernels are so.

    Before:
    ```mlir
    gpu.func @k(%x: memref<256xf32>) workgroup(%s : memref<256xf32, #gpu.address_space<workgroup>>) kernel ... {
      %t = gpu.thread_id x
      %v = memref.load %x[%t] : memref<256xf32>
      memref.store %v, %s[%t] : ...
      gpu.barrier
      ...
    ```
    After:
    ```mlir
    func.func @k(%x: memref<256xf32>, %block: index, %descending: i1) {
      %s = memref.alloca() : memref<256xf32>
      scf.for %i = %c0 to %c256 step %c1 {
        %t = arith.select %descending, %opposite, %i : index
        %v = memref.load %x[%t] : memref<256xf32>
        memref.store %v, %s[%t] : memref<256xf32>
      }
      scf.for %i = %c0 to %c256 step %c1 { ... }
    ```
  }];
  let statistics = [
    Statistic<"numKernels", "num-kernels", "Number of kernels emulated">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"
  ];
}

def QnetEmitKernelEntries
    : Pass<"qnet-emit-kernel-entries", "::mlir::ModuleOp"> {
  let summary = "Give emulated kernels the parameters of a driver's launch";
  let description = [{
    Each function NAME that `qnet-emulate-kernels` made becomes internal, `NAME_body`;
    in its place stands NAME, a function of an array of pointers to the parameters, of
    the block's number, and of the order of the threads. The parameters are those of
    `convert-qnet-to-nvvm`: the buffers, and the address of the scalars if there are any.
    What is no such function is an error.

    Before:
    ```mlir
    llvm.func @k(%x: !llvm.ptr, %rate: f32, %block: i64, %descending: i1) { ... }
    ```
    After:
    ```mlir
    llvm.func @k(%parameters: !llvm.ptr, %block: i64, %order: i32) {
      ... llvm.load of each buffer, and of each scalar from its word ...
      llvm.call @k_body(%x, %rate, %block, %descending) : (!llvm.ptr, f32, i64, i1) -> ()
    ```
  }];
  let statistics = [
    Statistic<"numEntries", "num-entries", "Number of entries made">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // QNET_CODEGEN_GPU_PASSES
