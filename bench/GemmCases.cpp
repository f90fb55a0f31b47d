//===- GemmCases.cpp - The products of a dense layer ----------------------===//
//
// See GemmCases.h.
//
//===----------------------------------------------------------------------===//

#include "GemmCases.h"

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

std::string GemmCase::buildIR() const {
  static const char *const ops[] = {"dense", "dense_input_grad",
                                    "dense_weight_grad"};
  ProductProgram program;
  program.op = std::string(ops[static_cast<int>(product)]) + " %a, %b";
  program.a = transposeA() ? tensorType({k(), m()}) : tensorType({m(), k()});
  program.b = transposeB() ? tensorType({n(), k()}, hasCodes())
                           : tensorType({k(), n()}, hasCodes());
  program.c = tensorType({m(), n()});
  program.codesB = hasCodes();
  program.batch = m();
  return program.buildIR();
}
