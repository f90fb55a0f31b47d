"""Least squares and logistic regression under every rule: floors and rates."""
import math

from . import chain
from .options import Option, list_of, choice, positive, positive_number, text
from .problems import PROBLEMS
from .report import Report
from .svg import Plot

TITLE = "convex problems: SR has a floor that no number of steps removes, BC(Qs) has none"

ABOUT = """
Linear models, all weights on one grid of range [-2, 2), batch gradients, learning rate
1/(mu (t + 1)), every epoch in a new order. Errors are F(w) - F*, exact for the finite set of
samples; means over seeds. *average* is the mean of w_0 to w_T, *last* is w_T. *latent* are the
weights that the rule keeps, *rounded* is Qd of them (the same under R and SR). mu is the
smallest eigenvalue of the Hessian at the minimizer. In the bound
(1 + log(T + 1)) G^2/(2 mu T) + sqrt(d) D G/2, G is the largest root mean square of the
batch's gradient over the run's first iterates and those after 8, 16, 32... steps.
"""


def grid_step(text):
    """A step D such that 4/D is a power of two from 4 to 65536."""
    step = float(text)
    if not step > 0 or 4 / step not in [2.0 ** bits for bits in range(2, 17)]:
        raise ValueError
    return step


OPTIONS = [
    Option("problems", ["least-squares", "logistic"], list_of(choice(*PROBLEMS)),
           "problems"),
    Option("dimensions", [8, 32], list_of(positive), "numbers of weights, d", quick=[16]),
    Option("steps-of-grid", [0.25, 0.0625, 0.015625], list_of(grid_step),
           "steps of the grid, D"),
    Option("noises", [0.1, 1.0], list_of(positive_number),
           "noise of targets and labels", quick=[1.0]),
    Option("steps", 16384, positive, "steps, T", quick=4096),
    Option("samples", 1024, positive, "samples", quick=256),
    Option("batch", 16, positive, "batch"),
    Option("seeds", 3, positive, "seeds"),
    Option("sr", "#qnet.sr<bits = 24>", text, "the rule that is trained as SR"),
    Option("bc", "#qnet.bc", text, "the rule that is trained as BC(Qd)"),
    Option("bc-stochastic", "#qnet.bc<rounding = #qnet.stochastic<24>>", text,
           "the rule that is trained as BC(Qs)"),
]


class Case:
    """A problem with one noise, trained on one grid under every rule."""

    def __init__(self, settings, programs, problem, step):
        self.settings, self.programs = settings, programs
        self.problem, self.step = problem, step
        self.bits = round(math.log2(4 / step))
        self.grid = chain.Grid(self.bits, step)
        self.name = f"{problem.name}-d{problem.width}-noise{problem.noise:g}"

    def rules(self):
        s = self.settings
        return {"full": "#qnet.full", "r": "#qnet.r", "sr": s.sr, "bc-qd": s.bc,
                "bc-qs": s.bc_stochastic}

    def run(self):
        """Errors by (rule, weights, iterate, T), a list over seeds; and G."""
        s, p = self.settings, self.problem
        graph = self.programs.template(
            "convex.mlir.in", f"{self.name}-D{self.step:g}", batch=s.batch,
            inputs=p.width, bits=self.bits, step=f"{self.step:.9e}", loss=p.loss_name,
            mu=f"{p.mu:.9e}")
        self.errors, self.bound_gradient, self.moved = {}, 0.0, 0.0
        for rule, attribute in self.rules().items():
            if rule != "full" or self.step == s.steps_of_grid[0]:
                trainer = self.programs.compile(
                    graph, f"{self.name}-D{self.step:g}-{rule}", f"--rule={attribute}")
                for seed in range(1, s.seeds + 1):
                    self.measure(rule, trainer.trace(
                        f"--data={self.name}", f"--seed={seed}", steps=s.steps,
                        note=seed == 1))
        return self

    def measure(self, rule, trace):
        s = self.settings
        for steps in checkpoints(s.steps):
            self.add(rule, "latent", "average", steps, average(trace, steps, None))
            self.add(rule, "latent", "last", steps, trace[steps])
            if rule.startswith("bc"):
                rounded = [self.grid.nearest(w) for w in trace[steps]]
                self.add(rule, "rounded", "average", steps,
                         average(trace, steps, self.grid))
                self.add(rule, "rounded", "last", steps, rounded)
        if rule == "sr":
            for steps in sparse(s.steps):
                self.bound_gradient = max(self.bound_gradient, math.sqrt(
                    self.problem.squared_gradient(trace[steps], s.batch)))
        if rule == "r":
            self.moved = max(self.moved, max(map(
                lambda a, b: abs(a - b), trace[s.steps // 4], trace[s.steps])))

    def add(self, rule, weights, iterate, steps, w):
        self.errors.setdefault((rule, weights, iterate, steps), []).append(
            self.problem.error(w))

    def mean(self, rule, weights, iterate, steps):
        errors = self.errors[rule, weights, iterate, steps]
        return sum(errors) / len(errors)

    def bound(self, steps):
        g, p = self.bound_gradient, self.problem
        return ((1 + math.log(steps + 1)) * g * g / (2 * p.mu * steps)
                + math.sqrt(p.width) * self.step * g / 2)


def checkpoints(steps):
    """steps, steps/4, ... from 64 on."""
    found = []
    while steps >= 64 or not found:
        found.append(steps)
        steps //= 4
    return found[::-1]


def sparse(steps):
    """0 to 7, then the powers of two: gradients are largest while the rate still is."""
    return sorted({*range(min(8, steps + 1)),
                   *(2 ** k for k in range(3, steps.bit_length())), steps})


def average(trace, steps, grid):
    """The mean of the records up to `steps`, each rounded by Qd to the grid if any."""
    means = []
    for j in range(trace.width):
        values = trace.values[j:(steps + 1) * trace.width:trace.width]
        if grid:
            values = map(grid.nearest, values)
        means.append(sum(values) / (steps + 1))
    return means


def run(settings, programs):
    cases = []
    for name in settings.problems:
        for width in settings.dimensions:
            for noise in settings.noises:
                problem = PROBLEMS[name](width, settings.samples, noise, 1)
                cases.append(run_grids(settings, programs, problem))
    report = Report(TITLE, ABOUT)
    write_tables(report, settings, cases)
    write_claims(report, settings, cases)
    for grids in cases:
        write_plot(report, settings, grids)
    return report


def run_grids(settings, programs, problem):
    cases = [Case(settings, programs, problem, step) for step in settings.steps_of_grid]
    inputs = [value for row in problem.rows for value in row]
    if problem.name == "logistic":
        programs.write_classes(cases[0].name, inputs,
                               [int(t > 0) for t in problem.targets], problem.width)
    else:
        programs.write_regression(cases[0].name, inputs, problem.targets, problem.width)
    return [case.run() for case in cases]


def write_tables(report, settings, cases):
    summary, rows = [], []
    for case in (case for grids in cases for case in grids):
        p, last = case.problem, settings.steps
        place = [p.name, p.noise, p.width, case.step]
        for key, errors in case.errors.items():
            rows += [[*place, *key, seed, error]
                     for seed, error in enumerate(errors, 1)]
        summary.append([*place, case.bound(last),
                        *[case.mean(rule, weights, iterate, last) for
                          rule, weights, iterate in SHOWN]])
    report.table("summary", ["problem", "noise", "d", "D", "bound for SR",
                             *[f"{rule} {weights} {iterate}".replace("latent ", "")
                               if rule in ("r", "sr") else f"{rule} {weights} {iterate}"
                               for rule, weights, iterate in SHOWN]], summary)
    report.table("errors", ["problem", "noise", "d", "D", "rule", "weights", "iterate", "T",
                            "seed", "error"], rows)


SHOWN = [("sr", "latent", "average"), ("sr", "latent", "last"), ("r", "latent", "last"),
         ("bc-qs", "latent", "average"), ("bc-qs", "latent", "last"),
         ("bc-qs", "rounded", "average"), ("bc-qs", "rounded", "last"),
         ("bc-qd", "latent", "average"), ("bc-qd", "latent", "last"),
         ("bc-qd", "rounded", "average"), ("bc-qd", "rounded", "last")]


def write_claims(report, settings, cases):
    every = [case for grids in cases for case in grids]
    last, quarter = settings.steps, settings.steps // 4
    parts = [case.mean("sr", "latent", "average", steps) / case.bound(steps)
             for case in every for steps in checkpoints(last)]
    report.claim("SR's averaged iterate stays below the bound",
                 f"at most {max(parts):.2g} of it", max(parts) < 1)
    ratios = [case.mean("sr", "latent", "average", last)
              / case.mean("sr", "latent", "average", quarter) for case in
              (grids[0] for grids in cases)]
    typical = math.exp(sum(map(math.log, ratios)) / len(ratios))
    report.claim(f"SR's floor at D = {settings.steps_of_grid[0]:g} does not fall with T",
                 f"error at T = {last} over that at {quarter}: {min(ratios):.2f} to "
                 f"{max(ratios):.2f}, geometric mean {typical:.2f}",
                 min(ratios) > 0.5 and typical < 2)
    falls = [later.mean("sr", "latent", "last", last)
             / earlier.mean("sr", "latent", "last", last)
             for grids in cases for earlier, later in zip(grids, grids[1:])]
    if falls:
        report.claim("SR's error falls with D",
                     f"factor from one D to the next {min(falls):.2g} to "
                     f"{max(falls):.2g} (last iterate)", max(falls) < 1)
    shares = [grids[0].mean("bc-qs", "latent", "average", last)
              / grids[0].mean("sr", "latent", "average", last) for grids in cases]
    report.claim(f"BC(Qs) at the latent weights falls far below SR's floor at D = "
                 f"{settings.steps_of_grid[0]:g}", f"averaged iterates: {min(shares):.2g} "
                 f"to {max(shares):.2g} of it", max(shares) < 0.1)
    moved = max(case.moved for case in every)
    report.claim("R stalls", f"largest change of a weight from T = {quarter} to {last}: "
                 f"{moved:g}", moved == 0)


def write_plot(report, settings, grids):
    p = grids[0].problem
    plot = Plot(f"{p.name}, d = {p.width}, noise {p.noise:g}, D = {grids[0].step:g}", "T",
                "F - F*", log_x=True, log_y=True)
    steps = checkpoints(settings.steps)
    chosen = [("full", "latent", "average"), ("r", "latent", "last"),
              ("sr", "latent", "average"), ("bc-qs", "latent", "average"),
              ("bc-qd", "latent", "average"), ("bc-qd", "rounded", "average")]
    for rule, weights, iterate in chosen:
        plot.line(f"{rule} {weights} {iterate}" if rule.startswith("bc")
                  else f"{rule} {iterate}",
                  [(t, grids[0].mean(rule, weights, iterate, t)) for t in steps])
    plot.line("bound for SR", [(t, grids[0].bound(t)) for t in steps], dashed=True)
    report.plots.append(plot)
