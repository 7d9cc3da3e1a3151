"""Products with one-hot rows, as sums of weight rows and as scattered sums.

Tiles are copied so that they lie closely in the second-level cache; every number is summed by one
thread in one order, whatever the number of threads.
"""

from __future__ import annotations

import numpy as np

from ebmflow.core.kernels.compiling import compiled

TILE = 128  # columns worked on at once
_CACHE = 400_000  # bytes of a tile


@compiled
def sum_rows(codes, weight, states, first, last, start, stop, out):
    """out[b, m] = sum over sites of weight[site * states + codes[b, site], m], for a block.

    Parameters
    ----------
    codes : uint8 (B, sites)
    weight : float32 (sites * states, M)
    first, last : int
        Columns m of the block; at most TILE.
    start, stop : int
        Rows b of the block.
    out : float32 (B, M)
    """
    sites, width = codes.shape[1], last - first
    step = max(4, _CACHE // (states * TILE * 4) // 4 * 4)
    tile = np.empty((step * states, TILE), np.float32)
    total = np.empty(TILE, np.float32)
    for begin in range(0, sites, step):
        count = min(step, sites - begin)
        tile[: count * states, :width] = weight[
            begin * states : (begin + count) * states, first:last
        ]
        for b in range(start, stop):
            for m in range(TILE):
                total[m] = 0
            site = 0
            while site + 4 <= count:
                r0 = site * states + codes[b, begin + site]
                r1 = (site + 1) * states + codes[b, begin + site + 1]
                r2 = (site + 2) * states + codes[b, begin + site + 2]
                r3 = (site + 3) * states + codes[b, begin + site + 3]
                for m in range(TILE):
                    total[m] += (tile[r0, m] + tile[r1, m]) + (tile[r2, m] + tile[r3, m])
                site += 4
            while site < count:
                r0 = site * states + codes[b, begin + site]
                for m in range(TILE):
                    total[m] += tile[r0, m]
                site += 1
            if begin:
                for m in range(width):
                    out[b, first + m] += total[m]
            else:
                for m in range(width):
                    out[b, first + m] = total[m]


@compiled
def scatter_rows(codes, other, states, first, last, begin, end, out):
    """out[site * states + s, m] = sum over b with codes[b, site] = s of other[b, m], for a block.

    Parameters
    ----------
    codes : uint8 (sites, B)
        Transposed.
    other : float32 (B, M)
    first, last : int
        Columns m of the block; at most TILE.
    begin, end : int
        Sites of the block.
    out : float32 (sites * states, M), zero
    """
    rows, width = codes.shape[1], last - first
    step = _CACHE // (TILE * 4)
    tile = np.zeros((min(step, rows), TILE), np.float32)
    total = np.empty((states, TILE), np.float32)
    for low in range(0, rows, step):
        count = min(step, rows - low)
        tile[:count, :width] = other[low : low + count, first:last]
        for site in range(begin, end):
            total[:] = 0
            for b in range(count):
                s = codes[site, low + b]
                for m in range(TILE):
                    total[s, m] += tile[b, m]
            for s in range(states):
                for m in range(width):
                    out[site * states + s, first + m] += total[s, m]


@compiled
def scatter_weights(codes, weights, states, out):
    """out[site * states + s] = sum over b with codes[b, site] = s of weights[b]; out is zero."""
    for b in range(codes.shape[0]):
        for site in range(codes.shape[1]):
            out[site * states + codes[b, site]] += weights[b]
