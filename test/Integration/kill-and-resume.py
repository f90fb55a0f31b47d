#!/usr/bin/env python3
"""Kills a trainer at random moments and resumes it.

While the run lasts it is started again and again with --resume and killed
(SIGKILL) after a random time; after each kill the checkpoint, once there is
one, must load. The finished run must give the bytes of one that was not
killed. When a run finishes, another is begun until there were enough kills.

usage: kill-and-resume.py TRAINER KILLS [TRAINER OPTIONS]
"""

import os
import random
import subprocess
import sys
import time


def fail(message):
    sys.exit("error: " + message)


def train(trainer, checkpoint, options, resume):
    return [trainer, "train", "--checkpoint=" + checkpoint, "--quiet",
            *(["--resume"] if resume else []), *options]


def main():
    trainer, kills, options = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    seed = int(os.environ.get("QNET_TEST_SEED", "20171205"))
    print("seed %d" % seed)
    generator = random.Random(seed)
    start = time.monotonic()
    subprocess.run(train(trainer, "whole.st", options, False), check=True)
    duration = time.monotonic() - start
    with open("whole.st", "rb") as file:
        expected = file.read()

    # A run is killed a few times before it ends.
    killed, finished, ended = 0, 0, False
    while killed < kills or not ended:
        process = subprocess.Popen(train(trainer, "killed.st", options, True),
                                   stderr=subprocess.DEVNULL)
        if killed < kills:
            time.sleep(generator.uniform(0, duration / 2))
            process.kill()
        code = process.wait()
        if code == 0:
            with open("killed.st", "rb") as file:
                if file.read() != expected:
                    fail("the resumed run ended with other bytes after %d kills"
                         % killed)
            finished, ended = finished + 1, True
            os.remove("killed.st")
            continue
        if code != -9:
            fail("the trainer failed with %d after %d kills" % (code, killed))
        killed, ended = killed + 1, False
        if os.path.exists("killed.st"):
            info = subprocess.run([trainer, "info", "--checkpoint=killed.st"],
                                  stdout=subprocess.DEVNULL)
            if info.returncode:
                fail("the checkpoint does not load after %d kills" % killed)
    left = [name for name in os.listdir(".") if name.startswith("killed.st")]
    if left:
        fail("files are left: %s" % left)
    print("%d kills, %d runs with the expected end" % (killed, finished))


main()
