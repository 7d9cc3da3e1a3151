"""Random numbers of rows that several processes share out.

All processes hold streams in the same state. Each draws the numbers of its own rows as one process
would draw them for all rows, so that the number of processes does not change the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


class ShardStream(torch.Generator):
    """A random stream whose draws are rows rank * n to (rank + 1) * n - 1 of size * n.

    Attributes
    ----------
    rank, size : int
        Number of this process, and of processes.
    """

    rank = 0
    size = 1

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Within this context draws are not shared out: every process gets the same ones."""
        held = self.rank, self.size
        self.rank, self.size = 0, 1
        try:
            yield
        finally:
            self.rank, self.size = held


def shard_stream(stream: torch.Generator, rank: int, size: int) -> ShardStream:
    """A stream in the state of another, for the rows of one process."""
    shard = ShardStream(device=stream.device)
    shard.set_state(stream.get_state())
    shard.rank, shard.size = rank, size
    return shard


def first_row(generator: torch.Generator, rows: int) -> int:
    """Place of the first of this process's rows among those of all."""
    return generator.rank * rows if isinstance(generator, ShardStream) else 0


def draw_rows(
    draw: Callable[[tuple[int, ...]], Tensor], shape: tuple[int, ...], generator: torch.Generator
) -> Tensor:
    """Draw this process's rows, first axis of `shape`, out of those of all processes."""
    if not isinstance(generator, ShardStream) or generator.size == 1:
        return draw(shape)
    rows = shape[0]
    first = first_row(generator, rows)
    return draw((rows * generator.size, *shape[1:]))[first : first + rows]
