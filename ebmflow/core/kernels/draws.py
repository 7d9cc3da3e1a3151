"""Drawing codes from inputs: activation, random number and comparison in one pass over a row.

Rows are given as ranges, so that callers may share them out to threads; a row's draw is the same
whoever makes it.
"""

from __future__ import annotations

import numba
import numpy as np

from ebmflow.core.kernels.compiling import compiled, exponential
from ebmflow.core.kernels.counters import fill_uniform

_LIMIT = numba.float32(87.0)
_ONE = numba.float32(1.0)


@compiled
def draw_two_state(inputs, field, scale, key, offset, start, stop, codes):
    """Set codes (B, N) of some rows to 1 with probability sigmoid(scale (inputs + field)).

    Parameters
    ----------
    inputs : float32 (B, N)
    field : float32 (N,)
    scale : float32
    key : uint64
    offset : int
        Row of the random numbers of row 0.
    codes : uint8 (B, N)
    """
    columns = inputs.shape[1]
    uniform = np.empty(-(-columns // 4) * 4, np.float32)
    odds = np.empty(columns, np.float32)
    for row in range(start, stop):
        fill_uniform(key, offset + row, uniform)
        for j in range(columns):
            x = -scale * (inputs[row, j] + field[j])
            # NaN must stay NaN: the comparison below is false for it, as in the reference.
            x = -_LIMIT if x < -_LIMIT else x
            x = _LIMIT if x > _LIMIT else x
            odds[j] = exponential(x)
        for j in range(columns):
            codes[row, j] = uniform[j] * (_ONE + odds[j]) < _ONE


@compiled
def draw_uniform(states, key, offset, start, stop, codes):
    """Draw codes (B, sites) of some rows, uniform over 0 .. states - 1 (to 2^-24)."""
    sites = codes.shape[1]
    uniform = np.empty(-(-sites // 4) * 4, np.float32)
    for row in range(start, stop):
        fill_uniform(key, offset + row, uniform)
        for j in range(sites):
            codes[row, j] = numba.int32(uniform[j] * numba.float32(states))


@compiled
def draw_states(inputs, field, beta, key, offset, states, start, stop, codes):
    """Draw codes (B, sites) of some rows by softmax(beta (inputs + field)) of each site.

    The inverse of the running sum of unnormalised probabilities, one uniform number a site.

    Parameters
    ----------
    inputs : float32 (B, sites * states)
    field : float32 (sites * states,)
    beta : float32
    key : uint64
    offset : int
        Row of the random numbers of row 0.
    codes : uint8 (B, sites)
    """
    sites, entries = codes.shape[1], inputs.shape[1]
    uniform = np.empty(-(-sites // 4) * 4, np.float32)
    shares = np.empty(entries, np.float32)
    for row in range(start, stop):
        fill_uniform(key, offset + row, uniform)
        for j in range(entries):
            shares[j] = beta * (inputs[row, j] + field[j])
        for site in range(sites):
            first = site * states
            largest = shares[first]
            for j in range(first + 1, first + states):
                largest = max(largest, shares[j])
            for j in range(first, first + states):
                shares[j] -= largest
        for j in range(entries):
            shares[j] = exponential(max(shares[j], -_LIMIT))
        for site in range(sites):
            first = site * states
            total = numba.float32(0.0)
            for j in range(first, first + states):
                total += shares[j]
                shares[j] = total
            level = uniform[site] * total
            below = 0
            for j in range(first, first + states):
                below += shares[j] <= level
            # Rounding can put the level on the last running sum.
            codes[row, site] = min(below, states - 1)
