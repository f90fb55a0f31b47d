//===- BuildGather.cpp - qnet-build-gather --------------------------------===//
//
// What the runtime's BatchGatherer does on a CPU, for samples that are in the
// device's memory: the same table of 256 values turns a byte into its float, so
// the bits are the same. The size of a data set is known at run time only: its
// buffer's type has as many elements as an index of 32 bits reaches.
//
//===----------------------------------------------------------------------===//

#include "../CPU/LoopEmitter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "qnet/Codegen/GPU/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetDialect.h"
#include "qnet/Program/Program.h"

namespace qnet {
#define GEN_PASS_DEF_QNETBUILDGATHER
#include "qnet/Codegen/GPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;
using loops::index;

/// Elements of a data set at most; qnet.h says the same.
static constexpr int64_t kMaxElements = (int64_t(1) << 31) - 1;
/// Values of tables at most.
static constexpr int64_t kMaxTable = int64_t(1) << 24;
/// Of a place: sample, row and column of the crop, mirrored.
static constexpr int64_t kPlaceWords = 4;

namespace {
/// The body of one element of the batch.
class GatherBody {
public:
  GatherBody(ImplicitLocOpBuilder &b, MemRefType batch, Value data,
             Value places, Value table, Value channels)
      : b(b), shape(batch.getShape().drop_front()), data(data), places(places),
        table(table), channels(channels) {}
  Value emit();

private:
  Value word(int64_t number);
  void crop();
  void keep(Value condition);
  Value numberInSample(ArrayRef<Value> at);
  Value convert(Value element);

  ImplicitLocOpBuilder &b;
  ArrayRef<int64_t> shape;
  Value data, places, table, channels;
  SmallVector<Value> at; ///< in the sample, as the batch has it
  Value inside;          ///< the element is one of the data's
};
} // namespace

Value GatherBody::word(int64_t number) {
  Value row = linalg::IndexOp::create(b, 0);
  Value value =
      memref::LoadOp::create(b, places, ValueRange{row, index(b, number)});
  return arith::IndexCastOp::create(b, b.getIndexType(), value);
}

void GatherBody::keep(Value condition) {
  inside =
      inside ? Value(arith::AndIOp::create(b, inside, condition)) : condition;
}

/// Moves to where the crop took the pixel from.
void GatherBody::crop() {
  Value last = index(b, shape[1] - 1);
  Value mirrored =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ne, word(3), index(b, 0));
  Value column =
      arith::SelectOp::create(b, mirrored, loops::sub(b, last, at[1]), at[1]);
  at[0] = arith::AddIOp::create(b, at[0], word(1));
  at[1] = arith::AddIOp::create(b, column, word(2));
  // A negative number is a large one without its sign.
  for (int i = 0; i < 2; ++i)
    keep(arith::CmpIOp::create(b, arith::CmpIPredicate::ult, at[i],
                               index(b, shape[i])));
}

Value GatherBody::numberInSample(ArrayRef<Value> where) {
  Value number = index(b, 0);
  for (auto [place, size] : llvm::zip_equal(where, shape))
    number = loops::add(b, loops::mul(b, number, size), place);
  return number;
}

/// The float of a byte, by the table of its channel.
Value GatherBody::convert(Value element) {
  if (!table)
    return element;
  Value byte = arith::IndexCastUIOp::create(b, b.getIndexType(), element);
  Value channel = arith::RemUIOp::create(b, numberInSample(at), channels);
  Value place = loops::add(b, loops::mul(b, channel, 256), byte);
  return memref::LoadOp::create(b, table, place);
}

Value GatherBody::emit() {
  for (int64_t i = 0; i < static_cast<int64_t>(shape.size()); ++i)
    at.push_back(linalg::IndexOp::create(b, i + 1));
  Value sample = word(0);
  keep(
      arith::CmpIOp::create(b, arith::CmpIPredicate::sge, sample, index(b, 0)));
  // Images only: height, width, channels.
  if (shape.size() == 3)
    crop();
  int64_t size = ShapedType::getNumElements(shape);
  Value place = loops::add(b, loops::mul(b, sample, size), numberInSample(at));
  place = arith::SelectOp::create(b, inside, place, index(b, 0));
  Value value = convert(memref::LoadOp::create(b, data, place));
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  return arith::SelectOp::create(b, inside, value, zero);
}

namespace {
struct QnetBuildGather : qnet::impl::QnetBuildGatherBase<QnetBuildGather> {
  using Base::Base;

  void build(StringRef name, MemRefType batch, Type element) {
    ModuleOp module = getOperation();
    ImplicitLocOpBuilder b(module.getLoc(), &getContext());
    b.setInsertionPointToEnd(module.getBody());
    bool isBytes = element.isInteger(8);
    Type i32 = b.getI32Type();
    auto pointer = LLVM::LLVMPointerType::get(&getContext());
    SmallVector<Type> types = {
        pointer, MemRefType::get(kMaxElements, element),
        MemRefType::get({batch.getDimSize(0), kPlaceWords}, i32)};
    if (isBytes)
      types.append({MemRefType::get(kMaxTable, b.getF32Type()), i32});
    types.push_back(batch);
    auto function = func::FuncOp::create(b, name, b.getFunctionType(types, {}));
    function->setAttr(QnetDialect::kEntryAttrName, b.getStringAttr(name));
    function.setArgAttr(0, "qnet.context", b.getUnitAttr());
    Block *entry = function.addEntryBlock();
    b.setInsertionPointToStart(entry);
    Value channels;
    if (isBytes)
      channels = arith::IndexCastUIOp::create(b, b.getIndexType(),
                                              entry->getArgument(4));
    unsigned rank = batch.getRank();
    linalg::GenericOp::create(
        b, TypeRange(), ValueRange(), entry->getArguments().back(),
        b.getMultiDimIdentityMap(rank),
        SmallVector<utils::IteratorType>(rank, utils::IteratorType::parallel),
        [&](OpBuilder &inner, Location loc, ValueRange) {
          ImplicitLocOpBuilder body(loc, inner);
          GatherBody gather(
              body, batch, entry->getArgument(1), entry->getArgument(2),
              isBytes ? entry->getArgument(3) : Value(), channels);
          linalg::YieldOp::create(body, gather.emit());
        });
    func::ReturnOp::create(b);
    ++numFunctions;
  }

  void runOnOperation() override {
    func::FuncOp step = findEntry(getOperation(), "train_step");
    // The C ABI: context, state, arena, inputs.
    auto batch = step && step.getNumArguments() > 3
                     ? dyn_cast<MemRefType>(step.getArgumentTypes()[3])
                     : MemRefType();
    if (!batch || !batch.hasStaticShape() || batch.getRank() < 2)
      return;
    Builder b(&getContext());
    build("gather_bytes", batch, b.getI8Type());
    build("gather_floats", batch, b.getF32Type());
  }
};
} // namespace
