//===- ProductProgram.cpp - A product as a program to compile -------------===//
//
// See ProductProgram.h. The text is what qnet-build-training-step leaves.
//
//===----------------------------------------------------------------------===//

#include "ProductProgram.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace qnet::bench;

std::string qnet::bench::tensorType(std::initializer_list<int64_t> shape,
                                    bool codes) {
  std::string text = "tensor<";
  for (int64_t size : shape)
    text += std::to_string(size) + "x";
  return text + (codes ? "!qnet.q<#qnet.binary<1.0>>>" : "f32>");
}

std::string ProductProgram::buildIR() const {
  std::string state = llvm::formatv(
      "%a: {0} {{qnet.state = #qnet.state<\"a\", weights of \"a\">}, %b: {1} "
      "{{qnet.state = #qnet.state<\"b\", {2} of \"b\">}",
      a, b, codesB ? "codes" : "weights");
  std::string data = llvm::formatv(
      ", %inputs: tensor<{0}x1xf32> {{qnet.role = \"inputs\"}", batch);
  std::string labels = llvm::formatv(
      ", %labels: tensor<{0}xi32> {{qnet.role = \"labels\"}", batch);
  std::string text;
  llvm::raw_string_ostream out(text);
  out << llvm::formatv(
      "module attributes {{qnet.program = {{name = \"bench\", rule = \"\", "
      "optimizer = \"\", schedule = \"\", seed = 1 : i32, batch = {0} : i64, "
      "classes = 1 : i64, parameters = []} } {{\n",
      batch);
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
      << "%c = qnet." << op << " : (" << a << ", " << b << ") -> " << c
      << "\nreturn %c : " << c << "\n}\n}\n";
  return text;
}

void ProductState::storeB(char *block, const float *b) const {
  char *stored = block + offsetB();
  if (!codesB) {
    std::memcpy(stored, b, bytesB());
    return;
  }
  auto *words = reinterpret_cast<uint32_t *>(stored);
  std::memset(words, 0, bytesB());
  for (int64_t i = 0; i < sizeB; ++i)
    words[i / 32] |= uint32_t(b[i] > 0) << (i % 32);
}
