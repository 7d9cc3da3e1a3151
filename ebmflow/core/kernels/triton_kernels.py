"""Triton kernels of the GPU path: products with codes, and products, activation and draw in one.

Codes are whole numbers, so their entries (0, 1, -1, one-hot) are exact in bfloat16. A float32
weight is the sum of three bfloat16 numbers, so that three products of tensor cores with float32
sums multiply without rounding anything but sums (docs/kernels.md, "On a GPU").

Tile sizes depend on the number of states alone, never on the batch or on a search at run time: what
is drawn for a row does not depend on the rows beside it. Random numbers are those of
`counters.fill_uniform`, which belong to key, row and column.
"""

from __future__ import annotations

import triton
import triton.language as tl

_LIMIT = tl.constexpr(87.0)
_UNIT = tl.constexpr(2.0**-24)


@triton.jit
def _uniform(key, row, column, blocks):
    """Uniform numbers in [0, 1) of rows (int64) and columns (int32); see `counters`."""
    lane = column // blocks
    low = (row & 0xFFFFFFFF).to(tl.uint32)
    high = (row >> 32).to(tl.uint32)
    counter = (column - lane * blocks).to(tl.uint32)
    a, b, c, d = tl.philox(key, counter, low, high, tl.zeros_like(counter))
    bits = tl.where(lane == 0, a, tl.where(lane == 1, b, tl.where(lane == 2, c, d)))
    return (bits >> 8).to(tl.float32) * _UNIT


@triton.jit
def _draw_states(fields, number, last):
    """States from fields (rows, sites, states), -inf beyond the last, and numbers (rows, sites)."""
    below = fields - tl.max(fields, 2)[:, :, None]
    shares = tl.where(below > float("-inf"), tl.exp(tl.maximum(below, -_LIMIT)), 0.0)
    sums = tl.cumsum(shares, 2)
    level = number * tl.max(sums, 2)
    found = tl.sum((sums <= level[:, :, None]).to(tl.int32), 2)
    # Rounding can put the level on the last running sum.
    return tl.minimum(found, last)


@triton.jit
def _draw_two_state(x, number):
    """1 with probability sigmoid(x), for numbers of the same shape."""
    x = -x
    # NaN must stay NaN: the comparison below is false for it, as in the reference.
    x = tl.where(x < -_LIMIT, -_LIMIT, x)
    x = tl.where(x > _LIMIT, _LIMIT, x)
    return number * (1.0 + tl.exp(x)) < 1.0


@triton.jit
def _entries(
    codes, row, k, rows, depth, row_step, k_step, low, step, R: tl.constexpr, K: tl.constexpr
):
    """Entries (rows, depth) of codes: one-hot where an axis has R or K states a site, else two."""
    inside = (row < rows)[:, None] & (k < depth)[None, :]
    place = (row // R).to(tl.int64)[:, None] * row_step + (k // K).to(tl.int64)[None, :] * k_step
    code = tl.load(codes + place, inside, other=0).to(tl.int32)
    if K > 1:
        entry = (code == (k % K)[None, :]).to(tl.float32)
    elif R > 1:
        entry = (code == (row % R)[:, None]).to(tl.float32)
    else:
        entry = low + step * code.to(tl.float32)
    return tl.where(inside, entry, 0.0)


@triton.jit
def _add_product(total, entry, weight, KIND: tl.constexpr):
    """total + entry @ weight, the weight as a sum of three bfloat16 numbers."""
    first = weight.to(tl.bfloat16)
    rest = weight - first.to(tl.float32)
    second = rest.to(tl.bfloat16)
    third = (rest - second.to(tl.float32)).to(tl.bfloat16)
    entry = entry.to(KIND)
    # The smallest first, as sums lose least so.
    total = tl.dot(entry, third.to(KIND), total)
    total = tl.dot(entry, second.to(KIND), total)
    return tl.dot(entry, first.to(KIND), total)


@triton.jit
def product(
    codes, weight, out, rows, depth, columns, row_step, k_step, weight_row, weight_column,
    low, step, R: tl.constexpr, K: tl.constexpr, KIND: tl.constexpr,
    ROWS: tl.constexpr, COLUMNS: tl.constexpr, DEPTH: tl.constexpr,
):  # fmt: skip
    """out (rows, columns) = entries of codes (rows, depth) @ weight (depth, columns)."""
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    total = tl.zeros((ROWS, COLUMNS), tl.float32)
    for begin in range(0, depth, DEPTH):
        k = begin + tl.arange(0, DEPTH)
        entry = _entries(codes, row, k, rows, depth, row_step, k_step, low, step, R, K)
        place = k.to(tl.int64)[:, None] * weight_row + column[None, :] * weight_column
        w = tl.load(weight + place, (k < depth)[:, None] & (column < columns)[None, :], other=0.0)
        total = _add_product(total, entry, w, KIND)
    place = row.to(tl.int64)[:, None] * columns + column[None, :]
    tl.store(out + place, total, (row < rows)[:, None] & (column < columns)[None, :])


@triton.jit
def two_state_after(
    codes, weight, field, key, out, rows, depth, columns, row_step, k_step, weight_row,
    weight_column, low, step, scale, offset, KIND: tl.constexpr,
    ROWS: tl.constexpr, COLUMNS: tl.constexpr, DEPTH: tl.constexpr,
):  # fmt: skip
    """Codes out (rows, columns), 1 with probability sigmoid(scale (entries @ weight + field))."""
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    total = tl.zeros((ROWS, COLUMNS), tl.float32)
    for begin in range(0, depth, DEPTH):
        k = begin + tl.arange(0, DEPTH)
        entry = _entries(codes, row, k, rows, depth, row_step, k_step, low, step, 1, 1)
        place = k.to(tl.int64)[:, None] * weight_row + column[None, :] * weight_column
        w = tl.load(weight + place, (k < depth)[:, None] & (column < columns)[None, :], other=0.0)
        total = _add_product(total, entry, w, KIND)
    total = scale * (total + tl.load(field + column, column < columns, other=0.0)[None, :])
    place = row.to(tl.int64)[:, None] + tl.zeros((ROWS, COLUMNS), tl.int64)
    sites = column[None, :] + tl.zeros((ROWS, COLUMNS), tl.int32)
    number = _uniform(tl.load(key), place + offset, sites, tl.cdiv(columns, 4))
    inside = (row < rows)[:, None] & (column < columns)[None, :]
    tl.store(out + place * columns + sites, _draw_two_state(total, number).to(tl.uint8), inside)


@triton.jit
def two_state_from(
    inputs, field, key, out, rows, columns, scale, offset,
    ROWS: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    """`two_state_after`, from inputs (rows, columns) in memory."""
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(1) * COLUMNS + tl.arange(0, COLUMNS)
    inside = (row < rows)[:, None] & (column < columns)[None, :]
    place = row.to(tl.int64)[:, None] + tl.zeros((ROWS, COLUMNS), tl.int64)
    sites = column[None, :] + tl.zeros((ROWS, COLUMNS), tl.int32)
    x = tl.load(inputs + place * columns + sites, inside, other=0.0)
    x = scale * (x + tl.load(field + column, column < columns, other=0.0)[None, :])
    number = _uniform(tl.load(key), place + offset, sites, tl.cdiv(columns, 4))
    tl.store(out + place * columns + sites, _draw_two_state(x, number).to(tl.uint8), inside)


@triton.jit
def _store_states(
    total, state, key, out, row, site, rows, sites, beta, offset, Q: tl.constexpr,
    ROWS: tl.constexpr, SITES: tl.constexpr, ROOM: tl.constexpr,
):  # fmt: skip
    """Draw a tile of sites from inputs plus fields (ROWS, SITES * ROOM), ROOM states a site."""
    fields = tl.where((state < Q)[None, :], beta * total, float("-inf"))
    fields = tl.reshape(fields, (ROWS, SITES, ROOM))
    place = row.to(tl.int64)[:, None] + tl.zeros((ROWS, SITES), tl.int64)
    column = site[None, :] + tl.zeros((ROWS, SITES), tl.int32)
    number = _uniform(tl.load(key), place + offset, column, tl.cdiv(sites, 4))
    state = _draw_states(fields, number, Q - 1)
    here = (row < rows)[:, None] & (site < sites)[None, :]
    tl.store(out + place * sites + column, state.to(tl.uint8), here)


@triton.jit
def states_after(
    codes, weight, field, key, out, rows, depth, sites, row_step, k_step, weight_row,
    weight_column, low, step, beta, offset, Q: tl.constexpr, KIND: tl.constexpr,
    ROWS: tl.constexpr, SITES: tl.constexpr, ROOM: tl.constexpr, DEPTH: tl.constexpr,
):  # fmt: skip
    """Codes out (rows, sites) by softmax(beta (entries @ weight + field)) of each site's Q states.

    The inputs stay in registers. A site has ROOM columns of a tile, of which Q are used.
    """
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    within = tl.arange(0, SITES * ROOM)
    site, state = tl.program_id(1) * SITES + within // ROOM, within % ROOM
    inside = (state < Q) & (site < sites)
    column = site * Q + state
    total = tl.zeros((ROWS, SITES * ROOM), tl.float32)
    for begin in range(0, depth, DEPTH):
        k = begin + tl.arange(0, DEPTH)
        entry = _entries(codes, row, k, rows, depth, row_step, k_step, low, step, 1, 1)
        place = k.to(tl.int64)[:, None] * weight_row + column[None, :] * weight_column
        w = tl.load(weight + place, (k < depth)[:, None] & inside[None, :], other=0.0)
        total = _add_product(total, entry, w, KIND)
    total += tl.load(field + column, inside, other=0.0)[None, :]
    first = tl.program_id(1) * SITES + tl.arange(0, SITES)
    _store_states(
        total, state, key, out, row, first, rows, sites, beta, offset, Q, ROWS, SITES, ROOM
    )


@triton.jit
def states_from(
    inputs, field, key, out, rows, sites, beta, offset, Q: tl.constexpr,
    ROWS: tl.constexpr, SITES: tl.constexpr, ROOM: tl.constexpr,
):  # fmt: skip
    """`states_after`, from inputs (rows, sites * Q) in memory."""
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    within = tl.arange(0, SITES * ROOM)
    site, state = tl.program_id(1) * SITES + within // ROOM, within % ROOM
    inside = (state < Q) & (site < sites)
    column = site * Q + state
    place = row.to(tl.int64)[:, None] * (sites * Q) + column[None, :]
    total = tl.load(inputs + place, (row < rows)[:, None] & inside[None, :], other=0.0)
    total += tl.load(field + column, inside, other=0.0)[None, :]
    first = tl.program_id(1) * SITES + tl.arange(0, SITES)
    _store_states(
        total, state, key, out, row, first, rows, sites, beta, offset, Q, ROWS, SITES, ROOM
    )
