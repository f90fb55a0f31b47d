"""What the experiments on networks share: options, rules, runs with a log."""
import os

from .options import Option, list_of, positive, positive_number, text

RULES = {"full": "#qnet.full", "bc": "#qnet.bc", "sr": "#qnet.sr", "r": "#qnet.r"}


def mlp_options(sizes, epochs, samples, rate):
    """Options of an experiment on a chain of dense layers."""
    return [
        Option("sizes", sizes, list_of(positive), "inputs, hidden units, outputs",
               quick=[784, 32, 10]),
        Option("epochs", epochs, positive, "epochs", quick=3),
        Option("train-samples", samples, positive, "training samples", quick=512),
        Option("test-samples", 2000, positive, "test samples", quick=128),
        Option("rate", rate, positive_number, "learning rate of ADAM"),
        Option("data", "synthetic", text, "folder with the data, or synthetic"),
        Option("threads", 1, positive, "threads of a trainer"),
    ]


def data_path(data):
    return data if data == "synthetic" else os.path.abspath(data)


def run_options(settings):
    """The trainer's options."""
    return [f"--data={data_path(settings.data)}", f"--threads={settings.threads}",
            f"--train-samples={settings.train_samples}",
            f"--test-samples={settings.test_samples}"]


def mlp_graph(settings, programs, name, *options):
    """All weight matrices binary, the learning rate scaled as BinaryConnect does."""
    return programs.zoo("mlp", name, "--sizes=" + ",".join(map(str, settings.sizes)),
                        "--rate-scale=glorot", "--policy=all",
                        f"--schedule=constant_rate:{settings.rate:.9e}", *options)


def mean(values):
    return sum(values) / len(values)


def deviation(values):
    """Of the sample; none for one value."""
    if len(values) < 2:
        return None
    middle = mean(values)
    return (sum((v - middle) ** 2 for v in values) / (len(values) - 1)) ** 0.5


def percent(share):
    return f"{100 * share:.2f}%"
