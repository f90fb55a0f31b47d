//===- UpdateCases.cpp - The updates that are measured --------------------===//
//
// Layout of the state block: as docs/manifest.md says, weights first, pieces
// aligned to 64 bytes.
//
//===----------------------------------------------------------------------===//

#include "UpdateCases.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace qnet::bench;

static const char *gridText(Grid grid) {
  switch (grid) {
  case Grid::Binary:
    return "#qnet.binary<1.0>";
  case Grid::Ternary:
    return "#qnet.ternary<1.0>";
  case Grid::Uniform4:
    return "#qnet.uniform<4, 0.25>";
  }
  return "";
}

unsigned UpdateCase::storageBits() const {
  if (!keepsCodes())
    return 32;
  return grid == Grid::Binary ? 1 : grid == Grid::Ternary ? 2 : 4;
}

const char *UpdateCase::ruleName() const {
  static const char *const names[] = {"full", "r", "sr", "bc"};
  return names[static_cast<int>(rule)];
}

const char *UpdateCase::optimizerName() const {
  static const char *const names[] = {"sgd", "momentum", "adam"};
  return names[static_cast<int>(optimizer)];
}

std::string UpdateCase::storageName() const {
  static const char *const names[] = {"binary", "ternary", "uniform4"};
  return keepsCodes() ? names[static_cast<int>(grid)] : "f32";
}

double UpdateCase::bytesPerWeight() const {
  return 2 * storageBits() / 8.0 + 4 + 8.0 * numSlots();
}

int64_t UpdateCase::weightBytes(int64_t count) const {
  int64_t perWord = 32 / storageBits();
  return 4 * llvm::divideCeil(count, perWord);
}

int64_t UpdateCase::slotOffset(int64_t count, unsigned slot) const {
  return llvm::alignTo(weightBytes(count), 64) +
         slot * llvm::alignTo(4 * count, 64);
}

std::string UpdateCase::buildIR(int64_t count) const {
  std::string floats = llvm::formatv("tensor<{0}xf32>", count);
  std::string stored = floats;
  if (keepsCodes())
    stored = llvm::formatv("tensor<{0}x!qnet.q<{1}>>", count, gridText(grid));
  std::string arguments, results, slots, names, types;
  auto addState = [&](std::string name, llvm::StringRef role,
                      const std::string &type) {
    std::string attribute = llvm::formatv(
        " {{qnet.state = #qnet.state<\"{0}\", {1} of \"w\">}", name, role);
    arguments += "%" + name + ": " + type + attribute + ", ";
    results += type + attribute + ", ";
    names += "%new_" + name + ", ";
    types += type + ", ";
  };
  addState("w", keepsCodes() ? "codes" : "weights", stored);
  for (unsigned i = 0; i < numSlots(); ++i) {
    addState("s" + std::to_string(i), "slot", floats);
    slots += (i ? ", %s" : "%s") + std::to_string(i);
  }
  if (!slots.empty())
    slots = " slots(" + slots + ")";
  std::string count2 = numSlots() ? ", " + std::to_string(numSlots()) : "";
  std::string gridClause =
      rule == Rule::Full ? ""
                         : llvm::formatv(" grid({0})", gridText(grid)).str();
  std::string data =
      llvm::formatv("%inputs: {0} {{qnet.role = \"inputs\"}", floats);
  std::string labels = llvm::formatv(
      ", %labels: tensor<{0}xi32> {{qnet.role = \"labels\"}", count);

  std::string text;
  llvm::raw_string_ostream out(text);
  out << llvm::formatv(
      "module attributes {{qnet.program = {{name = \"bench\", rule = \"{0}\", "
      "optimizer = \"{1}\", schedule = \"\", seed = 1 : i32, batch = {2} : "
      "i64, classes = 1 : i64, parameters = []} } {{\n",
      ruleName(), optimizerName(), count);
  out << "func.func @init(%seed: i32 {qnet.role = \"seed\"}) attributes "
         "{qnet.entry = \"init\"} { return }\n";
  out << "func.func @evaluate(" << arguments << data << labels
      << ") attributes {qnet.entry = \"evaluate\"} { return }\n";
  out << "func.func @predict(" << arguments << data << ") -> (" << floats
      << " {qnet.role = \"outputs\"}) attributes {qnet.entry = \"predict\"} { "
         "return %inputs : "
      << floats << " }\n";
  out << "func.func @train_step(" << arguments << data << labels
      << ", %seed: i32 {qnet.role = \"seed\"}, %step: i32 {qnet.role = "
         "\"step\"}, %epoch: i32 {qnet.role = \"epoch\"}) -> ("
      << results << "tensor<1xi32> {qnet.role = \"flags\"}) attributes "
      << "{qnet.entry = \"train_step\"} {\n"
      << llvm::formatv("%rate = arith.constant {0:e9} : f32\n", kRate)
      << "%flags = arith.constant dense<0> : tensor<1xi32>\n"
      << names << "%new_flags = qnet.update \"w\" of 0 %w, %inputs" << slots
      << " flags %flags rate %rate seed %seed step %step by(#qnet."
      << ruleName() << ") with(#qnet." << optimizerName() << ")" << gridClause
      << " : " << stored << ", " << floats << ", tensor<1xi32>" << count2
      << "\n"
      << "return " << names << "%new_flags : " << types << "tensor<1xi32>\n"
      << "}\n}\n";
  return text;
}
