//===- MemoryReport.cpp - The memory plan as text and as JSON -------------===//
//
// What `qnet-compile --report=memory` prints (docs/memory.md), and the summary
// in the manifest.
//
//===----------------------------------------------------------------------===//

#include "qnet/Program/MemoryPlan.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace qnet;

/// Bytes by what they are for, in the order of the report.
using Sums = llvm::MapVector<StringRef, int64_t>;

static Sums sumState(const MemoryPlan &plan) {
  Sums sums;
  for (StringRef role : {"codes", "latent weights", "weights",
                         "optimizer state", "statistics"})
    sums[role] = 0;
  for (const StatePart &part : plan.state)
    sums[part.role] += part.bytes;
  return sums;
}

static Sums sumBuffers(ArrayRef<const PlannedBuffer *> buffers) {
  Sums sums;
  for (TensorKind kind :
       {TensorKind::Activation, TensorKind::Gradient,
        TensorKind::ParameterGradient, TensorKind::Workspace})
    sums[stringifyTensorKind(kind)] = 0;
  for (const PlannedBuffer *buffer : buffers)
    sums[stringifyTensorKind(buffer->kind)] += buffer->bytes;
  return sums;
}

static int64_t sumAll(const Sums &sums) {
  int64_t total = 0;
  for (auto [what, bytes] : sums)
    total += bytes;
  return total;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string formatSize(int64_t bytes) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (bytes >= 1 << 20)
    stream << llvm::format("  %.1f MiB", double(bytes) / (1 << 20));
  else if (bytes >= 1 << 10)
    stream << llvm::format("  %.1f KiB", double(bytes) / (1 << 10));
  return text;
}

static void printLine(llvm::raw_ostream &os, unsigned indent, StringRef what,
                      int64_t bytes) {
  os.indent(indent);
  os << llvm::left_justify(what, 30 - indent)
     << llvm::format("%14lld", (long long)bytes) << formatSize(bytes) << "\n";
}

static void printSums(llvm::raw_ostream &os, const Sums &sums) {
  for (auto [what, bytes] : sums)
    if (bytes)
      printLine(os, 2, what, bytes);
}

static void printBuffers(llvm::raw_ostream &os,
                         ArrayRef<const PlannedBuffer *> buffers) {
  for (const PlannedBuffer *buffer : buffers)
    os << llvm::format("  %14lld  ", (long long)buffer->bytes)
       << llvm::left_justify(stringifyTensorKind(buffer->kind), 18) << "  "
       << (buffer->name.empty() ? "-" : buffer->name) << "  " << buffer->type
       << "\n";
}

/// The gradients that are stored in an entry, largest first.
static SmallVector<const PlannedBuffer *>
getParameterGradients(const EntryPlan &entry) {
  SmallVector<const PlannedBuffer *> found;
  for (const PlannedBuffer &buffer : entry.buffers)
    if (buffer.kind == TensorKind::ParameterGradient)
      found.push_back(&buffer);
  llvm::stable_sort(found, [](const PlannedBuffer *x, const PlannedBuffer *y) {
    return x->bytes > y->bytes;
  });
  return found;
}

static void printLargest(llvm::raw_ostream &os, const EntryPlan &entry) {
  constexpr size_t kMaxListed = 12;
  SmallVector<const PlannedBuffer *> peak = entry.getPeak();
  Sums sums = sumBuffers(peak);
  os << "\n";
  printLine(os, 0, "live at the peak of " + entry.entry, sumAll(sums));
  printSums(os, sums);
  peak.truncate(std::min(peak.size(), kMaxListed));
  os << "\nlargest of these\n";
  printBuffers(os, peak);
  SmallVector<const PlannedBuffer *> gradients = getParameterGradients(entry);
  if (gradients.empty())
    return;
  os << "\n";
  printLine(os, 0, "stored gradients of parameters",
            sumAll(sumBuffers(gradients)));
  gradients.truncate(std::min(gradients.size(), kMaxListed));
  printBuffers(os, gradients);
}

void qnet::printMemoryPlan(const MemoryPlan &plan, llvm::raw_ostream &os) {
  os << "memory of '" << plan.name << "' in bytes";
  if (!plan.rule.empty())
    os << ": rule " << plan.rule << ", optimizer " << plan.optimizer;
  os << ", batch " << plan.batch << "\n\n";
  printLine(os, 0, "state", plan.stateBytes);
  printSums(os, sumState(plan));
  printLine(os, 0, "arena", plan.getArenaBytes());
  for (const EntryPlan &entry : plan.entries)
    printLine(os, 2, entry.entry, entry.arenaBytes);
  printLine(os, 0, "total", plan.getTotal());
  if (const EntryPlan *largest = plan.getLargest();
      largest && largest->arenaBytes)
    printLargest(os, *largest);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static llvm::json::Object toJson(const Sums &sums) {
  llvm::json::Object object;
  for (auto [what, bytes] : sums)
    object[what.str()] = bytes;
  return object;
}

static llvm::json::Value toJson(const EntryPlan &entry) {
  llvm::json::Array buffers;
  for (const PlannedBuffer &buffer : entry.buffers)
    buffers.push_back(llvm::json::Object{
        {"name", buffer.name},
        {"kind", stringifyTensorKind(buffer.kind)},
        {"type", buffer.type},
        {"bytes", buffer.bytes},
        {"offset", buffer.offset},
        {"first", buffer.first},
        {"last", buffer.last}});
  return llvm::json::Object{{"entry", entry.entry},
                            {"arena_bytes", entry.arenaBytes},
                            {"peak", toJson(sumBuffers(entry.getPeak()))},
                            {"buffers", std::move(buffers)}};
}

llvm::json::Value qnet::toJson(const MemoryPlan &plan) {
  llvm::json::Array tensors, entries;
  for (const StatePart &part : plan.state)
    tensors.push_back(llvm::json::Object{
        {"name", part.name}, {"role", part.role}, {"bytes", part.bytes}});
  for (const EntryPlan &entry : plan.entries)
    entries.push_back(::toJson(entry));
  return llvm::json::Object{{"name", plan.name},
                            {"rule", plan.rule},
                            {"optimizer", plan.optimizer},
                            {"batch", plan.batch},
                            {"state_bytes", plan.stateBytes},
                            {"arena_bytes", plan.getArenaBytes()},
                            {"total_bytes", plan.getTotal()},
                            {"state", ::toJson(sumState(plan))},
                            {"tensors", std::move(tensors)},
                            {"entries", std::move(entries)}};
}

llvm::json::Value qnet::summarizeMemory(const MemoryPlan &plan) {
  llvm::json::Object arenas, summary;
  for (const EntryPlan &entry : plan.entries)
    arenas[entry.entry] = entry.arenaBytes;
  summary["arenas"] = std::move(arenas);
  if (const EntryPlan *largest = plan.getLargest())
    summary["peak"] = ::toJson(sumBuffers(largest->getPeak()));
  return summary;
}
