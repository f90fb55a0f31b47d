"""The suite `updates`: update kernels beside the triad, plain loops in C++, and PyTorch.

qnet-bench times the first three of a rule and an optimizer in turns, then PyTorch runs
the same update; then come the next two. Where PyTorch is not found its columns hold a dash.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from training import HERE, Parser, Torch, cpu_facts, fail, run, write_report

RULES = "full,r,sr,bc"
OPTIMIZERS = "sgd,momentum,adam"


def parse_arguments():
    parser = Parser(prog="bench updates", allow_abbrev=False)
    parser.add_argument("--tools", required=True, help="folder of qnet-bench")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rules", default=RULES)
    parser.add_argument("--optimizers", default=OPTIMIZERS)
    parser.add_argument("--seconds", default="0.5", help="of each row and of its peer")
    parser.add_argument("--python", default="/usr/bin/python3", help="Python of the peer")
    parser.add_argument("--json")
    args, rest = parser.parse_known_args()
    return args, rest


def run_own(args, options, threads, rule, optimizer, path):
    """The report of qnet-bench on one rule and optimizer; ends with its error."""
    command = [pathlib.Path(args.tools) / "qnet-bench", "updates", f"--threads={threads}",
               f"--rules={rule}", f"--optimizers={optimizer}", f"--seconds={args.seconds}",
               f"--json={path}", *options]
    done = subprocess.run([str(part) for part in command], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.stderr.write(done.stderr)
        sys.exit(done.returncode)
    return json.loads(pathlib.Path(path).read_text())


def run_torch(args, torch, row, seconds):
    environment = {**torch.environment, "OMP_NUM_THREADS": str(row["threads"])}
    output = run([args.python, HERE / "update_torch.py", f"--size={row['weights']}",
                  f"--rule={row['rule']}", f"--optimizer={row['optimizer']}",
                  f"--threads={row['threads']}", f"--seconds={seconds}"], environment).text
    return json.loads(output)


def print_row(row):
    def number(name, width, digits):
        value = row.get(name)
        return "-".rjust(width) if value is None else f"{value:{width}.{digits}f}"
    print(f"{row['weights']:>9} {row['threads']:>8}  {row['rule']:<7} {row['optimizer']:<10} "
          f"{row['storage']:<8}" + number("ns_per_weight", 10, 3)
          + number("ns_per_weight_median", 9, 3) + number("share_of_triad", 9, 2)
          + number("share_of_triad_median", 9, 2) + number("plain_loop_ns_per_weight", 9, 3)
          + number("speedup_over_plain_loop", 8, 2) + number("torch_ns_per_weight", 12, 3)
          + number("speedup_over_torch", 11, 2) + number("speedup_over_torch_median", 9, 2),
          flush=True)


def add_peer(row, peer):
    row.update(peer)
    row["speedup_over_torch"] = peer["torch_ns_per_weight"] / row["ns_per_weight"]
    row["speedup_over_torch_median"] = (peer["torch_ns_per_weight_median"]
                                        / row["ns_per_weight_median"])


def main():
    args, options = parse_arguments()
    if any(option.startswith("--asm") for option in options):
        own = os.path.join(args.tools, "qnet-bench")
        os.execv(own, [own, "updates", f"--threads={args.threads}", f"--rules={args.rules}",
                       f"--optimizers={args.optimizers}", *options])
    torch = Torch(args.python, 1, cpu_facts()[1])
    rows, machine = [], None
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "own.json")
        cases = [(t, r, o) for t in args.threads.split(",") for r in args.rules.split(",")
                 for o in args.optimizers.split(",")]
        for threads, rule, optimizer in cases:
            report = run_own(args, options, threads, rule, optimizer, path)
            if machine is None:
                machine = report["machine"]
                print(f"machine: {machine['cpu']}, {machine['processors']} processors, "
                      f"load {machine['load_at_start']:.1f}")
                print(f"pytorch: {torch.version or 'not installed'}\n")
                print("  weights  threads  rule    optimizer  storage  ns/weight   median"
                      "    share   median   C++ ns   x C++  PyTorch ns  x PyTorch   median")
            for row in report["rows"]:
                if torch.version:
                    try:
                        seconds = float(args.seconds)
                    except ValueError:
                        fail(f"option '--seconds' expects a number, got '{args.seconds}'", 2)
                    add_peer(row, run_torch(args, torch, row, seconds))
                print_row(row)
                rows.append(row)
    write_report(args.json, "updates", machine, {"pytorch": torch.version}, rows)


if __name__ == "__main__":
    main()
