#!/usr/bin/env python3
"""Writes the training graph of a random net of layers on images.

Kernels of 1x1 to 7x7, strides of 1 to 3, pads that differ on all four sides, with and
without bias, windows that overlap or leave gaps, whole vectors of channels and odd
numbers of them. A graph follows from its seed, QNET_TEST_SEED (20170612) plus NUMBER.

usage: random-images.py NUMBER > GRAPH
"""

import os
import random
import sys

BATCH = 6
CHANNELS = [1, 2, 3, 5, 7, 16, 17, 32]
GRIDS = ["", "", " grid(#qnet.binary<0.25>)", " grid(#qnet.ternary<0.25>)",
         " grid(#qnet.uniform<3, 0.0625>)"]


def tensor(*shape):
    return "tensor<%sxf32>" % "x".join(map(str, shape))


def array(values):
    return "array<i64: %s>" % ", ".join(map(str, values))


class Net:
    """A model that grows layer by layer; `h`, `w`, `c` is its image."""

    def __init__(self, draw):
        self.draw, self.lines, self.count = draw, [], 0
        self.h, self.w, self.c = draw(7, 10), draw(7, 10), draw(1, 3)

    def image(self):
        return tensor(BATCH, self.h, self.w, self.c)

    def add(self, text):
        self.count += 1
        self.lines.append("%%%d = %s" % (self.count, text))
        return "%%%d" % self.count

    def parameter(self, kind, initial, *shape):
        return self.add('qnet.parameter "%s%d" init(#qnet.%s) : %s'
                        % (kind, self.count, initial, tensor(*shape)))

    def window(self, least, most):
        """A window on the image, its strides, pads and the result's size."""
        size, strides, low, high, result = [], [], [], [], []
        for length in (self.h, self.w):
            while True:
                k, s = self.draw(least, most), self.draw(1, 3)
                before, after = self.draw(0, k - 1), self.draw(0, k - 1)
                out = (length + before + after - k) // s + 1
                if length + before + after >= k and out >= 2:
                    break
            for values, value in zip((size, strides, low, high, result),
                                     (k, s, before, after, out)):
                values.append(value)
        return size, strides, low + high, result

    def conv(self, x, least, most):
        size, strides, pads, (h, w) = self.window(least, most)
        filters = CHANNELS[self.draw(0, len(CHANNELS) - 1)]
        shape = [filters] + size + [self.c]
        grid = GRIDS[self.draw(0, len(GRIDS) - 1)]
        operands = [x, self.add('qnet.parameter "kernel%d" init(#qnet.glorot)%s : %s'
                                % (self.count, grid, tensor(*shape)))]
        types = [self.image(), tensor(*shape)]
        if self.draw(0, 1):
            operands.append(self.parameter("bias", "constant<0.125>", filters))
            types.append(tensor(filters))
        self.h, self.w, self.c = h, w, filters
        return self.add("qnet.conv2d %s {strides = %s, pads = %s} : (%s) -> %s" % (
            ", ".join(operands), array(strides), array(pads), ", ".join(types),
            self.image()))

    def pool(self, x):
        kind = ["max", "avg"][self.draw(0, 1)]
        size, strides, pads, (h, w) = self.window(1, 3)
        before = self.image()
        self.h, self.w = h, w
        return self.add(
            "qnet.%s_pool2d %s {window = %s, strides = %s, pads = %s} : (%s) -> %s"
            % (kind, x, array(size), array(strides), array(pads), before, self.image()))

    def gate(self, x):
        return self.add("qnet.%s %s : %s" % (["relu", "hard_tanh"][self.draw(0, 1)], x,
                                             self.image()))


def write(seed, out):
    net = Net(random.Random(seed).randint)
    inputs = net.h * net.w * net.c
    flat = tensor(BATCH, inputs)
    x = net.add("qnet.reshape %%x : %s to %s" % (flat, net.image()))
    x = net.conv(x, *[(1, 1), (7, 7), (1, 5)][net.draw(0, 2)])
    x = net.pool(net.gate(x))
    x = net.gate(net.conv(x, 1, 3))
    values = net.h * net.w * net.c
    x = net.add("qnet.reshape %s : %s to %s" % (x, net.image(), tensor(BATCH, values)))
    weights = net.parameter("fc", "glorot", 4, values)
    y = net.add("qnet.dense %s, %s : (%s, %s) -> %s" % (
        x, weights, tensor(BATCH, values), tensor(4, values), tensor(BATCH, 4)))
    out.write("// seed %d\nqnet.model @net(%%x: %s) -> %s {\n  %s\n"
              "  qnet.return %s : %s\n}\n"
              % (seed, flat, tensor(BATCH, 4), "\n  ".join(net.lines), y,
                 tensor(BATCH, 4)))
    out.write("qnet.training @images of @net {\n"
              "  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr,\n"
              "  optimizer = #qnet.momentum, schedule = #qnet.constant_rate<0.01>\n}\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: random-images.py NUMBER")
    SEED = int(os.environ.get("QNET_TEST_SEED", "20170612")) + int(sys.argv[1])
    print("seed", SEED, file=sys.stderr)
    write(SEED, sys.stdout)
