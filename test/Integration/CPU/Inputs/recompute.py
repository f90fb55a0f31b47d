"""recompute.py GRAPH [OPTION...]: trains GRAPH with each kind of --recompute, on 1, 2 and 5
threads, and fails where weights differ, or where the arena is not lower."""
import json
import subprocess
import sys

KINDS = ("none", "cheap", "segments")
RUN = ["train", "--data=synthetic", "--train-samples=96", "--test-samples=32", "--epochs=1",
       "--quiet", "--overwrite"]


def call(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: {result.stderr.strip()}")
    return result.stdout


def main():
    graph, *options = sys.argv[1:]
    arenas, weights = [], set()
    for kind in KINDS:
        report = call("qnet-compile", graph, *options, f"--recompute={kind}",
                      "--report=memory=json", "-o", kind)
        arenas.append(json.loads(report)["arena_bytes"])
        for threads in (1, 2, 5):
            call(f"./{kind}", *RUN, f"--threads={threads}", f"--checkpoint={kind}.st")
            with open(f"{kind}.st", "rb") as file:
                weights.add(file.read())
    if len(weights) != 1:
        sys.exit(f"{graph}: {len(weights)} different results")
    if not arenas[2] <= arenas[1] < 0.8 * arenas[0]:
        sys.exit(f"{graph}: arenas of {arenas} bytes")


main()
