//===- Interpreter.h - The executable specification -------------*- C++ -*-===//
//
// Evaluates functions on tensors with plain loops, in ascending order, one
// rounding per operation and no contraction: what compiled code is tested
// against (docs/interpreter.md). Rules say what an op does; each dialect has a
// table of them, which a plugin can add to or create for its own dialect.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_INTERPRETER_INTERPRETER_H
#define QNET_INTERPRETER_INTERPRETER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectInterface.h"
#include "qnet/Interpreter/Datum.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <functional>

namespace qnet {

class Interpreter;

/// The values of one function call while it runs.
class Frame {
public:
  Frame(Interpreter &interpreter, unsigned depth)
      : interpreter(interpreter), depth(depth) {}

  /// The datum of an SSA value, which has been computed.
  const Datum &get(mlir::Value value) const {
    return values.find(value)->second;
  }
  void set(mlir::Value value, Datum datum) { values[value] = std::move(datum); }
  /// An integer operand that steers evaluation; an error where it is poison.
  mlir::FailureOr<int64_t> getInteger(mlir::Operation *op,
                                      mlir::Value value) const;

  /// Runs a block whose arguments are set, up to a return-like terminator,
  /// whose operands are appended to `yielded`.
  mlir::LogicalResult run(mlir::Block &block,
                          llvm::SmallVectorImpl<Datum> &yielded);

  /// Whether floats are computed in double, whatever their type.
  bool isWide() const;
  /// Whether elements of this type are computed in double.
  bool isDouble(mlir::Type element) const {
    return element.isF64() || isWide();
  }

  Interpreter &interpreter;
  const unsigned depth;
  /// Iteration indices of the enclosing linalg ops, innermost last.
  llvm::SmallVector<llvm::SmallVector<int64_t>> iterations;

private:
  llvm::DenseMap<mlir::Value, Datum> values;
};

/// What an op does: sets its results in the frame, or emits an error and fails.
using InterpreterRule =
    std::function<mlir::LogicalResult(mlir::Operation *, Frame &)>;

/// The rules of a dialect's ops. A plugin calls
/// `addInterface<InterpreterRules>()` in its dialect's `initialize` and adds a
/// rule for each op.
class InterpreterRules : public mlir::DialectInterface::Base<InterpreterRules> {
public:
  explicit InterpreterRules(mlir::Dialect *dialect) : Base(dialect) {}
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(InterpreterRules)

  template <typename OpTy> void add(InterpreterRule rule) {
    rules[OpTy::getOperationName()] = std::move(rule);
  }
  /// The rule of ops that have none of their own; it may refuse an op.
  void setDefault(InterpreterRule rule) { fallback = std::move(rule); }
  /// The rule of an op, or null.
  const InterpreterRule *lookup(llvm::StringRef opName) const;

private:
  llvm::StringMap<InterpreterRule> rules;
  InterpreterRule fallback;
};

/// Adds the rules of arith, func, linalg, math, qnet, scf and tensor.
void registerInterpreterRules(mlir::DialectRegistry &registry);

struct InterpreterOptions {
  /// Compute f32 values in double: for comparing adjoints with finite
  /// differences.
  bool wide = false;
  /// Calls inside calls before recursion is refused.
  unsigned maxDepth = 64;
};

class Interpreter {
public:
  explicit Interpreter(InterpreterOptions options = {}) : options(options) {}

  /// Calls a function; emits one error and fails where it cannot be evaluated.
  mlir::FailureOr<llvm::SmallVector<Datum>>
  call(mlir::func::FuncOp function, llvm::ArrayRef<Datum> arguments,
       unsigned depth = 0);
  /// Evaluates one op that is not a terminator.
  mlir::LogicalResult evaluate(mlir::Operation *op, Frame &frame);

  const InterpreterOptions options;

private:
  const InterpreterRule *lookup(mlir::OperationName name);
  llvm::DenseMap<mlir::OperationName, const InterpreterRule *> cache;
};

} // namespace qnet

#endif // QNET_INTERPRETER_INTERPRETER_H
