//===- Rules.h - The rule families ------------------------------*- C++ -*-===//
//
// One function per family of ops, each in the file of its name.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_INTERPRETER_RULES_H
#define QNET_LIB_INTERPRETER_RULES_H

#include "qnet/Interpreter/Interpreter.h"

namespace qnet {

void addArithIntegerRules(InterpreterRules &rules);
void addArithRealRules(InterpreterRules &rules);
void addArithCastRules(InterpreterRules &rules);
void addMathRules(InterpreterRules &rules);
void addTensorRules(InterpreterRules &rules);
void addTensorSliceRules(InterpreterRules &rules);
void addLinalgRules(InterpreterRules &rules);
void addFuncRules(InterpreterRules &rules);
void addScfRules(InterpreterRules &rules);
void addAffineRules(InterpreterRules &rules);
void addQnetLayerRules(InterpreterRules &rules);
void addQnetConvolutionRules(InterpreterRules &rules);
void addQnetPoolingRules(InterpreterRules &rules);
void addQnetShapeRules(InterpreterRules &rules);
void addQnetNormalizationRules(InterpreterRules &rules);
void addQnetDropoutRules(InterpreterRules &rules);
void addQnetLossRules(InterpreterRules &rules);
void addQnetQuantRules(InterpreterRules &rules);
void addQnetUpdateRules(InterpreterRules &rules);

} // namespace qnet

#endif // QNET_LIB_INTERPRETER_RULES_H
