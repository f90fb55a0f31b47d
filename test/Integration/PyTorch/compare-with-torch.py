#!/usr/bin/env python3
"""Trains a graph that qnet-zoo prints, step by step, and has PyTorch check each step.

The graph is trained with momentum 0, whose slot is the gradient. Every step starts from
the trainer's checkpoint, so that each is judged alone: PyTorch computes, in double
precision, the loss, the gradient of every parameter, and the statistics of every
batch normalization, and the trainer's are compared with them. An epoch is one batch: its
loss stands in the log.

Under BC the weights on a (binary) grid are rounded in the forward pass and the gradient
is handed straight through to the latent ones.

A difference counts relative to the largest magnitude of its tensor, for the terms of a
sum are of that size while the sum itself may cancel. How much of it f32 explains
depends on the net (batch normalizations divide by small deviations), so PyTorch does
each step in single precision as well: the trainer's worst difference may be SLACK times
that of PyTorch with itself, at least FLOOR (some roundings of f32) and at most CEILING;
a wrong adjoint's is of the order of 1.

usage: compare-with-torch.py GRAPH
"""

import subprocess
import sys

import numpy
import torch
import torch.nn.functional as F

from qnet_files import read_checkpoint, read_losses, write_data
from qnet_model import Model

SEED = 20170612
STEPS = 5
SLACK = 10
FLOOR = 2e-6
CEILING = 1e-2


def run(*command):
    if subprocess.run(command).returncode:
        sys.exit("error: failed: " + " ".join(command))


def train(graph):
    """The checkpoints after steps 1 to STEPS + 1, and the loss of each step."""
    run("qnet-compile", graph, "-o", "trainer")
    checkpoints = {}
    for step in range(1, STEPS + 2):
        run("./trainer", "train", "--data=data", "--epochs=%d" % step, "--quiet",
            "--checkpoint=net.st", "--log=net.jsonl", *(["--resume"] if step > 1 else []))
        checkpoints[step] = read_checkpoint("net.st")
    return checkpoints, read_losses("net.jsonl")


def rounded(latent, grid_step):
    """Weights on the binary grid, whose gradient is that of the latent ones."""
    levels = torch.where(latent >= 0, grid_step, -grid_step)
    return latent + (levels - latent).detach()


def step_of_torch(model, state, inputs, labels, rounds, dtype):
    """The loss, gradients by name, and moved statistics by name."""
    latent = {name: torch.tensor(state[name], dtype=dtype, requires_grad=True)
              for name in model.parameters}
    weights = dict(latent)
    for name, op in model.parameters.items():
        if rounds and op.binary_step():
            weights[name] = rounded(latent[name], op.binary_step())
    statistics = {name: [torch.tensor(state[name + part], dtype=dtype)
                         for part in (".mean", ".variance")] for name in model.norms}
    loss = F.cross_entropy(model.run(inputs.to(dtype), weights, statistics), labels)
    loss.backward()
    gradients = {name: value.grad for name, value in latent.items()}
    moved = {name + part: value for name in model.norms
             for part, value in zip((".mean", ".variance"), statistics[name])}
    return {"losses": {"loss": loss.item()}, "gradients": gradients,
            "statistics": moved}


def step_of_trainer(model, state, loss):
    """The same of a trainer's step, from the checkpoint after it."""
    return {"losses": {"loss": loss},
            "gradients": {name: state[name + ".u"] for name in model.parameters},
            "statistics": {name + part: state[name + part] for name in model.norms
                           for part in (".mean", ".variance")}}


def difference(values, exact, where):
    """The largest one, relative to the largest exact value."""
    values, exact = numpy.asarray(values, "f8"), numpy.asarray(exact, "f8")
    scale = abs(exact).max()
    if not scale > 0:
        sys.exit("error: %s: nothing to compare, PyTorch has zeros" % where)
    return abs(values - exact).max() / scale


class Differences:
    """The worst differences of one kind, the trainer's and PyTorch's own in f32."""

    def __init__(self):
        self.worst, self.where, self.single, self.count = 0.0, "nowhere", 0.0, 0

    def add(self, trainer, single, exact, step):
        for name in exact:
            where = "%s in step %d" % (name, step)
            ours = difference(trainer[name], exact[name], where)
            if not ours <= self.worst:
                self.worst, self.where = ours, where
            self.single = max(self.single, difference(single[name], exact[name], where))
            self.count += numpy.asarray(exact[name]).size

    def judge(self, kind):
        bound = min(max(SLACK * self.single, FLOOR), CEILING)
        print("%s: %d compared, worst difference %.1e (%s), expected at most %.1e"
              % (kind, self.count, self.worst, self.where, bound))
        return self.worst <= bound


def main():
    with open(sys.argv[1]) as file:
        text = file.read()
    model = Model(text)
    batch, shape = model.input_shape[0], model.input_shape[1:]
    inputs, labels = write_data("data", SEED, batch, shape, 10)
    inputs = torch.tensor(inputs)
    labels = torch.tensor(labels, dtype=torch.int64)
    checkpoints, losses = train(sys.argv[1])
    rounds = "rule = #qnet.bc" in text
    kinds = {kind: Differences() for kind in ("losses", "gradients", "statistics")}
    for step in range(2, STEPS + 2):
        exact, single = [
            step_of_torch(model, checkpoints[step - 1], inputs, labels, rounds, dtype)
            for dtype in (torch.float64, torch.float32)]
        trainer = step_of_trainer(model, checkpoints[step], losses[step])
        for kind, differences in kinds.items():
            differences.add(trainer[kind], single[kind], exact[kind], step)
    if not all([differences.judge(kind) for kind, differences in kinds.items()]):
        sys.exit("error: differs from PyTorch")


main()
