//===- Triad.cpp - The bandwidth that is within reach ---------------------===//
//
// STREAM's triad (McCalpin, 1995) in the form of a plain SGD step: two arrays
// read, one of them written.
//
//===----------------------------------------------------------------------===//

#include "UpdateCases.h"

void qnet::bench::runTriad(float *__restrict weights,
                           const float *__restrict gradient, float rate,
                           int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i)
    weights[i] -= rate * gradient[i];
}
