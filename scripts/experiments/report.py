"""The folder of a run: CSV files, figure.svg and README.md."""
import csv
import os
import platform

from . import svg


class Claim:
    """A sentence of the theory beside what was seen, and whether the two agree."""

    def __init__(self, theory, seen, holds):
        self.theory, self.seen, self.holds = theory, seen, bool(holds)


class Report:
    """What an experiment hands back."""

    def __init__(self, title, about):
        self.title, self.about = title, about
        self.tables, self.plots, self.claims, self.notes = {}, [], [], []

    def table(self, name, columns, rows):
        """One CSV file NAME.csv; also shown in the README if it is short."""
        self.tables[name] = (columns, [list(row) for row in rows])

    def claim(self, theory, seen, holds):
        self.claims.append(Claim(theory, seen, holds))

    def write(self, folder, command, programs, seconds, busy):
        for name, (columns, rows) in self.tables.items():
            with open(os.path.join(folder, name + ".csv"), "w", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerows([columns, *rows])
        if self.plots:
            with open(os.path.join(folder, "figure.svg"), "w") as file:
                file.write(svg.figure(self.plots))
        with open(os.path.join(folder, "README.md"), "w") as file:
            file.write("\n".join(self.readme(command, programs, seconds, busy)) + "\n")

    def readme(self, command, programs, seconds, busy):
        yield f"# {self.title}\n"
        yield self.about.strip() + "\n"
        yield f"    {command}\n"
        yield f"Took {seconds:.0f} s ({busy:.0f} s of one processor) on {machine()}.\n"
        if self.claims:
            yield "| the theory says | seen | agrees |\n|---|---|---|"
            for claim in self.claims:
                yield f"| {claim.theory} | {claim.seen} | {'yes' if claim.holds else 'NO'} |"
            yield ""
        yield from (note + "\n" for note in self.notes)
        if self.plots:
            yield "![figure](figure.svg)\n"
        for name, (columns, rows) in self.tables.items():
            yield f"## {name}.csv\n"
            yield from markdown(columns, rows) if len(rows) <= 60 else \
                [f"{len(rows)} rows of " + ", ".join(columns) + "."]
            yield ""
        if programs.commands:
            yield ("## Commands\n\nRun in `programs/`, whose files stay; each trainer also "
                   "with the other seeds.\n")
            yield from ("    " + line for line in programs.commands)


def markdown(columns, rows):
    yield "| " + " | ".join(columns) + " |"
    yield "|---" * len(columns) + "|"
    for row in rows:
        yield "| " + " | ".join(cell(value) for value in row) + " |"


def cell(value):
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def machine():
    name = platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.split(":", 1)[1].strip() for line in file
                     if line.startswith("model name")]
        name = names[0] if names else name
    except OSError:
        pass
    return f"{name}, {os.cpu_count()} processors"
