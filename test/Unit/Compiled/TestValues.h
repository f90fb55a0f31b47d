//===- TestValues.h - Values that kernels must survive ----------*- C++ -*-===//
//
// Random floats of all kinds, every level and midpoint of a grid with its
// neighbours, and comparison of state byte by byte.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_COMPILED_TESTVALUES_H
#define QNET_TEST_UNIT_COMPILED_TESTVALUES_H

#include "CompiledProgram.h"

#include <random>

namespace qnet::test {

/// The seed of this run: QNET_TEST_SEED, or a fixed one.
uint32_t getSeed();

/// Mostly numbers around `scale`; also zeros of both signs, denormals, huge
/// ones, infinities and, if asked for, NaNs.
float drawFloat(std::mt19937 &random, float scale, bool withNaN);

/// Fills a piece of f32 state with such numbers, slots that must not be
/// negative with their magnitudes.
void fillReals(const StateEntry &entry, StateBytes &state, std::mt19937 &random,
               float scale, bool withNaN, bool magnitudes = false);
/// Fills a piece of f32 state with numbers of many magnitudes, so that every
/// other order of a sum shows.
void fillSpread(const StateEntry &entry, StateBytes &state,
                std::mt19937 &random);
/// Fills a piece of packed codes with random levels.
void fillCodes(const StateEntry &entry, StateBytes &state,
               std::mt19937 &random);

/// Every level and midpoint of the grid and the floats around them, zeros,
/// infinities, NaN; then all floats in [-2D, 2D], D its widest gap, whose
/// mantissa is zero beyond its top 8 bits.
std::vector<float> enumerateValues(GridAttrInterface grid);

/// Expects equal bytes; names the first piece and element that differ.
void expectSameState(const ProgramDescription &description, StateBytes &a,
                     StateBytes &b);

} // namespace qnet::test

#endif // QNET_TEST_UNIT_COMPILED_TESTVALUES_H
