//===- Parts.cpp - One module as objects made side by side ----------------===//
//
// Kernels are functions that nothing is inlined across, so a module falls into
// parts that are optimized and compiled apart, on all processors. Which part
// has which function depends on the module alone.
//
//===----------------------------------------------------------------------===//

#include "qnet/Driver/Driver.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;
using namespace qnet;

/// Enough for a few processors to be busy to the end.
static constexpr unsigned kParts = 6;

/// A function that other parts may call.
static bool isKernel(const GlobalValue &value) {
  auto *function = dyn_cast<Function>(&value);
  return function && function->hasLocalLinkage() &&
         function->hasFnAttribute(Attribute::NoInline);
}

namespace {
using Classes = EquivalenceClasses<const GlobalValue *>;
} // namespace

/// Joins `value` with all that uses it.
static void joinUsers(const GlobalValue &value, const Value &used,
                      Classes &classes) {
  for (const User *user : used.users()) {
    if (auto *instruction = dyn_cast<Instruction>(user))
      classes.unionSets(&value, instruction->getFunction());
    else if (auto *global = dyn_cast<GlobalValue>(user))
      classes.unionSets(&value, global);
    else
      joinUsers(value, *user, classes);
  }
}

static size_t weightOf(const GlobalValue &value) {
  auto *function = dyn_cast<Function>(&value);
  return function ? function->getInstructionCount() : 0;
}

/// The part of each definition: heavy groups first, each to the lightest part.
static DenseMap<const GlobalValue *, unsigned> assign(Module &module) {
  Classes classes;
  SmallVector<const GlobalValue *> definitions;
  for (GlobalValue &value : module.global_values())
    if (!value.isDeclaration()) {
      definitions.push_back(&value);
      classes.insert(&value);
    }
  for (const GlobalValue *value : definitions)
    if (value->hasLocalLinkage() && !isKernel(*value))
      joinUsers(*value, *value, classes);

  MapVector<const GlobalValue *, size_t> groups;
  for (const GlobalValue *value : definitions)
    groups[classes.getLeaderValue(value)] += weightOf(*value);
  auto order = groups.takeVector();
  stable_sort(order, [](const auto &x, const auto &y) {
    return x.second > y.second;
  });
  size_t weights[kParts] = {};
  DenseMap<const GlobalValue *, unsigned> partOfGroup, parts;
  for (auto [leader, weight] : order) {
    size_t *lightest = std::min_element(weights, weights + kParts);
    *lightest += weight;
    partOfGroup[leader] = lightest - weights;
  }
  for (const GlobalValue *value : definitions)
    parts[value] = partOfGroup.lookup(classes.getLeaderValue(value));
  return parts;
}

/// The bitcode of each part.
static std::vector<SmallString<0>> split(Module &module) {
  DenseMap<const GlobalValue *, unsigned> parts = assign(module);
  for (Function &function : module)
    if (isKernel(function)) {
      function.setLinkage(GlobalValue::ExternalLinkage);
      function.setVisibility(GlobalValue::HiddenVisibility);
    }
  std::vector<SmallString<0>> bitcode(kParts);
  for (unsigned i = 0; i < kParts; ++i) {
    ValueToValueMapTy mapping;
    std::unique_ptr<Module> part =
        CloneModule(module, mapping, [&](const GlobalValue *value) {
          return parts.lookup(value) == i;
        });
    for (GlobalValue &value : make_early_inc_range(part->global_values()))
      if (value.isDeclaration() && value.use_empty())
        value.eraseFromParent();
    raw_svector_ostream stream(bitcode[i]);
    WriteBitcodeToFile(*part, stream);
  }
  return bitcode;
}

static Error compilePart(StringRef bitcode, TargetMachine &machine,
                         SmallVectorImpl<char> &object) {
  LLVMContext context;
  Expected<std::unique_ptr<Module>> module =
      parseBitcodeFile(MemoryBufferRef(bitcode, "part"), context);
  if (!module)
    return module.takeError();
  optimize(**module, machine);
  raw_svector_ostream stream(object);
  return emitMachineCode(**module, machine, stream, /*assembly=*/false);
}

Expected<std::vector<SmallString<0>>> qnet::compileParts(Module &module,
                                                         const TargetCPU &cpu) {
  std::vector<SmallString<0>> bitcode = split(module), objects(kParts);
  std::vector<std::string> errors(kParts);
  // Here, for what making a target sets up is not made for threads.
  std::vector<std::unique_ptr<TargetMachine>> machines;
  for (unsigned i = 0; i < kParts; ++i) {
    Expected<std::unique_ptr<TargetMachine>> machine = createTargetMachine(cpu);
    if (!machine)
      return machine.takeError();
    machines.push_back(std::move(*machine));
  }
  DefaultThreadPool pool(hardware_concurrency());
  for (unsigned i = 0; i < kParts; ++i)
    pool.async([&, i] {
      if (Error error = compilePart(bitcode[i], *machines[i], objects[i]))
        errors[i] = toString(std::move(error));
    });
  pool.wait();
  for (const std::string &error : errors)
    if (!error.empty())
      return createStringError(error);
  return objects;
}
