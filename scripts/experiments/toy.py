"""The paper's toy problem: where SR and BC end, at several rates."""
from . import chain
from .options import Option, list_of, positive, positive_number, text
from .report import Report
from .svg import Plot

TITLE = "one weight, three basins: SR never stops exploring, BC with a decaying rate settles"

ABOUT = """
`qnet-zoo toy-1d`: many independent weights minimize the same function of one variable, with
basins of unequal depth and gradient noise of +-2; all start in the shallowest basin.
Histograms are over the second half of the steps, of the rounded weights. F is 0 at the
bottom of the deepest basin. "BC decaying" divides the rate by 10 after each quarter of the
steps, from 1 to 0.001; its histogram is of the last quarter. "BC cold" has the smallest
rate from the start.
"""

OPTIONS = [
    Option("rates", [1.0, 0.1, 0.01, 0.001], list_of(positive_number),
           "learning rates, falling", quick=[1.0, 0.1, 0.01]),
    Option("cold-rate", 0.001, positive_number, "rate of the cold start"),
    Option("steps", 1000000, positive, "steps", quick=20000),
    Option("chains", 256, positive, "independent weights", quick=512),
    Option("bits", 5, positive, "bits of the grid"),
    Option("step", 0.125, positive_number, "step of the grid"),
    Option("seed", 1, positive, "seed"),
    Option("sr", "#qnet.sr<bits = 24>", text, "the rule that is trained as SR"),
    Option("bc", "#qnet.bc", text, "the rule that is trained as BC"),
]

EPOCHS = 400
RECORDS = 200
DECAY = ("#qnet.step_decay<rate = 1.0, factor = 0.1, epochs = "
         f"[{EPOCHS // 4}, {EPOCHS // 2}, {EPOCHS * 3 // 4}]>")


class Toy:
    def __init__(self, settings, programs):
        self.settings, self.programs = settings, programs
        self.grid = chain.Grid(settings.bits, settings.step)
        self.graph = programs.zoo(
            "toy-1d", "toy", f"--sizes=1,{settings.chains}",
            f"--grid=uniform:{settings.bits},{settings.step}")
        self.basins = chain.Basins(self.graph)
        samples = max(1, settings.steps // EPOCHS)
        programs.write_regression("data", [1.0] * samples,
                                  [0.0] * (samples * settings.chains), 1, settings.chains)

    def run(self, name, rule, schedule, first_share):
        """One training; its histogram from a share of the steps on."""
        s = self.settings
        trainer = self.programs.compile(self.graph, name, f"--rule={rule}",
                                        f"--schedule={schedule}")
        every = max(1, s.steps // RECORDS)
        trace = trainer.trace("--data=data", f"--seed={s.seed}", every=every,
                              steps=s.steps)
        return Run(name, self, trace, first_share)


class Run:
    def __init__(self, name, toy, trace, first_share):
        self.name = name
        first = int(first_share * (len(trace) - 1)) + 1
        weights = trace.values[first * trace.width:]
        nearest = {w: toy.grid.nearest(w) for w in set(weights)}
        self.shares = toy.grid.histogram([nearest[w] for w in weights])
        self.mean = chain.mean_value(toy.grid, toy.basins, self.shares)
        final = list(trace[-1])
        self.final = sum(map(toy.basins.value, map(toy.grid.nearest, final))) / len(final)
        self.stayed = share_near(toy, final, trace[0][0])


def share_near(toy, weights, start):
    """The share of the weights in the basin of `start`: right of the last peak."""
    peak = max(kink for kink, turn in zip(toy.basins.kinks, toy.basins.turns)
               if turn < 0 and kink < start)
    return sum(1 for w in weights if w > peak) / len(weights)


def run(settings, programs):
    toy = Toy(settings, programs)
    rate = "#qnet.constant_rate<{:.9e}>".format
    sr = [toy.run(f"sr-{a}", settings.sr, rate(a), 0.5) for a in settings.rates]
    bc = [toy.run(f"bc-{a}", settings.bc, rate(a), 0.5) for a in settings.rates]
    decaying = toy.run("bc-decaying", settings.bc, DECAY, 0.75)
    cold = toy.run("bc-cold", settings.bc, rate(settings.cold_rate), 0.5)
    exact = [chain.stationary(chain.transition_matrix(toy.grid, toy.basins, a, 24))
             for a in settings.rates]
    report = Report(TITLE, ABOUT)
    write_tables(report, toy, [*sr, *bc, decaying, cold], exact)
    write_variations(report, settings, sr, exact)
    write_claims(report, settings, toy, sr, exact, decaying, cold)
    write_plots(report, settings, toy, sr, bc, exact, decaying, cold)
    return report


def write_tables(report, toy, runs, exact):
    report.table("runs", ["run", "E F", "E F after the last step",
                          "share still in the first basin"],
                 [[r.name, r.mean, r.final, r.stayed] for r in runs])
    names = [f"exact-{rate}" for rate in toy.settings.rates]
    report.table("histograms", ["w", "F", *[r.name for r in runs], *names],
                 [[w, toy.basins.value(w), *[r.shares[i] for r in runs],
                   *[shares[i] for shares in exact]]
                  for i, w in enumerate(toy.grid.levels)])


def write_variations(report, settings, sr, exact):
    rates = settings.rates
    report.table("variations", ["rates", "TV trained", "TV exact", "TV trained, exact"],
                 [[f"{rates[i]:g} to {rates[i + 1]:g}",
                   chain.variation(sr[i].shares, sr[i + 1].shares),
                   chain.variation(exact[i], exact[i + 1]),
                   chain.variation(sr[i + 1].shares, exact[i + 1])]
                  for i in range(len(rates) - 1)])


def write_claims(report, settings, toy, sr, exact, decaying, cold):
    bound = chain.variation_bound(len(toy.grid.levels), settings.chains)
    steps = [chain.variation(a.shares, b.shares) for a, b in zip(sr, sr[1:])]
    report.claim("SR: the histogram stops changing as the rate shrinks",
                 "TV between successive rates " + ", ".join(f"{v:.4f}" for v in steps),
                 len(steps) < 2 or steps[-1] < steps[0] / 2)
    worst = max(chain.variation(r.shares, p) for r, p in zip(sr, exact))
    report.claim("SR: the histogram is the exact chain's stationary distribution",
                 f"largest TV {worst:.4f}, bound {bound:.4f} if only the "
                 f"{settings.chains} weights were independent samples", worst < bound)
    report.claim("BC with a decaying rate ends lower than SR",
                 f"E F {decaying.mean:.4f} in the last quarter, SR {sr[-1].mean:.4f}: "
                 f"{decaying.mean / sr[-1].mean:.2f} of it",
                 decaying.mean < 0.8 * sr[-1].mean)
    report.claim("BC started at a tiny rate stays in the basin where it began",
                 f"share that stayed {cold.stayed:.3f}, SR's at the smallest rate "
                 f"{sr[-1].stayed:.3f}", cold.stayed > 0.99 > sr[-1].stayed)


def write_plots(report, settings, toy, sr, bc, exact, decaying, cold):
    shape = Plot("the function", "w", "F")
    low, high = toy.grid.levels[0], toy.grid.levels[-1]
    points = sorted([low, *toy.basins.kinks, high])
    shape.line("F", [(w, toy.basins.value(w)) for w in points])
    report.plots.append(shape)
    for title, chosen in (("SR", sr), ("BC", bc)):
        plot = Plot(title, "w", "share of the iterates")
        for rate, r in zip(settings.rates, chosen):
            plot.line(f"rate {rate:g}", zip(toy.grid.levels, r.shares))
        report.plots.append(plot)
    last = Plot("ends", "w", "share of the iterates")
    last.line("SR, smallest rate", zip(toy.grid.levels, sr[-1].shares))
    last.line("exact chain", zip(toy.grid.levels, exact[-1]), dashed=True)
    last.line("BC decaying", zip(toy.grid.levels, decaying.shares))
    last.line("BC cold", zip(toy.grid.levels, cold.shares))
    report.plots.append(last)
