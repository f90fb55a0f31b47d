//===- TestFunctions.h - Functions that tests interpret ---------*- C++ -*-===//
//
// A function of given argument types around the IR that a test builds, verified
// and called on plain vectors.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_INTERPRETER_TESTFUNCTIONS_H
#define QNET_TEST_UNIT_INTERPRETER_TESTFUNCTIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Interpreter/Interpreter.h"
#include <functional>
#include <random>

namespace qnet::test {

/// A context with qnet, what it builds, and the interpreter's rules.
mlir::MLIRContext &getContext();

using Body = std::function<llvm::SmallVector<mlir::Value>(
    mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

/// A module with one function; its result types are those of what `body`
/// returns.
class TestFunction {
public:
  TestFunction(llvm::ArrayRef<mlir::Type> argumentTypes, const Body &body);
  /// Calls it; a failure is a test failure and gives an empty list.
  llvm::SmallVector<Datum> call(llvm::ArrayRef<Datum> arguments,
                                bool wide = false);

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
};

mlir::RankedTensorType f32Tensor(llvm::ArrayRef<int64_t> shape);
mlir::RankedTensorType i32Tensor(llvm::ArrayRef<int64_t> shape);
/// A tensor (or, with one element and a scalar type, a scalar) of values.
Datum makeReals(mlir::Type type, llvm::ArrayRef<double> values);
Datum makeIntegers(mlir::Type type, llvm::ArrayRef<int64_t> values);
std::vector<double> getReals(const Datum &datum);
/// An attribute from its text.
template <typename AttrTy> AttrTy parse(llvm::StringRef text);

/// The seed of this run: QNET_TEST_SEED, or a fixed one. Tests print it on
/// failure.
uint32_t getSeed();

/// Same bits, or both NaN.
bool sameBits(float a, float b);

} // namespace qnet::test

#include "mlir/AsmParser/AsmParser.h"

template <typename AttrTy> AttrTy qnet::test::parse(llvm::StringRef text) {
  return llvm::cast<AttrTy>(mlir::parseAttribute(text, &getContext()));
}

#endif // QNET_TEST_UNIT_INTERPRETER_TESTFUNCTIONS_H
