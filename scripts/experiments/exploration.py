"""The share of weights that differ from the start, under each rule."""
from . import networks
from .options import Option, choice, list_of, positive
from .report import Report
from .svg import Plot

TITLE = "weights changed since the start: SR keeps growing, BC levels off, R freezes"

ABOUT = """
An MLP with batch normalization (`qnet-zoo mlp`), all matrices binary, ADAM at a constant
rate, BinaryConnect's learning-rate scale. `changed_start` is the share of the binary weights
that differ from their first value, `changed_step` the share that the epoch's last step
changed; both come from the trainer's log.
"""

OPTIONS = networks.mlp_options([784, 256, 256, 10], 20, 6000, 0.001) + [
    Option("rules", ["bc", "sr", "r"], list_of(choice(*networks.RULES)), "rules"),
    Option("seed", 1, positive, "seed"),
]


def run(settings, programs):
    graph = networks.mlp_graph(settings, programs, "mlp")
    logs = {}
    for rule in settings.rules:
        trainer = programs.compile(graph, rule, f"--rule={networks.RULES[rule]}")
        trainer.train(*networks.run_options(settings), f"--epochs={settings.epochs}",
                      f"--seed={settings.seed}", f"--log={rule}.jsonl")
        logs[rule] = programs.log(f"{rule}.jsonl")[0]
    report = Report(TITLE, ABOUT)
    report.table("epochs", ["rule", "epoch", "changed_start", "changed_step", "loss",
                            "test_error"],
                 [[rule, r["epoch"], r["changed_start"], r["changed_step"], r["loss"],
                   r["test_error"]] for rule, records in logs.items() for r in records])
    for key, title in (("changed_start", "changed since the start"),
                       ("changed_step", "changed in the last step of the epoch"),
                       ("test_error", "test error")):
        plot = Plot(title, "epoch", "share")
        for rule, records in logs.items():
            plot.line(rule, [(r["epoch"], r[key]) for r in records])
        report.plots.append(plot)
    write_claims(report, logs)
    return report


def write_claims(report, logs):
    ends = {rule: records[-1]["changed_start"] for rule, records in logs.items()}
    growth = {rule: ends[rule] - records[len(records) // 2]["changed_start"]
              for rule, records in logs.items()}
    shown = ", ".join(f"{rule} {networks.percent(ends[rule])} (second half "
                      f"{100 * growth[rule]:+.2f} points)" for rule in logs)
    if "sr" in logs:
        report.claim("SR's share keeps growing", shown, growth["sr"] > 0)
    if "sr" in logs and "bc" in logs:
        report.claim("BC's share levels off: in the second half it grows less than SR's",
                     f"bc {100 * growth['bc']:+.2f} points, sr "
                     f"{100 * growth['sr']:+.2f}", growth["bc"] < growth["sr"])
    if "r" in logs:
        report.claim("R freezes", f"changed in the last step: "
                     f"{logs['r'][-1]['changed_step']:.2e}, in the second half "
                     f"{100 * growth['r']:+.3f} points",
                     logs["r"][-1]["changed_step"] == 0 and growth["r"] == 0)
