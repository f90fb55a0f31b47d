//===- StatisticsFunction.cpp - The statistics of one batch ---------------===//
//
// @statistics measures what the layers' running statistics follow, at the
// weights that inference uses. A trainer averages it over batches once training
// is over ("trainer recalibrate").
//
//===----------------------------------------------------------------------===//

#include "TrainingFunctions.h"

using namespace mlir;
using namespace qnet;

LogicalResult TrainingFunctions::buildStatistics() {
  SmallVector<StatePiece> statistics;
  for (const StatePiece &piece : pieces)
    if (piece.attribute.getRole() == StateRole::Statistic)
      statistics.push_back(piece);
  if (statistics.empty())
    return success();
  SmallVector<Extra> results;
  for (const StatePiece &piece : statistics)
    results.push_back({piece.type, "statistics"});
  func::FuncOp function = createFunction(
      "statistics", true, {{inputsType, "inputs"}}, false, results);
  auto b = OpBuilder::atBlockBegin(&function.getBody().front());
  Location loc = function.getLoc();
  StateValues state = stateArguments(function);
  WeightValues weights = buildSharedWeights(b, state, {});
  SmallVector<Value> zeros;
  for (const StatePiece &piece : statistics)
    zeros.push_back(buildF32(b, loc, piece.type, 0.0f));
  PartResults measured = buildParts(
      b, loc, function.getArgument(pieces.size()), {}, zeros,
      [&](OpBuilder &inner, const Part &part) -> PartResults {
        StateValues ofPart;
        cloneModel(inner, part.samples[0], state, {}, &ofPart, weights);
        SmallVector<Value> values;
        for (auto [piece, sum] : llvm::zip_equal(statistics, part.carried)) {
          Value value = ofPart.lookup(piece.attribute.getName());
          if (isSplit())
            value = AddOp::create(inner, loc, sum, value);
          values.push_back(value);
        }
        return values;
      });
  if (failed(measured))
    return failure();
  SmallVector<Value> values;
  for (auto [i, piece] : llvm::enumerate(statistics)) {
    function.removeResultAttr(
        i, StringAttr::get(context, QnetDialect::kRoleAttrName));
    function.setResultAttr(i, QnetDialect::kStateAttrName, piece.attribute);
    values.push_back((*measured)[i]);
    // The mean over the micro-batches, each normalized on its own.
    if (isSplit())
      values.back() = RunningAverageOp::create(
          b, loc, piece.type, zeros[i], values.back(), b.getF32FloatAttr(0),
          b.getF32FloatAttr(static_cast<float>(model.getBatch()) /
                            static_cast<float>(batch)));
  }
  func::ReturnOp::create(b, loc, values);
  return success();
}
