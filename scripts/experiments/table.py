"""The paper's table: networks by rules, test error over seeds. Rerun to go on."""
import hashlib

from . import networks
from .options import Option, choice, list_of, positive, positive_number, text
from .report import Report
from .svg import Plot

TITLE = "test error of networks under ADAM, BC, big-batch SR, SR and R"

ABOUT = """
Each column is a network of `qnet-zoo`, each row a rule with ADAM. Big-batch SR has batches 8
times larger and as many epochs. Test error of the last epoch, mean (and deviation) over seeds.
The learning rate is divided by 10 at half and at three quarters of the epochs; batch
normalization of the saved checkpoints is not measured anew. The paper's order is ADAM, BC,
big-batch SR, SR, R, from the lowest error to the highest. Runs that ended are not repeated:
the same command, into the same folder, goes on where it was stopped.
"""

# name -> (shown, rule, times the batch), in the paper's order
ROWS = {"adam": ("ADAM", "full", 1), "bc": ("BC-ADAM", "bc", 1),
        "big-sr": ("Big SR-ADAM", "sr", 8), "sr": ("SR-ADAM", "sr", 1),
        "r": ("R-ADAM", "r", 1)}

OPTIONS = [
    Option("networks", ["lenet"], list_of(text), "networks of qnet-zoo on images"),
    Option("rows", list(ROWS), list_of(choice(*ROWS)), "rows"),
    Option("epochs", 4, positive, "epochs", quick=1),
    Option("width", 0.25, positive_number, "of the layers", quick=0.0625),
    Option("images", 4096, positive, "training images", quick=256),
    Option("test-images", 1000, positive, "test images", quick=64),
    Option("seeds", 1, positive, "seeds"),
    Option("batch", 64, positive, "batch, 8 times larger for Big SR", quick=16),
    Option("rate", 0.01, positive_number, "first learning rate"),
    Option("rate-scale", "glorot", choice("none", "glorot"),
           "learning-rate scale of weights on the grid"),
    Option("policy", "all", choice("all", "paper"), "which weights are on the grid"),
    Option("augment", "none", choice("none", "crop-flip"), "augmentation"),
    Option("data", "synthetic", text, "folder with the data, or synthetic"),
    Option("threads", 1, positive, "threads of a trainer"),
]


def schedule(settings):
    """Divided by 10 at two epochs, as far as there are so many."""
    ends = sorted({epoch for epoch in (settings.epochs // 2, settings.epochs * 3 // 4)
                   if epoch >= 1})
    if not ends:
        return f"constant_rate:{settings.rate:.9e}"
    return (f"step_decay:rate = {settings.rate:.9e}, factor = 0.1, epochs = "
            f"[{', '.join(map(str, ends))}]")


def run(settings, programs):
    results = {}
    for network in settings.networks:
        for row in settings.rows:
            name, rule, factor = ROWS[row]
            errors = train_all(settings, programs, network, rule,
                               settings.batch * factor)
            results[name, network] = errors
            print(f"{network:10} {name:12} " + ", ".join(map(networks.percent, errors)),
                  flush=True)
    return write_report(settings, [ROWS[row][0] for row in settings.rows], results)


def write_report(settings, rows, results):
    report = Report(TITLE, ABOUT)
    report.table("table", ["rule", *settings.networks],
                 [[row, *[show(results[row, network]) for network in settings.networks]]
                  for row in rows])
    report.table("errors", ["network", "rule", "seed", "test error"],
                 [[network, row, seed, error] for (row, network), errors in
                  results.items() for seed, error in enumerate(errors, 1)])
    plot = Plot("test error", ", ".join(f"{i} {row}" for i, row in enumerate(rows, 1)),
                "share")
    for network in settings.networks:
        means = [networks.mean(results[row, network]) for row in rows]
        plot.line(network, enumerate(means, 1))
        order = sorted(rows, key=lambda row: networks.mean(results[row, network]))
        report.notes.append(f"{network}, from the lowest error: {', '.join(order)}.")
    report.plots.append(plot)
    return report


def show(errors):
    spread = networks.deviation(errors)
    return networks.percent(networks.mean(errors)) + (
        "" if spread is None else f" ({100 * spread:.2f})")


def train_all(settings, programs, network, rule, batch):
    """The test errors of one cell, a list over seeds."""
    options = [f"--width={settings.width:g}", f"--policy={settings.policy}",
               f"--rate-scale={settings.rate_scale}", f"--batch={batch}",
               f"--rule={rule}", f"--schedule={schedule(settings)}"]
    run_with = ["--data=" + networks.data_path(settings.data),
                f"--train-samples={settings.images}",
                f"--test-samples={settings.test_images}", f"--epochs={settings.epochs}",
                f"--augment={settings.augment}", "--resume"]
    # Files of another budget must not be taken for these: the name says which it is.
    budget = hashlib.sha256(" ".join(options + run_with).encode()).hexdigest()[:8]
    name, errors, trainer = f"{network}-{rule}-{batch}-{budget}", [], None
    for seed in range(1, settings.seeds + 1):
        run_name = f"{name}-{seed}"
        ended = ended_error(programs, run_name)
        if ended is None:
            if trainer is None:
                graph = programs.zoo(network, name, *options)
                trainer = programs.compile(graph, name)
            trainer.train(*run_with, f"--seed={seed}", f"--log={run_name}.jsonl",
                          f"--checkpoint={run_name}.safetensors",
                          f"--threads={settings.threads}", note=seed == 1)
            ended = ended_error(programs, run_name)
        errors.append(ended)
    return errors


def ended_error(programs, name):
    """The last test error of a run that ended, None of another."""
    try:
        records, done = programs.log(f"{name}.jsonl")
    except (FileNotFoundError, ValueError):
        return None
    return records[-1]["test_error"] if done and records else None
