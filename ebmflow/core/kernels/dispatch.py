"""Where compiled kernels serve, and how their work is shared out; the only place that chooses.

They serve float32 tensors in main memory that no gradient flows through. `None` as an answer asks
the caller for its torch formula, which is the reference and what other devices run.

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

from ebmflow.core.shards import first_row

Range = Callable[[int, int], None]

# Elementary operations that are worth waking another thread.
_WORTH = 200_000
# Fewer columns than a vector has are no work for tiles.
_FEWEST_COLUMNS = 16


def serves(*tensors: Tensor) -> bool:
    """Whether compiled kernels serve these float tensors."""
    return all(
        t.device.type == "cpu" and t.dtype == torch.float32 and not t.requires_grad for t in tensors
    )


def two_state_codes(
    inputs: Tensor, field: Tensor, scale: float, generator: torch.Generator
) -> Tensor | None:
    """Codes (..., N), 1 with probability sigmoid(scale (inputs + field)), or None."""
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
        return weight[codes.squeeze(-1).long()] if serves(weight) else None
    rows = codes.numel() // max(1, codes.shape[-1])
    # Copying tiles must be little beside reading them.
    if not serves(weight) or weight.shape[1] < _FEWEST_COLUMNS or rows < 4 * states:
        return None
    from ebmflow.core.kernels import one_hot

    c, w = _rows(codes), _array(weight)
    out = np.empty((len(c), w.shape[1]), np.float32)
    for first, last in _tiles(w.shape[1], one_hot.TILE):

        def work(start: int, stop: int, first: int = first, last: int = last) -> None:
            one_hot.sum_rows(c, w, states, first, last, start, stop, out)

        _share(work, len(c), c.size * (last - first) // 8)
    return torch.from_numpy(out).reshape(*codes.shape[:-1], w.shape[1])


def scattered_rows(codes: Tensor, other: Tensor, states: int) -> Tensor | None:
    """Product (sites * states, M) of transposed one-hot rows with other (B, M), or None."""
    if not serves(other) or other.shape[1] < _FEWEST_COLUMNS:
        return None
    from ebmflow.core.kernels import one_hot

    c, o = np.ascontiguousarray(_array(codes).T), _array(other)
    out = np.zeros((len(c) * states, o.shape[1]), np.float32)
    for first, last in _tiles(o.shape[1], one_hot.TILE):

        def work(begin: int, end: int, first: int = first, last: int = last) -> None:
            one_hot.scatter_rows(c, o, states, first, last, begin, end, out)

        _share(work, len(c), c.size * (last - first) // 8)
    return torch.from_numpy(out)


def scattered_weights(codes: Tensor, weights: Tensor, states: int) -> Tensor | None:
    """Sums (sites * states,) of weights (B,) over the rows with each state, or None."""
    if not serves(weights):
        return None
    from ebmflow.core.kernels import one_hot

    out = np.zeros(codes.shape[1] * states, np.float32)
    one_hot.scatter_weights(_array(codes), _array(weights), states, out)
    return torch.from_numpy(out)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.contiguous().numpy()


def _rows(tensor: Tensor) -> np.ndarray:
    return _array(tensor.reshape(-1, tensor.shape[-1]))


def _tiles(columns: int, width: int) -> list[tuple[int, int]]:
    return [(first, min(first + width, columns)) for first in range(0, columns, width)]


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
