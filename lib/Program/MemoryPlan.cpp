//===- MemoryPlan.cpp - Where the memory of a program goes ----------------===//
//
// The plan as an attribute, its peak, and the check against a budget.
//
//===----------------------------------------------------------------------===//

#include "qnet/Program/MemoryPlan.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace qnet;

//===----------------------------------------------------------------------===//
// The peak
//===----------------------------------------------------------------------===//

SmallVector<const PlannedBuffer *> EntryPlan::getPeak() const {
  auto liveAt = [&](int64_t position) {
    SmallVector<const PlannedBuffer *> live;
    for (const PlannedBuffer &buffer : buffers)
      if (buffer.first <= position && position <= buffer.last)
        live.push_back(&buffer);
    return live;
  };
  int64_t peak = 0, most = -1;
  // Memory only grows where a buffer is born.
  for (const PlannedBuffer &buffer : buffers) {
    int64_t bytes = 0;
    for (const PlannedBuffer *other : liveAt(buffer.first))
      bytes += other->bytes;
    if (bytes <= most)
      continue;
    most = bytes;
    peak = buffer.first;
  }
  SmallVector<const PlannedBuffer *> live = liveAt(peak);
  llvm::stable_sort(live, [](const PlannedBuffer *x, const PlannedBuffer *y) {
    return x->bytes > y->bytes;
  });
  return live;
}

const EntryPlan *MemoryPlan::getLargest() const {
  const EntryPlan *largest = nullptr;
  for (const EntryPlan &entry : entries)
    if (!largest || entry.arenaBytes > largest->arenaBytes)
      largest = &entry;
  return largest;
}

int64_t MemoryPlan::getArenaBytes() const {
  const EntryPlan *largest = getLargest();
  return largest ? largest->arenaBytes : 0;
}

//===----------------------------------------------------------------------===//
// The attribute
//===----------------------------------------------------------------------===//

DictionaryAttr qnet::toAttribute(MLIRContext *context, const EntryPlan &entry) {
  Builder b(context);
  auto text = [&](StringRef key, StringRef value) {
    return b.getNamedAttr(key, b.getStringAttr(value));
  };
  auto number = [&](StringRef key, int64_t value) {
    return b.getNamedAttr(key, b.getI64IntegerAttr(value));
  };
  SmallVector<Attribute> buffers;
  for (const PlannedBuffer &buffer : entry.buffers)
    buffers.push_back(b.getDictionaryAttr(
        {text("name", buffer.name),
         text("kind", stringifyTensorKind(buffer.kind)),
         text("type", buffer.type), number("bytes", buffer.bytes),
         number("offset", buffer.offset), number("first", buffer.first),
         number("last", buffer.last)}));
  return b.getDictionaryAttr(
      {number("arena", entry.arenaBytes),
       b.getNamedAttr("buffers", b.getArrayAttr(buffers))});
}

static std::string getText(DictionaryAttr dict, StringRef key) {
  auto text = dict.getAs<StringAttr>(key);
  return text ? text.getValue().str() : "";
}

static int64_t getNumber(DictionaryAttr dict, StringRef key) {
  auto number = dict.getAs<IntegerAttr>(key);
  return number ? number.getValue().getSExtValue() : 0;
}

static EntryPlan readEntry(StringRef name, DictionaryAttr dict) {
  EntryPlan entry;
  entry.entry = name.str();
  entry.arenaBytes = getNumber(dict, "arena");
  auto buffers = dict.getAs<ArrayAttr>("buffers");
  for (Attribute attribute : buffers ? buffers.getValue() : ArrayRef<Attribute>())
    if (auto facts = dyn_cast<DictionaryAttr>(attribute))
      entry.buffers.push_back(
          {getText(facts, "name"),
           symbolizeTensorKind(getText(facts, "kind"))
               .value_or(TensorKind::Activation),
           getText(facts, "type"), getNumber(facts, "bytes"),
           getNumber(facts, "offset"), getNumber(facts, "first"),
           getNumber(facts, "last")});
  return entry;
}

static std::string getText(const llvm::json::Object &object, StringRef key) {
  return object.getString(key).value_or("").str();
}

/// What a piece of state is to a user.
static StringRef describeRole(StringRef role, bool isLatent) {
  if (role == "weights")
    return isLatent ? "latent weights" : "weights";
  if (role == "moment")
    return "optimizer state";
  return role == "statistic" ? "statistics" : role;
}

static void readState(const llvm::json::Object &manifest, MemoryPlan &plan) {
  llvm::StringMap<bool> onGrid;
  if (const llvm::json::Array *parameters = manifest.getArray("parameters"))
    for (const llvm::json::Value &value : *parameters)
      if (const llvm::json::Object *parameter = value.getAsObject())
        onGrid[getText(*parameter, "name")] = !getText(*parameter, "grid").empty();
  const llvm::json::Array *tensors = manifest.getArray("tensors");
  if (!tensors)
    return;
  for (const llvm::json::Value &value : *tensors) {
    const llvm::json::Object *tensor = value.getAsObject();
    if (!tensor)
      continue;
    bool isLatent =
        plan.rule != "full" && onGrid.lookup(getText(*tensor, "parameter"));
    plan.state.push_back(
        {getText(*tensor, "name"),
         describeRole(getText(*tensor, "role"), isLatent).str(),
         tensor->getInteger("bytes").value_or(0)});
  }
}

void qnet::readProgramFacts(ModuleOp module, MemoryPlan &plan) {
  auto text = module->getAttrOfType<StringAttr>("qnet.manifest");
  if (!text)
    return;
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text.getValue());
  if (!value || !value->getAsObject()) {
    llvm::consumeError(value.takeError());
    return;
  }
  const llvm::json::Object &manifest = *value->getAsObject();
  plan.name = getText(manifest, "name");
  plan.rule = getText(manifest, "rule");
  plan.optimizer = getText(manifest, "optimizer");
  plan.batch = manifest.getInteger("batch").value_or(0);
  plan.stateBytes = manifest.getInteger("state_bytes").value_or(0);
  readState(manifest, plan);
}

MemoryPlan qnet::readMemoryPlan(ModuleOp module) {
  MemoryPlan plan;
  for (auto function : module.getOps<FunctionOpInterface>())
    if (auto dict =
            function->getAttrOfType<DictionaryAttr>(kMemoryPlanAttrName))
      plan.entries.push_back(readEntry(function.getName(), dict));
  readProgramFacts(module, plan);
  return plan;
}

//===----------------------------------------------------------------------===//
// The budget
//===----------------------------------------------------------------------===//

FailureOr<int64_t> qnet::parseByteSize(StringRef text) {
  int64_t unit = 1;
  if (!text.empty())
    if (size_t power = StringRef("KMG").find(text.back());
        power != StringRef::npos) {
      unit = int64_t(1) << (10 * (power + 1));
      text = text.drop_back();
    }
  int64_t count;
  if (text.empty() || !llvm::isDigit(text[0]) || text.getAsInteger(10, count) ||
      count > (int64_t(1) << 60) / unit)
    return failure();
  return count * unit;
}

namespace {
/// A tensor of the plan, as an error names it.
struct Tensor {
  StringRef name, what;
  int64_t bytes;
};
} // namespace

/// The largest tensors of the state and of the peak of the largest arena.
static SmallVector<Tensor> getLargestTensors(const MemoryPlan &plan) {
  SmallVector<Tensor> tensors;
  if (const EntryPlan *entry = plan.getLargest())
    for (const PlannedBuffer *buffer : entry->getPeak())
      tensors.push_back({buffer->name.empty() ? StringRef(buffer->type)
                                              : StringRef(buffer->name),
                         stringifyTensorKind(buffer->kind), buffer->bytes});
  for (const StatePart &part : plan.state)
    tensors.push_back({part.name, part.role, part.bytes});
  llvm::stable_sort(tensors, [](const Tensor &x, const Tensor &y) {
    return x.bytes > y.bytes;
  });
  return tensors;
}

/// What the user can do; only what would change something.
static std::string suggestRemedies(const MemoryPlan &plan) {
  SmallVector<StringRef> remedies;
  if (plan.batch > 1)
    remedies.append(
        {"--recompute=segments", "--micro-batch", "a smaller --batch"});
  bool hasLatent = llvm::any_of(plan.state, [](const StatePart &part) {
    return part.role == "latent weights";
  });
  if (hasLatent)
    remedies.push_back("--rule=sr");
  bool hasSlots = llvm::any_of(plan.state, [](const StatePart &part) {
    return part.role == "optimizer state";
  });
  if (hasSlots)
    remedies.push_back("--optimizer=sgd");
  return llvm::join(remedies, ", ");
}

LogicalResult qnet::checkBudget(ModuleOp module, const MemoryPlan &plan,
                                int64_t budget) {
  if (plan.getTotal() <= budget)
    return success();
  constexpr size_t kMaxNamed = 4;
  InFlightDiagnostic error = module.emitError("expected at most ")
                             << budget << " bytes of memory, got "
                             << plan.getTotal() << ": " << plan.stateBytes
                             << " of state and " << plan.getArenaBytes()
                             << " of buffers";
  if (const EntryPlan *largest = plan.getLargest())
    error << " in '" << largest->entry << "'";
  SmallVector<Tensor> tensors = getLargestTensors(plan);
  tensors.truncate(std::min(tensors.size(), kMaxNamed));
  StringRef separator = "; the largest are ";
  for (const Tensor &tensor : tensors) {
    error << separator << "'" << tensor.name << "' (" << tensor.what << ", "
          << tensor.bytes << ")";
    separator = ", ";
  }
  if (std::string remedies = suggestRemedies(plan); !remedies.empty())
    error << "; try " << remedies;
  return error;
}
