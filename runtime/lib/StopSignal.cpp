//===- StopSignal.cpp - SIGINT and SIGTERM stop after the step ------------===//
//
// See StopSignal.h.
//
//===----------------------------------------------------------------------===//
#include "StopSignal.h"

using namespace qnet::rt;

static volatile sig_atomic_t signalNumber = 0;

static void remember(int number) { signalNumber = number; }

StopSignal::StopSignal() {
  signalNumber = 0;
  struct sigaction action = {};
  action.sa_handler = remember;
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  sigaction(SIGINT, &action, &interruptBefore);
  sigaction(SIGTERM, &action, &terminateBefore);
}

StopSignal::~StopSignal() {
  sigaction(SIGINT, &interruptBefore, nullptr);
  sigaction(SIGTERM, &terminateBefore, nullptr);
}

int StopSignal::received() const { return signalNumber; }
