#!/usr/bin/env python3
"""Trains a graph, exports the net, compiles it, and compares predictor and trainer.

Predictions (CSV) and the line of `eval` must be equal byte for byte, and the packed
words of the safetensors file those of the checkpoint where it holds codes. Reads the
file as docs/export.md says, with NumPy too where it is installed.

usage: export-and-predict.py GRAPH RULE
"""

import json
import os
import re
import struct
import subprocess
import sys

SYNTHETIC = ["--data=synthetic", "--test-samples=101"]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"error: {' '.join(command)}: {done.stderr}")
    return done.stdout


def read(path):
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = (entry["dtype"], entry["shape"], data[begin:end])
    return metadata, tensors


def check_words(weights, checkpoint):
    """The exported codes are those that training kept, where it kept codes."""
    metadata, tensors = read(weights)
    trained = read(checkpoint)[1]
    compared = 0
    for name, (dtype, _, data) in tensors.items():
        if ("grid." + name in metadata) != (dtype == "U32"):
            sys.exit(f"error: '{name}' has the type {dtype} and "
                     f"{'a' if 'grid.' + name in metadata else 'no'} grid")
        if dtype == "U32" and trained[name][0] == "U32":
            compared += 1
            if data != trained[name][2]:
                sys.exit(f"error: the codes of '{name}' differ from the checkpoint's")
    return len(tensors), compared


def check_numpy(weights, manual):
    """Runs the snippet of docs/export.md, where there is a Python with NumPy."""
    with open(manual) as file:
        snippet = file.read().split("```python\n")[1].split("```")[0]
    metadata, tensors = read(weights)
    snippet += f"""
facts, tensors = load({weights!r})
for name, tensor in sorted(tensors.items()):
    levels = sorted(set(tensor.reshape(-1).tolist())) if "grid." + name in facts else []
    print(json.dumps([name, list(tensor.shape), levels]))
"""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import numpy"], capture_output=True).returncode:
            continue
        loaded = [json.loads(line) for line in run(python, "-c", snippet).splitlines()]
        if [entry[0] for entry in loaded] != sorted(tensors):
            sys.exit(f"error: the snippet loads {loaded}")
        for name, shape, levels in loaded:
            grid = metadata.get("grid." + name)
            if grid and shape != json.loads(metadata["logical_shape." + name]):
                sys.exit(f"error: '{name}' has the shape {shape}")
            step = float(re.split("[<, ]", grid[:-1])[-1]) if grid else 1
            if grid and not levels or any(level % step for level in levels):
                sys.exit(f"error: '{name}' has the levels {levels}")
        return "read by NumPy"
    return "NumPy is not installed"


def main():
    graph, rule = sys.argv[1:]
    run("qnet-compile", graph, f"--rule={rule}", "-o", "trainer-" + rule)
    trainer, checkpoint = "./trainer-" + rule, rule + ".ckpt"
    run(trainer, "train", *SYNTHETIC, "--train-samples=600", "--epochs=1",
        "--checkpoint=" + checkpoint, "--overwrite", "--quiet")
    run(trainer, "export", "--checkpoint=" + checkpoint, f"--output={rule}.mlir",
        f"--weights={rule}.safetensors")
    run("qnet-compile", rule + ".mlir", "-o", "predictor-" + rule)
    for command in ("predict", "eval"):
        expected = run(trainer, command, *SYNTHETIC, "--checkpoint=" + checkpoint)
        got = run("./predictor-" + rule, command, *SYNTHETIC)
        if not expected or got != expected:
            sys.exit(f"error: '{command}' of the predictor differs:\n{got}{expected}")
    tensors, compared = check_words(rule + ".safetensors", checkpoint)
    if rule in ("r", "sr") and not compared:
        sys.exit("error: expected codes in the checkpoint")
    note = check_numpy(rule + ".safetensors",
                       os.path.join(os.path.dirname(__file__), "../../docs/export.md"))
    print(f"equal predictions, {tensors} tensors, {compared} compared with the "
          f"checkpoint, {note}")


main()
