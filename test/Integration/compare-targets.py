#!/usr/bin/env python3
"""Trains one graph on the CPU and, emulated, on a GPU, and compares all bits.

    compare-targets.py --cc=CC GRAPH [OPTION OF qnet-compile...] [-- OPTION OF train...]

The GPU is GPU/Inputs/fake-cuda.c, which runs the kernels as --emit=host-kernels
compiles them: once with blocks and threads in order and all work as late as may be,
once from the last to the first, with uploads as early as may be and the data on the host.
Equal must be: the checkpoints; what the trainers print, but for the speed; a run that
moves from one target to the other after its first epoch; eval, predict, recalibrate
and export. --brief compares trainings only.
"""
import argparse
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command, **environment):
    result = subprocess.run(command, capture_output=True, text=True,
                            env={**os.environ, **environment})
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {result.returncode}\n"
                 f"{result.stdout}{result.stderr}")
    return re.sub(r"[\d.]+ images/s.*", "", result.stdout)


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Comparison:
    def __init__(self, options, compile_options, train_options):
        self.train_options = ["--data=synthetic", "--train-samples=96",
                              "--test-samples=40", *train_options]
        run([options.cc, "-shared", "-fPIC", "-O1", "-o", "libfake.so",
             os.path.join(HERE, "GPU", "Inputs", "fake-cuda.c"), "-ldl"])
        compiler = ["qnet-compile", options.graph, *compile_options]
        # Tables add in an order of their own.
        run([*compiler, "--products=chain", "-o", "cpu"])
        run([*compiler, "--target=cuda", "-o", "gpu"])
        run([*compiler, "--target=cuda", "--emit=host-kernels", "-o", "kernels.so"])
        self.failures = 0

    def trainer(self, target, *arguments):
        if target == "cpu":
            return run(["./cpu", *arguments])
        return run(["./gpu", *arguments], QNET_CUDA_LIBRARY="./libfake.so",
                   FAKE_CUDA_KERNELS="./kernels.so", FAKE_CUDA_ORDER=target,
                   FAKE_CUDA_EARLY="2" if target == "descending" else "0",
                   FAKE_CUDA_LOG="log")

    def train(self, target, checkpoint, epochs, *arguments):
        # The emulated GPU's data are on the device, or on the host.
        data_on = "--data-on=" + ("host" if target == "descending" else "auto")
        return self.trainer(target, "train", data_on, f"--checkpoint={checkpoint}",
                            f"--epochs={epochs}", *self.train_options,
                            *(arguments or ["--overwrite"]))

    def expect(self, what, equal):
        if not equal:
            print(f"different: {what}")
            self.failures += 1

    def compare_training(self):
        expected = self.train("cpu", "cpu.st", 2)
        for order in ("ascending", "descending"):
            printed = self.train(order, f"{order}.st", 2)
            self.expect(f"output, {order}", printed == expected)
            self.expect(f"checkpoint, {order}", read(f"{order}.st") == read("cpu.st"))
        with open("log") as log:
            last = log.read().splitlines()[-1]
        self.expect(f"what is left on the device: {last}",
                    last == "release: 0 allocations, 0 streams, 0 modules, 0 events, "
                            "0 graphs left")

    def compare_moves(self):
        for first, second in (("cpu", "ascending"), ("ascending", "cpu")):
            moved = f"from-{first}.st"
            self.train(first, moved, 1)
            self.train(second, moved, 2, "--resume")
            self.expect(f"run that moves from {first} to {second}",
                        read(moved) == read("cpu.st"))

    def compare_commands(self):
        # Normalization layers only have statistics to recalibrate.
        has_statistics = "statistic" in run(["./cpu", "info"])
        commands = {
            "eval": ["eval", "--data=synthetic", "--test-samples=20"],
            "predict": ["predict", "--data=synthetic", "--test-samples=20"],
            "export": ["export", "--output=%.mlir"],
            "recalibrate": ["recalibrate", "--data=synthetic", "--train-samples=24",
                            "--output=%.recalibrated"]}
        if not has_statistics:
            del commands["recalibrate"]
        for name, command in commands.items():
            printed = [self.trainer(target, *[a.replace("%", target) for a in command],
                                    "--checkpoint=cpu.st")
                       for target in ("cpu", "ascending")]
            self.expect(name, printed[0] == printed[1])
            for end in ("mlir", "recalibrated"):
                if f"%.{end}" in " ".join(command):
                    self.expect(f"file of {name}",
                                read(f"cpu.{end}") == read(f"ascending.{end}"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cc", required=True)
    parser.add_argument("--brief", action="store_true")
    parser.add_argument("graph")
    arguments = sys.argv[1:]
    train_options = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, train_options = arguments[:cut], arguments[cut + 1:]
    options, compile_options = parser.parse_known_args(arguments)
    comparison = Comparison(options, compile_options, train_options)
    comparison.compare_training()
    if not options.brief:
        comparison.compare_moves()
        comparison.compare_commands()
    if comparison.failures:
        sys.exit(f"{comparison.failures} differences")
    print("equal")


main()
