"""The suite `compile`: seconds that qnet-compile takes, and the size of the trainer.

Rounds go through all nets in turn. Processor time is what other jobs on the machine
change least; on an idle machine, wall time is less, for parts are compiled side by side.
"""

import os
import pathlib
import statistics
import tempfile
import time

from training import (RULES, Parser, describe_machine, list_of, one_of, positive, run,
                      write_graph, write_report)

NETS = ("mlp", "lenet", "vgg-bc", "resnet-20", "resnet-56")


def parse_arguments():
    parser = Parser(prog="bench compile", allow_abbrev=False)
    parser.add_argument("--tools", required=True, help="folder of qnet-compile")
    parser.add_argument("--nets", type=list_of(one_of(NETS)), default=list(NETS))
    parser.add_argument("--rules", type=list_of(one_of(RULES)), default=["bc"])
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--cpu", default="native", help="as qnet-compile's --cpu")
    parser.add_argument("--json")
    return parser.parse_args()


class Case:
    """One net under one rule: wall and processor seconds of each compilation."""

    def __init__(self, args, net, rule, folder):
        self.net, self.rule = net, rule
        self.path = pathlib.Path(folder) / f"{net}-{rule}"
        self.command = [pathlib.Path(args.tools) / "qnet-compile",
                        write_graph(args, net, folder), f"--rule={rule}",
                        f"--cpu={args.cpu}", "-o", self.path]
        self.wall, self.processor = [], []

    def measure(self):
        before, start = os.times(), time.perf_counter()
        run(self.command)
        self.wall.append(time.perf_counter() - start)
        after = os.times()
        self.processor.append(after.children_user + after.children_system -
                              before.children_user - before.children_system)

    def row(self):
        return {"net": self.net, "rule": self.rule, "seconds": min(self.wall),
                "seconds_median": statistics.median(self.wall),
                "processor_seconds": min(self.processor),
                "processor_seconds_median": statistics.median(self.processor),
                "bytes": self.path.stat().st_size}


def print_table(rows):
    print(f"\n{'net':<10} {'rule':<5} {'s, best':>8} {'median':>7} "
          f"{'CPU s, best':>12} {'median':>7} {'KiB':>6}")
    for row in rows:
        print(f"{row['net']:<10} {row['rule']:<5} {row['seconds']:>8.2f} "
              f"{row['seconds_median']:>7.2f} {row['processor_seconds']:>12.2f} "
              f"{row['processor_seconds_median']:>7.2f} {row['bytes'] // 1024:>6}")


def main():
    args = parse_arguments()
    machine, _ = describe_machine()
    with tempfile.TemporaryDirectory(prefix="qnet-bench-") as folder:
        cases = [Case(args, net, rule, folder) for net in args.nets for rule in args.rules]
        for _ in range(args.rounds):
            for case in cases:
                case.measure()
        rows = [case.row() for case in cases]
    print_table(rows)
    write_report(args.json, "compile", machine, {}, rows)


if __name__ == "__main__":
    main()
