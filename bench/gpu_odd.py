"""What gpu-check's part `odd` compares with the reference interpreter, on odd sizes.

A case per kind of kernel: a small graph in which that kernel stands beside those that it
needs, trained for a step or two. With the rule full, SGD and rate 1 the parameters then
show the gradients, the metadata the losses; a layer's input gradient shows in the
parameters below it. Cases named net-* are whole trainings. The functions are as those of
gpu_trainings.py.
"""
import sys

from gpu_trainings import last_line, run

# Sizes that fill neither tiles nor words, batches that no tile divides.
BATCH, IMAGE, OUTPUTS = 5, (7, 9, 3), 3
GRIDS = {"binary": "#qnet.binary<0.25>", "ternary": "#qnet.ternary<0.3>",
         "uniform-3": "#qnet.uniform<3, 0.125>", "uniform-4": "#qnet.uniform<4, 0.1>",
         "uniform-8": "#qnet.uniform<8, 0.0078125>"}
RULES = {"full": "#qnet.full", "r": "#qnet.r", "sr": "#qnet.sr",
         "sr-24": "#qnet.sr<bits = 24>", "bc": "#qnet.bc",
         "bc-stochastic": "#qnet.bc<rounding = #qnet.stochastic>"}
OPTIMIZERS = {"sgd": "#qnet.sgd", "momentum": "#qnet.momentum<mu = 0.9>",
              "nesterov": "#qnet.momentum<mu = 0.9, nesterov = true>",
              "adam": "#qnet.adam<epsilon = 0.01>",
              "adamw": "#qnet.adam<epsilon = 0.01, weight_decay = 0.01>"}
NETS = {
    "net-mlp": ["mlp", "--sizes=784,37,10", "--batch=24", "--grid=ternary:0.5",
                "--rule=sr"],
    "net-lenet": ["lenet", "--rule=sr", "--width=0.125", "--batch=12"],
    "net-resnet": ["resnet-20", "--rule=sr", "--grid=uniform:4,0.125", "--width=0.125",
                   "--batch=4", "--policy=all"]}
NET_DATA = {"train-samples": 24, "test-samples": 12}
# Sums round in another order than the interpreter's; in a net that adds up from step to step.
TOLERANCE, NET_TOLERANCE = 5e-6, 2e-4
FLIPS = ["--flips=3", "--tolerance-after-flips=0.2"]


class Graph:
    """A training graph, written layer by layer; `value` is what the last one gave."""

    def __init__(self, sample=IMAGE, batch=BATCH):
        self.shape, self.value = (batch, *sample), "%inputs"
        self.inputs, self.lines, self.count = self.type(), [], 0

    def type(self, shape=None):
        return f"tensor<{'x'.join(map(str, shape or self.shape))}xf32>"

    def define(self, text):
        self.count += 1
        self.lines.append(f"  %v{self.count} = {text}")
        return f"%v{self.count}"

    def parameter(self, shape, initial="#qnet.glorot", grid=None):
        grid = f" grid({GRIDS[grid]})" if grid else ""
        return self.define(f'qnet.parameter "p{self.count}" init({initial}){grid} : '
                           f"{self.type(shape)}")

    def unary(self, op, attributes="", shape=None):
        """A layer of one operand; its type is written once where it stays."""
        before, self.shape = self.type(), shape or self.shape
        types = f"({before}) -> {self.type()}" if shape else before
        self.value = self.define(f"qnet.{op} {self.value}{attributes} : {types}")
        return self

    def dense(self, outputs, grid=None):
        before, inputs = self.type(), self.shape[-1]
        weights = self.parameter((outputs, inputs), grid=grid)
        self.shape = (*self.shape[:-1], outputs)
        self.value = self.define(f"qnet.dense {self.value}, {weights} : ({before}, "
                                 f"{self.type((outputs, inputs))}) -> {self.type()}")
        return self

    def conv(self, filters, window, strides=(1, 1), pads=(0, 0, 0, 0), grid=None,
             bias=False):
        before, kernel = self.type(), (filters, *window, self.shape[3])
        weights = self.parameter(kernel, grid=grid)
        types, operands = f"{before}, {self.type(kernel)}", f"{self.value}, {weights}"
        if bias:
            operands += ", " + self.parameter((filters,), "#qnet.constant<0.125>")
            types += f", {self.type((filters,))}"
        self.shape = (*self.slide(window, strides, pads), filters)
        self.value = self.define(f"qnet.conv2d {operands}{places(strides, pads)} : "
                                 f"({types}) -> {self.type()}")
        return self

    def slide(self, window, strides, pads):
        return (self.shape[0], *((self.shape[1 + i] + pads[i] + pads[2 + i] - window[i])
                                 // strides[i] + 1 for i in (0, 1)))

    def pool(self, kind, window, strides, pads):
        shape = (*self.slide(window, strides, pads), self.shape[3])
        return self.unary(kind, places(strides, pads, window), shape)

    def channels(self, op, *values):
        """A layer with values of each channel."""
        channels = self.type(self.shape[-1:])
        operands = [self.value] + [
            self.parameter(self.shape[-1:], f"#qnet.constant<{value}>")
            for value in values]
        self.value = self.define(
            f"qnet.{op} {', '.join(operands)} : ({self.type()}"
            f"{f', {channels}' * len(values)})"
            f" -> {self.type()}")
        return self

    def batch_norm(self):
        return self.channels('batch_norm "n"', 1.0, 0.0625)

    def add(self, *branches):
        """The sum of what each branch makes of the value; they are functions."""
        start, shape, total = self.value, self.shape, None
        for branch in branches:
            self.value, self.shape = start, shape
            branch(self)
            if total:
                self.value = self.define(f"qnet.add {total}, {self.value} : {self.type()}")
            total = self.value
        return self

    def flatten(self):
        before, size = self.type(), 1
        for length in self.shape[1:]:
            size *= length
        self.shape = (self.shape[0], size)
        self.value = self.define(f"qnet.reshape {self.value} : {before} to {self.type()}")
        return self

    def head(self):
        return self.flatten().dense(OUTPUTS)

    def text(self, loss="softmax_cross_entropy", rule="full", optimizer="sgd", rate=1.0):
        lines = "\n".join(self.lines)
        return (f"qnet.model @net(%inputs: {self.inputs}) -> {self.type()} {{\n{lines}\n"
                f"  qnet.return {self.value} : {self.type()}\n}}\n"
                f"qnet.training @training of @net {{\n  loss = #qnet.{loss},\n"
                f"  rule = {RULES[rule]},\n  optimizer = {OPTIMIZERS[optimizer]},\n"
                f"  schedule = #qnet.constant_rate<{rate}>,\n  seed = 7 : i32\n}}\n")


def places(strides, pads, window=None):
    lists = {"window": window, "strides": strides, "pads": pads}
    return " {" + ", ".join(f"{name} = array<i64: {', '.join(map(str, values))}>"
                            for name, values in lists.items() if values) + "}"


def image():
    """Images that come from weights, so that gradients reach them."""
    return Graph().conv(5, (3, 3), pads=(1, 1, 1, 1))


def vector():
    return Graph((37,), batch=13).dense(19)


def several_grids(graph):
    """A dense layer on each grid, and one on none, all of the same values."""
    return graph.add(*(lambda g, grid=grid: g.dense(OUTPUTS, grid)
                       for grid in [*GRIDS, None]))


def layer_cases():
    slices = " {offsets = array<i64: 0, 1, 0, 1>, sizes = array<i64: 5, 3, 9, 3>, " \
             "strides = array<i64: 1, 2, 1, 1>}"
    overlapping = ((3, 2), (2, 1), (1, 0, 0, 1))
    return {
        "dense": vector().dense(OUTPUTS),
        "dense-codes": several_grids(vector()),
        "dense-large": Graph((131,), batch=67).dense(133).dense(OUTPUTS),
        "conv": image().conv(4, (3, 3), pads=(1, 1, 1, 1)).head(),
        "conv-strided": image().conv(4, (3, 2), (2, 3), (1, 0, 0, 1)).head(),
        "conv-pointwise": image().conv(17, (1, 1), bias=True).head(),
        "conv-codes": image().conv(4, (3, 3), grid="binary")
                      .conv(3, (2, 3), pads=(0, 1, 1, 1), grid="uniform-3").head(),
        "bias": vector().channels("bias", 0.125).dense(OUTPUTS),
        "bias-image": image().channels("bias", 0.125).head(),
        "batch-norm": vector().batch_norm().dense(OUTPUTS),
        "batch-norm-image": image().batch_norm().head(),
        "relu": image().unary("relu").head(),
        "hard-tanh": image().unary("hard_tanh").head(),
        "sign": image().unary("sign").head(),
        "max-pool": image().pool("max_pool2d", *overlapping).head(),
        "avg-pool": image().pool("avg_pool2d", *overlapping).head(),
        "global-avg-pool": image().unary("global_avg_pool2d", shape=(5, 5)).dense(OUTPUTS),
        "add": image().add(lambda g: g.unary("relu"), lambda g: g.conv(5, (1, 1))).head(),
        "pad": image().unary("pad", " {low = array<i64: 0, 1, 0, 2>, "
                             "high = array<i64: 0, 0, 1, 1>}", (5, 8, 10, 8)).head(),
        "slice": image().unary("slice", slices, (5, 3, 9, 3)).head(),
        "dropout": image().unary("dropout", " {probability = 0.25 : f32}").head()}


def kernel_graphs():
    """The text of each case's graph, and how many batches it trains."""
    # Codes are what SR keeps of weights on a grid.
    graphs = {name: (graph.text(rule="sr" if name.endswith("codes") else "full"), 1)
              for name, graph in layer_cases().items()}
    for loss in ("softmax_cross_entropy", "squared_hinge", "mean_squared_error",
                 "mean_output"):
        graphs["loss-" + loss.replace("_", "-")] = (vector().dense(OUTPUTS).text(loss), 1)
    graphs["loss-logistic"] = (vector().dense(1).text("logistic"), 1)
    for rule in RULES:
        text = several_grids(vector()).text(rule=rule, optimizer="adam", rate=0.0625)
        graphs["rule-" + rule] = (text, 2)
    for optimizer in OPTIMIZERS:
        text = several_grids(vector()).text(rule="bc", optimizer=optimizer, rate=0.0625)
        graphs["optimizer-" + optimizer] = (text, 2)
    return graphs


KERNELS = kernel_graphs()
CASES = (*KERNELS, *NETS)


def data_options(name):
    if name in NETS:
        sizes = NET_DATA
    else:
        text, batches = KERNELS[name]
        batch = int(text.split("tensor<")[1].split("x")[0])
        sizes = {"train-samples": batch * batches, "test-samples": batch + 1}
    return ["--data=synthetic", "--epochs=1", "--quiet", "--overwrite",
            *(f"--{option}={count}" for option, count in sizes.items())]


def prepare_odd(options, folder):
    for name in options.odd:
        graph = folder.path(f"odd-{name}.mlir")
        if name in NETS:
            folder.require(["qnet-zoo", *NETS[name], "-o", graph])
        else:
            with open(graph, "w") as file:
                file.write(KERNELS[name][0])
        folder.compile(graph, f"odd-{name}", f"--target=cuda:{options.chip}")
        folder.require(["qnet-interpret", graph, "train", *data_options(name),
                        f"--checkpoint={folder.path(f'odd-{name}.expected')}"])


def run_odd(options, folder, train, skipped):
    """Each kind of kernel, and whole nets, beside the interpreter."""
    rows = []
    print(f"{'odd sizes':28} beside the interpreter")
    for name in options.odd:
        trainer = folder.need(f"odd-{name}", f"odd-{name}")
        checkpoint = f"{trainer}.st"
        bound = f"--tolerance={NET_TOLERANCE if name in NETS else TOLERANCE}"
        result = run([trainer, "train", *data_options(name), f"--checkpoint={checkpoint}"])
        if result.returncode == 0:
            result = run([sys.executable, folder.path("compare-checkpoints.py"), checkpoint,
                          folder.path(f"odd-{name}.expected"), *FLIPS, bound])
        failed = result.returncode != 0
        text = last_line(result.stderr if failed else result.stdout)
        print(f"{name:28} {'' if failed else 'close: '}{text}")
        rows.append({"case": name, "result": text, "failed": failed})
    return rows
