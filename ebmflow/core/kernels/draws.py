"""Drawing codes from inputs: activation, random number and comparison in one pass over a row.

Rows are given as ranges, so that callers may share them out to threads; a row's draw is the same
whoever makes it.
"""

from __future__ import annotations

import numba
import numpy as np

from ebmflow.core.kernels.compiling import compiled, exponential
from ebmflow.core.kernels.counters import fill_uniform
from ebmflow.core.kernels.sites import LANES, MOST_STATES, draw_few, draw_many

_LIMIT = numba.float32(87.0)
_ONE = numba.float32(1.0)


@compiled
def fill_uniforms(key, offset, start, stop, uniform):
    """Set some rows of uniform (B, a multiple of 4), numbers of rows `offset` on."""
    for row in range(start, stop):
        fill_uniform(key, offset + row, uniform[row])


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
    sites = codes.shape[1]
    uniform = np.empty(-(-sites // 4) * 4, np.float32)
    padded = padded_copy(field)
    for row in range(start, stop):
        fill_uniform(key, offset + row, uniform)
        draw_sites(inputs[row], padded, beta, states, uniform[:sites], codes[row])


@compiled
def padded_copy(numbers):
    """A copy with room for a vector behind the last number."""
    copy = np.zeros(len(numbers) + MOST_STATES, np.float32)
    copy[: len(numbers)] = numbers
    return copy


@compiled
def draw_sites(inputs, field, beta, states, uniform, codes):
    """Draw the codes (sites,) of a row from its inputs (sites * states,), see `draw_states`.

    Parameters
    ----------
    field : float32
        With MOST_STATES numbers, of any value, behind those of the sites.
    uniform : float32 (sites,)
    """
    if states > MOST_STATES:
        _draw_many_states(inputs, field, beta, states, uniform, codes)
        return
    count = len(codes)
    # Vectors reach beyond the last site, where no memory need be.
    safe = min(count, max(0, (len(inputs) - MOST_STATES) // states + 1))
    _draw_in_vectors(inputs, 0, field, beta, states, uniform, 0, safe, codes)
    if safe < count:
        rest = padded_copy(inputs[safe * states :])
        _draw_in_vectors(rest, safe, field, beta, states, uniform, safe, count, codes)


@compiled
def _draw_in_vectors(inputs, origin, field, beta, states, uniform, first, last, codes):
    """Draw sites [first, last); `inputs` begins with site `origin`."""
    number = numba.int32(states)
    if states <= LANES:
        for site in range(first, last):
            at, place = (site - origin) * states, site * states
            state = draw_few(inputs, at, field, place, number, beta, uniform[site])
            # Rounding can put the level on the last running sum.
            codes[site] = min(state, number - 1)
    else:
        for site in range(first, last):
            at, place = (site - origin) * states, site * states
            state = draw_many(inputs, at, field, place, number, beta, uniform[site])
            codes[site] = min(state, number - 1)


@compiled
def _draw_many_states(inputs, field, beta, states, uniform, codes):
    """Draw sites one state after the other."""
    shares = np.empty(states, np.float32)
    for site in range(len(codes)):
        first = site * states
        largest = beta * (inputs[first] + field[first])
        for j in range(states):
            shares[j] = beta * (inputs[first + j] + field[first + j])
            largest = max(largest, shares[j])
        for j in range(states):
            shares[j] = exponential(max(shares[j] - largest, -_LIMIT))
        total = numba.float32(0.0)
        for j in range(states):
            total += shares[j]
            shares[j] = total
        level = uniform[site] * total
        below = 0
        for j in range(states):
            below += shares[j] <= level
        codes[site] = min(below, states - 1)
