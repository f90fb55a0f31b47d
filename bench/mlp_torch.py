"""The MLP of examples/mnist-mlp.mlir in PyTorch: the peer of the suite `train`.

784-1024-1024-10, batch norm after each layer, ADAM. BinaryConnect keeps latent
weights, runs the net with their signs and clips them; SR keeps weights of -1 and +1
(in f32: PyTorch has no bits) and rounds each step's result. Scratch memory is made
once. Prints one JSON line per epoch. Only speed is of interest: the data are noise.
"""

import argparse
import json
import time

import torch

SIZES = (784, 1024, 1024, 10)


class Net:
    def __init__(self, rule):
        self.rule = rule
        self.weights = []  # What the optimizer changes.
        self.used = []  # What the net multiplies by.
        self.scratch = []
        others = []
        self.norms = []
        for inputs, outputs in zip(SIZES, SIZES[1:]):
            weight = torch.empty(outputs, inputs).uniform_(-0.05, 0.05)
            if rule == "sr":
                weight = torch.where(weight < 0, -1.0, 1.0)
            self.weights.append(weight)
            quantized = rule in ("bc", "sr")
            used = torch.sign(weight) if quantized else weight
            self.used.append(used.requires_grad_())
            self.scratch.append(torch.empty_like(weight))
            norm = torch.nn.BatchNorm1d(outputs, eps=1e-5)
            self.norms.append(norm)
            others += list(norm.parameters())
        self.others = others
        self.optimizer = torch.optim.Adam(self.weights + others, lr=1e-3, foreach=True)
        self.ones = [torch.ones_like(weight) for weight in self.weights]

    def forward(self, x):
        for i, (weight, norm) in enumerate(zip(self.used, self.norms)):
            x = norm(torch.nn.functional.linear(x, weight))
            if i + 1 < len(self.used):
                x = torch.relu_(x)
        return x

    def prepare(self):
        """The weights that this step's gradient is taken at."""
        if self.rule == "full":
            return
        with torch.no_grad():
            for weight, used, one in zip(self.weights, self.used, self.ones):
                if self.rule == "bc":
                    torch.copysign(one, weight, out=used)
                else:
                    used.copy_(weight)

    def finish(self):
        with torch.no_grad():
            for weight, draws in zip(self.weights, self.scratch):
                if self.rule == "bc":
                    weight.clamp_(-1.0, 1.0)
                elif self.rule == "sr":
                    # +1 with probability (w + 1) / 2.
                    torch.rand(weight.shape, out=draws)
                    draws.mul_(2.0).sub_(1.0)
                    torch.lt(draws, weight, out=weight).mul_(2.0).sub_(1.0)

    def step(self, x, labels):
        self.prepare()
        for used in self.used:
            used.grad = None
        for other in self.others:
            other.grad = None
        loss = torch.nn.functional.cross_entropy(self.forward(x), labels)
        loss.backward()
        for weight, used in zip(self.weights, self.used):
            weight.grad = used.grad
        self.optimizer.step()
        self.finish()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rule", choices=["full", "bc", "sr"], required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    inputs = torch.randn(args.samples, SIZES[0])
    labels = torch.randint(0, SIZES[-1], (args.samples,))
    net = Net(args.rule)
    for _ in range(args.epochs):
        steps = args.samples // args.batch
        start = time.perf_counter()
        order = torch.randperm(args.samples)
        for i in range(steps):
            batch = order[i * args.batch : (i + 1) * args.batch]
            net.step(inputs[batch], labels[batch])
        seconds = time.perf_counter() - start
        speed = steps * args.batch / seconds
        print(json.dumps({"images_per_second": speed}), flush=True)


main()
