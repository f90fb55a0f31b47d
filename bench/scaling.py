"""The suite `scaling`: the cost of a training step against the work in it.

The work is the multiply-adds of a step's products, counted in the training graph. A
series varies one thing (width, batch, depth); where the cost is linear in the work,
nanoseconds per thousand multiply-adds stay the same along it.
"""

import pathlib
import re
import statistics
import tempfile

from training import (RULES, Parser, Trainer, add_common_options, check_epochs,
                      describe_machine, list_of, one_of, positive, write_graph,
                      write_report)

# Net, options of qnet-zoo, batch.
SERIES = {
    "width": [("vgg-bc", ["--width=0.125"], 128), ("vgg-bc", ["--width=0.25"], 128),
              ("vgg-bc", ["--width=0.5"], 128)],
    "batch": [("lenet", [], 32), ("lenet", [], 128), ("lenet", [], 512)],
    "depth": [("resnet-20", [], 128), ("resnet-56", [], 128)],
}


def parse_arguments():
    parser = Parser(prog="bench scaling", allow_abbrev=False)
    add_common_options(parser)
    parser.add_argument("--series", type=list_of(one_of(SERIES)), default=list(SERIES))
    parser.add_argument("--points", type=positive, help="points of a series (default: all)")
    parser.add_argument("--rule", type=one_of(RULES), default="bc")
    parser.add_argument("--steps", type=positive, default=2, help="steps of an epoch")
    args = parser.parse_args()
    check_epochs(args)
    return args



def multiply_adds(graph):
    """Of one forward pass, from the types of the products in a graph."""
    total = 0
    pattern = r"qnet\.(?:conv2d|dense) .*: \(tensor<\S+>, tensor<(\S+)xf32>.*\) -> tensor<(\S+)xf32>"
    for weight, result in re.findall(pattern, graph.read_text()):
        window = [int(size) for size in weight.split("x")][1:]
        work = 1
        for size in [int(size) for size in result.split("x")] + window:
            work *= size
        total += work
    return total


class Point:
    def __init__(self, args, series, net, options, batch, folder):
        self.series, self.net, self.options, self.batch = series, net, options, batch
        graph = write_graph(args, net, folder, [*options, f"--batch={batch}"])
        self.work = multiply_adds(graph)
        path = pathlib.Path(folder) / f"{series}-{net}-{batch}{''.join(options)}"
        self.trainer = Trainer(args, graph, args.rule, batch, path)
        self.samples = {threads: [] for threads in args.threads}

    def measure(self, args):
        for threads, samples in self.samples.items():
            speeds, _ = self.trainer.measure(threads, args.steps, args.epochs)
            samples += [self.batch / speed for speed in speeds[1:]]

    def rows(self):
        first = min(self.samples)
        for threads, samples in self.samples.items():
            best, median = min(samples), statistics.median(samples)
            yield {"series": self.series, "net": self.net,
                   "options": " ".join(self.options), "batch": self.batch,
                   "threads": threads, "multiply_adds": self.work,
                   "seconds_per_step": best, "seconds_per_step_median": median,
                   "ns_per_thousand": 1e12 * best / self.work,
                   "ns_per_thousand_median": 1e12 * median / self.work,
                   "speedup": min(self.samples[first]) / best,
                   "speedup_median": statistics.median(self.samples[first]) / median}


def print_table(rows):
    print("series  net        options        batch  threads  M multiply-adds   ms/step"
          "   median  ns/1000   median  speedup   median")
    for row in rows:
        print(f"{row['series']:6}  {row['net']:9}  {row['options']:13}  {row['batch']:5}"
              f"  {row['threads']:7}{row['multiply_adds'] / 1e6:17.1f}"
              f"{1e3 * row['seconds_per_step']:10.2f}{1e3 * row['seconds_per_step_median']:9.2f}"
              f"{row['ns_per_thousand']:9.2f}{row['ns_per_thousand_median']:9.2f}"
              f"{row['speedup']:9.2f}{row['speedup_median']:9.2f}", flush=True)


def main():
    args = parse_arguments()
    machine, _ = describe_machine()
    with tempfile.TemporaryDirectory() as folder:
        points = [Point(args, series, *point, folder)
                  for series in args.series
                  for point in SERIES[series][:args.points]]
        for _ in range(args.rounds):
            for point in points:
                point.measure(args)
    rows = [row for point in points for row in point.rows()]
    print_table(rows)
    write_report(args.json, "scaling", machine, {"rule": args.rule}, rows)


main()
