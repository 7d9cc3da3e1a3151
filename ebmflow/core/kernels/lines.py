"""Sums of lines of 16 numbers taken from a table in the first-level cache.

What a matrix of few distinct entries sends through weights is such a sum: for sites of q states the
lines are weight rows, for two-state units they are sums of a few weight rows, one line for each of
their joint states. Results are float32 sums of the same products in another order.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ebmflow.core.kernels.compiling import compiled, inlined

LINE = 16  # float32 numbers, one cache line
TILES = 4  # lines beside one another that are worked on at once
COLUMNS = TILES * LINE
TABLE = 448  # lines of a table; the first-level cache has at least 32 kB
UNROLLED = 4  # counts of lines are multiples of this
_BYTES = 4 * LINE

_BYTE, _HALF, _WORD = ir.IntType(8), ir.IntType(16), ir.IntType(64)
_VECTOR = ir.VectorType(ir.FloatType(), LINE)


def _pointer(context, builder, kind, value, unit):
    data = cgutils.create_struct_proxy(kind)(context, builder, value).data
    return builder.bitcast(data, unit.as_pointer())


def _line_at(context, builder, kind, value, index):
    numbers = _pointer(context, builder, kind, value, ir.FloatType())
    return builder.bitcast(builder.gep(numbers, [index]), _VECTOR.as_pointer())


def _sum_loop(builder, table, offsets, count, start):
    """Vector that a loop over offsets adds up from `start`, in two interleaved sums."""
    before = builder.block
    body, after = builder.append_basic_block("lines"), builder.append_basic_block("summed")
    builder.branch(body)
    builder.position_at_end(body)
    at = builder.phi(_WORD)
    at.add_incoming(ir.Constant(_WORD, 0), before)
    sums = [builder.phi(_VECTOR) for _ in range(2)]
    for total, value in zip(sums, (start, ir.Constant(_VECTOR, [0.0] * LINE)), strict=True):
        total.add_incoming(value, before)
    parts = list(sums)
    for i in range(UNROLLED):
        place = builder.gep(offsets, [builder.add(at, ir.Constant(_WORD, i))])
        line = builder.gep(table, [builder.zext(builder.load(place), _WORD)])
        vector = builder.load(builder.bitcast(line, _VECTOR.as_pointer()), align=4)
        parts[i % 2] = builder.fadd(parts[i % 2], vector)
    following = builder.add(at, ir.Constant(_WORD, UNROLLED))
    at.add_incoming(following, body)
    for total, value in zip(sums, parts, strict=True):
        total.add_incoming(value, body)
    builder.cbranch(builder.icmp_signed("<", following, count), body, after)
    builder.position_at_end(after)
    return builder.fadd(*parts)


@intrinsic
def add_lines(typing_context, table, base, offsets, first, count, totals, line):
    """totals[line] += sum of table lines, one for each of `count` offsets from `first` on.

    Parameters
    ----------
    table : float32 (any,)
        Lines one after the other; offsets count bytes from line `base` on.
    offsets : uint16 (any,)
    count : int64
        A multiple of UNROLLED above 0.
    totals : float32 (any,)
    """

    def emit(context, builder, signature, arguments):
        table, base, offsets, first, count, totals, line = arguments
        kinds = signature.args
        lines = _pointer(context, builder, kinds[0], table, _VECTOR)
        bytes_of = builder.bitcast(builder.gep(lines, [base]), _BYTE.as_pointer())
        places = builder.gep(_pointer(context, builder, kinds[2], offsets, _HALF), [first])
        target = builder.gep(_pointer(context, builder, kinds[5], totals, _VECTOR), [line])
        start = builder.load(target, align=4)
        builder.store(_sum_loop(builder, bytes_of, places, count, start), target, align=4)
        return context.get_dummy_value()

    word = types.int64
    return types.void(table, word, offsets, word, word, totals, word), emit


@intrinsic
def copy_line(typing_context, source, at, target, to):
    """target[to : to + LINE] = source[at : at + LINE], of float32 arrays without gaps."""

    def emit(context, builder, signature, arguments):
        kinds = signature.args
        load = _line_at(context, builder, kinds[0], arguments[0], arguments[1])
        store = _line_at(context, builder, kinds[2], arguments[2], arguments[3])
        builder.store(builder.load(load, align=4), store, align=4)
        return context.get_dummy_value()

    return types.void(source, types.int64, target, types.int64), emit


@intrinsic
def set_sum(typing_context, first, at, second, place, to):
    """first[to : to + LINE] = first[at : at + LINE] + second[place : place + LINE]."""

    def emit(context, builder, signature, arguments):
        kinds = signature.args
        left = _line_at(context, builder, kinds[0], arguments[0], arguments[1])
        right = _line_at(context, builder, kinds[2], arguments[2], arguments[3])
        total = builder.fadd(builder.load(left, align=4), builder.load(right, align=4))
        result = _line_at(context, builder, kinds[0], arguments[0], arguments[4])
        builder.store(total, result, align=4)
        return context.get_dummy_value()

    word = types.int64
    return types.void(first, word, second, word, word), emit


@inlined
def aligned_lines(count):
    """Room for lines, zero, each within one cache line."""
    room = np.zeros((count + 1) * LINE, np.float32)
    shift = (_BYTES - room.ctypes.data % _BYTES) % _BYTES // 4
    return room[shift : shift + count * LINE]


@compiled
def add_block(table, lines, packed, block, count, width, totals):
    """Add to totals (TILES, B) of lines what the rows of a block pick from tables (TILES, lines).

    Parameters
    ----------
    packed : uint16 (blocks, B, width)
        Offsets.
    count : int
        Lines to add for each row; up to UNROLLED - 1 more are read.
    width : int
        Columns that are wanted.
    """
    rows, places = packed.shape[1], packed.shape[2]
    count = -(-count // UNROLLED) * UNROLLED
    offsets = packed.reshape(packed.size)
    for tile in range(min(TILES, -(-width // LINE))):
        for b in range(rows):
            first = (block * rows + b) * places
            add_lines(table, tile * lines, offsets, first, count, totals, tile * rows + b)


@compiled
def copy_columns(source, at, count, target, to):
    """target[to : to + count] = source[at : at + count] of arrays without gaps, count <= LINE."""
    if count >= LINE:
        copy_line(source, at, target, to)
    else:
        for m in range(count):
            target[to + m] = source[at + m]


@compiled
def write_totals(totals, first, last, origin, out):
    """Set columns [first, last) of out (B, M) to totals (TILES, B) of lines.

    The first column of `out` is number `origin`.
    """
    rows, columns = out.shape
    flat = out.reshape(out.size)
    for b in range(rows):
        for tile in range(TILES):
            left = first + tile * LINE
            at = (tile * rows + b) * LINE
            copy_columns(totals, at, last - left, flat, b * columns + left - origin)


@compiled
def transpose(source, start, stop, target):
    """Columns [start, stop) of target (K, M) from rows of source (M, K), a line at a time."""
    for left in range(start, stop, LINE):
        right = min(left + LINE, stop)
        for k in range(source.shape[1]):
            for row in range(left, right):
                target[k, row] = source[row, k]
