//===- Table.cpp - Tables and their JSON ----------------------------------===//
//
// Columns are as wide as their titles need, at least ten; text is left-aligned.
//
//===----------------------------------------------------------------------===//

#include "Table.h"
#include "AtomicFile.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstdio>

using namespace qnet::bench;

void Table::add(std::vector<llvm::json::Value> row) {
  rows.push_back(std::move(row));
}

std::string Table::format(const llvm::json::Value &value,
                          unsigned column) const {
  if (auto text = value.getAsString())
    return text->str();
  auto number = value.getAsNumber();
  if (!number)
    return "-";
  char text[64];
  snprintf(text, sizeof(text), "%.*f", int(columns[column].decimals), *number);
  return text;
}

void Table::printNew() {
  auto width = [&](unsigned i) {
    return int(std::max<size_t>(columns[i].title.size(), 7));
  };
  auto pad = [&](unsigned i, const std::string &text, bool left) {
    printf(left ? "%s%-*s" : "%s%*s", i ? "  " : "", width(i), text.c_str());
  };
  auto isText = [&](unsigned i) {
    return !rows.empty() && rows.front()[i].getAsString().has_value();
  };
  if (printed == 0 && !rows.empty()) {
    for (unsigned i = 0; i < columns.size(); ++i)
      pad(i, columns[i].title, isText(i));
    printf("\n");
  }
  for (; printed < rows.size(); ++printed) {
    for (unsigned i = 0; i < columns.size(); ++i)
      pad(i, format(rows[printed][i], i), isText(i));
    printf("\n");
  }
  fflush(stdout);
}

llvm::json::Array Table::toJson() const {
  llvm::json::Array array;
  for (const auto &row : rows) {
    llvm::json::Object object;
    for (unsigned i = 0; i < columns.size(); ++i)
      object[columns[i].key] = row[i];
    array.push_back(std::move(object));
  }
  return array;
}

bool qnet::bench::writeReport(const std::string &path, const std::string &suite,
                              const std::vector<std::string> &command,
                              llvm::json::Object machine,
                              llvm::json::Object facts, const Table &table) {
  llvm::json::Object report{{"suite", suite},
                            {"command", llvm::json::Array(command)},
                            {"machine", std::move(machine)},
                            {"facts", std::move(facts)},
                            {"rows", table.toJson()}};
  std::string text =
      llvm::formatv("{0:2}\n", llvm::json::Value(std::move(report)));
  return writeText(path, text);
}

bool qnet::bench::writeText(const std::string &path, const std::string &text) {
  rt::Status status = rt::replaceFile(path, text);
  if (!status.failed())
    return true;
  fprintf(stderr, "error: %s\n", status.message().c_str());
  return false;
}
