"""Times training steps and updates of PyTorch on a GPU: python3 gpu_torch.py FACTS

FACTS is JSON: {"steps": [{"net", "rule", "batch", "math"}...], "updates": [{"rule",
"weights"}...], "device": "cuda"}. Prints one JSON line for each, with the step's seconds in
eager mode and by torch.compile, channels last, and the device's peak memory; the batch is on
the device before the clock starts.
"""
import json
import sys
import time

import torch

import nets_torch
import train_torch

WARMUP, STEPS = 5, 30


def move(net, device):
    for tensor in net.weights + net.biases:
        tensor.data = tensor.data.to(device)
    for norm in net.norms:
        norm.to(device)


def synchronize(device):
    if device == "cuda":
        torch.cuda.synchronize()


def seconds_of(step, device, steps):
    for _ in range(min(WARMUP, steps)):
        step()
    synchronize(device)
    start = time.perf_counter()
    for _ in range(steps):
        step()
    synchronize(device)
    return (time.perf_counter() - start) / steps


def set_math(math):
    torch.backends.cuda.matmul.allow_tf32 = math == "tf32"
    torch.backends.cudnn.allow_tf32 = math == "tf32"
    torch.backends.cudnn.benchmark = True


def time_steps(case, device, compiles, steps):
    set_math(case["math"])
    torch.manual_seed(1)
    net = nets_torch.build(case["net"])
    move(net, device)
    if compiles:
        net.forward = torch.compile(net.forward)
    training = train_torch.Training(net, case["rule"], "channels_last")
    x = torch.randn(case["batch"], *nets_torch.image_shape(case["net"]), device=device)
    labels = torch.randint(0, 10, (case["batch"],), device=device)
    half = case["math"] == "bf16"
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()

    def step():
        with torch.autocast(device, dtype=torch.bfloat16, enabled=half):
            training.step(x, labels)

    seconds = seconds_of(step, device, steps)
    peak = torch.cuda.max_memory_allocated() if device == "cuda" else None
    return {"seconds": seconds, "peak_bytes": peak}


class OneWeight:
    """A net that is one weight, for the update alone."""

    def __init__(self, count, device):
        self.weights = [torch.empty(count, device=device).uniform_(-1, 1)]
        self.quantized = [True]

    def others(self):
        return []


def time_update(case, device, steps):
    net = OneWeight(case["weights"], device)
    training = train_torch.Training(net, case["rule"], "default")
    gradient = torch.randn(case["weights"], device=device)

    def step():
        training.weights[0].grad = gradient
        training.optimizer.step()
        training.finish()

    return seconds_of(step, device, steps)


def attempt(work):
    """What `work` gives, or why it gives nothing."""
    try:
        return work()
    except Exception as error:  # A missing compiler, memory that runs out.
        return {"error": f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"
                if str(error) else type(error).__name__}


def main():
    facts = json.loads(sys.argv[1])
    device, steps = facts["device"], facts.get("repeats", STEPS)
    for case in facts["steps"]:
        for mode in ("eager", "compile"):
            result = attempt(lambda: time_steps(case, device, mode == "compile", steps))
            print(json.dumps({**case, "mode": mode, **result}), flush=True)
    for case in facts["updates"]:
        result = attempt(lambda: {"seconds": time_update(case, device, steps)})
        print(json.dumps({**case, "mode": "update", **result}), flush=True)


if __name__ == "__main__":
    main()
