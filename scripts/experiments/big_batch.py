"""SR's error against the batch, at equal epochs and at equal updates."""
from . import networks
from .options import Option, list_of, positive
from .report import Report
from .svg import Plot

TITLE = "SR with bigger batches, at equal epochs and at equal numbers of updates"

ABOUT = """
An MLP with batch normalization (`qnet-zoo mlp`), all matrices binary, SR with ADAM at a
constant rate, BinaryConnect's learning-rate scale. *Equal epochs* sees every sample as often;
*equal updates* makes as many steps as the smallest batch makes in those epochs. Test errors
of the last epoch, mean and deviation over seeds.
"""

OPTIONS = networks.mlp_options([784, 128, 128, 10], 10, 4096, 0.001) + [
    Option("batches", [64, 256, 1024], list_of(positive), "batches, growing",
           quick=[32, 128]),
    Option("seeds", 2, positive, "seeds"),
]


def run(settings, programs):
    rows = []
    for batch in settings.batches:
        graph = networks.mlp_graph(settings, programs, f"batch-{batch}",
                                   f"--batch={batch}", "--rule=sr")
        trainer = programs.compile(graph, f"trainer-{batch}")
        first = settings.train_samples // settings.batches[0] * settings.epochs
        own = settings.train_samples // batch * settings.epochs
        rows.append(measure(settings, trainer, "epochs", batch, own))
        rows.append(rows[-1] if own == first else
                    measure(settings, trainer, "updates", batch, first))
        rows[-1] = ["updates", *rows[-1][1:]]
    report = Report(TITLE, ABOUT)
    report.table("errors", ["equal", "batch", "updates", "test error", "deviation",
                            "train loss"], rows)
    plot = Plot("SR", "batch", "test error", log_x=True)
    for kind in ("epochs", "updates"):
        plot.line(f"equal {kind}", [(row[1], row[3]) for row in rows if row[0] == kind])
    report.plots.append(plot)
    if len(settings.batches) > 1:
        write_claims(report, rows)
    return report


def measure(settings, trainer, kind, batch, steps):
    ends = []
    for seed in range(1, settings.seeds + 1):
        log = f"{kind}-{batch}-{seed}.jsonl"
        trainer.train(*networks.run_options(settings), f"--steps={steps}",
                      "--epochs=1000000", f"--seed={seed}", f"--log={log}",
                      note=seed == 1)
        ends.append(trainer.programs.log(log)[0][-1])
    errors = [record["test_error"] for record in ends]
    return [kind, batch, steps, networks.mean(errors), networks.deviation(errors),
            networks.mean([record["loss"] for record in ends])]


def write_claims(report, rows):
    equal = [row for row in rows if row[0] == "updates"]
    report.claim("a bigger batch lowers SR's error at equal updates",
                 f"batch {equal[0][1]}: {networks.percent(equal[0][3])}, batch "
                 f"{equal[-1][1]}: {networks.percent(equal[-1][3])}",
                 equal[-1][3] < equal[0][3])
