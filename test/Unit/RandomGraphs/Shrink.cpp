//===- Shrink.cpp - The simplest choices that still fail ------------------===//
//
// As property-based test tools do on the bytes a generator draws: a list is
// simpler if it is shorter, or as long and lexicographically less.
//
//===----------------------------------------------------------------------===//

#include "Shrink.h"

using namespace qnet::test;

namespace {

class Shrinker {
public:
  Shrinker(ChoiceList best, StillFails stillFails, int attempts)
      : best(std::move(best)), stillFails(stillFails), attempts(attempts) {}

  ChoiceList run();

private:
  bool tryList(ChoiceList list);
  bool deleteChunks(size_t length);
  bool lowerChoices();

  ChoiceList best;
  StillFails stillFails;
  int attempts;
};

} // namespace

static bool isSimpler(const ChoiceList &a, const ChoiceList &b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

bool Shrinker::tryList(ChoiceList list) {
  if (attempts == 0 || list == best)
    return false;
  --attempts;
  if (!stillFails(list) || !isSimpler(list, best))
    return false;
  best = std::move(list);
  return true;
}

bool Shrinker::deleteChunks(size_t length) {
  bool changed = false;
  for (size_t at = best.size(); at-- > 0;) {
    if (at + length > best.size())
      continue;
    ChoiceList list = best;
    list.erase(list.begin() + at, list.begin() + at + length);
    changed |= tryList(std::move(list));
  }
  return changed;
}

bool Shrinker::lowerChoices() {
  bool changed = false;
  for (size_t at = 0; at < best.size(); ++at)
    for (uint32_t lower : {0u, best[at] / 2, best[at] - 1}) {
      if (at >= best.size() || lower >= best[at])
        continue;
      ChoiceList list = best;
      list[at] = lower;
      changed |= tryList(std::move(list));
    }
  return changed;
}

ChoiceList Shrinker::run() {
  bool changed = true;
  while (changed && attempts > 0) {
    changed = lowerChoices();
    for (size_t length : {16, 8, 4, 2, 1})
      changed |= deleteChunks(length);
  }
  return best;
}

ChoiceList qnet::test::shrink(ChoiceList choices, StillFails stillFails,
                              int attempts) {
  return Shrinker(std::move(choices), stillFails, attempts).run();
}
