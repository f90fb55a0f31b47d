"""SR as a Markov chain: the exact chain beside the compiled trainer."""
import math

from . import chain
from .options import Option, list_of, positive, positive_number, text
from .report import Report
from .svg import Plot

TITLE = "SR is a Markov chain whose stationary distribution does not depend on a small rate"

ABOUT = """
`qnet-zoo toy-1d` on a grid of few levels. From the definition of the rounding and of the
gradient's noise follow the probabilities of every step, so the distribution after T steps
and the stationary one are exact; many independent weights, all from one start, are
trained beside it. TV is total variation. A bound for a TV is what a histogram of that many
independent samples exceeds with a probability below 0.001.
"""

OPTIONS = [
    Option("rates", [1.0, 0.1, 0.01, 0.001], list_of(positive_number), "learning rates",
           quick=[1.0, 0.1, 0.01]),
    Option("chains", 16384, positive, "independent weights", quick=4096),
    Option("time", 30.0, positive_number, "steps times rate"),
    Option("bits", 4, positive, "bits of the grid"),
    Option("step", 0.25, positive_number, "step of the grid"),
    Option("seed", 1, positive, "seed"),
    Option("rule", "#qnet.sr<bits = 24>", text, "the rule that is trained"),
]

EXACT_BITS = 24
KERNEL_STEPS = 20


def run(settings, programs):
    grid = chain.Grid(settings.bits, settings.step)
    graph = programs.zoo("toy-1d", "chain", f"--sizes=1,{settings.chains}",
                         f"--grid=uniform:{settings.bits},{settings.step}",
                         f"--rule={settings.rule}")
    basins = chain.Basins(graph)
    samples = 64
    programs.write_regression("data", [1.0] * samples,
                              [0.0] * (samples * settings.chains), 1, settings.chains)
    report = Report(TITLE, ABOUT)
    rows = [measure(settings, programs, grid, basins, graph, rate)
            for rate in settings.rates]
    limit = chain.small_rate_limit(grid, basins)
    write_tables(report, settings, grid, basins, rows, limit)
    write_claims(report, settings, rows, limit)
    return report


class Measured:
    """One rate: exact distributions and histograms of the trained weights."""


def measure(settings, programs, grid, basins, graph, rate):
    m = Measured()
    m.rate, m.steps = rate, max(1, round(settings.time / rate))
    trainer = programs.compile(graph, f"rate-{rate}",
                               f"--schedule=#qnet.constant_rate<{rate:.9e}>")
    data = ("--data=data", f"--seed={settings.seed}")
    trace = trainer.trace(*data, every=m.steps, steps=m.steps)
    matrix = chain.transition_matrix(grid, basins, rate, EXACT_BITS)
    start = grid.index(trace[0][0])
    m.simulated = grid.histogram(trace[-1])
    m.exact = chain.after(matrix, start, m.steps)
    m.stationary = chain.stationary(matrix)
    m.kernel, m.kernel_bound = compare_kernel(
        matrix, grid, trainer.trace(*data, every=1, steps=KERNEL_STEPS))
    return m


def compare_kernel(matrix, grid, trace):
    """Single steps: the TV between counted and exact moves, averaged over the moves, and
    its bound."""
    counts = [[0] * len(matrix) for _ in matrix]
    indices = [[grid.index(w) for w in trace[t]] for t in range(len(trace))]
    for before, now in zip(indices, indices[1:]):
        for i, j in zip(before, now):
            counts[i][j] += 1
    total = sum(map(sum, counts))
    seen = mean = 0.0
    for row, exact in zip(counts, matrix):
        n = sum(row)
        if n:
            support = sum(1 for p in exact if p > 0)
            seen += n / total * chain.variation([c / n for c in row], exact)
            mean += n / total * math.sqrt(support / n) / 2
    return seen, mean + math.sqrt(math.log(1000) / (2 * total))


def write_tables(report, settings, grid, basins, rows, limit):
    bound = chain.variation_bound(len(grid.levels), settings.chains)
    report.table("rates", ["rate", "steps", "TV trained, exact after T", "bound",
                           "TV single steps", "bound of single steps",
                           "TV exact after T, stationary", "TV stationary, limit",
                           "E F stationary", "E F trained"],
                 [[m.rate, m.steps, chain.variation(m.simulated, m.exact), bound,
                   m.kernel, m.kernel_bound, chain.variation(m.exact, m.stationary),
                   chain.variation(m.stationary, limit),
                   chain.mean_value(grid, basins, m.stationary),
                   chain.mean_value(grid, basins, m.simulated)] for m in rows])
    columns = [kind for m in rows for kind in (f"exact {m.rate:g}", f"trained {m.rate:g}")]
    report.table("distributions", ["w", "F", *columns, "limit"],
                 [[w, basins.value(w), *[share for m in rows for share in
                                         (m.exact[i], m.simulated[i])], limit[i]]
                  for i, w in enumerate(grid.levels)])
    for m in rows:
        plot = Plot(f"rate {m.rate:g}, {m.steps} steps", "w", "share of the weights")
        plot.bars("trained", zip(grid.levels, m.simulated))
        plot.line("exact", zip(grid.levels, m.exact))
        plot.line("limit of small rates", zip(grid.levels, limit), dashed=True)
        report.plots.append(plot)


def write_claims(report, settings, rows, limit):
    bound = chain.variation_bound(len(limit), settings.chains)
    worst = max(chain.variation(m.simulated, m.exact) for m in rows)
    report.claim("trained weights are distributed as the exact chain after T steps",
                 f"largest TV {worst:.4f}, bound {bound:.4f}", worst < bound)
    slack = max(rows, key=lambda m: m.kernel / m.kernel_bound)
    report.claim("single steps have the exact probabilities",
                 f"TV {slack.kernel:.4f}, bound {slack.kernel_bound:.4f} "
                 f"(rate {slack.rate:g}, closest to its bound)",
                 all(m.kernel < m.kernel_bound for m in rows))
    gaps = [chain.variation(m.stationary, limit) for m in rows]
    report.claim("the stationary distribution tends to a limit as the rate shrinks",
                 "TV to the limit " + ", ".join(f"{gap:.2g}" for gap in gaps),
                 gaps[-1] < 1e-3 and gaps[-1] <= min(gaps) + 1e-4)
