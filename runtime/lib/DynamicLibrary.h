//===- DynamicLibrary.h - a library that may be there -----------*- C++ -*-===//
//
// Opened at run time: nothing of it is needed to build or to link.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_DYNAMICLIBRARY_H
#define QNET_RUNTIME_LIB_DYNAMICLIBRARY_H

#include "Support.h"

#include <initializer_list>

namespace qnet::rt {

class DynamicLibrary {
public:
  /// A function, and the pointer that gets its address.
  struct Symbol {
    const char *name;
    void *place;
  };

  DynamicLibrary() = default;
  DynamicLibrary(const DynamicLibrary &) = delete;
  ~DynamicLibrary();

  /// Opens what the environment's `variable` names (for tests), or the first of
  /// `names` that is found. `what` names the library in an error.
  Status open(const char *what, const char *variable,
              std::initializer_list<const char *> names);
  Status find(std::initializer_list<Symbol> symbols);
  bool isOpen() const { return handle; }

private:
  void *handle = nullptr;
  std::string what, name;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_DYNAMICLIBRARY_H
