"""Random numbers that are functions of a key and a counter: Philox4x32-10.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011. A number
belongs to its key, row and column, so that draws depend neither on threads nor on the order of
work. Keys come from the torch generator, whose state is what a checkpoint keeps.
"""

from __future__ import annotations

import numba
import torch

from ebmflow.core.kernels.compiling import compiled

_LOW = numba.uint64(0xFFFFFFFF)
_HALF = numba.uint64(32)
_MULTIPLIERS = (numba.uint64(0xD2511F53), numba.uint64(0xCD9E8D57))
_STEPS = (numba.uint64(0x9E3779B9), numba.uint64(0xBB67AE85))
_ROUNDS = 10
_UNIT = numba.float32(2.0**-24)
_DROPPED = numba.uint64(8)


def draw_key(generator: torch.Generator) -> int:
    """Key of 63 bits for one call of a kernel; advances the generator."""
    return int(torch.randint((1 << 63) - 1, (), generator=generator, device=generator.device))


@compiled
def fill_uniform(key, row, buffer):
    """Fill float32 `buffer` (a multiple of 4 long) with uniform numbers in [0, 1) of a row.

    Column c is lane c // n of counter (c % n, row), where n = len(buffer) / 4.
    """
    blocks = len(buffer) // 4
    low, high = numba.uint64(row) & _LOW, numba.uint64(row) >> _HALF
    for i in range(blocks):
        c0, c1, c2, c3 = numba.uint64(i), low, high, numba.uint64(0)
        k0, k1 = numba.uint64(key) & _LOW, numba.uint64(key) >> _HALF
        for _ in range(_ROUNDS):
            p, r = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
            c0, c1, c2, c3 = (r >> _HALF) ^ c1 ^ k0, r & _LOW, (p >> _HALF) ^ c3 ^ k1, p & _LOW
            k0, k1 = (k0 + _STEPS[0]) & _LOW, (k1 + _STEPS[1]) & _LOW
        buffer[i] = numba.float32(numba.int32(c0 >> _DROPPED)) * _UNIT
        buffer[blocks + i] = numba.float32(numba.int32(c1 >> _DROPPED)) * _UNIT
        buffer[2 * blocks + i] = numba.float32(numba.int32(c2 >> _DROPPED)) * _UNIT
        buffer[3 * blocks + i] = numba.float32(numba.int32(c3 >> _DROPPED)) * _UNIT
