"""Writes a folder of dark and bright PPM images of several sizes."""
import os
import sys

for part, count in (("train", 8), ("test", 2)):
    for name, base in (("dark", 20), ("bright", 200)):
        folder = os.path.join(sys.argv[1], part, name)
        os.makedirs(folder, exist_ok=True)
        for i in range(count):
            height, width = 3 + i, 9 - i
            pixels = bytes(base + (k * 7 + i) % 30 for k in range(3 * height * width))
            with open(os.path.join(folder, f"{i}.ppm"), "wb") as file:
                file.write(b"P6 %d %d 255\n" % (width, height) + pixels)
