"""peak-memory.py TRAINER OPTION...: runs TRAINER, and fails where the largest resident set
of its process is more than its state, its arena and 12 MiB."""
import os
import re
import subprocess
import sys

OTHERS = 12 << 20  # The program, its data, stacks.


def main():
    info = subprocess.run([sys.argv[1], "info"], capture_output=True, text=True, check=True)
    planned = sum(int(re.search(rf"^ *{name} +(\d+) bytes", info.stdout, re.MULTILINE)[1])
                  for name in ("training state", "activations"))
    process = subprocess.Popen(sys.argv[1:])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * 1024
    if process.returncode or peak > planned + OTHERS:
        sys.exit(f"exit code {process.returncode}, {peak} bytes, planned {planned}")


main()
