#!/usr/bin/env python3
"""Compares two checkpoints of the same program (docs/checkpoints.md).

Names, types, shapes and metadata must be equal. Codes are counted where they
differ. Floats are compared relative to the largest magnitude of their tensor,
because the terms of a sum are of that size while the sum itself may cancel.

A code that differs sends the runs apart: where at most N do, floats are held to
another bound.

usage: compare-checkpoints.py A B [--flips=N] [--tolerance=X]
                              [--tolerance-after-flips=X]
"""

import argparse
import array
import json
import math
import re
import struct
import sys

# Sums over the samples of an epoch: reals like the tensors.
REAL_METADATA = ("epoch_loss_sum",)


def fail(message):
    sys.exit("error: " + message)


def read(path):
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__")
    return metadata, header, data


def storage_bits(grid):
    kind = re.match(r"#qnet\.(\w+)<(\d*)", grid)
    if not kind or kind[1] not in ("binary", "ternary", "uniform"):
        fail("unknown grid " + grid)
    bits = {"binary": 1, "ternary": 2}.get(kind[1]) or int(kind[2])
    return 1 << (bits - 1).bit_length()


def elements(header, data, name, kind):
    begin, end = header[name]["data_offsets"]
    values = array.array(kind)
    values.frombytes(data[begin:end])
    if sys.byteorder == "big":
        values.byteswap()
    return values


def count_flips(a, b, bits):
    """Codes that differ, and codes in all."""
    mask = (1 << bits) - 1
    flips = 0
    for x, y in zip(a, b):
        difference = x ^ y
        while difference:
            flips += bool(difference & mask)
            difference >>= bits
    return flips, len(a) * 32 // bits


def worst_difference(a, b):
    """The largest difference relative to the tensor's scale, and its index."""
    scale = max(map(abs, a), default=0.0) or 1.0
    worst, where = 0.0, 0
    for index, (x, y) in enumerate(zip(a, b)):
        if x == y or (math.isnan(x) and math.isnan(y)):
            continue
        difference = abs(x - y) / scale
        if not difference <= worst:
            worst, where = difference, index
    return worst, where


def compare_metadata(a, b, tolerance):
    if a.keys() != b.keys():
        fail("metadata has different keys: %s" % sorted(a.keys() ^ b.keys()))
    for key in a:
        if key in REAL_METADATA:
            x, y = float(a[key]), float(b[key])
            equal = abs(x - y) <= tolerance * max(abs(x), abs(y))
        else:
            equal = a[key] == b[key]
        if not equal:
            fail("metadata '%s' differs: %s and %s" % (key, a[key], b[key]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--flips", type=int, default=0, metavar="N",
                        help="codes that may differ, in all tensors together")
    parser.add_argument("--tolerance", type=float, default=0.0, metavar="X",
                        help="difference of floats, as a share of the largest")
    parser.add_argument("--tolerance-after-flips", type=float, metavar="X",
                        help="the same where codes differ")
    options = parser.parse_args()
    metadata, header, data = read(options.a)
    other_metadata, other_header, other_data = read(options.b)
    if header != other_header:
        fail("the files hold different tensors")

    flips, codes, floats = 0, 0, 0
    worst, worst_name, worst_index = 0.0, "", 0
    for name, facts in header.items():
        if facts["dtype"] == "U32":
            pair = [elements(h, d, name, "I")
                    for h, d in ((header, data), (other_header, other_data))]
            changed, count = count_flips(*pair, storage_bits(metadata["grid." + name]))
            flips, codes = flips + changed, codes + count
        else:
            pair = [elements(h, d, name, "f")
                    for h, d in ((header, data), (other_header, other_data))]
            difference, index = worst_difference(*pair)
            floats += len(pair[0])
            if not difference <= worst:
                worst, worst_name, worst_index = difference, name, index
    print("codes: %d of %d differ" % (flips, codes))
    print("floats: %d, worst difference %.2g of the largest%s" % (
        floats, worst, ", %s[%d]" % (worst_name, worst_index) if worst_name else ""))
    if flips > options.flips:
        fail("%d codes differ, expected at most %d" % (flips, options.flips))
    tolerance = options.tolerance
    if flips and options.tolerance_after_flips is not None:
        tolerance = options.tolerance_after_flips
    if not worst <= tolerance:
        fail("floats differ by %.2g, expected at most %.2g" % (worst, tolerance))
    compare_metadata(metadata, other_metadata, tolerance)


if __name__ == "__main__":
    main()
