"""Drawing the state of one Potts site in vector registers: softmax, running sum and comparison.

The states of a site are one or two vectors of 16 numbers. Written for LLVM directly, because
compilers make no vectors of a running sum.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
MOST_STATES = 2 * LANES

_FLOAT, _INT = ir.FloatType(), ir.IntType(32)
_VECTOR = ir.VectorType(_FLOAT, LANES)
_INTS = ir.VectorType(_INT, LANES)
_ZERO = ir.Constant(_VECTOR, [0.0] * LANES)
# Taylor coefficients of e^r from r^7 / 7! down; see compiling.exponential.
_TAYLOR = (1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1.0, 1.0)


def _same(number, kind=_VECTOR):
    return ir.Constant(kind, [number] * LANES)


def _spread(builder, scalar, kind=_VECTOR):
    """A vector of one number."""
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), scalar, ir.Constant(_INT, 0))
    return builder.shuffle_vector(first, first, ir.Constant(_INTS, [0] * LANES))


def _larger(builder, left, right):
    return builder.select(builder.fcmp_ordered(">", left, right), left, right)


def _call(builder, name, result, *arguments):
    kind = ir.FunctionType(result, [a.type for a in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)


def _exponential(builder, x):
    """e^x of a vector with x in [-87, 0]; the formula is that of compiling.exponential."""

    def fma(a, b, c):
        return _call(builder, "llvm.fma.v16f32", _VECTOR, a, b, c)

    whole = builder.fmul(x, _same(1.4426950408889634))
    k = _call(builder, "llvm.nearbyint.v16f32", _VECTOR, whole)
    r = fma(k, _same(-0.693145751953125), x)
    r = fma(k, _same(-1.428606765330187e-06), r)
    p = _same(_TAYLOR[0])
    for coefficient in _TAYLOR[1:]:
        p = fma(p, r, _same(coefficient))
    power = builder.shl(builder.add(builder.fptosi(k, _INTS), _same(127, _INTS)), _same(23, _INTS))
    return builder.fmul(p, builder.bitcast(power, _VECTOR))


def _running_sum(builder, vector):
    """Each number plus all before it."""
    for shift in (1, 2, 4, 8):
        # Places 0 to 15 of a shuffle are those of the first vector: zeros.
        places = [LANES + i - shift if i >= shift else i for i in range(LANES)]
        moved = builder.shuffle_vector(_ZERO, vector, ir.Constant(_INTS, places))
        vector = builder.fadd(vector, moved)
    return vector


def _last(builder, vector):
    places = ir.Constant(_INTS, [LANES - 1] * LANES)
    return builder.shuffle_vector(vector, vector, places)


def _count(builder, truths):
    """Number of true lanes, as int32."""
    bits = builder.bitcast(truths, ir.IntType(LANES))
    return builder.zext(_call(builder, "llvm.ctpop.i16", bits.type, bits), _INT)


def _shares(builder, inputs, fields, beta, states):
    """Unnormalised probabilities, zero beyond the states: a list of vectors."""
    lanes = ir.Constant(_INTS, list(range(LANES)))
    logits, inside = [], []
    for number, (sent, field) in enumerate(zip(inputs, fields, strict=True)):
        limit = builder.sub(states, ir.Constant(_INT, number * LANES))
        inside.append(builder.icmp_signed("<", lanes, _spread(builder, limit, _INTS)))
        total = builder.fmul(builder.fadd(sent, field), beta)
        logits.append(builder.select(inside[-1], total, _same(float("-inf"))))
    largest = logits[0]
    for other in logits[1:]:
        largest = _larger(builder, largest, other)
    for shift in (8, 4, 2, 1):
        places = ir.Constant(_INTS, [i ^ shift for i in range(LANES)])
        turned = builder.shuffle_vector(largest, largest, places)
        largest = _larger(builder, largest, turned)
    shares = []
    for vector, mask in zip(logits, inside, strict=True):
        below = _larger(builder, builder.fsub(vector, largest), _same(-87.0))
        shares.append(builder.select(mask, _exponential(builder, below), _ZERO))
    return shares


def _draw(builder, shares, uniform):
    """Number of states whose running sum does not pass the level, as int32."""
    sums = [_running_sum(builder, vector) for vector in shares]
    for i in range(1, len(sums)):
        sums[i] = builder.fadd(sums[i], _last(builder, sums[i - 1]))
    level = builder.fmul(_last(builder, sums[-1]), uniform)
    found = [_count(builder, builder.fcmp_ordered("<=", vector, level)) for vector in sums]
    return found[0] if len(found) == 1 else builder.add(*found)


def _site_drawer(vectors):
    @intrinsic
    def draw(typing_context, inputs, at, field, place, states, beta, uniform):
        def emit(context, builder, signature, arguments):
            inputs, at, field, place, states, beta, uniform = arguments

            def load(kind, array, index, number):
                data = cgutils.create_struct_proxy(kind)(context, builder, array).data
                start = builder.gep(data, [builder.add(index, index.type(number * LANES))])
                return builder.load(builder.bitcast(start, _VECTOR.as_pointer()), align=4)

            sent = [load(signature.args[0], inputs, at, v) for v in range(vectors)]
            fields = [load(signature.args[2], field, place, v) for v in range(vectors)]
            shares = _shares(builder, sent, fields, _spread(builder, beta), states)
            return _draw(builder, shares, _spread(builder, uniform))

        word, real = types.int64, types.float32
        return types.int32(inputs, word, field, word, types.int32, real, real), emit

    return draw


draw_few = _site_drawer(1)  # up to LANES states
draw_many = _site_drawer(2)  # up to MOST_STATES states
