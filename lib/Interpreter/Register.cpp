//===- Register.cpp - Gives dialects their interpreter rules --------------===//
//
// The rule families of each dialect; a plugin's dialect brings its own.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "qnet/Dialect/Qnet/IR/QnetDialect.h"

using namespace mlir;
using namespace qnet;

/// Adds families to the rules of a dialect when it is loaded. What a plugin
/// gave the dialect before stays.
template <typename DialectTy, auto... addFamilies>
static void registerFamilies(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, DialectTy *dialect) {
    auto *rules = const_cast<InterpreterRules *>(
        dialect->template getRegisteredInterface<InterpreterRules>());
    if (!rules)
      rules = &dialect->template addInterface<InterpreterRules>();
    (addFamilies(*rules), ...);
  });
}

void qnet::registerInterpreterRules(DialectRegistry &registry) {
  registerFamilies<affine::AffineDialect, addAffineRules>(registry);
  registerFamilies<arith::ArithDialect, addArithIntegerRules, addArithRealRules,
                   addArithCastRules>(registry);
  registerFamilies<math::MathDialect, addMathRules>(registry);
  registerFamilies<tensor::TensorDialect, addTensorRules, addTensorSliceRules>(
      registry);
  registerFamilies<linalg::LinalgDialect, addLinalgRules>(registry);
  registerFamilies<func::FuncDialect, addFuncRules>(registry);
  registerFamilies<scf::SCFDialect, addScfRules>(registry);
  registerFamilies<QnetDialect, addQnetLayerRules, addQnetConvolutionRules,
                   addQnetPoolingRules, addQnetShapeRules,
                   addQnetNormalizationRules, addQnetDropoutRules,
                   addQnetLossRules, addQnetQuantRules, addQnetUpdateRules>(
      registry);
}
