"""Products with rows of two-state units, as sums of lines from tables of joint states.

UNITS units at a time have 2^UNITS joint states; the sum of their weights is computed once for each
and then taken from a table by all rows ("four Russians"; Arlazarov, Dinic, Kronrod, Faradzhev
1970). A number then costs 1 / UNITS additions for a multiplication and an addition of the dense
product. Every number is summed by one thread in one order.
"""

from __future__ import annotations

import numpy as np

from ebmflow.core.kernels.compiling import compiled
from ebmflow.core.kernels.draws import draw_sites, padded_copy
from ebmflow.core.kernels.lines import (
    COLUMNS,
    LINE,
    TILES,
    add_block,
    aligned_lines,
    copy_columns,
    set_sum,
    write_totals,
)

UNITS = 6
GROUPS = 12  # groups of units a table; a multiple of lines.UNROLLED
SITES = 16  # Potts sites drawn at once
_STATES = 1 << UNITS
_LINES = GROUPS * _STATES
_BYTES = 4 * LINE


@compiled
def pack_bits(codes, packed):
    """Offsets of the lines of each row, group by group.

    Parameters
    ----------
    codes : uint8 (B, K)
        Zeros and ones.
    packed : uint16 (blocks, B, GROUPS)
    """
    units = codes.shape[1]
    for block in range(packed.shape[0]):
        for b in range(codes.shape[0]):
            for group in range(GROUPS):
                begin = (block * GROUPS + group) * UNITS
                state = 0
                for j in range(min(UNITS, units - begin)):
                    state |= (codes[b, begin + j] & 1) << j
                packed[block, b, group] = (group * _STATES + state) * _BYTES


@compiled
def _copy_weights(weight, step, begin, first, last, part):
    """Weights of a block's units times step, COLUMNS columns from `first` on; zero elsewhere."""
    units, columns = weight.shape
    flat = weight.reshape(weight.size)
    part[:] = 0
    for k in range(min(GROUPS * UNITS, units - begin)):
        for tile in range(TILES):
            left, to = first + tile * LINE, k * COLUMNS + tile * LINE
            copy_columns(flat, (begin + k) * columns + left, last - left, part, to)
    if step != 1:
        part *= step


@compiled
def _fill_tables(part, share, table):
    """Tables (TILES, GROUPS, 2^UNITS) of lines: sums of weights of the units with code 1.

    Parameters
    ----------
    share : float32
        What the weights of all units add, as a share of them.
    """
    for tile in range(TILES):
        for group in range(GROUPS):
            start = (tile * _LINES + group * _STATES) * LINE
            source = group * UNITS * COLUMNS + tile * LINE
            table[start : start + LINE] = 0
            if share != 0:
                for j in range(UNITS):
                    for m in range(LINE):
                        table[start + m] += share * part[source + j * COLUMNS + m]
            for j in range(UNITS):
                new = start + (LINE << j)
                for state in range(1 << j):
                    shift = state * LINE
                    set_sum(table, start + shift, part, source + j * COLUMNS, new + shift)


@compiled
def sum_bits(packed, weight, low, step, first, last, origin, out):
    """out = (low + step * codes) @ weight, for some columns.

    Parameters
    ----------
    packed : uint16 (blocks, B, GROUPS)
        Made by `pack_bits` of codes (B, K).
    weight : float32 (K, M)
    low, step : float32
        Entry of a unit with code 0, and what code 1 adds.
    first, last : int
        Columns.
    origin : int
        Number of the first column of `out`.
    out : float32 (B, any)
    """
    table = aligned_lines(TILES * _LINES)
    part = aligned_lines(TILES * GROUPS * UNITS)
    totals = aligned_lines(TILES * out.shape[0])
    for left in range(first, last, COLUMNS):
        totals[:] = 0
        for block in range(packed.shape[0]):
            begin = block * GROUPS * UNITS
            _copy_weights(weight, step, begin, left, last, part)
            _fill_tables(part, low / step, table)
            groups = min(GROUPS, -(-(weight.shape[0] - begin) // UNITS))
            add_block(table, _LINES, packed, block, groups, last - left, totals)
        write_totals(totals, left, last, origin, out)


@compiled
def draw_states_after(packed, weight, low, step, field, beta, states, uniform, first, last, codes):
    """Draw the sites of some blocks given two-state units; inputs stay in the cache.

    Parameters
    ----------
    packed, weight, low, step
        As in `sum_bits`.
    field, beta, states
        As in `draws.draw_states`.
    uniform : float32 (B, any)
        A number for each site.
    first, last : int
        Blocks of SITES sites.
    codes : uint8 (B, sites)
    """
    rows, sites = codes.shape
    padded = padded_copy(field)
    inputs = np.empty((rows, SITES * states), np.float32)
    for block in range(first, last):
        low_site = block * SITES
        high_site = min(sites, low_site + SITES)
        begin, end = low_site * states, high_site * states
        sum_bits(packed, weight, low, step, begin, end, begin, inputs)
        for b in range(rows):
            sent = inputs[b, : end - begin]
            numbers, to = uniform[b, low_site:high_site], codes[b, low_site:high_site]
            draw_sites(sent, padded[begin:], beta, states, numbers, to)
