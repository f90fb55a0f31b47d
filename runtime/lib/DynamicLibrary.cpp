//===- DynamicLibrary.cpp - a library that may be there -------------------===//
//
// See DynamicLibrary.h.
//
//===----------------------------------------------------------------------===//
#include "DynamicLibrary.h"

#include <dlfcn.h>

using namespace qnet::rt;

DynamicLibrary::~DynamicLibrary() {
  if (handle)
    dlclose(handle);
}

Status DynamicLibrary::open(const char *called, const char *variable,
                            std::initializer_list<const char *> names) {
  what = called;
  const char *given = getenv(variable);
  std::vector<const char *> candidates(names);
  if (given && *given)
    candidates = {given};
  std::string tried, reason;
  for (const char *candidate : candidates) {
    handle = dlopen(candidate, RTLD_NOW | RTLD_LOCAL);
    if (handle) {
      name = candidate;
      return Status::success();
    }
    const char *text = dlerror();
    reason = text ? text : "unknown reason";
    tried += (tried.empty() ? "'" : " or '") + std::string(candidate) + "'";
  }
  return failure("no %s: cannot open %s: %s", called, tried.c_str(),
                 reason.c_str());
}

Status DynamicLibrary::find(std::initializer_list<Symbol> symbols) {
  for (const Symbol &symbol : symbols) {
    void *found = dlsym(handle, symbol.name);
    if (!found)
      return failure("%s '%s' cannot be used: it lacks %s", what.c_str(),
                     name.c_str(), symbol.name);
    *static_cast<void **>(symbol.place) = found;
  }
  return Status::success();
}
