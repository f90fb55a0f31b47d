//===- KernelText.cpp - Programs that hold only kernels -------------------===//
//
// Text, because it reads as the compiler's own IR does.
//
//===----------------------------------------------------------------------===//

#include "KernelText.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <functional>

using namespace qnet::test;
using llvm::formatv;

static std::string printShape(const std::vector<int64_t> &shape,
                              const char *separator) {
  std::string text;
  for (int64_t dim : shape)
    text += (text.empty() ? "" : separator) + std::to_string(dim);
  return text;
}

static std::string tensor(const std::vector<int64_t> &shape,
                          const std::string &element) {
  return "tensor<" + printShape(shape, "x") + "x" + element + ">";
}

static std::string codes(const std::string &grid) {
  return "!qnet.q<" + grid + ">";
}

namespace {

struct Piece {
  std::string name, type, role;
  /// SSA name of the new value in the step.
  std::string result;
};

/// The entries around the ops of a training step.
class ProgramText {
public:
  std::vector<Piece> state;
  std::string body;
  std::vector<std::vector<int64_t>> parameterShapes;
  std::string flags;

  std::string print() const;

private:
  std::string join(const std::function<std::string(const Piece &)> &text) const;
  std::string printState(bool arguments) const;
  std::string printInit() const;
  std::string printParameters() const;
};

} // namespace

std::string
ProgramText::join(const std::function<std::string(const Piece &)> &text) const {
  std::string all;
  for (const Piece &piece : state)
    all += (all.empty() ? "" : ", ") + text(piece);
  return all;
}

std::string ProgramText::printState(bool arguments) const {
  return join([&](const Piece &piece) {
    std::string argument = arguments ? "%" + piece.name + ": " : "";
    std::string owner = piece.name.substr(0, piece.name.find('.'));
    return argument + piece.type + " {qnet.state = #qnet.state<\"" +
           piece.name + "\", " + piece.role + " of \"" + owner + "\">}";
  });
}

/// State is zeros, rounded where it is codes: tests write their own.
std::string ProgramText::printInit() const {
  std::string ops;
  unsigned count = 0;
  for (const Piece &piece : state) {
    std::string real = piece.type;
    size_t code = real.find("!qnet.q");
    bool isCodes = code != std::string::npos;
    if (isCodes)
      real = real.substr(0, code) + "f32>";
    ops +=
        formatv("    %z{0} = arith.constant dense<0.0> : {1}\n", count, real);
    ops += isCodes ? formatv("    %i{0} = qnet.encode %z{0} "
                             "by(#qnet.deterministic) : {1} to {2}\n",
                             count, real, piece.type)
                         .str()
                   : formatv("    %i{0} = tensor.cast %z{0} : {1} to {1}\n",
                             count, real)
                         .str();
    ++count;
  }
  unsigned index = 0;
  std::string values =
      join([&](const Piece &) { return "%i" + std::to_string(index++); });
  return ops + "    return " + values + " : " +
         join([](const Piece &piece) { return piece.type; }) + "\n";
}

std::string ProgramText::printParameters() const {
  std::string text;
  for (const auto &shape : parameterShapes)
    text +=
        formatv("{0}{{name = \"p{1}\", shape = [{2}], trainable = true}",
                text.empty() ? "" : ", ", text.size(), printShape(shape, ", "));
  return text;
}

std::string ProgramText::print() const {
  const char *const frame = R"(
module attributes {{qnet.program = {{name = "kernel", rule = "", optimizer = "",
    schedule = "", seed = 1 : i32, batch = 1 : i64, classes = 0 : i64,
    parameters = [{0}]}} {{
  func.func @init(%seed: i32 {{qnet.role = "seed"}) -> ({1})
      attributes {{qnet.entry = "init"} {{
{2}  }
  func.func @train_step({3},
      %inputs: tensor<1x1xf32> {{qnet.role = "inputs"},
      %labels: tensor<1x1xf32> {{qnet.role = "labels"},
      %seed: i32 {{qnet.role = "seed"}, %step: i32 {{qnet.role = "step"},
      %epoch: i32 {{qnet.role = "epoch"})
      -> ({1}, tensor<1xf32> {{qnet.role = "losses"},
          tensor<{4}xi32> {{qnet.role = "flags"})
      attributes {{qnet.entry = "train_step"} {{
    %losses = arith.constant dense<0.0> : tensor<1xf32>
    %f = arith.constant dense<0> : tensor<{4}xi32>
{5}    return {6}, %losses, {7} : {8}, tensor<1xf32>, tensor<{4}xi32>
  }
  func.func @evaluate({3},
      %inputs: tensor<1x1xf32> {{qnet.role = "inputs"},
      %labels: tensor<1x1xf32> {{qnet.role = "labels"})
      -> (tensor<1xf32> {{qnet.role = "losses"})
      attributes {{qnet.entry = "evaluate"} {{
    %losses = arith.constant dense<0.0> : tensor<1xf32>
    return %losses : tensor<1xf32>
  }
  func.func @predict({3}, %inputs: tensor<1x1xf32> {{qnet.role = "inputs"})
      -> (tensor<1x1xf32> {{qnet.role = "outputs"})
      attributes {{qnet.entry = "predict"} {{
    return %inputs : tensor<1x1xf32>
  }
}
)";
  return formatv(frame, printParameters(), printState(false), printInit(),
                 printState(true), parameterShapes.size(), body,
                 join([](const Piece &piece) { return piece.result; }), flags,
                 join([](const Piece &piece) { return piece.type; }))
      .str();
}

std::string
qnet::test::makeUpdateProgram(const std::string &rule,
                              const std::string &optimizer, unsigned numSlots,
                              bool keepsCodes, const std::string &rate,
                              const std::vector<KernelParameter> &parameters) {
  ProgramText text;
  text.body = "    %rate = arith.constant " + rate + " : f32\n";
  text.flags = "%f";
  std::string flagsType =
      "tensor<" + std::to_string(parameters.size()) + "xi32>";
  for (auto [i, parameter] : llvm::enumerate(parameters)) {
    std::string name = "p" + std::to_string(i);
    std::string real = tensor(parameter.shape, "f32");
    bool onGrid = keepsCodes && !parameter.grid.empty();
    std::string type =
        onGrid ? tensor(parameter.shape, codes(parameter.grid)) : real;
    std::string update = "%u" + std::to_string(i), slots, slotTypes;
    text.state.push_back(
        {name, type, onGrid ? "codes" : "weights", update + "#0"});
    for (unsigned s = 0; s < numSlots; ++s) {
      std::string slot = name + ".s" + std::to_string(s);
      text.state.push_back(
          {slot, real, "slot", update + "#" + std::to_string(s + 1)});
      slots += (s ? ", %" : "%") + slot;
      slotTypes += (s ? ", " : "") + real;
    }
    text.state.push_back({name + ".g", real, "statistic", "%" + name + ".g"});
    text.parameterShapes.push_back(parameter.shape);
    std::string attributes =
        formatv("rate_scale = {0:e6} : f32", parameter.rateScale);
    if (parameter.clipGradient)
      attributes +=
          formatv(", clip_gradient = {0:e6} : f32", parameter.clipGradient);
    // The generic form says all types.
    text.body += formatv(
        "    {0}:{1} = \"qnet.update\"(%{2}, %{2}.g{3}{4}, {5}, %rate, "
        "%seed, %step) <{{param_name = \"{2}\", parameter = {6} : i32, "
        "rule = {7}, optimizer = {8}{9}, {10}}> : ({11}, {12}{13}{14}, {15}, "
        "f32, i32, i32) -> ({11}{13}{14}, {15})\n",
        update, numSlots + 2, name, numSlots ? ", " : "", slots, text.flags, i,
        rule, optimizer,
        parameter.grid.empty() ? "" : ", grid = " + parameter.grid, attributes,
        type, real, numSlots ? ", " : "", slotTypes, flagsType);
    text.flags = update + "#" + std::to_string(numSlots + 1);
  }
  return text.print();
}

std::string qnet::test::makeRoundingProgram(const std::string &grid,
                                            const std::string &rounding,
                                            unsigned bits, int64_t count) {
  ProgramText text;
  std::string real = tensor({count}, "f32"), integer = tensor({count}, "i32");
  std::string coded = tensor({count}, codes(grid));
  text.state = {{"x", real, "statistic", "%x"},
                {"round", real, "statistic", "%q"},
                {"codes", coded, "codes", "%c"},
                {"bits", real, "statistic", "%r"}};
  text.parameterShapes = {{count}};
  text.flags = "%f";
  std::string random, randomType;
  if (bits) {
    text.body +=
        formatv("    %b = qnet.random_bits forward of 7 seed %seed step %step "
                "{{bits = {0} : i32} : {1}\n"
                "    %e = tensor.empty() : {2}\n"
                "    %r = linalg.generic {{indexing_maps = [affine_map<(d0) -> "
                "(d0)>, affine_map<(d0) -> (d0)>], iterator_types = "
                "[\"parallel\"]} ins(%b : {1}) outs(%e : {2}) {{\n"
                "    ^bb0(%i: i32, %o: f32):\n"
                "      %s = arith.sitofp %i : i32 to f32\n"
                "      linalg.yield %s : f32\n"
                "    } -> {2}\n",
                bits, integer, real);
    random = " random %b";
    randomType = ", " + integer;
  } else {
    text.body += formatv("    %r = arith.constant dense<0.0> : {0}\n", real);
  }
  text.body += formatv("    %q = qnet.round %x to({0}) by({1}){2} : {3}\n"
                       "    %c = qnet.encode %x by({1}){2} : {3} to {4}\n",
                       grid, rounding, random, real, coded);
  return text.print();
}

/// The text with $z and $b in place of the types they stand for.
static std::string replaceTypes(std::string text, const std::string &z,
                                const std::string &b) {
  for (size_t at; (at = text.find('$')) != std::string::npos;)
    text.replace(at, 2, text[at + 1] == 'z' ? z : b);
  return text;
}

std::string qnet::test::makeProductProgram(const KernelProduct &product) {
  ProgramText text;
  std::string input = tensor(product.input, "f32");
  std::string result = tensor(product.result, "f32");
  bool isReal = product.grid.empty();
  std::string weights =
      tensor(product.weights, isReal ? "f32" : codes(product.grid));
  text.state = {{"x", input, "statistic", "%x"},
                {"p0", weights, isReal ? "statistic" : "codes", "%p0"},
                {"y", result, "statistic", "%z"}};
  if (!product.epilogue.empty()) {
    std::string columns = tensor({product.result.back()}, "f32");
    if (!product.keepsProduct)
      text.state.pop_back();
    text.state.push_back({"b", columns, "statistic", "%b"});
    text.state.push_back({"r", result, "statistic", "%r"});
    text.state.push_back({"e", result, "statistic", "%end"});
  }
  text.parameterShapes = {product.weights};
  text.flags = "%f";
  text.body = formatv("    %z = qnet.{0} %x, %p0 {1} : ({2}, {3}) -> {4}\n",
                      product.op, product.attributes, input, weights, result);
  text.body += replaceTypes(product.epilogue, result,
                            tensor({product.result.back()}, "f32"));
  return text.print();
}
