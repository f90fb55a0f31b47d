//===- ScheduleOps.cpp - Transform ops for products -----------------------===//
//
// What can be said of parameters alone is verified when the schedule is read;
// the rest when it meets a product.
//
//===----------------------------------------------------------------------===//

#include "qnet/Codegen/Schedules/ScheduleOps.h"

using namespace mlir;
using namespace qnet;

static constexpr unsigned kDefaultBits = 256;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// A word of an enumeration; `symbolize` and `stringify` are its own.
template <typename AttrT, typename EnumT>
static ParseResult parseWord(OpAsmParser &parser, AttrT &attribute,
                             std::optional<EnumT> (*symbolize)(StringRef),
                             StringRef names) {
  StringRef word;
  SMLoc at = parser.getCurrentLocation();
  if (parser.parseKeyword(&word))
    return failure();
  std::optional<EnumT> value = symbolize(word);
  if (!value)
    return parser.emitError(at)
           << "expected one of " << names << ", got '" << word << "'";
  attribute = AttrT::get(parser.getContext(), *value);
  return success();
}

static ParseResult parseMethod(OpAsmParser &parser,
                               ProductMethodAttr &attribute) {
  return parseWord<ProductMethodAttr, ProductMethod>(
      parser, attribute, symbolizeProductMethod,
      "auto, packed, tall, direct, long, table, winograd");
}

static void printMethod(OpAsmPrinter &printer, Operation *,
                        ProductMethodAttr attribute) {
  printer << stringifyProductMethod(attribute.getValue());
}

static ParseResult parseRole(OpAsmParser &parser, ProductRoleAttr &attribute) {
  return parseWord<ProductRoleAttr, ProductRole>(
      parser, attribute, symbolizeProductRole,
      "forward, input_gradient, weight_gradient");
}

static void printRole(OpAsmPrinter &printer, Operation *,
                      ProductRoleAttr attribute) {
  printer << stringifyProductRole(attribute.getValue());
}

static ParseResult parseRange(OpAsmParser &parser,
                              DenseI64ArrayAttr &attribute) {
  SmallVector<int64_t> ends;
  if (parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Square, [&] {
        return parser.parseInteger(ends.emplace_back());
      }))
    return failure();
  attribute = parser.getBuilder().getDenseI64ArrayAttr(ends);
  return success();
}

static void printRange(OpAsmPrinter &printer, Operation *,
                       DenseI64ArrayAttr attribute) {
  printer << '[';
  llvm::interleaveComma(attribute.asArrayRef(), printer);
  printer << ']';
}

static ParseResult parseCount(OpAsmParser &parser, IntegerAttr &attribute) {
  int64_t count;
  if (parser.parseInteger(count))
    return failure();
  attribute = parser.getBuilder().getI64IntegerAttr(count);
  return success();
}

static void printCount(OpAsmPrinter &printer, Operation *,
                       IntegerAttr attribute) {
  printer << attribute.getInt();
}

static ParseResult parseFlag(OpAsmParser &parser, BoolAttr &attribute) {
  bool isFalse = succeeded(parser.parseOptionalKeyword("false"));
  if (!isFalse && parser.parseKeyword("true"))
    return failure();
  attribute = parser.getBuilder().getBoolAttr(!isFalse);
  return success();
}

static void printFlag(OpAsmPrinter &printer, Operation *, BoolAttr attribute) {
  printer << (attribute.getValue() ? "true" : "false");
}

#define GET_OP_CLASSES
#include "qnet/Codegen/Schedules/ScheduleOps.cpp.inc"

//===----------------------------------------------------------------------===//
// transform.qnet.match_product
//===----------------------------------------------------------------------===//

LogicalResult MatchProductOp::verify() {
  std::pair<StringRef, std::optional<ArrayRef<int64_t>>> ranges[] = {
      {"m", getM()}, {"n", getN()}, {"k", getK()}};
  for (auto &[name, range] : ranges)
    if (range &&
        (range->empty() || range->size() > 2 || range->front() > range->back()))
      return emitOpError() << "expected " << name
                           << " to be a number or two in ascending order, got ["
                           << *range << "]";
  return success();
}

static bool isIn(int64_t size, std::optional<ArrayRef<int64_t>> range) {
  return !range || (size >= range->front() &&
                    (range->size() == 1 || size <= range->back()));
}

/// Whether a product has a method: that of `auto`, or, if `any`, one that is
/// possible. Tables and minimal filtering have to be on.
static bool hasMethod(const ProductFacts &facts, ProductMethod method,
                      const ScheduleTarget *target, bool any) {
  if (method == ProductMethod::Auto)
    return true;
  if (target && !target->allows(method))
    return false;
  if (!any && method == ProductMethod::Table)
    return facts.prefersTables(!target || target->hasWinograd);
  if (!any && method == ProductMethod::Winograd)
    return facts.can(method);
  return any ? facts.can(method) : facts.method == method;
}

/// The first property that the product does not have, or none.
static StringRef findDifference(MatchProductOp op, const ProductFacts &facts,
                                const ScheduleTarget *target) {
  auto orAuto = [](std::optional<ProductMethod> method) {
    return method.value_or(ProductMethod::Auto);
  };
  if (op.getRole() && op.getRole() != facts.role)
    return "role";
  if (!hasMethod(facts, orAuto(op.getMethod()), target, /*any=*/false))
    return "method";
  if (!hasMethod(facts, orAuto(op.getAllows()), target, /*any=*/true))
    return "layout";
  if (op.getWindowed() && op.getWindowed() != facts.isWindowed)
    return "kind of factor";
  if (op.getCodes() && op.getCodes() != facts.holdsCodes)
    return "element type";
  if (!isIn(facts.m, op.getM()) || !isIn(facts.n, op.getN()) ||
      !isIn(facts.k, op.getK()))
    return "size";
  return "";
}

DiagnosedSilenceableFailure
MatchProductOp::matchOperation(Operation *current,
                               transform::TransformResults &results,
                               transform::TransformState &state) {
  auto *target = state.getExtension<ScheduleTarget>();
  FailureOr<ProductFacts> facts = failure();
  if (auto op = dyn_cast<linalg::GenericOp>(current))
    facts = describeProduct(op, target ? target->vectorBits : kDefaultBits);
  if (failed(facts))
    return emitSilenceableError() << "expected a product";
  StringRef difference = findDifference(*this, *facts, target);
  if (difference.empty())
    return DiagnosedSilenceableFailure::success();
  return emitSilenceableError()
         << "expected a product of another " << difference;
}

//===----------------------------------------------------------------------===//
// transform.qnet.block_product
//===----------------------------------------------------------------------===//

ProductSchedule BlockProductOp::getSchedule(unsigned vectorBits) {
  ProductSchedule schedule;
  schedule.vectorBits = getVectorBits().value_or(vectorBits);
  schedule.method = getMethod().value_or(ProductMethod::Auto);
  schedule.rows = getRows().value_or(0);
  schedule.vectors = getVectors().value_or(0);
  schedule.block = getBlock().value_or(0);
  schedule.panels = getPanels().value_or(0);
  schedule.groups = getGroups().value_or(0);
  schedule.allowSpills = getAllowSpills();
  return schedule;
}

LogicalResult BlockProductOp::verify() {
  std::pair<StringRef, std::optional<uint64_t>> counts[] = {
      {"rows", getRows()},     {"vectors", getVectors()},
      {"block", getBlock()},   {"panels", getPanels()},
      {"groups", getGroups()}, {"vector_bits", getVectorBits()}};
  for (auto &[name, count] : counts)
    if (count && int64_t(*count) < 1)
      return emitOpError() << "expected " << name << " of at least 1, got "
                           << int64_t(*count);
  ProductSchedule schedule = getSchedule(kDefaultBits);
  // Registers are the target's.
  schedule.allowSpills |= !getVectorBits();
  return verifySchedule(schedule, [&] { return emitOpError(); });
}

DiagnosedSilenceableFailure
BlockProductOp::applyToOne(transform::TransformRewriter &rewriter,
                           Operation *target,
                           transform::ApplyToEachResultList &results,
                           transform::TransformState &state) {
  auto *machine = state.getExtension<ScheduleTarget>();
  ProductSchedule schedule =
      getSchedule(machine ? machine->vectorBits : kDefaultBits);
  auto fail = [&] {
    InFlightDiagnostic diagnostic = emitOpError();
    diagnostic.attachNote(target->getLoc()) << "applied to this op";
    return diagnostic;
  };
  if (machine && !machine->allows(schedule.method)) {
    StringRef name = stringifyProductMethod(schedule.method);
    fail() << "expected " << name << " products to be on for method " << name;
    return DiagnosedSilenceableFailure::definiteFailure();
  }
  bool complained = false;
  auto complain = [&] {
    complained = true;
    return fail();
  };
  std::string reason = "expected a linalg.generic";
  FailureOr<BlockedProduct> blocked = failure();
  if (auto op = dyn_cast<linalg::GenericOp>(target))
    blocked = blockProduct(rewriter, op, schedule, complain, &reason);
  if (complained)
    return DiagnosedSilenceableFailure::definiteFailure();
  // One error, not one for each op of the handle.
  if (failed(blocked)) {
    fail() << "expected a product: " << reason;
    return DiagnosedSilenceableFailure::definiteFailure();
  }
  if (machine) {
    ++machine->numProducts;
    machine->numTables += blocked->method == ProductMethod::Table;
    machine->numWinograd += blocked->method == ProductMethod::Winograd;
    machine->numFills += blocked->removedFill;
    machine->numEpilogues += blocked->hasEpilogue;
    machine->numPartSums += blocked->hasPartSums;
  }
  return DiagnosedSilenceableFailure::success();
}
