//===- Trace.h - the weights of one parameter, step by step -----*- C++ -*-===//
//
// Appends what is stored of one parameter (f32 weights, or the levels that its
// codes stand for) to a NumPy file, float32 [records, shape...]. The first
// record is the initial value. The file takes its name when the trace is
// finished: a kill leaves no half of one.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_TRACE_H
#define QNET_RUNTIME_LIB_TRACE_H

#include "AtomicFile.h"
#include "Session.h"

namespace qnet::rt {

class Trace {
public:
  /// Starts a trace of `parameter`, every `every` steps, with the value now. An
  /// empty name means the first trained parameter on a grid or, where there is
  /// none, the first trained one.
  Status start(const std::string &path, const std::string &parameter,
               int64_t every, const Session &session);
  bool isActive() const { return tensor; }
  /// Records the value if the step just done is one to record.
  Status afterStep(const Session &session) {
    return session.info.step % every ? Status::success() : append(session);
  }
  Status finish();

private:
  Status choose(const std::string &name, const Manifest &manifest);
  Status append(const Session &session);
  Status flush();

  AtomicFile file;
  const Parameter *parameter = nullptr;
  const StateTensor *tensor = nullptr;
  uint32_t every = 1;
  int64_t records = 0;
  std::vector<float> values;
};

/// The header of a float32 array, 256 bytes whatever the shape.
std::string formatNpyHeader(const Shape &shape);

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_TRACE_H
