"""Compiles the emulated kernels of each graph PREFIX*.mlir of a folder.

usage: host-kernels.py FOLDER PREFIX OUTPUT

OUTPUT/ gets a library for each program, as fake-cuda.c finds them by the program's name.
"""
import glob
import os
import subprocess
import sys

folder, prefix, output = sys.argv[1:]
os.makedirs(output, exist_ok=True)
for graph in sorted(glob.glob(os.path.join(folder, prefix + "*.mlir"))):
    name = os.path.splitext(os.path.basename(graph))[0]
    subprocess.run(["qnet-compile", graph, "--target=cuda", "--emit=host-kernels", "-o",
                    os.path.join(output, name + ".so")], check=True)
