//===- Datum.cpp - Values of the reference interpreter --------------------===//
//
// Storage of scalars and tensors, and their conversion from and to attributes.
//
//===----------------------------------------------------------------------===//

#include "qnet/Interpreter/Datum.h"
#include "qnet/Dialect/Qnet/IR/QnetTypes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;

unsigned qnet::getIntegerWidth(Type element) {
  if (element.isIndex())
    return 64;
  if (isa<QType>(element))
    return 32;
  return element.getIntOrFloatBitWidth();
}

int64_t qnet::wrapSigned(int64_t value, unsigned width) {
  return width >= 64 ? value : llvm::SignExtend64(value, width);
}

uint64_t qnet::asUnsigned(int64_t value, unsigned width) {
  return width >= 64
             ? uint64_t(value)
             : uint64_t(value) & llvm::maskTrailingOnes<uint64_t>(width);
}

static bool isSupportedElement(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return integer.getWidth() >= 1 && integer.getWidth() <= 64;
  return type.isF32() || type.isF64() || type.isIndex() || isa<QType>(type);
}

bool Datum::isSupported(Type type) {
  if (!isa<RankedTensorType, VectorType>(type))
    return isSupportedElement(type);
  auto shaped = cast<ShapedType>(type);
  if (!shaped.hasStaticShape() || !isSupportedElement(shaped.getElementType()))
    return false;
  int64_t count = 1;
  for (int64_t dim : shaped.getShape())
    if (llvm::MulOverflow(count, dim, count) || count > (int64_t(1) << 31))
      return false;
  return true;
}

static Scalar zeroOf(Type element) {
  return isa<FloatType>(element) ? Scalar::ofReal(0) : Scalar::ofInteger(0);
}

Datum Datum::zeros(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped)
    return Datum(type, zeroOf(type));
  return Datum(shaped, std::vector<Scalar>(shaped.getNumElements(),
                                           zeroOf(shaped.getElementType())));
}

Scalar *Datum::edit() {
  if (!elements)
    return &scalar;
  if (elements.use_count() > 1)
    elements = std::make_shared<std::vector<Scalar>>(*elements);
  return elements->data();
}

Datum Datum::withType(Type newType) const {
  Datum result = *this;
  result.type = newType;
  return result;
}

bool Datum::hasPoison() const {
  return llvm::any_of(llvm::make_range(data(), data() + getNumElements()),
                      [](const Scalar &scalar) { return scalar.poison; });
}

static double toReal(const APFloat &value) {
  APFloat wide = value;
  bool lossy;
  wide.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
  return wide.convertToDouble();
}

FailureOr<Datum> Datum::fromAttr(Attribute attr) {
  auto typed = dyn_cast<TypedAttr>(attr);
  if (!typed || !isSupported(typed.getType()))
    return failure();
  Type type = typed.getType();
  if (auto integer = dyn_cast<IntegerAttr>(attr))
    return Datum(type, Scalar::ofInteger(integer.getValue().getSExtValue()));
  if (auto real = dyn_cast<FloatAttr>(attr))
    return Datum(type, Scalar::ofReal(toReal(real.getValue())));
  auto dense = dyn_cast<DenseElementsAttr>(attr);
  if (!dense)
    return failure();
  std::vector<Scalar> elements;
  elements.reserve(dense.getNumElements());
  if (isa<FloatType>(dense.getElementType()))
    for (const APFloat &value : dense.getValues<APFloat>())
      elements.push_back(Scalar::ofReal(toReal(value)));
  else if (dense.getElementType().isIntOrIndex())
    for (const APInt &value : dense.getValues<APInt>())
      elements.push_back(Scalar::ofInteger(value.getSExtValue()));
  else
    return failure();
  return Datum(cast<ShapedType>(type), std::move(elements));
}

static Attribute toScalarAttr(Type element, const Scalar &scalar) {
  Builder builder(element.getContext());
  if (element.isF32())
    return builder.getF32FloatAttr(float(scalar.real));
  if (element.isF64())
    return builder.getF64FloatAttr(scalar.real);
  return builder.getIntegerAttr(element, scalar.integer);
}

TypedAttr Datum::toAttr() const {
  if (hasPoison())
    return {};
  Type element = getElementType();
  if (isa<QType>(element))
    element = IntegerType::get(element.getContext(), 32);
  if (!isShaped())
    return cast<TypedAttr>(toScalarAttr(element, scalar));
  SmallVector<Attribute> attrs;
  attrs.reserve(getNumElements());
  for (const Scalar &value : *elements)
    attrs.push_back(toScalarAttr(element, value));
  auto shaped = cast<ShapedType>(type).clone(element);
  return DenseElementsAttr::get(shaped, attrs);
}
