"""Exact Markov chains of SR on a grid, from the definitions of docs/rules.md."""
import math
import struct

from .programs import frozen_values


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


class Basins:
    """The function of qnet-zoo toy-1d, read from its graph."""

    def __init__(self, graph):
        constants = frozen_values(graph)
        self.noise = constants["noise"][0]
        self.first_slope = constants["slope"][0] + self.noise
        self.kinks = [-offset for offset in constants["offsets"]]
        self.turns = constants["turns"]
        self.lowest = min(map(self.raw, self.kinks))

    def raw(self, w):
        return self.first_slope * w + sum(
            turn * max(w - kink, 0.0) for kink, turn in zip(self.kinks, self.turns))

    def value(self, w):
        """F, 0 at the bottom of the deepest basin."""
        return self.raw(w) - self.lowest

    def gradients(self, w):
        """The gradients a step may take, all equally likely."""
        slope = self.first_slope + sum(
            turn for kink, turn in zip(self.kinks, self.turns) if w > kink)
        return [f32(slope - self.noise), f32(slope + self.noise)]


class Grid:
    """#qnet.uniform<bits, step>."""

    def __init__(self, bits, step):
        self.step = step
        self.levels = [step * k for k in range(-2 ** (bits - 1), 2 ** (bits - 1))]

    def index(self, w):
        return round(w / self.step) + len(self.levels) // 2

    def nearest(self, w):
        """Qd."""
        scaled = math.copysign(math.floor(abs(w) / self.step + 0.5), w) * self.step
        return min(max(scaled, self.levels[0]), self.levels[-1])

    def histogram(self, weights):
        """The share of the weights on each level."""
        counts = [0] * len(self.levels)
        half, scale = len(counts) // 2, 1.0 / self.step
        for w in weights:
            counts[round(w * scale) + half] += 1
        total = sum(counts)
        return [count / total for count in counts]


def transition_matrix(grid, basins, rate, bits):
    """P[i][j]: SR's probability to go from level i to level j in a step: w - a g, in
    f32, clamped, and rounded up with its fraction, in units of 2^-bits."""
    size, rate = len(grid.levels), f32(rate)
    matrix = []
    for w in grid.levels:
        row, gradients = [0.0] * size, basins.gradients(w)
        for gradient in gradients:
            moved = f32(w - f32(rate * gradient))
            moved = min(max(moved, grid.levels[0]), grid.levels[-1]) / grid.step
            low = math.floor(moved)
            up = round((moved - low) * 2 ** bits) / 2 ** bits
            index = low + size // 2
            row[index] += (1.0 - up) / len(gradients)
            if up:
                row[index + 1] += up / len(gradients)
        matrix.append(row)
    return matrix


def stationary(matrix):
    """By elimination of states (Grassmann, Taksar and Heyman): no subtractions."""
    a = [row[:] for row in matrix]
    for n in range(len(a) - 1, 0, -1):
        total = sum(a[n][:n])
        for i in range(n):
            a[i][n] /= total
            for j in range(n):
                a[i][j] += a[i][n] * a[n][j]
    shares = [1.0]
    for n in range(1, len(a)):
        shares.append(sum(shares[i] * a[i][n] for i in range(n)))
    total = sum(shares)
    return [share / total for share in shares]


def small_rate_limit(grid, basins):
    """The stationary distribution as the rate goes to 0: a walk to neighbours with
    rates E max(-g, 0) and E max(g, 0), so that balance holds edge by edge."""
    shares = [1.0]
    for low, high in zip(grid.levels, grid.levels[1:]):
        up = sum(max(-g, 0.0) for g in basins.gradients(low))
        down = sum(max(g, 0.0) for g in basins.gradients(high))
        shares.append(shares[-1] * up / down)
    total = sum(shares)
    return [share / total for share in shares]


def after(matrix, start, steps):
    """The distribution after that many steps from level `start`, by squaring."""
    shares = [0.0] * len(matrix)
    shares[start] = 1.0
    while steps:
        if steps & 1:
            shares = multiply([shares], matrix)[0]
        matrix, steps = multiply(matrix, matrix), steps >> 1
    return shares


def multiply(a, b):
    columns = list(zip(*b))
    return [[sum(x * y for x, y in zip(row, column)) for column in columns] for row in a]


def variation(p, q):
    """Total variation."""
    return sum(abs(x - y) for x, y in zip(p, q)) / 2


def variation_bound(levels, samples):
    """Total variation between a distribution on `levels` values and the histogram of
    that many independent samples stays below this with probability 0.999: its mean is
    at most sqrt(levels/samples)/2 (Cauchy-Schwarz), and one sample moves it by at most
    1/samples (McDiarmid)."""
    return (math.sqrt(levels / samples) + math.sqrt(2 * math.log(1000) / samples)) / 2


def mean_value(grid, basins, shares):
    """E F."""
    return sum(p * basins.value(w) for p, w in zip(shares, grid.levels))
