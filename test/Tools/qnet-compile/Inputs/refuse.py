#!/usr/bin/env python3
"""Runs a command that must refuse its input, in an empty folder.

It must exit by itself with a code that is not 0, print exactly one error, in
lower case, and leave no file. The error is printed for FileCheck.

usage: refuse.py [--file-limit=BYTES] COMMAND...
"""

import os
import resource
import subprocess
import sys
import tempfile


def fail(message, output):
    sys.exit("%s\n--- standard error of the command:\n%s" % (message, output))


def main():
    arguments = sys.argv[1:]
    limit = None
    if arguments[0].startswith("--file-limit="):
        limit = int(arguments.pop(0).split("=")[1])

    def restrict():
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    with tempfile.TemporaryDirectory(dir=".") as folder:
        result = subprocess.run(arguments, cwd=folder, preexec_fn=restrict,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                stdin=subprocess.DEVNULL)
        left = os.listdir(folder)
    output = result.stderr.decode(errors="replace")
    if result.returncode <= 0:
        fail("expected a failure, got %d" % result.returncode, output)
    errors = [line for line in output.splitlines() if "error: " in line]
    if len(errors) != 1:
        fail("expected one error, got %d" % len(errors), output)
    message = errors[0].split("error: ", 1)[1]
    if message[:1].isupper() or message.endswith("."):
        fail("expected lower case and no full stop", output)
    if left:
        fail("expected no file to be left, got %s" % left, output)
    print(errors[0])


main()
