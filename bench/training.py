"""What the suites `train` and `scaling` share: trainers of qnet, their peer, reports.

A trainer runs a few short epochs on data of its own. Each epoch but the first is one
sample of its speed; the process's peak of resident memory is its memory.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
RULES = ("full", "r", "sr", "bc")
LAYOUTS = ("default", "channels_last")


def fail(message, code=1):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(code)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        fail(message, 2)


def positive(text):
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive number, got '{text}'")
    return value


def one_of(names):
    def parse(text):
        if text not in names:
            expected = ", ".join(names)
            raise argparse.ArgumentTypeError(f"expected one of {expected}, got '{text}'")
        return text
    return parse


def list_of(kind):
    return lambda text: [kind(part) for part in text.split(",")]


def add_common_options(parser):
    parser.add_argument("--tools", required=True, help="folder of qnet-compile")
    parser.add_argument("--threads", type=list_of(positive), default=[1, 2])
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--epochs", type=positive, default=3,
                        help="epochs of a run; the first one is not counted")
    parser.add_argument("--cpu", default="native", help="as qnet-compile's --cpu")
    parser.add_argument("--json")


def check_epochs(args):
    if args.epochs < 2:
        fail("option '--epochs' expects at least 2: the first one is not counted", 2)


class Outcome:
    def __init__(self, text, peak_bytes):
        self.text = text
        self.peak_bytes = peak_bytes


def run(command, environment=None):
    """Runs a command to its end; its output and its peak of resident memory."""
    command = [str(part) for part in command]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=errors, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = code = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode())
        if code:
            lines = texts[1].strip().splitlines() or [f"exit code {code}"]
            fail(f"{command[0]}: {lines[-1]}")
        return Outcome(texts[0], usage.ru_maxrss * 1024)


def cpu_facts():
    facts = {"model name": "unknown", "flags": ""}
    try:
        for line in open("/proc/cpuinfo"):
            key, _, value = line.partition(":")
            if key.strip() in facts:
                facts[key.strip()] = value.strip()
    except OSError:
        pass
    return facts["model name"], facts["flags"].split()


class Trainer:
    """A trainer of one net under one rule."""

    def __init__(self, args, graph, rule, batch, path, options=()):
        self.path = path
        self.batch = batch
        self.log = pathlib.Path(f"{path}.jsonl")
        run([pathlib.Path(args.tools) / "qnet-compile", graph, f"--rule={rule}",
             f"--batch={batch}", f"--cpu={args.cpu}", *options, "-o", path])
        info = run([path, "info"]).text
        shapes = re.findall(r"^\S+ +\[([\d,]+)\] +(?:-|#)", info, re.MULTILINE)
        self.parameters = sum(product(shape.split(",")) for shape in shapes)
        self.state_bytes = bytes_of("training state", info)
        self.arena_bytes = bytes_of("activations", info)

    def measure(self, threads, steps, epochs):
        """Images/s of each epoch, and the peak of memory in bytes."""
        outcome = run([self.path, "train", "--data=synthetic", f"--threads={threads}",
                       f"--epochs={epochs}", f"--train-samples={steps * self.batch}",
                       f"--test-samples={self.batch}", f"--log={self.log}", "--quiet"])
        records = [json.loads(line) for line in self.log.read_text().splitlines()]
        self.log.unlink()
        return [r["images_per_second"] for r in records if "epoch" in r], outcome.peak_bytes


def product(numbers):
    result = 1
    for number in numbers:
        result *= int(number)
    return result


def bytes_of(name, info):
    found = re.search(rf"^ *{name} +(\d+) bytes", info, re.MULTILINE)
    return int(found.group(1)) if found else 0


def write_graph(args, net, folder, options=()):
    graph = pathlib.Path(folder) / f"{net}.mlir"
    run([pathlib.Path(args.tools) / "qnet-zoo", net, *options, "-o", graph])
    return graph


class Torch:
    """PyTorch, where the Python of the peer has it."""

    def __init__(self, python, batch, flags):
        self.python = python
        self.batch = batch
        # Waiting OpenMP threads that spin take the cores from OpenBLAS's own.
        self.environment = {"OMP_WAIT_POLICY": "passive"}
        # Its OpenBLAS takes the slowest kernels on a CPU that is younger.
        if "OPENBLAS_CORETYPE" not in os.environ:
            if "avx512vl" in flags:
                self.environment["OPENBLAS_CORETYPE"] = "SkylakeX"
            elif "avx2" in flags:
                self.environment["OPENBLAS_CORETYPE"] = "Haswell"
        probe = subprocess.run([python, "-c", "import torch; print(torch.__version__)"],
                               capture_output=True, text=True) if os.path.exists(python) else None
        found = probe and probe.returncode == 0
        self.version = probe.stdout.strip() if found else None
        self.layouts = {}

    def measure(self, net, rule, threads, steps, epochs, layout=None):
        """Images/s of each epoch, and the facts of the run."""
        layout = layout or self.fastest_layout(net, rule, threads, steps)
        environment = dict(self.environment)
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            environment[name] = str(threads)
        output = run([self.python, HERE / "train_torch.py", f"--net={net}",
                      f"--rule={rule}", f"--threads={threads}", f"--layout={layout}",
                      f"--samples={steps * self.batch}", f"--epochs={epochs}",
                      f"--batch={self.batch}"], environment).text
        *records, facts = [json.loads(line) for line in output.splitlines()]
        return [record["images_per_second"] for record in records], facts

    def fastest_layout(self, net, rule, threads, steps):
        """Which layout of images this net is fastest in, tried once."""
        key = (net, rule, threads)
        if net == "mlp":
            self.layouts[key] = "default"
        if key not in self.layouts:
            speeds = {layout: max(self.measure(net, rule, threads, steps, 3, layout)[0][1:])
                      for layout in LAYOUTS}
            self.layouts[key] = max(LAYOUTS, key=speeds.get)
        return self.layouts[key]


def describe_machine():
    """Prints the machine; its description for a report, and the flags of its CPU."""
    cpu, flags = cpu_facts()
    load = os.getloadavg()[0]
    print(f"machine: {cpu}, {os.cpu_count()} processors, load {load:.1f}", flush=True)
    return {"cpu": cpu, "processors": os.cpu_count(), "kernel": platform.release(),
            "load_at_start": load}, flags


def write_report(path, suite, machine, facts, rows):
    if not path:
        return
    report = {"suite": suite, "command": sys.argv[1:], "machine": machine,
              "facts": facts, "rows": rows}
    try:
        pathlib.Path(path).write_text(json.dumps(report, indent=2) + "\n")
    except OSError as error:
        fail(f"cannot write '{path}': {error.strerror}")
