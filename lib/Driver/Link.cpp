//===- Link.cpp - Objects to trainers -------------------------------------===//
//
// Links with the system's C++ compiler as the linker driver. The runtime's
// archive is found beside the library that this code is in.
//
//===----------------------------------------------------------------------===//

#include "qnet/Driver/Driver.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
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
  else if (*QNET_LINK_DRIVER)
    names.push_back(QNET_LINK_DRIVER);
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

/// Why the linker failed: the first line of its messages that says so.
static std::string readReason(StringRef messages) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(messages);
  if (!file)
    return "";
  SmallVector<StringRef> lines;
  (*file)->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines)
    if (line.contains("error:") || line.contains("failed") ||
        line.contains("cannot"))
      return ": " + line.str();
  return lines.empty() ? "" : ": " + lines.front().str();
}

static SmallVector<StringRef> linkArguments(StringRef driver, StringRef runtime,
                                            ArrayRef<std::string> objects,
                                            StringRef output, LinkKind kind) {
  SmallVector<StringRef> arguments{driver, "-o", output};
  append_range(arguments, objects);
  if (kind == LinkKind::Alone) {
    arguments.append({"-shared", "-lm"});
    return arguments;
  }
  bool shared = kind == LinkKind::Shared;
  // Whole in a shared library: its users call the session functions.
  if (shared)
    arguments.append(
        {"-shared", "-Wl,--whole-archive", runtime, "-Wl,--no-whole-archive"});
  else
    arguments.push_back(runtime);
  // Distributions build these archives for executables, not for shared
  // libraries.
  if (shared)
    arguments.append({"-lpng16", "-ljpeg", "-lz"});
  else
    arguments.append({"-l:libpng16.a", "-l:libjpeg.a", "-l:libz.a"});
  arguments.append(
      {"-static-libstdc++", "-static-libgcc", "-lpthread", "-ldl", "-lm"});
  if (const char *extra = QNET_LINK_FLAGS; *extra)
    arguments.push_back(extra);
  return arguments;
}

Error qnet::link(ArrayRef<std::string> objects, StringRef output,
                 LinkKind kind) {
  Expected<std::string> runtime = findRuntime();
  if (!runtime)
    return runtime.takeError();
  Expected<std::string> driver = findLinkerDriver();
  if (!driver)
    return driver.takeError();
  SmallString<128> temporary, messages;
  std::error_code code =
      sys::fs::createUniqueFile(output + ".%%%%%%.tmp", temporary);
  if (!code)
    code = sys::fs::createTemporaryFile("qnet-link", "txt", messages);
  if (code) {
    sys::fs::remove(temporary);
    return createStringError(code, "cannot write '%s': %s",
                             output.str().c_str(), code.message().c_str());
  }
  sys::RemoveFileOnSignal(temporary);
  sys::RemoveFileOnSignal(messages);
  std::string reason;
  int status = sys::ExecuteAndWait(
      *driver, linkArguments(*driver, *runtime, objects, temporary, kind),
      std::nullopt, {std::nullopt, std::nullopt, StringRef(messages)}, 0, 0,
      &reason);
  reason = reason.empty() ? readReason(messages) : ": " + reason;
  if (status == 0 && (code = sys::fs::rename(temporary, output)))
    reason = ": " + code.message();
  sys::fs::remove(messages);
  bool linked = status == 0 && !code;
  if (!linked)
    sys::fs::remove(temporary);
  sys::DontRemoveFileOnSignal(temporary);
  sys::DontRemoveFileOnSignal(messages);
  if (linked)
    return Error::success();
  return createStringError("cannot link '%s' with %s%s", output.str().c_str(),
                           driver->c_str(), reason.c_str());
}
