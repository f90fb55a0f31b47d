//===- Changes.cpp - the share of weights that changed --------------------===//
//
// Two codes differ where the exclusive or of their words has any of their bits
// set. Bits past the last code of a parameter are ignored.
//
//===----------------------------------------------------------------------===//
#include "Changes.h"

using namespace qnet::rt;

/// A word with the lowest bit of each code set.
static uint32_t lowestBits(int64_t storageBits) {
  uint32_t word = 0;
  for (int64_t bit = 0; bit < 32; bit += storageBits)
    word |= 1u << bit;
  return word;
}

static int64_t countChanged(const CodesEntry &entry, const uint32_t *first,
                            const uint32_t *second) {
  int64_t perWord = 32 / entry.storageBits, changed = 0;
  uint32_t lowest = lowestBits(entry.storageBits);
  for (int64_t i = 0; i < entry.words; ++i) {
    uint32_t difference = first[i] ^ second[i], any = 0;
    for (int64_t bit = 0; bit < entry.storageBits; ++bit)
      any |= difference >> bit & lowest;
    int64_t left = entry.count - i * perWord;
    if (left < perWord)
      any &= (1u << left * entry.storageBits) - 1;
    changed += __builtin_popcount(any);
  }
  return changed;
}

int64_t qnet::rt::countChangedCodes(const Manifest &manifest,
                                    const uint8_t *first,
                                    const uint8_t *second) {
  int64_t changed = 0;
  for (const CodesEntry &entry : manifest.codes)
    changed += countChanged(
        entry, reinterpret_cast<const uint32_t *>(first + entry.offset),
        reinterpret_cast<const uint32_t *>(second + entry.offset));
  return changed;
}

Status ChangeMeter::allocate(Session &session) {
  if (!session.hasCodes())
    return Status::success();
  for (const CodesEntry &entry : session.manifest().codes)
    total += entry.count;
  int64_t bytes = session.manifest().codesBytes;
  for (Buffer *buffer : {&initial, &before, &current})
    if (!buffer->allocate(bytes))
      return failure("cannot allocate %lld bytes for codes", (long long)bytes);
  return Status::success();
}

Status ChangeMeter::beforeStep(Session &session) {
  return total ? session.readCodes(before) : Status::success();
}

Status ChangeMeter::measure(Session &session, std::optional<double> &inStep,
                            std::optional<double> &sinceStart) {
  if (!total)
    return Status::success();
  if (Status status = session.readCodes(current); status.failed())
    return status;
  auto share = [&](const Buffer &other) {
    return double(countChangedCodes(session.manifest(), other.data(),
                                    current.data())) /
           double(total);
  };
  inStep = share(before);
  sinceStart = share(initial);
  return Status::success();
}
