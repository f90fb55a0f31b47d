"""Checks the form of a report: check_report.py FILE SUITE ROWS."""

import json
import sys

path, suite, rows = sys.argv[1:]
report = json.load(open(path))
assert report["suite"] == suite, report["suite"]
assert report["command"] and report["machine"]["processors"] >= 1
assert len(report["rows"]) == int(rows), len(report["rows"])
keys = set(report["rows"][0])
for row in report["rows"]:
    assert set(row) == keys, row
    speeds = [value for key, value in row.items() if key.endswith("median")]
    assert all(value is None or value > 0 for value in speeds), row
