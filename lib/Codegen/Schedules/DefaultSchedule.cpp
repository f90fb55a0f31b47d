//===- DefaultSchedule.cpp - The code schedules that ship -----------------===//
//
// The texts of vector*.mlir, so that tools need no file at run time.
//
//===----------------------------------------------------------------------===//

#include "qnet/Codegen/Schedules/Schedules.h"

#include "DefaultSchedules.inc"

llvm::StringRef qnet::getDefaultCodeSchedule(unsigned vectorBits) {
  switch (vectorBits) {
  case 512:
    return kVector512;
  case 256:
    return kVector256;
  default:
    return kVector128;
  }
}
