"""Times a rule's update of one parameter in PyTorch: the peer of the suite `updates`.

Eager ops in place, with scratch memory made once, on one tensor of f32; under r and sr
the weights are -1 and +1, as PyTorch has no bits. Prints one JSON line.
"""

import argparse
import json
import statistics
import time

import torch


class Update:
    def __init__(self, size, rule, optimizer):
        self.rule = rule
        self.gradient = torch.randn(size)
        self.weight = torch.empty(size).uniform_(-1.0, 1.0)
        self.scratch = torch.empty(size)
        self.ones = torch.ones(1).expand(size) if rule == "r" else None
        self.slots = [torch.zeros(size) for _ in
                      range({"sgd": 0, "momentum": 1, "adam": 2}[optimizer])]
        self.move = getattr(self, optimizer)

    def sgd(self):
        self.weight.add_(self.gradient, alpha=-0.01)

    def momentum(self):
        (velocity,) = self.slots
        velocity.mul_(0.9).add_(self.gradient)
        self.weight.add_(velocity, alpha=-0.01)

    def adam(self):
        mean, square = self.slots
        mean.lerp_(self.gradient, 0.1)
        square.mul_(0.999).addcmul_(self.gradient, self.gradient, value=0.001)
        torch.sqrt(square, out=self.scratch).add_(1e-8)
        self.weight.addcdiv_(mean, self.scratch, value=-0.01)

    def round(self):
        if self.rule == "bc":
            self.weight.clamp_(-1.0, 1.0)
        elif self.rule == "r":
            torch.copysign(self.ones, self.weight, out=self.weight)
        elif self.rule == "sr":
            # +1 with probability (w + 1) / 2.
            self.scratch.uniform_(-1.0, 1.0)
            torch.lt(self.scratch, self.weight, out=self.weight).mul_(2.0).sub_(1.0)

    def step(self):
        self.move()
        self.round()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--rule", required=True)
    parser.add_argument("--optimizer", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    with torch.no_grad():
        update = Update(args.size, args.rule, args.optimizer)
        update.step()
        times = []
        end = time.perf_counter() + args.seconds
        while len(times) < 5 or time.perf_counter() < end:
            start = time.perf_counter()
            update.step()
            times.append((time.perf_counter() - start) / args.size * 1e9)
    print(json.dumps({"torch_ns_per_weight": min(times),
                      "torch_ns_per_weight_median": statistics.median(times)}))


if __name__ == "__main__":
    main()
