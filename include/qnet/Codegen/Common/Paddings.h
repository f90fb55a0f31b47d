//===- Paddings.h - Copies of images between zeros --------------*- C++ -*-===//
//
// The op that qnet.pad becomes on buffers, and the attribute by which
// qnet-fuse-prologues says to the passes after it that it belongs to the loops
// of the product after it. The ops mean the same with it and without.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_COMMON_PADDINGS_H
#define QNET_CODEGEN_COMMON_PADDINGS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace qnet {

/// On a copy between zeros: the product that follows is its only reader.
inline constexpr llvm::StringLiteral kPrologueAttrName = "qnet.prologue";

/// The op that copies `source` to `padded`, both whole buffers of f32, and how
/// many places it leaves zero before each dimension.
struct PaddedCopy {
  mlir::linalg::GenericOp op;
  mlir::Value source, padded;
  llvm::ArrayRef<int64_t> low;
};

/// `op` as such a copy (`qnet.pad_low`).
std::optional<PaddedCopy> matchPaddedCopy(mlir::linalg::GenericOp op);

/// The copy before `op` that is marked as its prologue, with nothing but fills
/// and what touches no memory between the two.
std::optional<PaddedCopy> findPrologue(mlir::Operation *op);

} // namespace qnet

#endif // QNET_CODEGEN_COMMON_PADDINGS_H
