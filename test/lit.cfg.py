# The lit suite `qnet`: .mlir and .test files beside this one.
#
# Every test runs in an empty folder of its own, so tests neither meet nor leave
# anything behind. Substitutions: the tools by name, and
#   %qnet_src     the source tree            %qnet_build   the build tree
#   %qnet_tools   the folder of the tools    %qnet_libs    the folder of libQnet
#   %mlir_libs    MLIR's runner libraries    %examples     examples/
#   %python       the Python that runs lit   %scripts      scripts/
#   %mlir_include  the headers of MLIR       %cmake, %mlir_dir
#   %cxx, %cc     the compilers of the build
# Features: ptxas (it is on the PATH), mnist-data ($QNET_DATA holds MNIST), torch (a Python has it and NumPy),
# python, native-trainer, sanitizer,
# and one named after each tool that was built.

import os
import subprocess
import sys

import lit.formats
import lit.util
from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

config.name = "qnet"
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "Unit", "Output", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.qnet_build_dir, "test")
config.test_format = lit.formats.ShTest(
    execute_external=False,
    preamble_commands=["rm -rf %t.cwd", "mkdir -p %t.cwd", "cd %t.cwd"],
)

# A time limit needs psutil, which is not a requirement.
if lit.util.killProcessAndChildrenIsSupported()[0]:
    lit_config.maxIndividualTestTime = int(os.environ.get("QNET_TEST_TIMEOUT", "900"))

# -- Environment -------------------------------------------------------------
# The locale is fixed: messages of the system are part of some error lines.
config.environment["LC_ALL"] = "C"
for name in ("QNET_DATA", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TERM",
             "QNET_TEST_SEED"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
llvm_config.with_environment(
    "PATH", [config.qnet_tools_dir, config.llvm_tools_dir], append_path=True
)

# -- Features ----------------------------------------------------------------
config.available_features.update(["python", "native-trainer"])
config.available_features.update(config.qnet_tools)
if config.qnet_sanitize:
    config.available_features.add("sanitizer")
    # LLVM's arenas poison what they have not handed out, but libMLIR and libLLVM are
    # not instrumented and do not unpoison it; nor is all that they keep until the end
    # a leak of ours.
    config.environment["ASAN_OPTIONS"] = "allow_user_poisoning=0:detect_leaks=0"


def cpu_flags():
    """Features of this machine's processor, as Linux names them."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            lines = [line for line in file if line.startswith("flags")]
    except OSError:
        lines = []
    return lines[0].split() if lines else []


config.available_features.update({"avx2", "avx512f"}.intersection(cpu_flags()))


def holds_mnist(folder):
    parts = [
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    ]
    return all(
        any(os.path.exists(os.path.join(folder, part + end)) for end in ("", ".gz"))
        for part in parts
    )


if holds_mnist(os.environ.get("QNET_DATA") or os.devnull):
    config.available_features.add("mnist-data")


if lit.util.which("ptxas", os.environ.get("PATH", "") + ":/usr/local/cuda/bin"):
    config.available_features.add("ptxas")


def find_torch():
    """A Python that has PyTorch and NumPy, the one that runs lit or Debian's."""
    check = ("import importlib.util as u, sys;"
             "sys.exit(not all(u.find_spec(name) for name in ('torch', 'numpy')))")
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and not subprocess.run([python, "-c", check]).returncode:
            return python
    return None


config.qnet_torch_python = find_torch()
if config.qnet_torch_python:
    config.available_features.add("torch")

# -- Substitutions -----------------------------------------------------------
source = config.qnet_source_dir
config.substitutions += [
    ("%qnet_src", source),
    ("%qnet_build", config.qnet_build_dir),
    ("%qnet_tools", config.qnet_tools_dir),
    ("%qnet_libs", config.qnet_lib_dir),
    ("%mlir_libs", os.path.join(os.path.dirname(config.llvm_tools_dir), "lib")),
    ("%mlir_dir", config.qnet_mlir_dir),
    ("%mlir_include", os.path.join(os.path.dirname(config.llvm_tools_dir), "include")),
    ("%examples", os.path.join(source, "examples")),
    ("%scripts", os.path.join(source, "scripts")),
    ("%python", '"%s"' % sys.executable),
    ("%cxx", config.qnet_cxx),
    ("%cc", config.qnet_cc),
    ("%cmake", config.qnet_cmake),
]
config.substitutions.append(
    ("%ptxas", lit.util.which("ptxas", os.environ.get("PATH", "") + ":/usr/local/cuda/bin")
     or "ptxas"))
# A tool that is not built yet fails the tests that run it, no others.
llvm_config.add_tool_substitutions(
    [ToolSubst(tool, unresolved="ignore") for tool in config.qnet_tools],
    [config.qnet_tools_dir],
)
llvm_config.add_tool_substitutions(
    ["FileCheck", "count", "not", "split-file", "mlir-opt", "mlir-runner", "mlir-tblgen",
     "llc", "llvm-nm", "llvm-readelf"],
    [config.llvm_tools_dir],
)
