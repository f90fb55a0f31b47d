"""How much more memory of a device the log of one training has than another's.

usage: device-bytes.py LOG OTHER
"""
import json
import sys


def peak(path):
    with open(path) as file:
        return max(json.loads(line).get("device_bytes", 0) for line in file)


print(peak(sys.argv[1]) - peak(sys.argv[2]), "bytes more")
