"""The suite `train`: images/s of compiled trainers and of PyTorch, in turns.

Each round runs every trainer and every peer once, so that a slow moment of the
machine falls on all. Every epoch but a run's first is a sample; the best and the
median of all rounds are reported.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
RULES = ("full", "r", "sr", "bc")
TORCH_RULES = ("full", "sr", "bc")
BATCH = 128


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


def list_of(kind):
    return lambda text: [kind(part) for part in text.split(",")]


def rule(text):
    if text not in RULES:
        expected = ", ".join(RULES)
        raise argparse.ArgumentTypeError(f"expected one of {expected}, got '{text}'")
    return text


def parse_arguments():
    parser = Parser(prog="bench train", allow_abbrev=False)
    parser.add_argument("--tools", required=True, help="folder of qnet-compile")
    parser.add_argument("--example", default=HERE.parent / "examples" / "mnist-mlp.mlir")
    parser.add_argument("--rules", type=list_of(rule), default=["bc", "sr"])
    parser.add_argument("--threads", type=list_of(positive), default=[1, 2])
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--epochs", type=positive, default=3)
    parser.add_argument("--samples", type=positive, default=6400)
    parser.add_argument("--python", default="/usr/bin/python3", help="Python of the peer")
    parser.add_argument("--json")
    args = parser.parse_args()
    if args.samples < BATCH:
        fail(f"option '--samples' expects at least one batch of {BATCH}, got {args.samples}", 2)
    if args.epochs < 2:
        fail("option '--epochs' expects at least 2: the first one is not counted", 2)
    return args


def run(command, environment=None):
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True,
        env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL)
    if result.returncode:
        lines = result.stderr.strip().splitlines() or [f"exit code {result.returncode}"]
        fail(f"{command[0]}: {lines[-1]}")
    return result.stdout


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


class Qnet:
    """A trainer, compiled once per rule."""

    name = "qnet"

    def __init__(self, args, folder):
        self.args = args
        self.folder = pathlib.Path(folder)
        self.trainers = {}
        for one in args.rules:
            trainer = self.folder / f"trainer-{one}"
            run([pathlib.Path(args.tools) / "qnet-compile", args.example,
                 f"--rule={one}", f"--batch={BATCH}", "-o", trainer])
            self.trainers[one] = trainer

    def measure(self, one, threads):
        log = self.folder / "log.jsonl"
        run([self.trainers[one], "train", "--data=synthetic", f"--threads={threads}",
             f"--epochs={self.args.epochs}", f"--train-samples={self.args.samples}",
             f"--test-samples={BATCH}", f"--log={log}", "--quiet"])
        records = [json.loads(line) for line in log.read_text().splitlines()]
        log.unlink()
        return [r["images_per_second"] for r in records if "epoch" in r]


class Torch:
    """PyTorch, where the Python of the peer has it."""

    name = "pytorch"

    def __init__(self, args, flags):
        self.args = args
        # Waiting OpenMP threads that spin take the cores from OpenBLAS's own.
        self.environment = {"OMP_WAIT_POLICY": "passive"}
        # Its OpenBLAS takes the slowest kernels on a CPU that is younger.
        if "OPENBLAS_CORETYPE" not in os.environ:
            if "avx512vl" in flags:
                self.environment["OPENBLAS_CORETYPE"] = "SkylakeX"
            elif "avx2" in flags:
                self.environment["OPENBLAS_CORETYPE"] = "Haswell"
        probe = subprocess.run([args.python, "-c", "import torch; print(torch.__version__)"],
                               capture_output=True, text=True) if os.path.exists(args.python) else None
        found = probe and probe.returncode == 0
        self.version = probe.stdout.strip() if found else None

    def measure(self, one, threads):
        environment = dict(self.environment)
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            environment[name] = str(threads)
        output = run([self.args.python, HERE / "mlp_torch.py", f"--rule={one}",
                      f"--threads={threads}", f"--samples={self.args.samples}",
                      f"--epochs={self.args.epochs}", f"--batch={BATCH}"], environment)
        return [json.loads(line)["images_per_second"] for line in output.splitlines()]


def row_of(one, threads, own, peer):
    row = {"threads": threads, "rule": one, "images_per_second": max(own),
           "images_per_second_median": statistics.median(own)}
    if peer:
        row["pytorch"] = max(peer)
        row["pytorch_median"] = statistics.median(peer)
        row["ratio"] = max(own) / max(peer)
        row["ratio_median"] = row["images_per_second_median"] / row["pytorch_median"]
    return row


def print_table(rows):
    print("threads  rule     qnet img/s   median  pytorch img/s   median    ratio   median")
    for row in rows:
        def cell(key, width, decimals):
            value = row.get(key)
            return f"{value:{width}.{decimals}f}" if value is not None else "-".rjust(width)
        print(f"{row['threads']:7}  {row['rule']:8}" + cell("images_per_second", 11, 0)
              + cell("images_per_second_median", 9, 0) + cell("pytorch", 15, 0)
              + cell("pytorch_median", 9, 0) + cell("ratio", 9, 2)
              + cell("ratio_median", 9, 2), flush=True)


def main():
    args = parse_arguments()
    cpu, flags = cpu_facts()
    torch = Torch(args, flags)
    load = os.getloadavg()[0]
    print(f"machine: {cpu}, {os.cpu_count()} processors, load {load:.1f}")
    print(f"pytorch: {torch.version or 'not installed'}", flush=True)
    samples = {}
    with tempfile.TemporaryDirectory() as folder:
        runners = [Qnet(args, folder)] + ([torch] if torch.version else [])
        for _ in range(args.rounds):
            for threads in args.threads:
                for one in args.rules:
                    for runner in runners:
                        if runner is torch and one not in TORCH_RULES:
                            continue
                        key = (one, threads, runner.name)
                        samples.setdefault(key, []).extend(runner.measure(one, threads)[1:])
    rows = [row_of(one, threads, samples[one, threads, "qnet"],
                   samples.get((one, threads, "pytorch")))
            for threads in args.threads for one in args.rules]
    print_table(rows)
    if args.json:
        report = {"suite": "train", "command": sys.argv[1:],
                  "machine": {"cpu": cpu, "processors": os.cpu_count(),
                              "kernel": platform.release(), "load_at_start": load},
                  "facts": {"pytorch": torch.version, "batch": BATCH,
                            "samples": args.samples, **torch.environment},
                  "rows": rows}
        try:
            pathlib.Path(args.json).write_text(json.dumps(report, indent=2) + "\n")
        except OSError as error:
            fail(f"cannot write '{args.json}': {error.strerror}")


main()
