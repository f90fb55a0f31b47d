"""Files that a trainer reads and writes: NumPy data and safetensors checkpoints."""

import json
import os
import struct

import numpy


def write_data(folder, seed, samples, shape, classes):
    """Random images and labels, the same ones for training and for test."""
    draw = numpy.random.RandomState(seed)
    inputs = draw.standard_normal([samples] + shape).astype("<f4")
    labels = draw.randint(0, classes, samples).astype("<i4")
    os.makedirs(folder)
    for part in ("train", "test"):
        numpy.save(os.path.join(folder, part + "-inputs.npy"), inputs)
        numpy.save(os.path.join(folder, part + "-labels.npy"), labels)
    return inputs, labels


def read_checkpoint(path):
    """The f32 tensors of a checkpoint (docs/checkpoints.md) by name."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    del header["__metadata__"]
    tensors = {}
    for name, facts in header.items():
        begin, end = facts["data_offsets"]
        values = numpy.frombuffer(data[begin:end], dtype="<f4")
        tensors[name] = values.reshape(facts["shape"])
    return tensors


def read_losses(path):
    """The loss of each epoch of a log."""
    with open(path) as file:
        records = [json.loads(line) for line in file]
    return {record["epoch"]: record["loss"] for record in records if "epoch" in record}
