//===- InferenceOps.cpp - Constants of inference graphs -------------------===//
//
// Verifiers of the ops that hold a trained net.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectResourceBlobManager.h"
#include "qnet/Dialect/Qnet/IR/ConstantData.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

#include <cstring>

using namespace mlir;
using namespace qnet;

static FailureOr<ArrayRef<char>>
getRawData(ElementsAttr value, function_ref<InFlightDiagnostic()> emitError) {
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    return dense.getRawData();
  auto resource = dyn_cast<DenseResourceElementsAttr>(value);
  if (!resource)
    return emitError() << "expected a dense constant, got " << value;
  StringRef key = resource.getRawHandle().getKey();
  AsmResourceBlob *blob = resource.getRawHandle().getBlob();
  if (!blob)
    return emitError() << "expected the file to hold the resource '" << key
                       << "'";
  int64_t bytes = blob->getData().size();
  if (bytes == 4 * value.getNumElements())
    return blob->getData();
  return emitError() << "expected the resource '" << key << "' to have "
                     << 4 * value.getNumElements() << " bytes, got " << bytes;
}

FailureOr<std::vector<uint32_t>>
qnet::readWords(ElementsAttr value,
                function_ref<InFlightDiagnostic()> emitError) {
  if (!value.getElementType().isIntOrFloat() ||
      value.getElementType().getIntOrFloatBitWidth() != 32)
    return emitError() << "expected elements of 32 bits, got "
                       << value.getElementType();
  FailureOr<ArrayRef<char>> data = getRawData(value, emitError);
  if (failed(data))
    return failure();
  std::vector<uint32_t> words(value.getNumElements());
  if (words.empty())
    return words;
  if (value.isSplat()) {
    std::memcpy(words.data(), data->data(), 4);
    std::fill(words.begin() + 1, words.end(), words[0]);
    return words;
  }
  std::memcpy(words.data(), data->data(), data->size());
  return words;
}

LogicalResult PackedConstantOp::verify() {
  auto words = dyn_cast<RankedTensorType>(getWords().getType());
  if (!words || words.getRank() != 1 || !words.getElementType().isInteger(32))
    return emitOpError("expected words of type tensor<Nxi32>, got ")
           << getWords().getType();
  auto type = cast<RankedTensorType>(getResult().getType());
  GridAttrInterface grid = cast<QType>(type.getElementType()).getGrid();
  int64_t expected = getNumWords(grid, type.getNumElements());
  if (words.getNumElements() != expected)
    return emitOpError("expected ") << expected << " words for " << type
                                    << ", got " << words.getNumElements();
  return success();
}
