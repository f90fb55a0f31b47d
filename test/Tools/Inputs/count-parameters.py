"""Counts the parameters of a model: count-parameters.py < GRAPH

Prints "NUMBER in all, NUMBER on a grid", the numbers of values of all qnet.parameter
ops of the text, and of those that have a grid.
"""
import math
import re
import sys

PARAMETER = re.compile(r"qnet\.parameter (.*) : tensor<([0-9x]+)xf32>")
total = gridded = 0
for line in sys.stdin:
    found = PARAMETER.search(line)
    if not found:
        continue
    count = math.prod(int(size) for size in found[2].split("x"))
    total += count
    gridded += count if "grid(" in found[1] else 0
print(f"{total} in all, {gridded} on a grid")
