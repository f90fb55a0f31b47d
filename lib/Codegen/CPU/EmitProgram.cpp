//===- EmitProgram.cpp - qnet-emit-program --------------------------------===//
//
// The constant `qnet_program` of runtime/include/qnet-runtime/qnet.h, and main.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Codegen/GPU/Ptx.h"
#include "qnet/Dialect/Qnet/IR/QnetDialect.h"
#include "qnet/Program/MemoryPlan.h"
#include "qnet/Program/Program.h"
#include "llvm/Support/JSON.h"

namespace qnet {
#define GEN_PASS_DEF_QNETEMITPROGRAM
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// QNET_ABI_VERSION of qnet.h.
static constexpr int32_t kAbiVersion = 6;
static constexpr StringLiteral kEntries[] = {
    "init", "train_step", "evaluate", "predict", "codes", "statistics", "fold"};
/// QNET_GPU_CHIP_ALONE of qnet.h.
static constexpr uint32_t kChipAlone = uint32_t(1) << 31;
/// Those of a program for a GPU, in its qnet_gpu_program.
static constexpr StringLiteral kGpuEntries[] = {"gather_bytes",
                                                "gather_floats"};

/// The manifest with what is known only now: arena and target.
static FailureOr<std::string> finishManifest(ModuleOp module,
                                             StringRef target) {
  auto text = module->getAttrOfType<StringAttr>("qnet.manifest");
  if (!text)
    return module.emitError("expected the module attribute 'qnet.manifest'; "
                            "run qnet-bind-state first");
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text.getValue());
  if (!value || !value->getAsObject()) {
    llvm::consumeError(value.takeError());
    return module.emitError("expected 'qnet.manifest' to be a JSON object");
  }
  int64_t arena = 0;
  if (auto bytes = module->getAttrOfType<IntegerAttr>("qnet.arena_bytes"))
    arena = bytes.getInt();
  (*value->getAsObject())["arena_bytes"] = arena;
  (*value->getAsObject())["target"] = target.str();
  MemoryPlan plan = readMemoryPlan(module);
  if (!plan.entries.empty())
    (*value->getAsObject())["memory"] = summarizeMemory(plan);
  return llvm::formatv("{0}", *value).str();
}

namespace {
struct QnetEmitProgram : qnet::impl::QnetEmitProgramBase<QnetEmitProgram> {
  using Base::Base;

  LLVM::GlobalOp addText(OpBuilder &b, Location loc, StringRef name,
                         StringRef text) {
    std::string terminated = text.str() + '\0';
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), terminated.size());
    return LLVM::GlobalOp::create(b, loc, type, /*isConstant=*/true,
                                  LLVM::Linkage::Internal, name,
                                  b.getStringAttr(terminated));
  }

  /// The state of an inference graph; null where the module has none.
  LLVM::GlobalOp addConstants(OpBuilder &b, Location loc, StringRef name) {
    auto bytes =
        getOperation()->getAttrOfType<DenseElementsAttr>(kConstantsAttrName);
    if (!bytes)
      return {};
    ArrayRef<char> raw = bytes.getRawData();
    std::string data(bytes.getNumElements(), raw.empty() ? '\0' : raw[0]);
    if (!bytes.isSplat())
      data.assign(raw.begin(), raw.end());
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), data.size());
    auto global = LLVM::GlobalOp::create(b, loc, type, /*isConstant=*/true,
                                         LLVM::Linkage::Internal, name,
                                         b.getStringAttr(data));
    global.setAlignment(kStateAlignment);
    return global;
  }

  /// A constant whose value `build` makes in its initializer.
  LLVM::GlobalOp addConstant(OpBuilder &b, Location loc, StringRef name,
                             Type type, LLVM::Linkage linkage,
                             function_ref<Value()> build) {
    auto global = LLVM::GlobalOp::create(b, loc, type, /*isConstant=*/true,
                                         linkage, name, Attribute());
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(b.createBlock(&global.getInitializerRegion()));
    LLVM::ReturnOp::create(b, loc, build());
    return global;
  }

  /// An array or struct of values.
  Value aggregate(OpBuilder &b, Location loc, Type type, ValueRange values) {
    Value whole = LLVM::PoisonOp::create(b, loc, type);
    for (auto [i, value] : llvm::enumerate(values))
      whole = LLVM::InsertValueOp::create(b, loc, whole, value, i);
    return whole;
  }

  /// Null without a symbol.
  Value addressOf(OpBuilder &b, Location loc, LLVM::GlobalOp symbol) {
    if (symbol)
      return LLVM::AddressOfOp::create(b, loc, symbol);
    return LLVM::ZeroOp::create(b, loc,
                                LLVM::LLVMPointerType::get(b.getContext()));
  }

  /// Adds the entries' addresses, null where the module has none.
  void addEntries(OpBuilder &b, Location loc, ArrayRef<StringLiteral> entries,
                  SmallVectorImpl<Value> &values) {
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    for (StringRef entry : entries) {
      auto function = getOperation().lookupSymbol<LLVM::LLVMFuncOp>(entry);
      if (!function) {
        values.push_back(LLVM::ZeroOp::create(b, loc, pointer));
        continue;
      }
      values.push_back(LLVM::AddressOfOp::create(b, loc, function));
      ++numEntries;
      // Only the program's name is visible outside, and its marks mean
      // nothing to LLVM.
      function.setLinkage(LLVM::Linkage::Internal);
      function.removeArgAttrsAttr();
    }
  }

  /// The words of the qnet_gpu_operations, one after the other; null where the
  /// module calls no library.
  LLVM::GlobalOp addOperations(OpBuilder &b, Location loc, StringRef name,
                               ArrayAttr table) {
    if (!table)
      return {};
    SmallVector<int64_t> words;
    for (auto operation : table.getAsRange<DenseI64ArrayAttr>())
      llvm::append_range(words, operation.asArrayRef());
    auto type = LLVM::LLVMArrayType::get(b.getI64Type(), words.size());
    getOperation()->removeAttr(kOperationsAttrName);
    return LLVM::GlobalOp::create(b, loc, type, /*isConstant=*/true,
                                  LLVM::Linkage::Internal, name,
                                  b.getI64TensorAttr(words));
  }

  /// The qnet_gpu_program; null where the module has no kernels.
  LLVM::GlobalOp addKernels(OpBuilder &b, Location loc, StringRef name) {
    PtxProgram program = findPtx(getOperation());
    if (program.text.empty())
      return {};
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    Type i32 = b.getI32Type();
    LLVM::GlobalOp ptx = addText(b, loc, (name + "_ptx").str(), program.text);
    SmallVector<LLVM::GlobalOp> names;
    for (auto [i, kernel] : llvm::enumerate(program.kernels))
      names.push_back(
          addText(b, loc, (name + "_kernel" + Twine(i)).str(), kernel));
    auto tableType = LLVM::LLVMArrayType::get(pointer, names.size());
    LLVM::GlobalOp table = addConstant(
        b, loc, (name + "_kernels").str(), tableType, LLVM::Linkage::Internal,
        [&] {
          SmallVector<Value> values;
          for (LLVM::GlobalOp text : names)
            values.push_back(LLVM::AddressOfOp::create(b, loc, text));
          return aggregate(b, loc, tableType, values);
        });
    auto operations =
        getOperation()->getAttrOfType<ArrayAttr>(kOperationsAttrName);
    LLVM::GlobalOp words =
        addOperations(b, loc, (name + "_operations").str(), operations);
    unsigned chip = 0;
    StringRef number = program.chip.drop_front(strlen("sm_"));
    bool isAlone = number.consume_back("a");
    (void)number.getAsInteger(10, chip);
    if (isAlone)
      chip |= kChipAlone;
    SmallVector<Type> fields{pointer, pointer, i32, i32};
    fields.append(std::size(kGpuEntries) + 1, pointer);
    fields.push_back(i32);
    auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), fields);
    int32_t count = names.size();
    LLVM::GlobalOp kernels = addConstant(
        b, loc, (name + "_gpu").str(), type, LLVM::Linkage::Internal, [&] {
          SmallVector<Value> values{
              LLVM::AddressOfOp::create(b, loc, ptx),
              LLVM::AddressOfOp::create(b, loc, table),
              LLVM::ConstantOp::create(b, loc, i32, count),
              LLVM::ConstantOp::create(b, loc, i32,
                                       static_cast<int32_t>(chip))};
          addEntries(b, loc, kGpuEntries, values);
          values.push_back(addressOf(b, loc, words));
          values.push_back(LLVM::ConstantOp::create(
              b, loc, i32, operations ? int32_t(operations.size()) : 0));
          return aggregate(b, loc, type, values);
        });
    for (auto binary :
         llvm::make_early_inc_range(getOperation().getOps<gpu::BinaryOp>()))
      binary.erase();
    getOperation()->removeAttr(gpu::GPUDialect::getContainerModuleAttrName());
    return kernels;
  }

  LLVM::GlobalOp addProgram(OpBuilder &b, Location loc, StringRef name,
                            LLVM::GlobalOp manifest, LLVM::GlobalOp constants,
                            LLVM::GlobalOp kernels) {
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    Type i32 = b.getI32Type();
    SmallVector<Type> fields{i32, i32, pointer, pointer};
    fields.append(std::size(kEntries) + 2, pointer);
    auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), fields);
    return addConstant(b, loc, name, type, LLVM::Linkage::External, [&] {
      SmallVector<Value> values{
          LLVM::ConstantOp::create(b, loc, i32, kAbiVersion),
          LLVM::ConstantOp::create(b, loc, i32, 0),
          addressOf(b, loc, manifest),
          LLVM::ZeroOp::create(b, loc, pointer)};
      addEntries(b, loc, kEntries, values);
      values.push_back(addressOf(b, loc, constants));
      values.push_back(addressOf(b, loc, kernels));
      return aggregate(b, loc, type, values);
    });
  }

  void addMain(OpBuilder &b, Location loc, LLVM::GlobalOp program) {
    auto pointer = LLVM::LLVMPointerType::get(b.getContext());
    Type i32 = b.getI32Type();
    auto trainer = LLVM::LLVMFuncOp::create(
        b, loc, "qnet_trainer_main",
        LLVM::LLVMFunctionType::get(i32, {i32, pointer, pointer}));
    auto main = LLVM::LLVMFuncOp::create(
        b, loc, "main", LLVM::LLVMFunctionType::get(i32, {i32, pointer}));
    OpBuilder::InsertionGuard guard(b);
    Block *entry = main.addEntryBlock(b);
    b.setInsertionPointToStart(entry);
    Value address = LLVM::AddressOfOp::create(b, loc, program);
    auto call = LLVM::CallOp::create(
        b, loc, trainer,
        ValueRange{entry->getArgument(0), entry->getArgument(1), address});
    LLVM::ReturnOp::create(b, loc, call.getResult());
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<std::string> manifest = finishManifest(module, target);
    if (failed(manifest))
      return signalPassFailure();
    std::string name = "model";
    if (auto facts = module->getAttrOfType<DictionaryAttr>(
            QnetDialect::kProgramAttrName))
      if (auto given = facts.getAs<StringAttr>("name"))
        name = given.getValue().str();
    OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
    Location loc = module.getLoc();
    LLVM::GlobalOp text = addText(b, loc, name + "_manifest", *manifest);
    LLVM::GlobalOp constants = addConstants(b, loc, name + "_constants");
    LLVM::GlobalOp kernels = addKernels(b, loc, name);
    LLVM::GlobalOp program =
        addProgram(b, loc, name + "_program", text, constants, kernels);
    if (emitMain)
      addMain(b, loc, program);
  }
};
} // namespace
