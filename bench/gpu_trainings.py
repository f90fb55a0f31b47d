"""Trainings that gpu-check compares: random graphs, repeated runs, errors on real data.

Each part has prepare_PART(options, folder), which compiles into the folder where qnet is,
and run_PART(options, folder, train, skipped), which prints a table where the GPU is and
returns its rows; a row that "failed" fails the check. They need python3 only.
"""
import ctypes
import os
import subprocess

# How qnet-compile is told to multiply, and in which order to add.
MATHS = {"f32": ["--gpu-math=f32"],
         "f32-parallel": ["--gpu-math=f32", "--gpu-sums=parallel"],
         "tf32": ["--gpu-math=tf32"],
         "bf16": ["--gpu-math=bf16"],
         "f32-library": ["--gpu-math=f32", "--gpu-library=require"],
         "tf32-library": ["--gpu-math=tf32", "--gpu-library=require"],
         "bf16-library": ["--gpu-math=bf16", "--gpu-library=require"]}
LIBRARIES = {"QNET_CUBLAS_LIBRARY": ("libcublas.so.13", "libcublas.so.12", "libcublas.so.11"),
             "QNET_CUDNN_LIBRARY": ("libcudnn.so.9", "libcudnn.so.8")}
RANDOM_SEED = 20170612
RANDOM_OPTIONS = ["--data=synthetic", "--train-samples=64", "--test-samples=12",
                  "--epochs=2", "--quiet", "--overwrite"]
# Which data a net of the part `errors` takes.
ERROR_DATA = {"mlp": "mnist", "lenet": "mnist", "resnet-20": "cifar", "vgg-bc": "cifar"}


def run(command):
    return subprocess.run(command, capture_output=True, text=True)


def last_line(text):
    return (text.strip().split("\n") or [""])[-1]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def can_open(name):
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def skip_without_libraries(options, skipped):
    """Leaves out the ways to multiply that need what is not here."""
    for variable, names in LIBRARIES.items():
        names = [os.environ[variable]] if variable in os.environ else names
        if any(can_open(name) for name in names):
            continue
        missing = [math for math in options.math if math.endswith("-library")]
        options.math = [math for math in options.math if math not in missing]
        skipped += [f"{math}: cannot open {' or '.join(names)}" for math in missing]


def random_names(options):
    return [f"random-{RANDOM_SEED + i}" for i in range(options.graphs)]


def prepare_random(options, folder):
    for name in random_names(options):
        seed, graph = name.split("-")[1], folder.path(f"{name}.mlir")
        text = folder.require(["qnet-random-graphs", "--print", "--count=1",
                               f"--seed={seed}"])
        with open(graph, "w") as file:
            file.write(text)
        folder.compile(graph, f"{name}-cpu", "--target=cpu", "--products=chain")
        folder.compile(graph, f"{name}-gpu", f"--target=cuda:{options.chip}")


def outcome(trainer, checkpoint):
    """The bytes of a training's checkpoint, or why there are none."""
    result = run([trainer, "train", *RANDOM_OPTIONS, f"--checkpoint={checkpoint}"])
    return last_line(result.stderr) if result.returncode else read(checkpoint)


def run_random(options, folder, train, skipped):
    """Graphs of odd sizes, all layers, rules and losses: checkpoints byte for byte."""
    rows = []
    for name in random_names(options):
        cpu, gpu = (outcome(folder.need(f"{name}-{target}", name),
                            folder.path(f"{name}-{target}.st"))
                    for target in ("cpu", "gpu"))
        text = gpu if isinstance(gpu, str) else "equal" if cpu == gpu else "DIFFERENT"
        if cpu != gpu:
            print(f"{name:16} {text}")
        rows.append({"graph": name, "result": text, "failed": cpu != gpu})
    equal = sum(row["result"] == "equal" for row in rows)
    refused = sum(not row["failed"] for row in rows) - equal
    print(f"random graphs: {len(rows)} trained on the GPU and on the CPU, {equal} with equal "
          f"checkpoints, {refused} with equal errors")
    return rows


def compile_maths(options, folder, graph, name):
    """A graph in each way to multiply, as NAME-MATH."""
    for math in options.math:
        folder.compile(graph, f"{name}-{math}", f"--target=cuda:{options.chip}", *MATHS[math])


def prepare_repeats(options, folder):
    for net in options.nets:
        compile_maths(options, folder, folder.net(net), net)


def run_repeats(options, folder, train, skipped):
    """Two runs of each program, the data on the device and on the host, are equal."""
    rows = []
    print(f"{'repeated':10} {'math':12} {'bits':10} {'loss':>9} {'test error':>10}")
    for net in options.nets:
        for math in options.math:
            trainer = folder.need(f"{net}-{math}", f"{net}-{math}")
            runs = [train(options, trainer, net, extra=[f"--data-on={place}"])
                    for place in ("device", "host")]
            error = next((r["error"] for r in runs if "error" in r), None)
            equal = not error and runs[0]["data"] == runs[1]["data"]
            print(f"{net:10} {math:12} " + (error or (
                f"{'equal' if equal else 'DIFFERENT':10} {runs[0]['loss']:9.4f} "
                f"{runs[0]['test_error']:10.2f}")))
            rows.append({"net": net, "math": math, "equal": equal, "error": error,
                         "failed": not equal})
    return rows


def prepare_errors(options, folder):
    for net in options.error_nets:
        graph = folder.net(net)
        folder.compile(graph, f"error-{net}-cpu", "--target=cpu", "--products=chain")
        compile_maths(options, folder, graph, f"error-{net}")


def run_errors(options, folder, train, skipped):
    """Test errors on MNIST and CIFAR-10, on the CPU and in each way to multiply."""
    rows = []
    print(f"{'net':10} {'data':6} {'target':12} {'epochs':>6} {'loss':>8} {'test error':>10}")
    for net in options.error_nets:
        kind = ERROR_DATA[net]
        data = options.data if kind == "mnist" else options.cifar
        if not data or not os.path.isdir(data):
            option = "data" if kind == "mnist" else "cifar"
            skipped.append(f"errors of {net}: no {kind} here, see --{option}")
            continue
        errors = {}
        for target in ["cpu", *options.math]:
            trainer = folder.need(f"error-{net}-{target}", f"error-{net}")
            result = train(options, trainer, net, epochs=options.error_epochs, data=data,
                           samples=None)
            if "error" in result:
                print(f"{net:10} {kind:6} {target:12} {result['error']}")
                rows.append({"net": net, "target": target, "error": result["error"],
                             "failed": True})
                continue
            errors[target] = result["test_error"]
            result.pop("data")
            print(f"{net:10} {kind:6} {target:12} {options.error_epochs:6} "
                  f"{result['loss']:8.4f} {result['test_error']:10.2f}")
            # In f32 the bits are the CPU's; elsewhere chance moves an error.
            far = "cpu" in errors and abs(errors[target] - errors["cpu"]) > (
                0 if target == "f32" else options.error_margin)
            rows.append({"net": net, "data": kind, "target": target, **result,
                         "failed": far})
    return rows
