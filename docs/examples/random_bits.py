#!/usr/bin/env python3
"""docs/randomness.md as a program, for reproducing a random decision by hand:

    random_bits.py SEED PARAMETER STREAM STEP ELEMENT BITS

prints the random bits, an integer. A test holds it against qnet-interpret.
"""
import sys

MASK = 0xFFFFFFFF


def philox4x32_7(counter, key):
    """Four words from a counter of four and a key of two words."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(7):
        even, odd = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1 = (odd >> 32) ^ c1 ^ k0, odd & MASK
        c2, c3 = (even >> 32) ^ c3 ^ k1, even & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c0, c1, c2, c3


def random_bits(seed, parameter, stream, step, element, bits):
    width = 8 if bits <= 8 else 16 if bits <= 16 else 32  # of a slot in a word
    group_size = 64 * (32 // width)  # elements that 16 calls serve
    group, rest = divmod(element, group_size)
    draw, lane = divmod(rest, 16)
    block = group * 16 + lane  # which call
    words = philox4x32_7((block & MASK, block >> 32, step, stream), (seed, parameter))
    slot, word = divmod(draw, 4)
    return (words[word] >> (slot * width)) & ((1 << bits) - 1)


if __name__ == "__main__":
    if len(sys.argv) != 7:
        sys.exit("usage: random_bits.py SEED PARAMETER STREAM STEP ELEMENT BITS")
    print(random_bits(*(int(argument, 0) for argument in sys.argv[1:])))
