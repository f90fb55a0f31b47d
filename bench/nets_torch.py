"""The nets of the zoo in PyTorch, with weights that a rule can replace.

`build(name)` gives a net whose `weights` are the arrays that its products read, in
the order of the layers: plain tensors, so that a rule decides what stands in them.
Layers, shapes and the choice of quantized layers are those of qnet-zoo.
"""

import torch
from torch.nn import functional

IMAGES = {"mlp": (784,), "lenet": (1, 28, 28)}
COLOR = (3, 32, 32)


class Net:
    """Collects parameters while layers are added; layers are closures."""

    def __init__(self, name):
        self.name = name
        self.weights = []  # What the products read.
        self.quantized = []
        self.norms = []
        self.biases = []
        self.forward = None
        self.first = True

    def weight(self, shape, last=False):
        index = len(self.weights)
        self.weights.append(torch.empty(shape).uniform_(-0.05, 0.05))
        self.quantized.append(self.name == "mlp" or not (self.first or last))
        self.first = False
        return index

    def dense(self, inputs, outputs, last=False):
        index = self.weight((outputs, inputs), last)
        return lambda x: functional.linear(x, self.weights[index])

    def conv(self, inputs, filters, kernel, stride=1, padding=0):
        index = self.weight((filters, inputs, kernel, kernel))
        return lambda x: functional.conv2d(
            x, self.weights[index], stride=stride, padding=padding)

    def norm(self, channels, images):
        kind = torch.nn.BatchNorm2d if images else torch.nn.BatchNorm1d
        self.norms.append(kind(channels, eps=1e-5))
        return self.norms[-1]

    def bias(self, size):
        self.biases.append(torch.zeros(size, requires_grad=True))
        bias = self.biases[-1]
        return lambda x: x + bias

    def others(self):
        return [p for norm in self.norms for p in norm.parameters()] + self.biases

    def parameter_count(self):
        return sum(p.numel() for p in self.weights + self.others())


def chain(layers):
    def run(x):
        for layer in layers:
            x = layer(x)
        return x

    return run


def pool(x):
    return functional.max_pool2d(x, 2)


def flatten(x):
    return x.flatten(1)


def mlp(net):
    sizes = (784, 1024, 1024, 10)
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [net.dense(inputs, outputs), net.norm(outputs, images=False),
                   torch.relu_]
    return chain(layers[:-1])


def classifier(net, features):
    return [net.dense(features, 10, last=True), net.bias(10)]


def lenet(net):
    layers = []
    for inputs, filters in ((1, 32), (32, 64)):
        layers += [net.conv(inputs, filters, 5), net.norm(filters, images=True),
                   torch.relu_, pool]
    layers += [flatten, net.dense(1024, 512), net.norm(512, images=False), torch.relu_]
    return chain(layers + classifier(net, 512))


def vgg_bc(net):
    layers, channels = [], 3
    for filters in (128, 256, 512):
        for _ in range(2):
            layers += [net.conv(channels, filters, 3, padding=1),
                       net.norm(filters, images=True), torch.relu_]
            channels = filters
        layers.append(pool)
    layers.append(flatten)
    features = 512 * 4 * 4
    for _ in range(2):
        layers += [net.dense(features, 1024), net.norm(1024, images=False), torch.relu_]
        features = 1024
    return chain(layers + classifier(net, features))


def block(net, inputs, filters, stride):
    first = chain([net.conv(inputs, filters, 3, stride, 1),
                   net.norm(filters, images=True), torch.relu_,
                   net.conv(filters, filters, 3, 1, 1), net.norm(filters, images=True)])
    zeros = (filters - inputs) // 2

    def run(x):
        shortcut = x
        if stride != 1:
            shortcut = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, zeros, zeros))
        return torch.relu_(first(x).add_(shortcut))

    return run


def resnet(blocks):
    def build(net):
        layers = [net.conv(3, 16, 3, 1, 1), net.norm(16, images=True), torch.relu_]
        channels = 16
        for filters in (16, 32, 64):
            for number in range(blocks):
                stride = 2 if number == 0 and filters != 16 else 1
                layers.append(block(net, channels, filters, stride))
                channels = filters
        layers.append(lambda x: x.mean((2, 3)))
        return chain(layers + classifier(net, 64))

    return build


BUILDERS = {"mlp": mlp, "lenet": lenet, "vgg-bc": vgg_bc, "resnet-20": resnet(3),
            "resnet-56": resnet(9)}


def build(name):
    net = Net(name)
    net.forward = BUILDERS[name](net)
    return net


def image_shape(name):
    return IMAGES.get(name, COLOR)
