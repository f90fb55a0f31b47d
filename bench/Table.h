//===- Table.h - Tables and their JSON --------------------------*- C++ -*-===//
//
// A suite fills rows once; they are printed as a table, and written as JSON
// with the machine and the command.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_TABLE_H
#define QNET_BENCH_TABLE_H

#include "llvm/Support/JSON.h"

#include <string>
#include <vector>

namespace qnet::bench {

class Table {
public:
  struct Column {
    std::string key;       ///< in JSON
    std::string title;     ///< in the table
    unsigned decimals = 0; ///< of numbers
  };
  explicit Table(std::vector<Column> columns) : columns(std::move(columns)) {}

  /// `row` has one value for each column: text, a number or null.
  void add(std::vector<llvm::json::Value> row);
  /// Prints what was added since the last call, under a heading at first.
  void printNew();
  llvm::json::Array toJson() const;

private:
  std::string format(const llvm::json::Value &value, unsigned column) const;
  std::vector<Column> columns;
  std::vector<std::vector<llvm::json::Value>> rows;
  size_t printed = 0;
};

/// CPU, processors, memory, compilers, and what code for `cpu` (as of --cpu of
/// qnet-compile) is made for.
llvm::json::Object describeMachine(llvm::StringRef cpu = "native");
/// Adds `fma_gflops`: the fused multiply-adds that one thread can do with the
/// vectors of `cpu`, measured now, two operations each. Not where it is
/// unknown.
void addPeak(llvm::json::Object &machine, llvm::StringRef cpu);
void printMachine(const llvm::json::Object &machine);

/// Replaces the file at `path`; false, with an error printed, where that fails.
bool writeText(const std::string &path, const std::string &text);
/// Writes {suite, command, machine, rows} to `path` through a temporary file.
bool writeReport(const std::string &path, const std::string &suite,
                 const std::vector<std::string> &command,
                 llvm::json::Object machine, llvm::json::Object facts,
                 const Table &table);

} // namespace qnet::bench

#endif // QNET_BENCH_TABLE_H
