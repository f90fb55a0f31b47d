//===- LibraryKind.h - Whether NVIDIA's libraries multiply ------*- C++ -*-===//
//
// A setting of the pipelines and of qnet-compile.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_GPU_LIBRARYKIND_H
#define QNET_CODEGEN_GPU_LIBRARYKIND_H

namespace qnet {

/// Never; where cuBLAS and cuDNN are found when the program runs, or else own
/// kernels; or always, and it is an error where they are not found.
enum class LibraryKind { None, Auto, Require };

} // namespace qnet

#endif // QNET_CODEGEN_GPU_LIBRARYKIND_H
