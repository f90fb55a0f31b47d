//===- Main.cpp - the command line of a trainer ---------------------------===//
//
// Parses, creates the session, runs the command, and turns the outcome into an
// exit code and at most one line on standard error.
//
//===----------------------------------------------------------------------===//
#include "Commands.h"

#include <cstdio>
#include <memory>
#include <new>
#include <signal.h>

using namespace qnet::rt;

static int report(const Status &status, int code) {
  fprintf(stderr, "error: %s\n", status.message().c_str());
  return code;
}

static Status runCommand(const Options &options, Session &session,
                         int &signal) {
  bool needsTraining = options.command == Command::Train ||
                       options.command == Command::Recalibrate ||
                       options.command == Command::Export;
  if (needsTraining)
    if (Status status = session.checkTrains(); status.failed())
      return status;
  switch (options.command) {
  case Command::Train:
    return runTrain(options, session, signal);
  case Command::Eval:
    return runEval(options, session);
  case Command::Predict:
    return runPredict(options, session);
  case Command::Recalibrate:
    return runRecalibrate(options, session);
  case Command::Export:
    return runExport(options, session);
  case Command::Info:
    return runInfo(options, session);
  case Command::Help:
    break;
  }
  fputs(helpText().c_str(), stdout);
  return Status::success();
}

int qnet_trainer_main(int argc, char **argv, const qnet_program *program) {
  Options options;
  std::vector<std::string> arguments(argv + (argc > 0), argv + argc);
  if (Status status =
          parseOptions(arguments, options, program->constants != nullptr);
      status.failed())
    return report(status, 2);
  // A file that grows past a limit is an error of write, not a signal.
  signal(SIGXFSZ, SIG_IGN);
  std::unique_ptr<Session> session(new (std::nothrow) Session);
  if (!session)
    return report(failure("out of memory"), 1);
  // Information needs no workers and no GPU.
  bool runs = options.command != Command::Info;
  if (options.command != Command::Help)
    if (Status status =
            session->create(*program, runs ? unsigned(options.threads) : 1,
                            runs);
        status.failed())
      return report(status, 1);
  int stopSignal = 0;
  if (Status status = runCommand(options, *session, stopSignal);
      status.failed())
    return report(status, 1);
  if (fflush(stdout) != 0 || ferror(stdout))
    return report(failure("cannot write to standard output"), 1);
  return stopSignal ? 128 + stopSignal : 0;
}
