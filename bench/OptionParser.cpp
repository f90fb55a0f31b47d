//===- OptionParser.cpp - --name=value options ----------------------------===//
//
// See OptionParser.h.
//
//===----------------------------------------------------------------------===//

#include "OptionParser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <cstdio>
#include <cstdlib>

using namespace qnet::bench;
using llvm::StringRef;

void qnet::bench::refuse(const std::string &message) {
  fprintf(stderr, "error: %s\n", message.c_str());
  exit(2);
}

bool qnet::bench::parseSize(StringRef text, int64_t &value) {
  int64_t unit = 1;
  if (text.consume_back("K"))
    unit = 1 << 10;
  else if (text.consume_back("M"))
    unit = 1 << 20;
  else if (text.consume_back("G"))
    unit = 1 << 30;
  constexpr int64_t most = int64_t(1) << 40;
  if (text.getAsInteger(10, value) || value < 1 || value > most / unit)
    return false;
  value *= unit;
  return true;
}

static std::string listOf(llvm::ArrayRef<const char *> names) {
  return llvm::join(names.begin(), names.end(), ", ");
}

OptionParser::OptionParser(llvm::ArrayRef<std::string> arguments,
                           llvm::ArrayRef<const char *> names) {
  for (StringRef argument : arguments) {
    auto [name, value] = argument.split('=');
    if (!name.consume_front("--") || !llvm::is_contained(names, name))
      refuse("unknown option '" + argument.str() + "', expected one of --" +
             llvm::join(names.begin(), names.end(), ", --"));
    if (value.empty())
      refuse("option '--" + name.str() + "' expects a value after '='");
    values[name.str()].push_back(value.str());
  }
}

std::string OptionParser::get(const std::string &name,
                              const std::string &fallback) const {
  auto found = values.find(name);
  return found == values.end() ? fallback : found->second.back();
}

std::vector<std::string> OptionParser::all(const std::string &name) const {
  auto found = values.find(name);
  return found == values.end() ? std::vector<std::string>() : found->second;
}

static std::vector<std::string> splitList(const std::string &list) {
  llvm::SmallVector<StringRef> parts;
  StringRef(list).split(parts, ',');
  return std::vector<std::string>(parts.begin(), parts.end());
}

std::vector<std::string>
OptionParser::choices(const std::string &name, const std::string &fallback,
                      llvm::ArrayRef<const char *> allowed) const {
  std::vector<std::string> chosen = splitList(get(name, fallback));
  for (const std::string &value : chosen)
    if (!llvm::is_contained(allowed, StringRef(value)))
      refuse("option '--" + name + "' expects one of " + listOf(allowed) +
             ", got '" + value + "'");
  return chosen;
}

std::vector<int64_t> OptionParser::sizes(const std::string &name,
                                         const std::string &fallback) const {
  std::vector<int64_t> result;
  for (const std::string &text : splitList(get(name, fallback)))
    if (!parseSize(text, result.emplace_back()))
      refuse("option '--" + name +
             "' expects positive numbers such as 4096 or 16M, got '" + text +
             "'");
  return result;
}

double qnet::bench::parseSeconds(const OptionParser &options) {
  std::string text = options.get("seconds", "0.5");
  double value;
  if (StringRef(text).getAsDouble(value) || !(value >= 0 && value <= 3600))
    refuse("option '--seconds' expects a number from 0 to 3600, got '" + text +
           "'");
  return value;
}

std::vector<int64_t> qnet::bench::parseThreads(const OptionParser &options) {
  std::vector<int64_t> threads = options.sizes("threads", "1,2");
  for (int64_t count : threads)
    if (count > 1024)
      refuse("option '--threads' expects at most 1024, got " +
             std::to_string(count));
  return threads;
}

TimingClock qnet::bench::parseClock(const OptionParser &options,
                                    llvm::ArrayRef<int64_t> threads) {
  auto clock = options.choices("clock", "wall", {"wall", "cpu"});
  if (clock.front() == "wall")
    return TimingClock::Wall;
  if (llvm::any_of(threads, [](int64_t count) { return count != 1; }))
    refuse("option '--clock=cpu' expects '--threads=1'");
  return TimingClock::Cpu;
}
