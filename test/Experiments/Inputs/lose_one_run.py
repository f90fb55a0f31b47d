"""lose_one_run.py FOLDER: removes a log with its checkpoint, as if that run had never been,
and marks the others. lose_one_run.py FOLDER check: it is there again, the marks still are."""

import glob
import os
import sys

folder = sys.argv[1]
logs = sorted(glob.glob(os.path.join(folder, "*.jsonl")))
lost = [log for log in logs if "-bc-" in log]
assert len(logs) - len(lost) >= 1, logs
if len(sys.argv) == 2:
    for log in lost:
        os.remove(log)
        os.remove(log[:-len("jsonl")] + "safetensors")
    for log in set(logs) - set(lost):
        os.utime(log, (1, 1))
else:
    assert len(lost) == 1, logs
    for log in logs:
        assert (os.stat(log).st_mtime == 1) == (log not in lost), log
