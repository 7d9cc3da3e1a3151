"""Batches of sequences of similar length, and what to do when one does not fit into memory."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import TypeVar

from ebmflow.evaluation.structure.workers.fold_fair_esm import is_shortage

SMALLEST_CHUNK = 16
T = TypeVar("T")


def by_length(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Return batches of indices, shortest sequences first.

    Parameters
    ----------
    tokens : int
        Largest size of a batch: number of sequences times length of the longest, since shorter ones
        are padded to it. A sequence longer than this is a batch of its own.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda one: (lengths[one], one)):
        if not batches or (len(batches[-1]) + 1) * lengths[index] > tokens:
            batches.append([])
        batches[-1].append(index)
    return batches


def within_memory(
    judge: Callable[[Sequence[str], int | None], list[T]],
    sequences: Sequence[str],
    chunk: int | None,
    gives_up: Callable[[str], T],
) -> list[T]:
    """Judge sequences; short of memory, halve the batch, then the chunk, then give one up.

    Parameters
    ----------
    judge : callable
        Takes sequences and a chunk size (None: no chunks).
    gives_up : callable
        Takes a sequence that does not fit even alone in the smallest chunks.

    Returns
    -------
    list
        One result per sequence, in order.
    """
    try:
        return judge(sequences, chunk)
    except (RuntimeError, MemoryError) as error:
        if not is_shortage(error):
            raise
    # Outside the handler, where the traceback no longer holds the tensors of the failed attempt.
    free_memory()
    if len(sequences) > 1:
        half = len(sequences) // 2
        parts = (sequences[:half], sequences[half:])
        return [one for part in parts for one in within_memory(judge, part, chunk, gives_up)]
    smaller = len(sequences[0]) // 2 if chunk is None else chunk // 2
    if smaller < SMALLEST_CHUNK:
        return [gives_up(sequences[0])]
    return within_memory(judge, sequences, smaller, gives_up)


def free_memory() -> None:
    """Give memory that nothing uses any more back to the GPU."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
