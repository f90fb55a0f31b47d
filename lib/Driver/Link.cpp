//===- Link.cpp - Objects to trainers ---------------------------------------===//
//
// Links with the system's C++ compiler as the linker driver. The runtime's archive
// is found beside the library that this code is in.
//
//===----------------------------------------------------------------------===//

#include "qnet/Driver/Driver.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include <dlfcn.h>

using namespace llvm;
using namespace qnet;

/// The folder of libQnet.so.
static std::string libraryFolder() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<void *>(&libraryFolder), &info))
    return ".";
  SmallString<128> real;
  if (sys::fs::real_path(info.dli_fname, real))
    real = info.dli_fname;
  return sys::path::parent_path(real).str();
}

static Expected<std::string> findRuntime() {
  SmallString<128> path(libraryFolder());
  sys::path::append(path, "libqnet_runtime.a");
  if (!sys::fs::exists(path))
    return createStringError("cannot find the runtime: no '%s'", path.c_str());
  return path.str().str();
}

/// $CXX, or the first C++ compiler on the path.
static Expected<std::string> findLinkerDriver() {
  SmallVector<std::string> names;
  if (std::optional<std::string> chosen = sys::Process::GetEnv("CXX"))
    names.push_back(*chosen);
  else
    names = {"c++", "g++", "clang++", "clang++-22"};
  for (const std::string &name : names)
    if (ErrorOr<std::string> path = sys::findProgramByName(name))
      return *path;
  return createStringError(
      "cannot find a C++ compiler to link with (looked for %s); install g++ or "
      "set CXX",
      join(names, ", ").c_str());
}

Error qnet::link(StringRef object, StringRef output, bool shared) {
  Expected<std::string> runtime = findRuntime();
  if (!runtime)
    return runtime.takeError();
  Expected<std::string> driver = findLinkerDriver();
  if (!driver)
    return driver.takeError();
  SmallString<128> temporary;
  if (std::error_code error =
          sys::fs::createUniqueFile(output + ".%%%%%%.tmp", temporary))
    return createStringError(error, "cannot write '%s': %s",
                             output.str().c_str(), error.message().c_str());
  SmallVector<StringRef> arguments{*driver};
  if (shared)
    arguments.push_back("-shared");
  // Whole in a shared library: its users call the session functions.
  arguments.append({"-o", temporary, object});
  if (shared)
    arguments.append({"-Wl,--whole-archive", *runtime,
                      "-Wl,--no-whole-archive"});
  else
    arguments.push_back(*runtime);
  arguments.append({"-static-libstdc++", "-static-libgcc", "-l:libz.a",
                    "-lpthread", "-lm"});
  if (const char *extra = QNET_LINK_FLAGS; *extra)
    arguments.push_back(extra);
  std::string message;
  int code = sys::ExecuteAndWait(*driver, arguments, std::nullopt, {}, 0, 0,
                                 &message);
  if (code == 0)
    if (std::error_code error = sys::fs::rename(temporary, output)) {
      code = 1;
      message = error.message();
    }
  if (code == 0)
    return Error::success();
  sys::fs::remove(temporary);
  return createStringError("cannot link '%s' with %s%s%s",
                           output.str().c_str(), driver->c_str(),
                           message.empty() ? "" : ": ", message.c_str());
}
