//===- Datum.h - Values of the reference interpreter ------------*- C++ -*-===//
//
// What an SSA value holds while it is interpreted: a scalar or a dense,
// row-major tensor (or vector) of scalars. Floats are held in double, which
// represents f32 exactly; the rules round after every operation. Integers and
// indices are held sign-extended; codes as their ordinals. An element can be
// poison (an out-of-range shift or conversion); poison spreads and is an error
// once something observes it.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_INTERPRETER_DATUM_H
#define QNET_INTERPRETER_DATUM_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

#include <memory>
#include <vector>

namespace qnet {

/// One element. Its type, and so the member in use, is that of its Datum.
struct Scalar {
  union {
    double real;
    int64_t integer;
  };
  bool poison = false;

  Scalar() : integer(0) {}
  static Scalar ofReal(double value) {
    Scalar scalar;
    scalar.real = value;
    return scalar;
  }
  static Scalar ofInteger(int64_t value) {
    Scalar scalar;
    scalar.integer = value;
    return scalar;
  }
  static Scalar ofPoison() {
    Scalar scalar;
    scalar.poison = true;
    return scalar;
  }
};

/// A scalar or a tensor; tensors share their elements until one is written to.
class Datum {
public:
  Datum() = default;
  /// A scalar.
  Datum(mlir::Type type, Scalar scalar) : type(type), scalar(scalar) {}
  /// A tensor; `elements` has as many as the static shape says.
  Datum(mlir::ShapedType type, std::vector<Scalar> elements)
      : type(type),
        elements(std::make_shared<std::vector<Scalar>>(std::move(elements))) {}
  /// Zeros of a type that isSupported.
  static Datum zeros(mlir::Type type);

  /// f32, f64, integers up to 64 bits, index, codes; and static tensors and
  /// vectors of these with at most 2^31 elements.
  static bool isSupported(mlir::Type type);
  /// From an integer, float or dense attribute of a supported type.
  static mlir::FailureOr<Datum> fromAttr(mlir::Attribute attr);
  /// As an attribute: codes become i32. Poison gives null.
  mlir::TypedAttr toAttr() const;

  explicit operator bool() const { return bool(type); }
  mlir::Type getType() const { return type; }
  mlir::Type getElementType() const { return mlir::getElementTypeOrSelf(type); }
  bool isShaped() const { return elements != nullptr; }
  llvm::ArrayRef<int64_t> getShape() const {
    return llvm::cast<mlir::ShapedType>(type).getShape();
  }
  int64_t getNumElements() const { return elements ? elements->size() : 1; }
  const Scalar &operator[](int64_t index) const {
    return elements ? (*elements)[index] : scalar;
  }
  const Scalar *data() const { return elements ? elements->data() : &scalar; }
  /// The elements for writing; copied first where they are shared.
  Scalar *edit();
  /// The same elements under another shape (or element type) of equal size.
  Datum withType(mlir::Type newType) const;
  bool hasPoison() const;

private:
  mlir::Type type;
  Scalar scalar;
  std::shared_ptr<std::vector<Scalar>> elements;
};

/// Bits of an integer-like element type: index has 64, codes 32.
unsigned getIntegerWidth(mlir::Type element);
/// `value` wrapped to `width` bits and sign-extended.
int64_t wrapSigned(int64_t value, unsigned width);
/// The low `width` bits of `value`.
uint64_t asUnsigned(int64_t value, unsigned width);

} // namespace qnet

#endif // QNET_INTERPRETER_DATUM_H
