//===- GemmCases.cpp - The products of a dense layer ----------------------===//
//
// Both factors are state, so that any of the three products fits the entry
// `predict`, whose result the caller owns.
//
//===----------------------------------------------------------------------===//

#include "GemmCases.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace qnet::bench;

const char *GemmCase::name() const {
  static const char *const names[] = {"forward", "input-grad", "weight-grad"};
  return names[static_cast<int>(product)];
}

int64_t GemmCase::k() const {
  switch (product) {
  case Product::Forward:
    return inputs;
  case Product::InputGradient:
    return outputs;
  case Product::WeightGradient:
    return batch;
  }
  return 0;
}

static std::string matrix(int64_t rows, int64_t columns, bool codes) {
  const char *element = codes ? "!qnet.q<#qnet.binary<1.0>>" : "f32";
  return llvm::formatv("tensor<{0}x{1}x{2}>", rows, columns, element);
}

std::string GemmCase::buildIR() const {
  static const char *const ops[] = {"dense", "dense_input_grad",
                                    "dense_weight_grad"};
  std::string a =
      transposeA() ? matrix(k(), m(), false) : matrix(m(), k(), false);
  std::string b = transposeB() ? matrix(n(), k(), hasCodes())
                               : matrix(k(), n(), hasCodes());
  std::string c = matrix(m(), n(), false);
  std::string state = llvm::formatv(
      "%a: {0} {{qnet.state = #qnet.state<\"a\", weights of \"a\">}, %b: {1} "
      "{{qnet.state = #qnet.state<\"b\", {2} of \"b\">}",
      a, b, hasCodes() ? "codes" : "weights");
  std::string data = llvm::formatv(
      ", %inputs: tensor<{0}x1xf32> {{qnet.role = \"inputs\"}", m());
  std::string labels = llvm::formatv(
      ", %labels: tensor<{0}xi32> {{qnet.role = \"labels\"}", m());
  std::string text;
  llvm::raw_string_ostream out(text);
  out << llvm::formatv(
      "module attributes {{qnet.program = {{name = \"bench\", rule = \"\", "
      "optimizer = \"\", schedule = \"\", seed = 1 : i32, batch = {0} : i64, "
      "classes = 1 : i64, parameters = []} } {{\n",
      m());
  out << "func.func @init(%seed: i32 {qnet.role = \"seed\"}) attributes "
         "{qnet.entry = \"init\"} { return }\n";
  out << "func.func @train_step(" << state << data << labels
      << ", %seed: i32 {qnet.role = \"seed\"}, %step: i32 {qnet.role = "
         "\"step\"}, %epoch: i32 {qnet.role = \"epoch\"}) attributes "
         "{qnet.entry = \"train_step\"} { return }\n";
  out << "func.func @evaluate(" << state << data << labels
      << ") attributes {qnet.entry = \"evaluate\"} { return }\n";
  out << "func.func @predict(" << state << data << ") -> (" << c
      << " {qnet.role = \"outputs\"}) attributes {qnet.entry = \"predict\"} {\n"
      << "%c = qnet." << ops[static_cast<int>(product)] << " %a, %b : (" << a
      << ", " << b << ") -> " << c << "\nreturn %c : " << c << "\n}\n}\n";
  return text;
}
