//===- TestFunctions.cpp - Functions built and interpreted in tests -------===//
//
// Helpers only.
//
//===----------------------------------------------------------------------===//

#include "TestFunctions.h"
#include "mlir/IR/Verifier.h"
#include "qnet/InitAll.h"
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

MLIRContext &qnet::test::getContext() {
  static MLIRContext *context = [] {
    static DialectRegistry registry;
    registerAllDialects(registry);
    registerInterpreterRules(registry);
    static MLIRContext instance(registry, MLIRContext::Threading::DISABLED);
    instance.loadAllAvailableDialects();
    return &instance;
  }();
  return *context;
}

TestFunction::TestFunction(ArrayRef<Type> argumentTypes, const Body &body) {
  MLIRContext &context = getContext();
  Location loc = UnknownLoc::get(&context);
  module = ModuleOp::create(loc);
  auto builder = OpBuilder::atBlockEnd(module->getBody());
  function = func::FuncOp::create(
      builder, loc, "test", FunctionType::get(&context, argumentTypes, {}));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  SmallVector<Value> results = body(builder, loc, entry->getArguments());
  func::ReturnOp::create(builder, loc, results);
  function.setFunctionType(
      FunctionType::get(&context, argumentTypes,
                        SmallVector<Type>(ValueRange(results).getTypes())));
  EXPECT_TRUE(succeeded(verify(*module)));
}

SmallVector<Datum> TestFunction::call(ArrayRef<Datum> arguments, bool wide) {
  InterpreterOptions options;
  options.wide = wide;
  auto results = Interpreter(options).call(function, arguments);
  EXPECT_TRUE(succeeded(results));
  return succeeded(results) ? *results : SmallVector<Datum>();
}

RankedTensorType qnet::test::f32Tensor(ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, Float32Type::get(&getContext()));
}

RankedTensorType qnet::test::i32Tensor(ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, IntegerType::get(&getContext(), 32));
}

template <typename T>
static Datum make(Type type, ArrayRef<T> values, Scalar (*convert)(T)) {
  Datum datum = Datum::zeros(type);
  EXPECT_EQ(size_t(datum.getNumElements()), values.size());
  Scalar *elements = datum.edit();
  for (auto [i, value] : llvm::enumerate(values))
    elements[i] = convert(value);
  return datum;
}

Datum qnet::test::makeReals(Type type, ArrayRef<double> values) {
  return make<double>(type, values, Scalar::ofReal);
}

Datum qnet::test::makeIntegers(Type type, ArrayRef<int64_t> values) {
  return make<int64_t>(type, values, Scalar::ofInteger);
}

std::vector<double> qnet::test::getReals(const Datum &datum) {
  std::vector<double> values(datum.getNumElements());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = datum[i].real;
  return values;
}

uint32_t qnet::test::getSeed() {
  const char *text = std::getenv("QNET_TEST_SEED");
  return text ? std::strtoul(text, nullptr, 10) : 20170612;
}

bool qnet::test::sameBits(float a, float b) {
  if (std::isnan(a) || std::isnan(b))
    return std::isnan(a) && std::isnan(b);
  return std::memcmp(&a, &b, sizeof a) == 0;
}
