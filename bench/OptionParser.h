//===- OptionParser.h - --name=value options --------------------*- C++ -*-===//
//
// Options of the suites. A wrong one ends the program with one line.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_OPTIONPARSER_H
#define QNET_BENCH_OPTIONPARSER_H

#include "Timing.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <map>
#include <string>
#include <vector>

namespace qnet::bench {

class OptionParser {
public:
  /// `arguments` as given; every one must be --name=value with a name of
  /// `names`.
  OptionParser(llvm::ArrayRef<std::string> arguments,
               llvm::ArrayRef<const char *> names);

  bool has(const std::string &name) const { return values.count(name); }
  /// The last value of `name`, or `fallback`.
  std::string get(const std::string &name, const std::string &fallback) const;
  /// Every value of `name`, split at commas; each must be one of `allowed`.
  std::vector<std::string> choices(const std::string &name,
                                   const std::string &fallback,
                                   llvm::ArrayRef<const char *> allowed) const;
  /// Values of `name`, split at commas: positive, with K, M or G for powers of
  /// 1024.
  std::vector<int64_t> sizes(const std::string &name,
                             const std::string &fallback) const;
  /// All values of `name`, in order.
  std::vector<std::string> all(const std::string &name) const;

private:
  std::map<std::string, std::vector<std::string>> values;
};

/// Prints one error line and exits with code 2.
[[noreturn]] void refuse(const std::string &message);
/// A positive number, with K, M or G for powers of 1024; at most 2^40.
bool parseSize(llvm::StringRef text, int64_t &value);

/// The values of --threads: 1,2 unless given.
std::vector<int64_t> parseThreads(const OptionParser &options);
/// The value of --seconds: time for each row, 0.5 unless given.
double parseSeconds(const OptionParser &options);
/// The value of --clock, wall unless given. Only one thread's time on a
/// processor can be compared with another's.
TimingClock parseClock(const OptionParser &options,
                       llvm::ArrayRef<int64_t> threads);

} // namespace qnet::bench

#endif // QNET_BENCH_OPTIONPARSER_H
