"""close-losses.py A.jsonl B.jsonl BOUND: training losses differ, by a share below BOUND.

Equal ones would say that both trainings multiply in the same way.
"""
import json
import sys


def losses(path):
    with open(path) as file:
        records = [json.loads(line) for line in file]
    return [record["loss"] for record in records if "loss" in record]


first, second = losses(sys.argv[1]), losses(sys.argv[2])
if len(first) != len(second) or not first:
    sys.exit(f"expected as many epochs, got {len(first)} and {len(second)}")
for a, b in zip(first, second):
    if a == b or abs(a - b) > float(sys.argv[3]) * a:
        sys.exit(f"expected losses that are close, got {a} and {b}")
