"""Batches by length, and what happens when memory is short."""

from __future__ import annotations

import pytest
import torch

from ebmflow.evaluation.structure.batching import SMALLEST_CHUNK, by_length, within_memory


def test_batches_are_sorted_and_keep_to_their_size():
    lengths = [5, 40, 3, 5, 100, 6]
    batches = by_length(lengths, tokens=12)
    # 3 and 5 padded to 5: 10 of 12; a third of length 5 would make 15.
    assert batches == [[2, 0], [3, 5], [1], [4]]
    assert by_length([], 10) == []


class Memory:
    """Folds what fits: sequences times length, or times chunk where there is one."""

    def __init__(self, size, error=torch.OutOfMemoryError):
        self.size, self.error, self.calls = size, error, []

    def __call__(self, sequences, chunk):
        self.calls.append((list(sequences), chunk))
        width = max(map(len, sequences))
        if len(sequences) * min(width, chunk or width) > self.size:
            raise self.error("CUDA out of memory. Tried to allocate 2.00 GiB")
        return [f"{one}:{chunk}" for one in sequences]


def give_up(sequence):
    return f"{sequence}:oom"


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError, MemoryError])
def test_batch_is_halved_first(error):
    memory = Memory(10, error)
    found = within_memory(memory, ["AAAAA", "CCCCC", "DDDDD"], None, give_up)
    assert found == ["AAAAA:None", "CCCCC:None", "DDDDD:None"]
    assert [len(sequences) for sequences, _ in memory.calls] == [3, 1, 2]


def test_then_the_chunk_then_the_sequence_is_given_up():
    memory = Memory(SMALLEST_CHUNK)
    long, longer = "A" * 5 * SMALLEST_CHUNK, "C" * 4
    assert within_memory(memory, [long, longer], 128, give_up) == [
        f"{long}:{SMALLEST_CHUNK}", f"{longer}:128",
    ]  # fmt: skip
    assert [chunk for sequences, chunk in memory.calls if sequences == [long]] == [128, 64, 32, 16]
    nothing_fits = Memory(1)
    assert within_memory(nothing_fits, [long], None, give_up) == [f"{long}:oom"]
    # Without chunks the first chunk is half the sequence.
    assert [chunk for _, chunk in nothing_fits.calls] == [None, 40, 20]


def test_other_errors_pass():
    def judge(sequences, chunk):
        raise RuntimeError("size mismatch")

    with pytest.raises(RuntimeError, match="size mismatch"):
        within_memory(judge, ["AC"], None, give_up)
