//===- Windows.h - Sliding windows of convolution and pooling ---*- C++ -*-===//
//
// The sizes that a window, its strides and pads give; index 0 is rows, 1
// columns.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_IR_WINDOWS_H
#define QNET_DIALECT_QNET_IR_WINDOWS_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"

namespace qnet {

struct Windows {
  int64_t window[2];
  int64_t strides[2];
  int64_t low[2], high[2]; ///< padding: top and left, bottom and right
  int64_t input[2], output[2];
};

/// On a linalg.generic over a padded image (n, h, w, c): the number of that
/// operand, then how many places are zero at the top, bottom, left and right.
/// Code generation may leave out terms with them.
inline constexpr llvm::StringLiteral kZeroBorderAttrName = "qnet.zero_border";

/// On a linalg.generic that copies a tensor with zeros around it: how many
/// places it leaves zero before each dimension.
inline constexpr llvm::StringLiteral kPadLowAttrName = "qnet.pad_low";

/// Checks window (2 values), strides (2) and pads (top, left, bottom, right) on
/// an input (n, h, w, c). Emits an error at `loc`, if given, and fails where
/// they do not fit.
mlir::FailureOr<Windows> getWindows(std::optional<mlir::Location> loc,
                                    llvm::ArrayRef<int64_t> input,
                                    llvm::ArrayRef<int64_t> window,
                                    llvm::ArrayRef<int64_t> strides,
                                    llvm::ArrayRef<int64_t> pads);

} // namespace qnet

#endif // QNET_DIALECT_QNET_IR_WINDOWS_H
