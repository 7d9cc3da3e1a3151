"""How kernels are compiled, and the few machine operations that numba does not offer.

Compiled code is kept beside the package, or in the user's cache folder where that is not writable;
where neither is, each process compiles for itself. numba writes these files atomically and keys
them by processor, so that jobs may share them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba import float32, int32
from numba.extending import intrinsic

# Sums may be taken in any order (vectors), but infinities and NaNs keep their meaning.
FAST = {"reassoc", "contract", "nsz", "arcp"}


def compiled(function: Callable[..., Any]) -> Any:
    """Compile on first use, without the interpreter lock, and remember the result on disk."""
    try:
        return numba.njit(nogil=True, cache=True, fastmath=FAST, error_model="numpy")(function)
    except RuntimeError:  # no folder to write to
        return numba.njit(nogil=True, fastmath=FAST, error_model="numpy")(function)


def inlined(function: Callable[..., Any]) -> Any:
    """Compile as a part of its callers."""
    return numba.njit(nogil=True, fastmath=FAST, error_model="numpy", inline="always")(function)


@intrinsic
def float_of_bits(typing_context, bits):
    """Float whose bits are those of an int32."""

    def emit(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(float32))

    return float32(int32), emit


@intrinsic
def nearest(typing_context, number):
    """Nearest whole number, as a float."""

    def emit(context, builder, signature, arguments):
        function = builder.module.declare_intrinsic(
            "llvm.nearbyint", [context.get_value_type(float32)]
        )
        return builder.call(function, arguments)

    return float32(float32), emit


@intrinsic
def truncated(typing_context, number):
    """Whole number of a float, as int32 (numba itself goes through 64 bits)."""

    def emit(context, builder, signature, arguments):
        return builder.fptosi(arguments[0], context.get_value_type(int32))

    return int32(float32), emit


@inlined
def exponential(x):
    """e^x for float32 x in [-87, 88], to 2 units in the last place; compilers make vectors of it.

    2^k times a polynomial for e^r, |r| <= ln(2) / 2, its coefficients those of the Taylor series up
    to r^7 / 7!.
    """
    k = nearest(x * numba.float32(1.4426950408889634))
    r = x - k * numba.float32(0.693145751953125)
    r = r - k * numba.float32(1.428606765330187e-06)
    p = numba.float32(1 / 5040)
    p = p * r + numba.float32(1 / 720)
    p = p * r + numba.float32(1 / 120)
    p = p * r + numba.float32(1 / 24)
    p = p * r + numba.float32(1 / 6)
    p = p * r + numba.float32(0.5)
    p = p * r + numba.float32(1.0)
    p = p * r + numba.float32(1.0)
    return p * float_of_bits((truncated(k) + numba.int32(127)) << numba.int32(23))
