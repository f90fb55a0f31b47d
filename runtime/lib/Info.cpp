//===- Info.cpp - what a trainer says about itself ------------------------===//
//
// The model, its parameters and the memory that training needs, all from the
// manifest; with a checkpoint, where its run stands.
//
//===----------------------------------------------------------------------===//
#include "Commands.h"

#include <algorithm>
#include <cstdio>

using namespace qnet::rt;

static void printModel(const Manifest &manifest) {
  printf("model      %s\n", manifest.name.c_str());
  printf("rule       %s\n", manifest.rule.c_str());
  printf("optimizer  %s, rate %s\n", manifest.optimizer.c_str(),
         manifest.schedule.c_str());
  printf("batch      %lld, default seed %u\n", (long long)manifest.batch,
         manifest.seed);
  printf("input      %s\n", formatShape(manifest.inputShape).c_str());
  printf("output     %s\n", formatShape(manifest.outputShape).c_str());
  if (manifest.classification)
    printf("labels     %lld classes\n", (long long)manifest.classes);
  else
    printf("labels     targets %s\n",
           formatShape(manifest.targetShape).c_str());
  printf("target     %s\n", manifest.target.c_str());
}

static void printParameters(const Manifest &manifest) {
  int nameWidth = 9, shapeWidth = 5, gridWidth = 4;
  auto widen = [](int &width, const std::string &text) {
    width = std::max(width, int(text.size()));
  };
  for (const Parameter &parameter : manifest.parameters) {
    widen(nameWidth, parameter.name);
    widen(shapeWidth, formatShape(parameter.shape));
    widen(gridWidth, parameter.grid);
  }
  printf("\n%-*s  %-*s  %-*s  bits per weight\n", nameWidth, "parameter",
         shapeWidth, "shape", gridWidth, "grid");
  for (const Parameter &parameter : manifest.parameters)
    printf("%-*s  %-*s  %-*s  %.4g%s\n", nameWidth, parameter.name.c_str(),
           shapeWidth, formatShape(parameter.shape).c_str(), gridWidth,
           parameter.grid.empty() ? "-" : parameter.grid.c_str(),
           manifest.bitsPerWeight(parameter),
           parameter.trainable ? "" : "  (fixed)");
  if (double bits = manifest.bitsPerGridWeight())
    printf("bits per grid weight: %.4g\n", bits);
}

static void printMemory(const Manifest &manifest, bool isPredictor) {
  printf("\nmemory\n");
  int64_t state = manifest.bytesOfRole("");
  for (const char *role : {"weights", "codes", "moment", "statistic"})
    if (int64_t bytes = manifest.bytesOfRole(role))
      printf("  %-15s %12lld bytes  %s\n", role, (long long)bytes,
             formatBytes(bytes).c_str());
  printf("  %-15s %12lld bytes  %s\n",
         isPredictor ? "constants" : "training state", (long long)state,
         formatBytes(state).c_str());
  printf("  %-15s %12lld bytes  %s\n", "activations",
         (long long)manifest.arenaBytes,
         formatBytes(manifest.arenaBytes).c_str());
  for (const auto &[what, bytes] : manifest.peak)
    printf("    %-18s %7lld bytes  %s\n", what.c_str(), (long long)bytes,
           formatBytes(bytes).c_str());
}

static void printRun(const std::string &path, const CheckpointInfo &info) {
  printf("\ncheckpoint %s\n  seed %u, %u steps", path.c_str(), info.seed,
         info.step);
  if (info.loop)
    printf(", %u epochs of %lld samples", info.loop->epoch,
           (long long)info.loop->trainSamples);
  printf("\n");
}

Status qnet::rt::runInfo(const Options &options, Session &session) {
  if (!options.checkpoint.empty())
    if (Status status = session.load(options.checkpoint); status.failed())
      return status;
  printModel(session.manifest());
  printParameters(session.manifest());
  printMemory(session.manifest(), session.isPredictor());
  if (!options.checkpoint.empty())
    printRun(options.checkpoint, session.info);
  return printTheory(options, session);
}
