//===- Commands.h - the commands of a trainer -------------------*- C++ -*-===//
//
// One function per command; each prints its result on standard output and
// returns the reason of a failure.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_COMMANDS_H
#define QNET_RUNTIME_LIB_COMMANDS_H

#include "Options.h"
#include "Session.h"

namespace qnet::rt {

Status runTrain(const Options &options, Session &session, int &signal);
Status runEval(const Options &options, Session &session);
Status runPredict(const Options &options, Session &session);
Status runRecalibrate(const Options &options, Session &session);
Status runExport(const Options &options, Session &session);
/// What theory says of the program (docs/rules.md): nothing for most.
Status printTheory(const Options &options, Session &session);
Status runInfo(const Options &options, Session &session);

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_COMMANDS_H
