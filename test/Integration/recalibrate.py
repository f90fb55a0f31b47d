#!/usr/bin/env python3
"""Recalibrates a net whose first layer is a batch norm, and checks the closed form.

Inputs are small integers and batches have 4 samples, so every mean is exact in f32
and a variance is off by its last bits at most.

usage: recalibrate.py TRAINER
"""

import json
import os
import random
import struct
import subprocess
import sys

SEED, BATCH, COUNT = 7, 4, 14  # The last, partial batch is left out.


def write_npy(name, rows):
    header = ("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }"
              % (len(rows), len(rows[0])))
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    with open(os.path.join("data", name), "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)))
        file.write(header.encode())
        for row in rows:
            file.write(struct.pack("<%df" % len(row), *row))


def read(path):
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__")
    return metadata, {name: data[slice(*entry["data_offsets"])]
                      for name, entry in header.items()}


def expected(rows):
    means, variances = [0.0, 0.0], [0.0, 0.0]
    batches = len(rows) // BATCH
    for i in range(batches):
        for c in range(2):
            values = [row[c] for row in rows[i * BATCH:(i + 1) * BATCH]]
            mean = sum(values) / BATCH
            means[c] += mean / batches
            variances[c] += sum((v - mean) ** 2 for v in values) / (BATCH - 1) / batches
    return {"bn.mean": means, "bn.variance": variances}


def main():
    trainer = sys.argv[1]
    random.seed(SEED)
    print("seed", SEED)
    os.mkdir("data")
    inputs = [[random.randint(-9, 9), random.randint(0, 40)] for _ in range(COUNT)]
    targets = [[random.random()] for _ in range(COUNT)]
    for part in ("train", "test"):
        write_npy(part + "-inputs.npy", inputs)
        write_npy(part + "-targets.npy", targets)
    subprocess.run([trainer, "train", "--data=data", "--epochs=2", "--quiet",
                    "--checkpoint=a.ckpt"], check=True)
    subprocess.run([trainer, "recalibrate", "--data=data", "--checkpoint=a.ckpt",
                    "--output=new.ckpt"], check=True)
    (old_facts, old), (facts, new) = read("a.ckpt"), read("new.ckpt")
    if facts != old_facts:
        sys.exit("error: the metadata changed")
    closed_form = expected(inputs)
    for name, data in new.items():
        if name not in closed_form:
            if data != old[name]:
                sys.exit(f"error: '{name}' changed")
            continue
        for got, want in zip(struct.unpack("<2f", data), closed_form[name]):
            if abs(got - want) > 1e-6 * max(1.0, abs(want)):
                sys.exit(f"error: {name}: expected {want}, got {got}")
        if data == old[name]:
            sys.exit(f"error: '{name}' did not change")


main()
