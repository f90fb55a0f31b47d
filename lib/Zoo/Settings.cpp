//===- Settings.cpp - Settings of a network as attributes -----------------===//
//
// Parses the attributes of a ZooSettings and checks its numbers. What the
// parser or a verifier has against an attribute becomes part of the one error
// line.
//
//===----------------------------------------------------------------------===//

#include "Settings.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/Twine.h"

using namespace mlir;
using namespace qnet;

/// Larger than any layer of a net that fits into memory; products stay in 64
/// bits.
static constexpr int64_t kMaxSize = int64_t(1) << 24;

/// `sr` -> `#qnet.sr`, `binary:1.0` -> `#qnet.binary<1.0>`.
static std::string inFull(StringRef text) {
  if (text.starts_with("#"))
    return text.str();
  auto [name, parameters] = text.split(':');
  std::string full = ("#qnet." + name).str();
  if (!parameters.empty())
    full += ("<" + parameters + ">").str();
  return full;
}

/// Parses `text` to an attribute with the interface; `what` says what was
/// expected.
template <typename InterfaceT>
static llvm::Error parseInto(InterfaceT &result, MLIRContext &context,
                             StringRef text, const Twine &what) {
  std::string reason;
  Attribute attribute;
  {
    ScopedDiagnosticHandler collect(&context, [&](Diagnostic &diagnostic) {
      if (reason.empty())
        reason = diagnostic.str();
      return success();
    });
    attribute = parseAttribute(inFull(text), &context);
  }
  result = dyn_cast_or_null<InterfaceT>(attribute);
  if (result)
    return llvm::Error::success();
  std::string message = ("expected " + what + ", got '" + text + "'").str();
  if (!reason.empty())
    message += ": " + reason;
  return llvm::createStringError(message);
}

/// Larger widths make no net that fits into memory.
static constexpr double kMaxWidth = 64.0;

static llvm::Error checkChainSettings(const ZooNetwork &network,
                                      const ZooSettings &settings) {
  if (settings.classes || settings.width)
    return llvm::createStringError(
        "expected sizes for '" + Twine(network.name) + "', got a " +
        (settings.classes ? "number of classes" : "width"));
  return llvm::Error::success();
}

static llvm::Error checkImageSettings(const ZooNetwork &network,
                                      const ZooSettings &settings) {
  if (!settings.sizes.empty())
    return llvm::createStringError("expected a width or a number of classes "
                                   "for '" +
                                   Twine(network.name) + "', got sizes");
  int64_t classes = settings.classes.value_or(network.classes);
  if (classes < 2 || classes > kMaxSize)
    return llvm::createStringError("expected a number of classes from 2 to " +
                                   Twine(kMaxSize) + ", got " + Twine(classes));
  double width = settings.width.value_or(1.0);
  if (!(width > 0.0 && width <= kMaxWidth))
    return llvm::createStringError(
        "expected a width above 0 and up to %g, got %g", kMaxWidth, width);
  return llvm::Error::success();
}

static llvm::Error checkSizes(const ZooNetwork &network,
                              ArrayRef<int64_t> sizes) {
  bool deep = network.sizes.size() > 2;
  if (deep ? sizes.size() < 2 : sizes.size() != 2)
    return llvm::createStringError(
        "expected " + Twine(deep ? "two or more" : "two") + " sizes for '" +
        network.name + "' (inputs" + (deep ? ", hidden units" : "") +
        " and outputs), got " + Twine(sizes.size()));
  for (int64_t size : sizes)
    if (size < 1 || size > kMaxSize)
      return llvm::createStringError("expected sizes from 1 to " +
                                     Twine(kMaxSize) + ", got " + Twine(size));
  return llvm::Error::success();
}

static llvm::Error checkNumbers(const ResolvedSettings &resolved,
                                int64_t seed) {
  if (resolved.batch < 1 || resolved.batch > kMaxSize)
    return llvm::createStringError("expected a batch size from 1 to " +
                                   Twine(kMaxSize) + ", got " +
                                   Twine(resolved.batch));
  int64_t microBatch = resolved.microBatch.value_or(resolved.batch);
  if (microBatch < 1 || resolved.batch % microBatch)
    return llvm::createStringError(
        "expected a micro-batch size that divides the batch size " +
        Twine(resolved.batch) + ", got " + Twine(microBatch));
  if (seed < 0 || seed > int64_t(UINT32_MAX))
    return llvm::createStringError(
        "expected a seed from 0 to 4294967295, got " + Twine(seed));
  return llvm::Error::success();
}

llvm::Expected<ResolvedSettings>
qnet::resolveSettings(MLIRContext &context, const ZooNetwork &network,
                      const ZooSettings &settings) {
  auto orElse = [](StringRef given, StringRef own) {
    return given.empty() ? own : given;
  };
  ResolvedSettings resolved;
  resolved.policy = settings.policy.value_or(network.policy);
  resolved.rateScale = settings.rateScale;
  resolved.sizes = settings.sizes.empty() ? network.sizes : settings.sizes;
  resolved.classes = settings.classes.value_or(network.classes);
  resolved.width = settings.width.value_or(1.0);
  resolved.batch = settings.batch == 0 ? network.batch : settings.batch;
  resolved.microBatch = settings.microBatch;
  resolved.seed = static_cast<uint32_t>(settings.seed);
  llvm::Error error = network.isOnImages()
                          ? checkImageSettings(network, settings)
                          : checkChainSettings(network, settings);
  auto parse = [&](auto &result, StringRef text, const Twine &what) {
    if (!error)
      error = parseInto(result, context, text, what);
  };
  if (!error && !network.isOnImages())
    error = checkSizes(network, resolved.sizes);
  if (!error)
    error = checkNumbers(resolved, settings.seed);
  parse(resolved.rule, orElse(settings.rule, "bc"), "a rule (full, r, sr, bc)");
  parse(resolved.optimizer, orElse(settings.optimizer, network.optimizer),
        "an optimizer (sgd, momentum, adam)");
  parse(resolved.schedule, orElse(settings.schedule, network.schedule),
        "a schedule, e.g. constant_rate:0.01");
  parse(resolved.loss, orElse(settings.loss, network.loss),
        "a loss (softmax_cross_entropy, squared_hinge, mean_squared_error)");
  parse(resolved.grid, orElse(settings.grid, "binary:1.0"),
        "a grid, e.g. binary:1.0 or uniform:4,0.125");
  if (error)
    return std::move(error);
  return resolved;
}
