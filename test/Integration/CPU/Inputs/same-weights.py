"""same-weights.py GRAPH [--OPTION...] SCHEDULE...: trains GRAPH as compiled by default and
under each SCHEDULE.mlir, with 1, 2 and 5 threads, and fails where weights differ, or where
a schedule leaves the program as it was."""
import subprocess
import sys

RUN = ["train", "--data=synthetic", "--train-samples=128", "--test-samples=16",
       "--epochs=2", "--quiet", "--overwrite"]


def call(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: {result.stderr.strip()}")
    return result.stdout


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    graph, *rest = sys.argv[1:]
    options = ["--fuse-updates=false", *[arg for arg in rest if arg.startswith("--")]]
    schedules = [arg for arg in rest if not arg.startswith("--")]
    code, weights = {}, {}
    for name in ["default", *schedules]:
        chosen = [f"--code-schedule={name}.mlir"] if name != "default" else []
        code[name] = call("qnet-compile", graph, "--emit=mlir", *options, *chosen)
        call("qnet-compile", graph, "-o", name, *options, *chosen)
        for threads in (1, 2, 5):
            call(f"./{name}", *RUN, f"--threads={threads}", f"--checkpoint={name}.st")
            weights[name, threads] = read(f"{name}.st")
    for name in schedules:
        if code[name] == code["default"]:
            sys.exit(f"{graph}: {name} changes no code")
    for (name, threads), bits in weights.items():
        if bits != weights["default", 1]:
            sys.exit(f"{graph}: {name} on {threads} threads: other weights")


main()
