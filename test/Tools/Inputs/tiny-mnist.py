#!/usr/bin/env python3
"""Writes MNIST's four files with few images: tiny-mnist.py FOLDER TRAIN TEST"""
import os
import random
import struct
import sys

folder, counts = sys.argv[1], map(int, sys.argv[2:4])
os.makedirs(folder, exist_ok=True)
random.seed(1)
for part, count in zip(("train", "t10k"), counts):
    labels = [i % 10 for i in range(count)]
    # A bar whose place is the label, in noise.
    pixels = bytes(255 if x // 3 == label and 4 < y < 24 else random.randrange(64)
                   for label in labels for y in range(28) for x in range(28))
    with open(os.path.join(folder, f"{part}-images-idx3-ubyte"), "wb") as file:
        file.write(struct.pack(">4I", 0x803, count, 28, 28) + pixels)
    with open(os.path.join(folder, f"{part}-labels-idx1-ubyte"), "wb") as file:
        file.write(struct.pack(">2I", 0x801, count) + bytes(labels))
