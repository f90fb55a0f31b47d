"""A qnet.model, read from its text and computed by PyTorch.

Reads what qnet-zoo prints: one op a line, its types at the end. Images are
[N, H, W, C] and kernels [F, KH, KW, C] in qnet, channels come second in PyTorch.
"""

import re

import torch
import torch.nn.functional as F

OP = re.compile(r"\s*(%\S+) = qnet\.(\w+) (.*?) : (.*)$")
STRING = re.compile(r'"([^"]*)"')
SIZES = re.compile(r"tensor<([0-9x]+)xf32>")
GRID = re.compile(r"grid\(#qnet\.binary<([^>]*)>\)")


class Op:
    """One line: %result = qnet.NAME TEXT : TYPES."""

    def __init__(self, result, name, text, types):
        self.result, self.name, self.text = result, name, text
        self.operands = re.findall(r"%[\w.]+", text)
        self.shape = [int(size) for size in SIZES.findall(types)[-1].split("x")]

    def label(self):
        return STRING.search(self.text)[1]

    def array(self, key, default):
        found = re.search(key + r" = array<i64: ([^>]*)>", self.text)
        return [int(x) for x in found[1].split(",")] if found else default

    def number(self, key, default):
        found = re.search(key + r" = (\S+) : f32", self.text)
        return float(found[1]) if found else default

    def binary_step(self):
        """The step of a parameter's binary grid; None where it has no grid."""
        found = GRID.search(self.text)
        return float(found[1]) if found else None


def to_channels_second(x):
    return x.permute(0, 3, 1, 2)


def to_channels_last(x):
    return x.permute(0, 2, 3, 1)


def pad_image(x, pads, value):
    """Pads are [top, left, bottom, right]; PyTorch's go from the last dimension."""
    top, left, bottom, right = pads
    return F.pad(x, [left, right, top, bottom], value=value)


def conv2d(op, x, kernel):
    image = pad_image(to_channels_second(x), op.array("pads", [0] * 4), 0.0)
    y = F.conv2d(image, to_channels_second(kernel), stride=op.array("strides", [1, 1]))
    return to_channels_last(y)


def max_pool2d(op, x):
    image = pad_image(to_channels_second(x), op.array("pads", [0] * 4), -float("inf"))
    return to_channels_last(F.max_pool2d(image, op.array("window", None),
                                         op.array("strides", None)))


def batch_norm(op, x, scale, shift, statistics):
    """As in training: moves statistics[NAME] = [mean, variance]."""
    mean, variance = statistics[op.label()]
    y = F.batch_norm(x.reshape(-1, op.shape[-1]), mean, variance, scale, shift,
                     training=True, momentum=1.0 - op.number("momentum", 0.9),
                     eps=op.number("epsilon", 1e-5))
    return y.reshape(op.shape)


def cut(op, x):
    for dim, (begin, size, step) in enumerate(zip(
            op.array("offsets", None), op.array("sizes", None),
            op.array("strides", None))):
        index = torch.arange(size) * step + begin
        x = x.index_select(dim, index)
    return x


def pad(op, x):
    sides = zip(op.array("low", None), op.array("high", None))
    return F.pad(x, [side for pair in reversed(list(sides)) for side in pair])


LAYERS = {
    "dense": lambda op, x, weights: x @ weights.t(),
    "bias": lambda op, x, values: x + values,
    "relu": lambda op, x: F.relu(x),
    "add": lambda op, x, y: x + y,
    "reshape": lambda op, x: x.reshape(op.shape),
    "global_avg_pool2d": lambda op, x: x.mean((1, 2)),
    "conv2d": conv2d,
    "max_pool2d": max_pool2d,
    "slice": cut,
    "pad": pad,
}


class Model:
    def __init__(self, text):
        matches = [OP.match(line) for line in text.splitlines()]
        ops = [Op(*match.groups()) for match in matches if match]
        self.parameters = {op.label(): op for op in ops if op.name == "parameter"}
        self.norms = [op.label() for op in ops if op.name == "batch_norm"]
        self.layers = [op for op in ops if op.name != "parameter"]
        arguments = text[text.index("qnet.model"):].split("->")[0]
        self.input_shape = [int(n) for n in SIZES.search(arguments)[1].split("x")]

    def run(self, inputs, weights, statistics):
        """The outputs, in train mode; moves `statistics`."""
        values = {"%inputs": inputs}
        for name, op in self.parameters.items():
            values[op.result] = weights[name]
        for op in self.layers:
            operands = [values[name] for name in op.operands]
            if op.name == "batch_norm":
                values[op.result] = batch_norm(op, *operands, statistics)
            else:
                values[op.result] = LAYERS[op.name](op, *operands)
        return values[self.layers[-1].result]
