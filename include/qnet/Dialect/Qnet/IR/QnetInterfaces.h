//===- QnetInterfaces.h - Extension points of the dialect -------*- C++ -*-===//
//
// The interfaces of dialects/Qnet/QnetInterfaces.td and the plain structs in
// their signatures.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_IR_QNETINTERFACES_H
#define QNET_DIALECT_QNET_IR_QNETINTERFACES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"

#include <limits>
#include <string>

namespace qnet {

/// The neighbours of a value on a grid: lower <= value <= upper, adjacent
/// levels.
struct BracketValues {
  mlir::Value ordinal; ///< i32, ordinal of `lower`.
  mlir::Value lower;   ///< f32
  mlir::Value upper;   ///< f32
};

/// A piece of state of an op that differs between training and inference.
struct ModalState {
  std::string name;            ///< unique in the model
  std::string owner;           ///< the layer's name
  mlir::RankedTensorType type; ///< f32
  float initial;               ///< value of every element before training
};

/// What the training form of a layer may depend on besides its operands.
struct TrainingContext {
  mlir::Value seed;  ///< i32, of the training
  mlir::Value step;  ///< i32, from 0
  mlir::Value first; ///< index, of the part's first sample; null for a batch
  unsigned number;   ///< of the op among those of its kind in the model
};

} // namespace qnet

#include "qnet/Dialect/Qnet/IR/QnetAttrInterfaces.h.inc"
#include "qnet/Dialect/Qnet/IR/QnetOpInterfaces.h.inc"

namespace qnet {

/// The neighbours of a clamped value, evaluated: the reference for
/// buildBracket.
struct Bracket {
  int64_t ordinal;
  float lower, upper;
};
/// Brackets `value`, which is not NaN, after clamping it to the grid's range
/// (returned in `value`). Binary search over the levels.
Bracket bracketOnGrid(GridAttrInterface grid, float &value);

/// Rounds as the contract says: clamps, then goes to a neighbour. NaN gives the
/// lowest level. Returns the ordinal.
int64_t roundToOrdinal(GridAttrInterface grid, RoundingAttrInterface rounding,
                       float value, uint32_t randomBits);

/// The same as IR, on a scalar, vector or tensor: returns the ordinal
/// (i32-like).
mlir::Value buildRoundToOrdinal(mlir::OpBuilder &builder, mlir::Location loc,
                                GridAttrInterface grid,
                                RoundingAttrInterface rounding,
                                mlir::Value value, mlir::Value randomBits);

/// An f32 (i32) constant of the shape of `like`, which may be a scalar, a
/// vector or a tensor type of any element type.
mlir::Value buildF32(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Type like, float value);
mlir::Value buildI32(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Type like, int32_t value);
/// `like` with its element type (or itself, a scalar) replaced.
mlir::Type withElementType(mlir::Type like, mlir::Type element);

} // namespace qnet

#endif // QNET_DIALECT_QNET_IR_QNETINTERFACES_H
