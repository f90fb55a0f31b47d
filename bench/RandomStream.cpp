//===- RandomStream.cpp - The draws of qnet as a byte stream
//---------------===//
//
// Writes the k = 16 bit draws of update rounding, as weights use them, to
// stdout, for a battery of tests (docs/randomness.md):
//   qnet-random-stream space   all elements of a parameter of 2^20, step after
//   step qnet-random-stream time    one group of 128 elements, step after step
//
//===----------------------------------------------------------------------===//

#include "qnet-runtime/philox.h"
#include <cstdio>
#include <cstring>

using namespace qnet;

/// The draws of the 128 elements of group `group`.
static void drawGroup(uint32_t group, uint32_t step, uint16_t *draws) {
  for (uint32_t lane = 0; lane < 16; ++lane) {
    PhiloxBlock block =
        randomBlock(1, 0, group * 16 + lane, step, Stream::UpdateRounding);
    for (int j = 0; j < 8; ++j)
      draws[j * 16 + lane] = uint16_t(block.word[j % 4] >> (16 * (j / 4)));
  }
}

int main(int argc, char **argv) {
  bool inTime = argc > 1 && !strcmp(argv[1], "time");
  if (argc != 2 || (!inTime && strcmp(argv[1], "space"))) {
    fprintf(stderr, "usage: qnet-random-stream space|time\n");
    return 2;
  }
  uint32_t groups = inTime ? 1 : 8192;
  uint16_t draws[128];
  for (uint32_t step = 0;; ++step)
    for (uint32_t group = 0; group < groups; ++group) {
      drawGroup(group, step, draws);
      if (fwrite(draws, sizeof draws, 1, stdout) != 1)
        return 0;
    }
}
