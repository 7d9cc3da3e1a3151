"""Data-parallel training: processes share out the rows of a batch and average their statistics.

Gradients need means over the batch before they are centred, so that statistics are summed over
processes, not gradients. Draws are those of one process (core/shards.py) and every process makes
the same updates: what is trained differs from a single process by rounding alone.

Processes are started by ``torchrun``, which sets the environment that `Team.from_environment`
reads; gloo connects them on CPUs, NCCL on GPUs.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor, distributed

from ebmflow.core.energy_model import Chains, ContrastiveModel
from ebmflow.core.shards import ShardStream, shard_stream
from ebmflow.errors import ConfigError
from ebmflow.training.gradients.base import Batch, GradientEstimator


class Team(NamedTuple):
    """Processes that train one model.

    Attributes
    ----------
    rank : int
        Number of this process; process 0 writes all files.
    size : int
        Number of processes.
    """

    rank: int = 0
    size: int = 1

    @classmethod
    def from_environment(cls, device: torch.device) -> Team:
        """Processes started by torchrun, connected; one alone if there was no torchrun."""
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return cls()
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
            # Else its threads may outlive what they use, and abort a process whose work is done.
            atexit.register(distributed.destroy_process_group)
        return cls(distributed.get_rank(), size)

    @property
    def leads(self) -> bool:
        """Whether this process writes files."""
        return self.rank == 0

    def check(self, estimator: GradientEstimator, batch_size: int) -> None:
        """Raise ConfigError where a batch or an estimator cannot be shared out."""
        if self.size == 1:
            return
        if not estimator.divisible:
            raise ConfigError(
                "recipe",
                "gradient",
                estimator.kind,
                found=f"{self.size} processes",
                expected="one process, or a gradient whose chains start anew at every update",
            )
        if batch_size % self.size:
            raise ConfigError(
                "recipe",
                "batch_size",
                batch_size,
                expected=f"a multiple of {self.size}, the number of processes",
            )

    def stream(self, generator: torch.Generator) -> torch.Generator:
        """The stream of this process's rows, from one that all processes have alike."""
        return generator if self.size == 1 else shard_stream(generator, self.rank, self.size)

    def share(self, batch: Batch) -> Batch:
        """This process's rows of a batch, as many for each process.

        Rows of the positive phase may be any number; repetitions without weight fill them up.
        """
        if self.size == 1:
            return batch
        missing = -len(batch.positive_weights) % self.size
        return Batch(
            self._rows(batch.visible),
            self._part(batch.weights),
            self._rows(batch.positive),
            self._part(torch.nn.functional.pad(batch.positive_weights, (0, missing))),
        )

    def _rows(self, codes: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {group: self._part(rows) for group, rows in codes.items()}

    def _part(self, rows: Tensor) -> Tensor:
        missing = -len(rows) % self.size
        filled = torch.cat([rows, rows[-1:].expand(missing, *rows.shape[1:])])
        return filled.chunk(self.size)[self.rank]

    def mean(self, statistics: Any, total: Tensor) -> Any:
        """Statistics of all processes' rows, from those of each and the sum of its weights."""
        tensors: list[Tensor] = []
        _map(tensors.append, statistics)
        sums = torch.cat([total.reshape(1), *(total * t.reshape(-1) for t in tensors)])
        distributed.all_reduce(sums)
        means = iter((sums[1:] / sums[0]).split([t.numel() for t in tensors]))
        return _map(lambda tensor: next(means).reshape(tensor.shape), statistics)


ALONE = Team()


def _map(function: Any, statistics: Any) -> Any:
    """Apply a function to all tensors of nested mappings and named tuples."""
    if isinstance(statistics, Tensor):
        return function(statistics)
    if isinstance(statistics, Mapping):
        return {name: _map(function, part) for name, part in statistics.items()}
    return type(statistics)(*(_map(function, part) for part in statistics))


class ParallelModel:
    """A model whose statistics are means over the rows of all processes; else it is the model."""

    def __init__(self, model: ContrastiveModel, team: Team) -> None:
        self._model, self._team = model, team

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def data_statistics(
        self, batch: Mapping[str, Tensor], weights: Tensor, generator: torch.Generator
    ) -> Any:
        """Statistics of all processes' rows."""
        own = self._model.data_statistics(batch, weights, generator)
        return self._team.mean(own, weights.sum())

    def chain_statistics(self, chains: Chains, weights: Tensor) -> Any:
        """Statistics of all processes' chains."""
        return self._team.mean(self._model.chain_statistics(chains, weights), weights.sum())


def undivided(generator: torch.Generator) -> AbstractContextManager[None]:
    """Context in which all processes draw the same numbers."""
    return generator.whole() if isinstance(generator, ShardStream) else nullcontext()
