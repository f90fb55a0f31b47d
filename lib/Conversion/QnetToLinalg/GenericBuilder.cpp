//===- GenericBuilder.cpp - Short forms of linalg.generic -----------------===//
//
// See GenericBuilder.h. Reductions run in ascending order of their loops.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "qnet/Dialect/Qnet/IR/Flatten.h"

using namespace mlir;
using namespace qnet;

linalg::GenericOp
qnet::buildGeneric(OpBuilder &b, Location loc, unsigned numLoops,
                   ArrayRef<int64_t> reductions, ArrayRef<LoopOperand> inputs,
                   ArrayRef<LoopOperand> outputs, BodyFn body) {
  SmallVector<AffineMap> maps;
  SmallVector<Value> ins, outs;
  auto add = [&](const LoopOperand &operand, SmallVectorImpl<Value> &values) {
    SmallVector<AffineExpr> exprs;
    for (int64_t dim : operand.dims)
      exprs.push_back(b.getAffineDimExpr(dim));
    maps.push_back(AffineMap::get(numLoops, 0, exprs, b.getContext()));
    values.push_back(operand.value);
  };
  for (const LoopOperand &operand : inputs)
    add(operand, ins);
  for (const LoopOperand &operand : outputs)
    add(operand, outs);
  SmallVector<utils::IteratorType> iterators(numLoops,
                                             utils::IteratorType::parallel);
  for (int64_t loop : reductions)
    iterators[loop] = utils::IteratorType::reduction;
  return linalg::GenericOp::create(
      b, loc, ValueRange(outs).getTypes(), ins, outs, maps, iterators,
      [&](OpBuilder &inner, Location innerLoc, ValueRange args) {
        linalg::YieldOp::create(inner, innerLoc, body(inner, innerLoc, args));
      });
}

/// Operands of a nest with one loop per dimension of `rank`.
static SmallVector<LoopOperand> perDimension(ValueRange values, int64_t rank) {
  SmallVector<LoopOperand> operands;
  for (Value value : values) {
    SmallVector<int64_t> dims;
    if (tensorTypeOf(value).getRank() == rank)
      dims = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    else
      dims = {rank - 1};
    operands.push_back({value, dims});
  }
  return operands;
}

Value qnet::buildElementwise(OpBuilder &b, Location loc, RankedTensorType type,
                             ValueRange inputs, BodyFn body) {
  Value empty =
      tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  int64_t rank = type.getRank();
  return buildGeneric(b, loc, rank, {}, perDimension(inputs, rank),
                      perDimension(empty, rank), body)
      .getResult(0);
}

Value qnet::buildFlat(OpBuilder &b, Location loc, RankedTensorType type,
                      ValueRange inputs, BodyFn body) {
  SmallVector<Value> flat;
  for (Value input : inputs)
    flat.push_back(buildFlattened(b, loc, input));
  auto flatType =
      RankedTensorType::get(type.getNumElements(), type.getElementType());
  Value result = buildElementwise(b, loc, flatType, flat, body);
  return buildUnflattened(b, loc, result, type);
}

SmallVector<Value> qnet::buildChannelSums(OpBuilder &b, Location loc,
                                          ValueRange inputs, unsigned numSums,
                                          BodyFn body) {
  RankedTensorType type = tensorTypeOf(inputs[0]);
  int64_t rank = type.getRank();
  auto sumType = RankedTensorType::get(type.getShape().back(), b.getF32Type());
  SmallVector<Value> zeros(numSums, buildFilled(b, loc, sumType, 0));
  SmallVector<LoopOperand> outputs;
  for (Value zero : zeros)
    outputs.push_back({zero, {rank - 1}});
  auto sumBody = [&](OpBuilder &inner, Location innerLoc, ValueRange args) {
    SmallVector<Value> terms =
        body(inner, innerLoc, args.take_front(inputs.size()));
    for (auto [term, total] :
         llvm::zip_equal(terms, args.drop_front(inputs.size())))
      term = arith::AddFOp::create(inner, innerLoc, total, term);
    return terms;
  };
  SmallVector<int64_t> reductions =
      llvm::to_vector(llvm::seq<int64_t>(0, rank - 1));
  auto generic = buildGeneric(b, loc, rank, reductions,
                              perDimension(inputs, rank), outputs, sumBody);
  return SmallVector<Value>(generic.getResults());
}

Value qnet::buildFilled(OpBuilder &b, Location loc, RankedTensorType type,
                        double value) {
  Type element = type.getElementType();
  Value scalar = isa<FloatType>(element)
                     ? buildF32(b, loc, element, static_cast<float>(value))
                     : buildI32(b, loc, element, static_cast<int32_t>(value));
  Value empty = tensor::EmptyOp::create(b, loc, type.getShape(), element);
  return linalg::FillOp::create(b, loc, scalar, empty).getResult(0);
}

static Value decoded(OpBuilder &b, Location loc, Value element) {
  if (isa<QType>(element.getType()))
    return DecodeOp::create(b, loc, b.getF32Type(), element);
  return element;
}

Value qnet::buildContraction(OpBuilder &b, Location loc, LoopOperand lhs,
                             LoopOperand rhs, RankedTensorType type) {
  LoopOperand result{buildFilled(b, loc, type, 0), {0, 1}};
  auto body = [](OpBuilder &inner, Location innerLoc, ValueRange args) {
    Scalars s{inner, innerLoc};
    Value product = s.mul(decoded(inner, innerLoc, args[0]),
                          decoded(inner, innerLoc, args[1]));
    return SmallVector<Value>{s.add(args[2], product)};
  };
  return buildGeneric(b, loc, 3, {2}, {lhs, rhs}, {result}, body).getResult(0);
}

static SmallVector<ReassociationIndices> groupsOf(ArrayRef<int64_t> sizes) {
  SmallVector<ReassociationIndices> groups;
  int64_t next = 0;
  for (int64_t size : sizes) {
    groups.push_back(llvm::to_vector<2>(llvm::seq<int64_t>(next, next + size)));
    next += size;
  }
  return groups;
}

Value qnet::buildCollapsed(OpBuilder &b, Location loc, Value value,
                           ArrayRef<int64_t> groupSizes) {
  if (tensorTypeOf(value).getRank() == static_cast<int64_t>(groupSizes.size()))
    return value;
  return tensor::CollapseShapeOp::create(b, loc, value, groupsOf(groupSizes));
}

Value qnet::buildExpanded(OpBuilder &b, Location loc, Value value,
                          RankedTensorType type, ArrayRef<int64_t> groupSizes) {
  if (value.getType() == type)
    return value;
  return tensor::ExpandShapeOp::create(b, loc, type, value,
                                       groupsOf(groupSizes));
}

Value qnet::buildScaled(OpBuilder &b, Location loc, Value sums, float factor) {
  return buildElementwise(
      b, loc, tensorTypeOf(sums), sums,
      [&](OpBuilder &inner, Location innerLoc, ValueRange args) {
        Scalars s{inner, innerLoc};
        return SmallVector<Value>{s.mul(args[0], s.f32(factor))};
      });
}
