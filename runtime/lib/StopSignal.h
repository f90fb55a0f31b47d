//===- StopSignal.h - SIGINT and SIGTERM stop after the step ----*- C++ -*-===//
//
// While an object of this class lives, the first of the two signals is only
// remembered; a second one ends the process as usual. For the trainer's command
// line only: a session installs nothing.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_STOPSIGNAL_H
#define QNET_RUNTIME_LIB_STOPSIGNAL_H

#include <signal.h>

namespace qnet::rt {

class StopSignal {
public:
  StopSignal();
  StopSignal(const StopSignal &) = delete;
  ~StopSignal();
  /// The number of the signal that came, or 0.
  int received() const;

private:
  struct sigaction interruptBefore, terminateBefore;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_STOPSIGNAL_H
