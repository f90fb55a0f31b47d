#!/usr/bin/env python3
"""Checks the floor that `TRAINER info` prints of the net of Inputs/least-squares.mlir.

The gradient of (w x - t)^2 is 2 (w x - t) x. Over weights from -2 to 2, |w x - t| is
largest where every w_k is +-2 with the sign of x_k, or of -x_k: 2 |x|_1 + |t|.

usage: floor-of-sr.py TRAINER
"""

import math
import os
import random
import re
import struct
import subprocess
import sys

WIDTH, STEP, LARGEST = 6, 0.25, 2.0
SEED = int(os.environ.get("QNET_TEST_SEED", "20170612"))


def write_npy(path, values, shape):
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s,), }" % (
        ", ".join(map(str, shape)))
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)))
        file.write(header.encode() + struct.pack("<%df" % len(values), *values))


def gradient_length(w, x, t):
    residual = sum(a * b for a, b in zip(w, x)) - t
    return abs(2 * residual) * math.sqrt(sum(b * b for b in x))


def largest_gradient(x, t):
    """By trying both signs of the weights that are as large as they can be."""
    corner = [math.copysign(LARGEST, value) for value in x]
    return max(gradient_length(corner, x, t),
               gradient_length([-value for value in corner], x, t))


def main():
    print("seed", SEED)
    draw = random.Random(SEED)
    xs = [[draw.gauss(0, 1) for _ in range(WIDTH)] for _ in range(11)]
    ts = [draw.gauss(0, 3) for _ in xs]
    os.makedirs("data", exist_ok=True)
    for part in ("train", "test"):
        write_npy("data/%s-inputs.npy" % part, sum(xs, []), (len(xs), WIDTH))
        write_npy("data/%s-targets.npy" % part, ts, (len(ts), 1))
    bound = max(map(largest_gradient, xs, ts))
    floor = math.sqrt(WIDTH) * STEP * bound / 2
    shown = subprocess.run([sys.argv[1], "info", "--data=data"], check=True,
                           capture_output=True, text=True).stdout
    match = re.search(r"floor of sr: sqrt\(d\) D G/2 = (\S+) with d = 6, D = 0.25 and "
                      r"gradients of samples up to G = (\S+)\n", shown)
    if not match:
        sys.exit("error: no floor in:\n" + shown)
    for name, value, expected in (("floor", match[1], floor), ("G", match[2], bound)):
        if abs(float(value) - expected) > 1e-5 * expected:
            sys.exit("error: expected %s = %.6g, got %s" % (name, expected, value))


main()
