"""Convex problems with a known minimum: least squares and logistic regression.

F is the mean over a finite set of samples. Inputs are independent standard normal
numbers; the weights that make the targets are uniform in [-1, 1].
"""
import math
import operator
import random


def dot(a, b):
    return sum(map(operator.mul, a, b))


def solve(matrix, right):
    """Gaussian elimination for a positive definite matrix."""
    rows = [[*row, value] for row, value in zip(matrix, right)]
    for i, pivot in enumerate(rows):
        for row in rows[i + 1:]:
            factor = row[i] / pivot[i]
            for j in range(i, len(row)):
                row[j] -= factor * pivot[j]
    answer = [0.0] * len(rows)
    for i in reversed(range(len(rows))):
        rest = dot(rows[i][i + 1:-1], answer[i + 1:])
        answer[i] = (rows[i][-1] - rest) / rows[i][i]
    return answer


def smallest_eigenvalue(matrix):
    """By inverse iteration; the inverse comes from one solve per column."""
    size = len(matrix)
    inverse = [solve(matrix, [float(i == j) for j in range(size)]) for i in range(size)]
    vector = [1.0 + 0.1 * math.sin(i) for i in range(size)]
    for _ in range(500):
        image = [dot(row, vector) for row in inverse]
        length = math.sqrt(dot(image, image))
        vector = [value / length for value in image]
    return 1.0 / dot(vector, [dot(row, vector) for row in inverse])


class Problem:
    """`samples` rows of `width` inputs with one target each. A subclass has `loss`, its
    derivatives `slope` and `curvature` by the output, and `draw` for a target."""

    def __init__(self, width, samples, noise, seed):
        self.random = random.Random(f"{self.name} {width} {seed}")
        self.width, self.noise = width, noise
        truth = [self.random.uniform(-1, 1) for _ in range(width)]
        self.rows = [[self.random.gauss(0, 1) for _ in range(width)]
                     for _ in range(samples)]
        self.targets = [self.draw(dot(row, truth)) for row in self.rows]
        self.columns = list(zip(*self.rows))
        self.minimizer = self.minimize()
        self.minimum = self.value(self.minimizer)
        self.mu = smallest_eigenvalue(self.hessian(self.minimizer))

    def outputs(self, w):
        return [dot(row, w) for row in self.rows]

    def value(self, w):
        return sum(map(self.loss, self.outputs(w), self.targets)) / len(self.rows)

    def error(self, w):
        """F(w) - F*."""
        return self.value(w) - self.minimum

    def slopes(self, w):
        return list(map(self.slope, self.outputs(w), self.targets))

    def gradient(self, slopes):
        return [dot(column, slopes) / len(self.rows) for column in self.columns]

    def hessian(self, w):
        weights = list(map(self.curvature, self.outputs(w)))
        scaled = [[c * x for c, x in zip(weights, column)] for column in self.columns]
        return [[dot(a, b) / len(self.rows) for b in self.columns] for a in scaled]

    def minimize(self):
        """Newton's method; one step solves least squares."""
        w = [0.0] * self.width
        for _ in range(50):
            gradient = self.gradient(self.slopes(w))
            if math.sqrt(dot(gradient, gradient)) < 1e-10:
                return w
            step = solve(self.hessian(w), gradient)
            w = [a - b for a, b in zip(w, step)]
        raise ValueError(f"{self.name}: Newton's method did not converge")

    def squared_gradient(self, w, batch):
        """E |g|^2 for the gradient of a batch drawn at random."""
        slopes = self.slopes(w)
        mean = self.gradient(slopes)
        single = sum(s * s * dot(row, row) for s, row in zip(slopes, self.rows))
        squared = dot(mean, mean)
        return squared + (single / len(self.rows) - squared) / batch


class LeastSquares(Problem):
    """(y - t)^2; `noise` is the deviation of the targets."""
    name, loss_name = "least-squares", "mean_squared_error"

    def draw(self, y):
        return y + self.noise * self.random.gauss(0, 1)

    def loss(self, y, t):
        return (y - t) ** 2

    def slope(self, y, t):
        return 2 * (y - t)

    def curvature(self, y):
        return 2.0

    def error(self, w):
        """Exact for a quadratic, with no difference of large numbers."""
        gap = [a - b for a, b in zip(w, self.minimizer)]
        return sum(y * y for y in self.outputs(gap)) / len(self.rows)


class Logistic(Problem):
    """log(1 + exp(-t y)), t = +-1 by the logistic model of y/(1 + noise): more noise,
    more labels against the margin. Strongly convex on bounded sets; `mu` is the smallest
    eigenvalue of the Hessian at the minimizer."""
    name, loss_name = "logistic", "logistic"

    def draw(self, y):
        chance = 1 / (1 + math.exp(-y / (1 + self.noise)))
        return 1 if self.random.random() < chance else -1

    def loss(self, y, t):
        return max(-t * y, 0.0) + math.log1p(math.exp(-abs(y)))

    def slope(self, y, t):
        return -t / (1 + math.exp(min(t * y, 700.0)))

    def curvature(self, y):
        e = math.exp(-abs(y))
        return e / (1 + e) ** 2


PROBLEMS = {kind.name: kind for kind in (LeastSquares, Logistic)}
