"""From a training graph to a run: qnet-zoo, qnet-compile, the trainer, its outputs."""
import json
import math
import os
import re
import shlex
import subprocess

from . import npy


class RunError(Exception):
    """A command failed: one line."""


def reason_of(result):
    """The first line of a failed command that tells an error, without that word."""
    lines = [line for line in result.stderr.splitlines() if "error: " in line]
    if not lines:
        return f"exit code {result.returncode}"
    return lines[0].split("error: ", 1)[1]


class Programs:
    """Makes and runs trainers in `folder`; keeps a list of the commands it ran."""

    def __init__(self, tools, folder):
        self.tools, self.folder, self.commands = tools, folder, []
        os.makedirs(folder, exist_ok=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, command, note=True):
        """Runs a command in the folder. `note`: list it for the README."""
        if note:
            shown = [os.path.basename(command[0]), *command[1:]]
            self.commands.append(" ".join(map(shlex.quote, shown)))
        result = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if result.returncode != 0:
            raise RunError(f"{os.path.basename(command[0])}: {reason_of(result)}")
        return result.stdout

    def tool(self, name):
        path = os.path.join(self.tools, name)
        if not os.path.exists(path):
            raise RunError(f"expected the tool '{path}'")
        return path

    def zoo(self, network, name, *options):
        """Writes the graph of a network of qnet-zoo to NAME.mlir."""
        self.run([self.tool("qnet-zoo"), network, *options, "-o", f"{name}.mlir"])
        return self.path(f"{name}.mlir")

    def template(self, source, name, **values):
        """Writes a graph from a template beside this module: $name stands for a value."""
        with open(os.path.join(os.path.dirname(__file__), source)) as file:
            graph = file.read()
        for key, value in values.items():
            graph = graph.replace(f"${key}", str(value))
        with open(self.path(f"{name}.mlir"), "w") as file:
            file.write(graph)
        return self.path(f"{name}.mlir")

    def compile(self, graph, name, *options):
        """Compiles NAME from a graph; returns what runs it."""
        self.run([self.tool("qnet-compile"), os.path.basename(graph), *options,
                  "-o", name])
        return Trainer(self, name)

    def write_regression(self, name, inputs, targets, width, outputs=1):
        """Training data of `width` inputs in rows; a test set of the first sample."""
        self.write_data(name, inputs, targets, width, outputs, "targets", "<f4")

    def write_classes(self, name, inputs, labels, width):
        self.write_data(name, inputs, labels, width, None, "labels", "<i4")

    def write_data(self, name, inputs, answers, width, outputs, kind, code):
        os.makedirs(self.path(name), exist_ok=True)
        for part, count in (("train", len(inputs) // width), ("test", 1)):
            shape = (count,) if outputs is None else (count, outputs)
            npy.write(self.path(f"{name}/{part}-inputs.npy"), (count, width),
                      inputs[:count * width])
            npy.write(self.path(f"{name}/{part}-{kind}.npy"), shape,
                      answers[:count * (outputs or 1)], code)

    def log(self, path):
        """The records of a log's epochs, and whether the run ended."""
        records, done = [], False
        with open(self.path(path)) as file:
            for line in file:
                record = json.loads(line)
                done = done or record.get("done", False)
                if "epoch" in record:
                    records.append(record)
        return records, done


class Trainer:
    def __init__(self, programs, name):
        self.programs, self.name = programs, name

    def train(self, *options, note=True):
        self.programs.run([self.programs.path(self.name), "train", "--quiet", *options],
                          note)

    def trace(self, *options, every=1, steps, parameter=None, note=True):
        """Trains; returns the traced parameter at steps 0, every, 2 every, ..."""
        path = f"{self.name}.trace.npy"
        if parameter:
            options += (f"--trace-parameter={parameter}",)
        self.train(f"--steps={steps}", f"--epochs={10**6}", f"--trace={path}",
                   f"--trace-every={every}", "--threads=1", *options, note=note)
        shape, values = npy.read(self.programs.path(path))
        os.remove(self.programs.path(path))
        return Trace(values, math.prod(shape[1:]))


class Trace:
    """Records of one parameter, `width` values each."""

    def __init__(self, values, width):
        self.values, self.width = values, width

    def __len__(self):
        return len(self.values) // self.width

    def __getitem__(self, index):
        if index < 0:
            index += len(self)
        return self.values[index * self.width:(index + 1) * self.width]


def frozen_values(graph):
    """The constants (#qnet.values) of a graph, by name; a splat is one value."""
    with open(graph) as file:
        found = re.findall(r'qnet\.parameter "(\w+)" init\(#qnet\.values<dense<(.*?)> :',
                           file.read())
    return {name: [float(value) for value in re.findall(r"[-+0-9.eE]+", text)]
            for name, text in found}
