//===- qnet-compile.cpp - Compiles a training graph to a trainer ----------===//
//
// The work is in lib/Driver.
//
//===----------------------------------------------------------------------===//

#include "qnet/Driver/Driver.h"

int main(int argc, char **argv) { return qnet::compileMain(argc, argv); }
