#!/usr/bin/env python3
"""Trains a graph twice, compiled and interpreted, and compares the checkpoints.

Matrix products add in another order when compiled, so floats differ by a few
roundings; everything else is equal. The bound below is some thirty times what
these runs show. A rounding may tip a code (about one in 10^6 weight updates on
another machine's order); more than a few are an error.

usage: compare-with-interpreter.py GRAPH [--rule=R] [--optimizer=O]
           [--schedule=S] [--products=P] [-- TRAINER OPTIONS]
"""

import argparse
import os
import subprocess
import sys

BOUNDS = ["--flips=3", "--tolerance=5e-5", "--tolerance-after-flips=0.2"]
DATA = ["--data=synthetic", "--train-samples=120", "--test-samples=40",
        "--epochs=2", "--quiet"]


def run(*command):
    if subprocess.run(command).returncode:
        sys.exit("error: failed: " + " ".join(command))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("graph")
    for name in ("rule", "optimizer", "schedule"):
        parser.add_argument("--" + name, default="")
    parser.add_argument("--products", default="auto")
    parser.add_argument("options", nargs="*")
    arguments = parser.parse_args()
    settings = " ".join(
        "%s=%s" % (name, getattr(arguments, name).replace(" ", ""))
        for name in ("rule", "optimizer", "schedule") if getattr(arguments, name))
    run("qnet-opt", arguments.graph, "--qnet-set-training=" + settings,
        "-o", "set.mlir")
    run("qnet-compile", "set.mlir", "--products=" + arguments.products, "-o", "trainer")
    options = arguments.options or DATA
    for files in ("compiled.st", "interpreted.st"):
        if os.path.exists(files):
            os.remove(files)
    run("./trainer", "train", "--checkpoint=compiled.st", *options)
    run("qnet-interpret", "set.mlir", "train", "--checkpoint=interpreted.st", *options)
    print(settings or "as the graph says")
    sys.stdout.flush()
    run(sys.executable,
        os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "compare-checkpoints.py"),
        "compiled.st", "interpreted.st", *BOUNDS)


main()
