//===- TensorNames.cpp - What a tensor of a step is called ----------------===//
//
// See TensorNames.h. A layer's name is that of its parameter up to the last
// dot: the product with "stage1.conv1.weight" is "stage1.conv1.conv2d".
//
//===----------------------------------------------------------------------===//

#include "qnet/Dialect/Qnet/IR/TensorNames.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace qnet;

static constexpr std::pair<TensorKind, StringLiteral> kKinds[] = {
    {TensorKind::Activation, "activation"},
    {TensorKind::Gradient, "gradient"},
    {TensorKind::ParameterGradient, "parameter gradient"},
    {TensorKind::Workspace, "workspace"}};

StringRef qnet::stringifyTensorKind(TensorKind kind) {
  return kKinds[static_cast<unsigned>(kind)].second;
}

std::optional<TensorKind> qnet::symbolizeTensorKind(StringRef text) {
  for (auto [kind, name] : kKinds)
    if (name == text)
      return kind;
  return std::nullopt;
}

TensorName qnet::getTensorName(Location loc) {
  TensorName found;
  if (auto name = dyn_cast<NameLoc>(loc)) {
    found.name = name.getName();
    return found;
  }
  auto fused = dyn_cast<FusedLoc>(loc);
  if (!fused)
    return found;
  for (Location part : fused.getLocations()) {
    found = getTensorName(part);
    if (!found.name.empty())
      break;
  }
  if (auto text = dyn_cast_or_null<StringAttr>(fused.getMetadata()))
    if (std::optional<TensorKind> kind = symbolizeTensorKind(text))
      found.kind = *kind;
  return found;
}

Location qnet::markKind(Location loc, TensorKind kind) {
  MLIRContext *context = loc.getContext();
  return FusedLoc::get(context, loc,
                       StringAttr::get(context, stringifyTensorKind(kind)));
}

Location qnet::extendName(Location loc, StringRef suffix) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return NameLoc::get(StringAttr::get(loc.getContext(),
                                        name.getName().getValue() + suffix),
                        name.getChildLoc());
  auto fused = dyn_cast<FusedLoc>(loc);
  if (!fused || fused.getLocations().size() != 1)
    return loc;
  return FusedLoc::get(loc.getContext(), extendName(fused.getLocations()[0], suffix),
                       fused.getMetadata());
}

Location qnet::dropNames(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return dropNames(name.getChildLoc());
  auto fused = dyn_cast<FusedLoc>(loc);
  if (fused && fused.getLocations().size() == 1)
    return dropNames(fused.getLocations()[0]);
  return loc;
}

/// The layer that `op` belongs to; empty where it does not say.
static StringRef findLayer(Operation &op) {
  if (auto name = op.getAttrOfType<StringAttr>("layer_name"))
    return name;
  for (Value operand : op.getOperands())
    if (auto parameter = operand.getDefiningOp<ParameterOp>()) {
      StringRef name = parameter.getParamName();
      return name.contains('.') ? name.rsplit('.').first : name;
    }
  return {};
}

void qnet::nameLayers(Block &model) {
  std::string layer;
  llvm::StringMap<unsigned> counts;
  for (Operation &op : model.without_terminator()) {
    Location loc = op.getLoc();
    std::string name;
    if (auto parameter = dyn_cast<ParameterOp>(op)) {
      name = parameter.getParamName().str();
    } else {
      if (StringRef own = findLayer(op); !own.empty())
        layer = own.str();
      name = (layer.empty() ? "" : layer + ".") + op.getName().stripDialect().str();
      if (unsigned count = counts[name]++)
        name += std::to_string(count + 1);
      if (!getTensorName(loc).name.empty())
        continue;
    }
    op.setLoc(NameLoc::get(StringAttr::get(loc.getContext(), name), loc));
  }
}
