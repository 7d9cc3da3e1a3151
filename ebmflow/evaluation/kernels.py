"""Compiled distance kernels; imported only where distances are computed: the compiler is heavy."""

from __future__ import annotations

import numba
import numpy as np
from numba.extending import intrinsic

LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
HIGH = np.uint64(0x8080808080808080)


@intrinsic
def _population_count(typing_context, word):
    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return word(word), generate


@numba.njit(nogil=True, cache=True)
def count_differing_bytes(left, right, out):
    for i in range(left.shape[0]):
        for j in range(right.shape[0]):
            count = np.uint64(0)
            for w in range(left.shape[1]):
                x = left[i, w] ^ right[j, w]
                # the top bit of a byte is set if and only if the byte is not zero
                count += _population_count((((x & LOW) + LOW) | x) & HIGH)
            out[i, j] = count


@numba.njit(nogil=True, cache=True)
def count_differing_bits(left, right, out):
    for i in range(left.shape[0]):
        for j in range(right.shape[0]):
            count = np.uint64(0)
            for w in range(left.shape[1]):
                count += _population_count(left[i, w] ^ right[j, w])
            out[i, j] = count


@numba.njit(nogil=True, cache=True)
def square_differences(left, right, out):
    for i in range(left.shape[0]):
        for j in range(right.shape[0]):
            total = 0.0
            for k in range(left.shape[1]):
                difference = np.float64(left[i, k]) - np.float64(right[j, k])
                total += difference * difference
            out[i, j] = total
