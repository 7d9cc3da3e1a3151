"""Products with one-hot rows, as sums of weight rows and as scattered sums (`lines` says how).

Every number is summed by one thread in one order, whatever the number of threads.
"""

from __future__ import annotations

import numpy as np

from ebmflow.core.kernels.compiling import compiled
from ebmflow.core.kernels.lines import (
    COLUMNS,
    LINE,
    TABLE,
    TILES,
    UNROLLED,
    add_block,
    add_lines,
    aligned_lines,
    copy_columns,
    write_totals,
)

# Rows sorted by their states at once; offsets of that many lines fit 16 bits.
SORTED = 1000
_BYTES = 4 * LINE


def block_sites(states: int, sites: int) -> int:
    """Sites whose weight rows fill a table."""
    most = max(1, TABLE // states)
    return min(sites, most - most % UNROLLED if most > UNROLLED else most)


@compiled
def pack_states(codes, states, step, packed):
    """Offsets of the lines of each row, site by site, blocks of `step` sites; the rest is zero.

    Parameters
    ----------
    codes : uint8 (B, sites)
    packed : uint16 (blocks, B, width)
    """
    sites, width = codes.shape[1], packed.shape[2]
    empty = step * states * _BYTES
    for block in range(packed.shape[0]):
        begin = block * step
        count = min(step, sites - begin)
        for b in range(codes.shape[0]):
            for j in range(count):
                packed[block, b, j] = (j * states + codes[b, begin + j]) * _BYTES
            for j in range(count, width):
                packed[block, b, j] = empty


@compiled
def _copy_rows(weight, begin, count, first, last, lines, table):
    """Weight rows from `begin` on, TILES lines of columns from `first` on, into tables."""
    columns = weight.shape[1]
    flat = weight.reshape(weight.size)
    for row in range(count):
        for tile in range(TILES):
            left = first + tile * LINE
            at = (begin + row) * columns + left
            copy_columns(flat, at, last - left, table, (tile * lines + row) * LINE)


@compiled
def sum_rows(packed, weight, states, step, first, last, out):
    """out[b, m] = sum over sites of weight[site * states + codes[b, site], m], for some columns.

    Parameters
    ----------
    packed : uint16 (blocks, B, width)
        Made by `pack_states`.
    weight : float32 (sites * states, M)
    first, last : int
        Columns m.
    out : float32 (B, M)
    """
    lines, rows = step * states + 1, out.shape[0]
    groups = -(-(last - first) // COLUMNS)
    table = aligned_lines(TILES * lines)
    totals = aligned_lines(groups * TILES * rows).reshape(groups, TILES * rows * LINE)
    # Blocks outside, because weight rows lie on a page of memory each: they are used up while
    # the processor knows where they are.
    for block in range(packed.shape[0]):
        begin = block * step * states
        count = min(step * states, weight.shape[0] - begin)
        for group in range(groups):
            left = first + group * COLUMNS
            _copy_rows(weight, begin, count, left, last, lines, table)
            add_block(table, lines, packed, block, count // states, last - left, totals[group])
    for group in range(groups):
        write_totals(totals[group], first + group * COLUMNS, last, 0, out)


@compiled
def sort_rows(codes, states, step, order, starts):
    """List the rows with each state, for each chunk of `step` rows and site, as offsets of lines.

    Parameters
    ----------
    codes : uint8 (sites, B)
        Transposed.
    order : uint16 (chunks, sites, step + states * (UNROLLED - 1))
        Offsets by state, each state's part filled up with offsets of a line that is zero.
    starts : int32 (chunks, sites, states + 1)
    """
    sites, rows = codes.shape
    counts = np.empty(states, np.int64)
    for chunk in range(order.shape[0]):
        low = chunk * step
        high = min(rows, low + step)
        for site in range(sites):
            counts[:] = 0
            for b in range(low, high):
                counts[codes[site, b]] += 1
            starts[chunk, site, 0] = 0
            for s in range(states):
                end = starts[chunk, site, s] + -(-counts[s] // UNROLLED) * UNROLLED
                for j in range(starts[chunk, site, s] + counts[s], end):
                    order[chunk, site, j] = step * _BYTES
                starts[chunk, site, s + 1] = end
                counts[s] = starts[chunk, site, s]
            for b in range(low, high):
                s = codes[site, b]
                order[chunk, site, counts[s]] = (b - low) * _BYTES
                counts[s] += 1


@compiled
def scatter_rows(order, starts, other, step, first, last, out):
    """out[site * states + s, m] = sum over b with codes[b, site] = s of other[b, m].

    Parameters
    ----------
    order, starts
        Made by `sort_rows`.
    other : float32 (B, M)
    first, last : int
        Columns m.
    out : float32 (sites * states, M)
    """
    sites, states = starts.shape[1], starts.shape[2] - 1
    block = max(1, TABLE // states)
    table = aligned_lines(TILES * (step + 1))
    totals = aligned_lines(TILES * block * states)
    for site in range(0, sites, block):
        count = min(block, sites - site)
        for left in range(first, last, COLUMNS):
            totals[:] = 0
            for chunk in range(starts.shape[0]):
                low = chunk * step
                _copy_rows(other, low, min(step, len(other) - low), left, last, step + 1, table)
                _add_sorted(order, starts, chunk, site, count, step + 1, table, totals)
            write_totals(totals, left, last, 0, out[site * states : (site + count) * states])


@compiled
def _add_sorted(order, starts, chunk, site, count, lines, table, totals):
    """Add to totals (TILES, count * states) of lines what sorted rows pick from the tables."""
    sites, states = starts.shape[1], starts.shape[2] - 1
    offsets, length = order.reshape(order.size), order.shape[2]
    for tile in range(TILES):
        for i in range(count):
            place = (chunk * sites + site + i) * length
            for s in range(states):
                begin = starts[chunk, site + i, s]
                number = starts[chunk, site + i, s + 1] - begin
                if number:
                    line = (tile * count + i) * states + s
                    add_lines(table, tile * lines, offsets, place + begin, number, totals, line)


@compiled
def scatter_weights(codes, weights, states, out):
    """out[site * states + s] = sum over b with codes[b, site] = s of weights[b]; out is zero."""
    for b in range(codes.shape[0]):
        for site in range(codes.shape[1]):
            out[site * states + codes[b, site]] += weights[b]
