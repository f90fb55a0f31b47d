"""Trains a net of nets_torch.py under a rule: the peer of the suite `train`.

ADAM over lists of tensors. BinaryConnect keeps latent weights, runs the net with
their signs and clips them; SR keeps weights of -1 and +1 (in f32: PyTorch has no
bits) and rounds each step's result. Scratch memory is made once. Prints facts, then
one JSON line per epoch. Only speed and memory are of interest: the data are noise.
"""

import argparse
import json
import resource
import time

import torch

import nets_torch

LAYOUTS = {"default": torch.contiguous_format, "channels_last": torch.channels_last}


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Training:
    def __init__(self, net, rule, layout):
        self.net = net
        self.rule = rule
        self.layout = layout
        self.weights = []  # What the optimizer changes.
        self.copies = []  # (latent, used, ones or random draws) of quantized weights.
        self.used = net.weights
        for i, quantized in enumerate(net.quantized):
            self.add_weight(i, quantized and rule != "full")
        self.others = net.others()
        self.optimizer = torch.optim.Adam(self.weights + self.others, lr=1e-3,
                                          foreach=True)

    def add_weight(self, i, quantized):
        weight = self.arrange(self.used[i])
        if not quantized:
            self.used[i] = weight.requires_grad_()
            self.weights.append(weight)
            return
        if self.rule == "sr":
            weight = torch.where(weight < 0, -1.0, 1.0)
        used = torch.sign(weight).requires_grad_()
        scratch = torch.ones_like(weight)
        self.used[i] = used
        self.weights.append(weight)
        self.copies.append((weight, used, scratch))

    def arrange(self, tensor):
        if tensor.dim() != 4:
            return tensor
        return tensor.contiguous(memory_format=LAYOUTS[self.layout])

    def prepare(self):
        """The weights that this step's gradient is taken at."""
        with torch.no_grad():
            for weight, used, scratch in self.copies:
                if self.rule == "bc":
                    torch.copysign(scratch, weight, out=used)
                else:
                    used.copy_(weight)

    def finish(self):
        with torch.no_grad():
            for weight, _, scratch in self.copies:
                if self.rule == "bc":
                    weight.clamp_(-1.0, 1.0)
                else:
                    # +1 with probability (w + 1) / 2.
                    scratch.uniform_(-1.0, 1.0)
                    torch.lt(scratch, weight, out=weight).mul_(2.0).sub_(1.0)

    def step(self, x, labels):
        self.prepare()
        for leaf in self.used + self.others:
            leaf.grad = None
        outputs = self.net.forward(self.arrange(x))
        torch.nn.functional.cross_entropy(outputs, labels).backward()
        for weight, used in zip(self.weights, self.used):
            weight.grad = used.grad
        self.optimizer.step()
        self.finish()


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--net", choices=nets_torch.BUILDERS, required=True)
    parser.add_argument("--rule", choices=["full", "bc", "sr"], required=True)
    parser.add_argument("--layout", choices=LAYOUTS, default="default")
    for name in ("threads", "samples", "epochs", "batch"):
        parser.add_argument(f"--{name}", type=int, required=True)
    return parser.parse_args()


def main():
    args = parse_arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    idle = peak_bytes()
    inputs = torch.randn(args.samples, *nets_torch.image_shape(args.net))
    labels = torch.randint(0, 10, (args.samples,))
    training = Training(nets_torch.build(args.net), args.rule, args.layout)
    for _ in range(args.epochs):
        steps = args.samples // args.batch
        start = time.perf_counter()
        order = torch.randperm(args.samples)
        for i in range(steps):
            batch = order[i * args.batch : (i + 1) * args.batch]
            training.step(inputs[batch], labels[batch])
        seconds = time.perf_counter() - start
        print(json.dumps({"images_per_second": steps * args.batch / seconds}), flush=True)
    print(json.dumps({"parameters": training.net.parameter_count(),
                      "idle_bytes": idle, "peak_bytes": peak_bytes(),
                      "data_bytes": inputs.numel() * 4 + labels.numel() * 8}))


if __name__ == "__main__":
    main()
