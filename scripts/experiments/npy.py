"""NumPy's .npy files (version 1.0, one dimension or more) without NumPy."""
import array
import ast
import struct
import sys

CODES = {"<f4": "f", "<i4": "i"}


def write(path, shape, values, kind="<f4"):
    """`values` in C order, as many as the product of `shape`."""
    data = array.array(CODES[kind], values)
    if sys.byteorder == "big":
        data.byteswap()
    header = str({"descr": kind, "fortran_order": False, "shape": tuple(shape)})
    header += " " * ((-len(header) - 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)))
        file.write(header.encode() + data.tobytes())


def read(path):
    """The shape and the values, an array.array in C order."""
    with open(path, "rb") as file:
        prefix = file.read(10)
        if prefix[:8] != b"\x93NUMPY\x01\x00":
            raise ValueError(f"{path}: expected an .npy file of version 1.0")
        size = struct.unpack("<H", prefix[8:])[0]
        header = ast.literal_eval(file.read(size).decode())
        if header["fortran_order"] or header["descr"] not in CODES:
            raise ValueError(f"{path}: expected <f4 or <i4 in C order, got {header}")
        data = array.array(CODES[header["descr"]])
        data.frombytes(file.read())
    if sys.byteorder == "big":
        data.byteswap()
    return header["shape"], data
