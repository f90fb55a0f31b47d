//===- RecomputeKind.h - Which activations are computed again ---*- C++ -*-===//
//
// A setting of the pipelines and of qnet-compile.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_COMMON_RECOMPUTEKIND_H
#define QNET_CODEGEN_COMMON_RECOMPUTEKIND_H

namespace qnet {

/// None; what is cheap; or all, a segment of the forward pass at a time.
enum class RecomputeKind { None, Cheap, Segments };

} // namespace qnet

#endif // QNET_CODEGEN_COMMON_RECOMPUTEKIND_H
