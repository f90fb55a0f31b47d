//===- Machine.cpp - What a benchmark ran on ------------------------------===//
//
// Read from the system; names that are missing are left out.
//
//===----------------------------------------------------------------------===//

#include "Table.h"
#include "qnet/Driver/Driver.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/TargetParser/Host.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace qnet::bench;

/// The value after `key` and ':' in a file of such lines; "" if there is none.
static std::string findValue(const char *path, llvm::StringRef key) {
  auto file = llvm::MemoryBuffer::getFileAsStream(path);
  if (!file)
    return "";
  llvm::StringRef rest = (*file)->getBuffer();
  while (!rest.empty()) {
    auto [line, next] = rest.split('\n');
    auto [name, value] = line.split(':');
    if (name.trim() == key)
      return value.trim().str();
    rest = next;
  }
  return "";
}

llvm::json::Object qnet::bench::describeMachine(llvm::StringRef cpu) {
  llvm::json::Object machine;
  machine["cpu"] = findValue("/proc/cpuinfo", "model name");
  machine["processors"] = int64_t(sysconf(_SC_NPROCESSORS_ONLN));
  machine["memory"] = findValue("/proc/meminfo", "MemTotal");
  if (auto target = qnet::resolveTargetCPU(cpu))
    machine["target"] = target->describe();
  else
    llvm::consumeError(target.takeError());
  machine["compiler"] = QNET_BENCH_COMPILER;
  double load[1];
  if (getloadavg(load, 1) == 1)
    machine["load_at_start"] = load[0];
  return machine;
}

void qnet::bench::printMachine(const llvm::json::Object &machine) {
  auto text = [&](llvm::StringRef key) {
    return machine.getString(key).value_or("unknown").str();
  };
  printf("machine: %s, %lld processors, %s memory, load %.1f\n",
         text("cpu").c_str(),
         (long long)machine.getInteger("processors").value_or(0),
         text("memory").c_str(),
         machine.getNumber("load_at_start").value_or(0));
  printf("code: %s; peers in C++: %s\n", text("target").c_str(),
         text("compiler").c_str());
  if (auto gflops = machine.getNumber("fma_gflops"))
    printf("peak: %.1f GFLOP/s of fused multiply-adds on one thread\n",
           *gflops);
}
