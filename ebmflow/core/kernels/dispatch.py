"""Where compiled kernels serve, and how their work is shared out; the only place that chooses.

They serve float32 tensors that no gradient flows through: numba's in main memory, Triton's on a GPU
(`gpu`). `None` as an answer asks the caller for its torch formula, which is the reference and what
all else runs.

Every number is computed by one thread from its own counter, so results do not depend on how many
threads there are.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import torch
from torch import Tensor

from ebmflow.core.kernels import gpu
from ebmflow.core.shards import first_row

Range = Callable[[int, int], None]
Array = np.ndarray

# Elementary operations that are worth waking another thread.
_WORTH = 200_000
# Fewer columns than a vector has are no work for tiles.
_FEWEST_COLUMNS = 16
# Smaller products with two-state units do not pay for their tables.
_FEWEST_UNITS = 32
# Rows worked on at once, so that their sums stay in the second-level cache.
_ROWS = 2048


def serves(*tensors: Tensor) -> bool:
    """Whether compiled kernels for a CPU serve these float tensors."""
    return all(
        t.device.type == "cpu" and t.dtype == torch.float32 and not t.requires_grad for t in tensors
    )


def two_state_codes(
    inputs: Tensor, field: Tensor, scale: float, generator: torch.Generator
) -> Tensor | None:
    """Codes (..., N), 1 with probability sigmoid(scale (inputs + field)), or None."""
    if gpu.serves(inputs, field):
        return gpu.two_state_codes(inputs, field, scale, generator)
    if not serves(inputs, field):
        return None
    from ebmflow.core.kernels import counters, draws  # compiled code only where it serves

    x, key = _rows(inputs), np.uint64(counters.draw_key(generator))
    codes = np.empty(x.shape, np.uint8)
    theta, factor, offset = _array(field), np.float32(scale), first_row(generator, len(x))

    def work(start: int, stop: int) -> None:
        draws.draw_two_state(x, theta, factor, key, offset, start, stop, codes)

    _share(work, len(x), 4 * x.size)
    return torch.from_numpy(codes).reshape(inputs.shape)


def state_codes(
    inputs: Tensor, field: Tensor, beta: float, states: int, generator: torch.Generator
) -> Tensor | None:
    """Codes (..., sites) drawn from softmax(beta (inputs + field)) of each site, or None."""
    if gpu.serves(inputs, field):
        return gpu.state_codes(inputs, field, beta, states, generator)
    if not serves(inputs, field):
        return None
    from ebmflow.core.kernels import counters, draws

    x, key = _rows(inputs), np.uint64(counters.draw_key(generator))
    codes = np.empty((len(x), x.shape[1] // states), np.uint8)
    theta, factor, offset = _array(field), np.float32(beta), first_row(generator, len(x))

    def work(start: int, stop: int) -> None:
        draws.draw_states(x, theta, factor, key, offset, states, start, stop, codes)

    _share(work, len(x), 4 * x.size)
    return torch.from_numpy(codes).reshape(*inputs.shape[:-1], codes.shape[1])


def uniform_codes(batch: int, sites: int, states: int, generator: torch.Generator) -> Tensor | None:
    """Codes (batch, sites) uniform over the states, or None."""
    if generator.device.type != "cpu":
        return None
    from ebmflow.core.kernels import counters, draws

    key, offset = np.uint64(counters.draw_key(generator)), first_row(generator, batch)
    codes = np.empty((batch, sites), np.uint8)

    def work(start: int, stop: int) -> None:
        draws.draw_uniform(states, key, offset, start, stop, codes)

    _share(work, batch, 2 * codes.size)
    return torch.from_numpy(codes)


def summed_rows(codes: Tensor, weight: Tensor, states: int) -> Tensor | None:
    """Product (..., M) of one-hot rows with weights (sites * states, M), or None.

    Parameters
    ----------
    codes : Tensor of uint8, shape (..., sites)
    """
    if codes.shape[-1] == 1:
        found = serves(weight) or gpu.serves(weight)
        return weight[codes.squeeze(-1).long()] if found else None
    if gpu.serves(weight):
        return gpu.summed_rows(codes, weight, states)
    rows = codes.numel() // max(1, codes.shape[-1])
    # Copying tiles must be little beside reading them.
    if not serves(weight) or weight.shape[1] < _FEWEST_COLUMNS or rows < 4 * states:
        return None
    from ebmflow.core.kernels import lines, one_hot

    c, w = _rows(codes), _array(weight)
    out = np.empty((len(c), w.shape[1]), np.float32)
    step = one_hot.block_sites(states, c.shape[1])
    width = -(-step // lines.UNROLLED) * lines.UNROLLED
    for part, result in zip(_chunks(c), _chunks(out), strict=True):
        packed = np.empty((-(-c.shape[1] // step), len(part), width), np.uint16)
        one_hot.pack_states(part, states, step, packed)

        def work(first: int, last: int, packed: Array = packed, to: Array = result) -> None:
            one_hot.sum_rows(packed, w, states, step, first, last, to)

        _share_columns(work, w.shape[1], packed.size)
    return torch.from_numpy(out).reshape(*codes.shape[:-1], w.shape[1])


def transposed(weight: Tensor) -> Tensor:
    """A copy of the transposed weights where kernels take them so, a view elsewhere."""
    if not serves(weight) or min(weight.shape) < _FEWEST_UNITS:
        return weight.T
    from ebmflow.core.kernels import lines

    w = _array(weight)
    out = np.empty(w.shape[::-1], np.float32)

    def work(start: int, stop: int) -> None:
        lines.transpose(w, start, stop, out)

    _share(work, len(w), w.size)
    return torch.from_numpy(out)


def two_state_product(codes: Tensor, weight: Tensor, low: float, high: float) -> Tensor | None:
    """Product (..., M) of entries, `low` for code 0 and `high` for 1, with weights, or None.

    Parameters
    ----------
    codes : Tensor of uint8, shape (..., K)
    weight : Tensor, shape (K, M)
    """
    if codes.dtype == torch.uint8 and gpu.serves(weight):
        return gpu.two_state_product(codes, weight, low, high)
    if not _worth_tables(codes, weight):
        return None
    from ebmflow.core.kernels import two_state

    c, w = _rows(codes), _array(weight)
    out = np.empty((len(c), weight.shape[1]), np.float32)
    start, more = np.float32(low), np.float32(high - low)
    for part, result in zip(_chunks(c), _chunks(out), strict=True):
        packed = _packed_bits(part)

        def work(first: int, last: int, packed: Array = packed, to: Array = result) -> None:
            two_state.sum_bits(packed, w, start, more, first, last, 0, to)

        _share_columns(work, weight.shape[1], packed.size)
    return torch.from_numpy(out).reshape(*codes.shape[:-1], weight.shape[1])


def two_state_after(
    codes: Tensor,
    weight: Tensor,
    entries: tuple[float, float],
    field: Tensor,
    scale: float,
    generator: torch.Generator,
) -> Tensor | None:
    """What `two_state_codes` draws from inputs that two-state codes send, or None.

    Only on a GPU: drawing from inputs in main memory costs a tenth of their product.
    """
    if codes.dim() != 2 or codes.dtype != torch.uint8 or not gpu.serves(field, weight):
        return None
    return gpu.two_state_after(codes, weight, entries, field, scale, generator)


def states_after(
    codes: Tensor,
    weight: Tensor,
    entries: tuple[float, float],
    field: Tensor,
    beta: float,
    states: int,
    generator: torch.Generator,
) -> Tensor | None:
    """What `state_codes` draws from inputs that two-state codes send, or None.

    The inputs are never all in memory.

    Parameters
    ----------
    codes, weight, entries
        See `two_state_product`; codes are (B, K).
    """
    if codes.dim() == 2 and codes.dtype == torch.uint8 and gpu.serves(field, weight):
        return gpu.states_after(codes, weight, entries, field, beta, states, generator)
    if not serves(field) or codes.dim() != 2 or not _worth_tables(codes, weight):
        return None
    from ebmflow.core.kernels import counters, draws, two_state

    c, w, theta, factor = _rows(codes), _array(weight), _array(field), np.float32(beta)
    key, offset = np.uint64(counters.draw_key(generator)), first_row(generator, len(c))
    low, step = np.float32(entries[0]), np.float32(entries[1] - entries[0])
    out = np.empty((len(c), w.shape[1] // states), np.uint8)
    blocks = -(-out.shape[1] // two_state.SITES)
    for number, (part, to) in enumerate(zip(_chunks(c), _chunks(out), strict=True)):
        packed, first_of = _packed_bits(part), offset + number * _ROWS
        uniform = np.empty((len(part), -(-out.shape[1] // 4) * 4), np.float32)

        def fill(start: int, stop: int, first: int = first_of, to: Array = uniform) -> None:
            draws.fill_uniforms(key, first, start, stop, to)

        def work(
            first: int, last: int, bits: Array = packed, numbers: Array = uniform, to: Array = to
        ) -> None:
            two_state.draw_states_after(
                bits, w, low, step, theta, factor, states, numbers, first, last, to
            )

        _share(fill, len(part), 4 * uniform.size)
        _share(work, blocks, w.shape[1] * packed.size // 8)
    return torch.from_numpy(out)


def _worth_tables(codes: Tensor, weight: Tensor) -> bool:
    """Whether a product with two-state codes is better taken from tables of joint states."""
    rows = codes.numel() // max(1, codes.shape[-1])
    wide = min(rows, *weight.shape) >= _FEWEST_UNITS
    return wide and codes.dtype == torch.uint8 and serves(weight)


def _packed_bits(codes: Array) -> Array:
    from ebmflow.core.kernels import two_state

    blocks = -(-codes.shape[1] // (two_state.UNITS * two_state.GROUPS))
    packed = np.empty((blocks, len(codes), two_state.GROUPS), np.uint16)
    two_state.pack_bits(codes, packed)
    return packed


def scattered_rows(codes: Tensor, other: Tensor, states: int) -> Tensor | None:
    """Product (sites * states, M) of transposed one-hot rows with other (B, M), or None."""
    if gpu.serves(other):
        return gpu.scattered_rows(codes, other, states)
    if not serves(other) or other.shape[1] < _FEWEST_COLUMNS:
        return None
    from ebmflow.core.kernels import lines, one_hot

    c, o = np.ascontiguousarray(_array(codes).T), _array(other)
    out = np.empty((len(c) * states, o.shape[1]), np.float32)
    chunks = -(-len(o) // one_hot.SORTED)
    step, fill = -(-len(o) // chunks), states * (lines.UNROLLED - 1)
    order = np.empty((-(-len(o) // step), len(c), step + fill), np.uint16)
    starts = np.empty((len(order), len(c), states + 1), np.int32)
    one_hot.sort_rows(c, states, step, order, starts)

    def work(first: int, last: int) -> None:
        one_hot.scatter_rows(order, starts, o, step, first, last, out)

    _share_columns(work, o.shape[1], order.size)
    return torch.from_numpy(out)


def scattered_weights(codes: Tensor, weights: Tensor, states: int) -> Tensor | None:
    """Sums (sites * states,) of weights (B,) over the rows with each state, or None."""
    if gpu.serves(weights):
        return gpu.scattered_rows(codes, weights.unsqueeze(-1), states).squeeze(-1)
    if not serves(weights):
        return None
    from ebmflow.core.kernels import one_hot

    out = np.zeros(codes.shape[1] * states, np.float32)
    one_hot.scatter_weights(_array(codes), _array(weights), states, out)
    return torch.from_numpy(out)


def _array(tensor: Tensor) -> Array:
    return tensor.contiguous().numpy()


def _rows(tensor: Tensor) -> Array:
    return _array(tensor.reshape(-1, tensor.shape[-1]))


def _chunks(rows: Array) -> list[Array]:
    return [rows[first : first + _ROWS] for first in range(0, len(rows), _ROWS)]


def _share_columns(work: Range, columns: int, lines_summed: int) -> None:
    """Call `work` on ranges of columns that together are all."""
    from ebmflow.core.kernels.lines import COLUMNS

    def some(begin: int, end: int) -> None:
        work(begin * COLUMNS, min(end * COLUMNS, columns))

    _share(some, -(-columns // COLUMNS), columns * lines_summed // 8)


def _share(work: Range, items: int, operations: int) -> None:
    """Call `work` on ranges that cover all items, by as many threads as torch may use."""
    threads = min(torch.get_num_threads(), 1 + operations // _WORTH, max(1, items))
    if threads == 1:
        work(0, items)
        return
    bounds = [items * part // threads for part in range(threads + 1)]
    others = [
        _pool(torch.get_num_threads() - 1).submit(work, bounds[part], bounds[part + 1])
        for part in range(1, threads)
    ]
    work(bounds[0], bounds[1])
    for other in others:
        other.result()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="ebmflow-kernel")
