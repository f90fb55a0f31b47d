"""The suite `train`: speed and memory of compiled trainers and of PyTorch, in turns.

Each round runs every trainer and every peer once, so that a slow moment of the
machine falls on all. Every epoch but a run's first is a sample; the best and the
median of all rounds are reported.
"""

import pathlib
import statistics
import tempfile

from training import (RULES, Parser, Torch, Trainer, add_common_options, check_epochs,
                      describe_machine, fail, list_of, one_of, positive, write_graph,
                      write_report)

# Steps of an epoch: enough to time, few for the large nets.
STEPS = {"mlp": 50, "lenet": 8, "resnet-20": 2, "resnet-56": 1, "vgg-bc": 1}
TORCH_RULES = ("full", "sr", "bc")
KINDS = ("none", "cheap", "segments")
BATCH = 128
MIB = 1 << 20


def parse_arguments():
    parser = Parser(prog="bench train", allow_abbrev=False)
    add_common_options(parser)
    parser.add_argument("--nets", type=list_of(one_of(STEPS)), default=list(STEPS))
    parser.add_argument("--example", type=pathlib.Path,
                        help="a training graph to time in place of --nets, without a peer")
    parser.add_argument("--rules", type=list_of(one_of(RULES)), default=["bc", "sr"])
    parser.add_argument("--recompute", type=list_of(one_of(KINDS)), default=[None],
                        help="as qnet-compile's --recompute; several take turns")
    parser.add_argument("--steps", type=positive, help="steps of an epoch")
    parser.add_argument("--samples", type=positive,
                        help="training samples, in place of --steps")
    parser.add_argument("--python", default="/usr/bin/python3", help="Python of the peer")
    args = parser.parse_args()
    if args.samples and args.samples < BATCH:
        fail(f"option '--samples' expects at least one batch of {BATCH}, got {args.samples}", 2)
    check_epochs(args)
    return args


def steps_of(args, net):
    if args.samples:
        return args.samples // BATCH
    return args.steps or STEPS.get(net, 8)


class Case:
    """One net under one rule on some threads: samples of both sides. What `twin` has of
    the peer is this case's, too."""

    def __init__(self, net, rule, threads, kind, trainer, twin):
        self.net, self.rule, self.threads, self.kind = net, rule, threads, kind
        self.trainer = trainer
        self.own, self.own_peaks = [], []
        self.twin = twin or self
        if not twin:
            self.peer, self.peer_facts, self.layout = [], [], None

    def run_own(self, steps, epochs):
        speeds, peak = self.trainer.measure(self.threads, steps, epochs)
        self.own += speeds[1:]
        self.own_peaks.append(peak)

    def run_peer(self, torch, steps, epochs):
        speeds, facts = torch.measure(self.net, self.rule, self.threads, steps, epochs)
        if facts["parameters"] != self.trainer.parameters:
            fail(f"net '{self.net}': qnet has {self.trainer.parameters} parameters, "
                 f"pytorch {facts['parameters']}")
        self.layout = torch.layouts[self.net, self.rule, self.threads]
        self.peer += speeds[1:]
        self.peer_facts.append(facts)

    def row(self, data_bytes):
        best, median = max(self.own), statistics.median(self.own)
        peak = max(self.own_peaks)
        row = {"net": self.net, "threads": self.threads, "rule": self.rule,
               "recompute": self.kind, "images_per_second": best, "images_per_second_median": median,
               "seconds_per_step": BATCH / best,
               "parameters": self.trainer.parameters,
               "state_bytes": self.trainer.state_bytes,
               "arena_bytes": self.trainer.arena_bytes,
               "peak_bytes": peak - data_bytes}
        keys = ("pytorch", "pytorch_median", "ratio", "ratio_median", "pytorch_layout",
                "pytorch_peak_bytes", "pytorch_idle_bytes", "memory_ratio",
                "memory_ratio_without_idle")
        row.update(dict.fromkeys(keys))
        twin = self.twin
        if twin.peer:
            theirs, idle = max(f["peak_bytes"] - f["data_bytes"] for f in twin.peer_facts), \
                min(f["idle_bytes"] for f in twin.peer_facts)
            peer = [max(twin.peer), statistics.median(twin.peer)]
            row.update(zip(keys, [*peer, best / peer[0], median / peer[1], twin.layout,
                                  theirs, idle, row["peak_bytes"] / theirs,
                                  row["peak_bytes"] / (theirs - idle)]))
        return row


def print_table(rows):
    print("net        threads  rule  qnet img/s   median  pytorch img/s   median    ratio"
          "   median  arena MiB  peak MiB  pytorch MiB  idle MiB")
    for row in rows:
        def cell(key, width, decimals, unit=1):
            value = row.get(key)
            return f"{value / unit:{width}.{decimals}f}" if value is not None else "-".rjust(width)
        rule = "/".join(filter(None, (row["rule"], row["recompute"])))
        print(f"{row['net']:9}  {row['threads']:7}  {rule:4}"
              + cell("images_per_second", 12, 0) + cell("images_per_second_median", 9, 0)
              + cell("pytorch", 15, 0) + cell("pytorch_median", 9, 0)
              + cell("ratio", 9, 2) + cell("ratio_median", 9, 2)
              + cell("arena_bytes", 11, 1, MIB) + cell("peak_bytes", 10, 1, MIB)
              + cell("pytorch_peak_bytes", 13, 1, MIB)
              + cell("pytorch_idle_bytes", 10, 1, MIB), flush=True)


def build_cases(args, folder):
    cases = []
    nets = [args.example.stem] if args.example else args.nets
    for net in nets:
        graph = args.example or write_graph(args, net, folder)
        trainers = {(rule, kind): Trainer(args, graph, rule, BATCH,
                                          pathlib.Path(folder) / f"{net}-{rule}-{kind}",
                                          [f"--recompute={kind}"] if kind else [])
                    for rule in args.rules for kind in args.recompute}
        for threads in args.threads:
            for rule in args.rules:
                twin = None
                for kind in args.recompute:
                    cases.append(Case(net, rule, threads, kind, trainers[rule, kind], twin))
                    twin = twin or cases[-1]
    return cases


def data_bytes(args, net):
    """A trainer holds its samples as bytes: images of MNIST's or CIFAR's size."""
    size = 784 if net in ("mlp", "lenet") else 3072
    return (steps_of(args, net) + 1) * BATCH * (size + 4)


def main():
    args = parse_arguments()
    machine, flags = describe_machine()
    torch = Torch(args.python, BATCH, flags)
    print(f"pytorch: {torch.version or 'not installed'}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        cases = build_cases(args, folder)
        for _ in range(args.rounds):
            for case in cases:
                steps = steps_of(args, case.net)
                case.run_own(steps, args.epochs)
                if (torch.version and not args.example and case.twin is case
                        and case.rule in TORCH_RULES):
                    case.run_peer(torch, steps, args.epochs)
    rows = [case.row(data_bytes(args, case.net)) for case in cases]
    print_table(rows)
    facts = {"pytorch": torch.version, "batch": BATCH, **torch.environment}
    write_report(args.json, "train", machine, facts, rows)


main()
