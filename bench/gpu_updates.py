"""Times update kernels beside a copy on a GPU, through the driver alone.

describe(text) finds the largest update kernel in the IR that -qnet-to-kernels-pipeline
prints: its buffers, what of them it reads and writes, its scalars and its grid. measure
runs it from PTX. It is what gpu-check carries to a machine without qnet.
"""
import ctypes
import os
import re
import struct

BYTES = {"f32": 4, "i32": 4, "i64": 8}
REPEATS = 20


def describe(text):
    kernels = []
    pattern = r"gpu\.func @(train_step_update\w*)\((.*?)\) (?:workgroup|kernel)(.*?)gpu\.return"
    for name, parameters, body in re.findall(pattern, text, re.S):
        buffers, scalars = [], []
        for argument, kind in re.findall(r"(%arg\d+): ([^,]+)", parameters):
            memref = re.fullmatch(r"memref<((?:\d+x)+)(\w+)>", kind.strip())
            if not memref:
                scalars.append(kind.strip())
                continue
            count = 1
            for size in memref[1].rstrip("x").split("x"):
                count *= int(size)
            buffers.append({
                "bytes": count * BYTES[memref[2]],
                "read": bool(re.search(rf"load {argument}\[", body)),
                "written": bool(re.search(rf"store [^\n]*, {argument}\[", body))})
        grid = re.search(rf"@{name} blocks in \(%c(\d+)[^)]*\) threads in \(%c(\d+)", text)
        if buffers and grid:
            kernels.append({"kernel": name, "buffers": buffers, "scalars": scalars,
                            "blocks": int(grid[1]), "threads": int(grid[2])})
    return max(kernels, key=lambda kernel: max(b["bytes"] for b in kernel["buffers"]))


def traffic(update):
    """Bytes that one launch must read and write."""
    return sum(buffer["bytes"] * (buffer["read"] + buffer["written"])
               for buffer in update["buffers"])


class Driver:
    def __init__(self):
        name = os.environ.get("QNET_CUDA_LIBRARY", "libcuda.so.1")
        self.library = ctypes.CDLL(name)
        self.call("cuInit", 0)
        device, context = ctypes.c_int(), ctypes.c_void_p()
        self.call("cuDeviceGet", ctypes.byref(device), 0)
        text = ctypes.create_string_buffer(256)
        self.call("cuDeviceGetName", text, 256, device)
        self.name = text.value.decode()
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self.call("cuCtxSetCurrent", context)
        self.stream = ctypes.c_void_p()
        self.call("cuStreamCreate", ctypes.byref(self.stream), 1)

    def call(self, name, *arguments):
        result = getattr(self.library, name)(*arguments)
        if result:
            raise OSError(f"{name} failed with {result}")

    def allocate(self, size):
        address = ctypes.c_uint64()
        self.call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(size))
        self.call("cuMemsetD8Async", address, ctypes.c_ubyte(0), ctypes.c_size_t(size),
                  self.stream)
        return address

    def upload(self, address, data):
        self.call("cuMemcpyHtoDAsync_v2", address, data, ctypes.c_size_t(len(data)),
                  self.stream)
        self.call("cuStreamSynchronize", self.stream)

    def function(self, ptx, name):
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        log = ctypes.create_string_buffer(4096)
        options = (ctypes.c_int * 2)(5, 6)  # CU_JIT_ERROR_LOG_BUFFER, its size.
        values = (ctypes.c_void_p * 2)(ctypes.addressof(log), 4096)
        self.call("cuModuleLoadDataEx", ctypes.byref(module), ptx, 2, options, values)
        self.call("cuModuleGetFunction", ctypes.byref(function), module, name.encode())
        return function

    def seconds(self, work):
        """Of one run of `work`, the best of three times REPEATS."""
        begin, end = ctypes.c_void_p(), ctypes.c_void_p()
        for event in (begin, end):
            self.call("cuEventCreate", ctypes.byref(event), 0)
        work()
        best = float("inf")
        for _ in range(3):
            self.call("cuEventRecord", begin, self.stream)
            for _ in range(REPEATS):
                work()
            self.call("cuEventRecord", end, self.stream)
            self.call("cuEventSynchronize", end)
            milliseconds = ctypes.c_float()
            self.call("cuEventElapsedTime", ctypes.byref(milliseconds), begin, end)
            best = min(best, milliseconds.value / 1e3 / REPEATS)
        for event in (begin, end):
            self.call("cuEventDestroy_v2", event)
        return best


def scalar_word(kind):
    """A rate of 0.001 for f32, 1 for integers."""
    return struct.pack("<fI", 0.001, 0) if kind == "f32" else struct.pack("<Q", 1)


def time_copy(driver, size):
    source, target = driver.allocate(size), driver.allocate(size)
    seconds = driver.seconds(lambda: driver.call(
        "cuMemcpyDtoDAsync_v2", target, source, ctypes.c_size_t(size), driver.stream))
    for address in (source, target):
        driver.call("cuMemFree_v2", address)
    return 2 * size / seconds


def time_update(driver, update, ptx):
    function = driver.function(ptx, update["kernel"])
    addresses = [driver.allocate(buffer["bytes"]) for buffer in update["buffers"]]
    if update["scalars"]:
        words = b"".join(map(scalar_word, update["scalars"]))
        addresses.append(driver.allocate(len(words)))
        driver.upload(addresses[-1], words)
    pointers = (ctypes.c_void_p * len(addresses))(
        *(ctypes.addressof(address) for address in addresses))
    seconds = driver.seconds(lambda: driver.call(
        "cuLaunchKernel", function, update["blocks"], 1, 1, update["threads"], 1, 1, 0,
        driver.stream, pointers, None))
    for address in addresses:
        driver.call("cuMemFree_v2", address)
    return seconds
