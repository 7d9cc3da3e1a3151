"""Sweeps on a GPU as CUDA graphs: recorded once, replayed with one call and without waiting.

Small batches spend more time in queueing kernels than in kernels. A recording holds for the shapes,
sweeps, clamped groups and parameter tensors it was made with; parameters that training changes in
place keep it valid. Its random numbers are those of the sweeps run one by one, because the
generator is registered with the graph and advances with every replay.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable
from typing import Any

import torch
from torch import Tensor
from torch.cuda import (
    CUDAGraph,
    Stream,
    current_stream,
    get_sync_debug_mode,
    graph,
    set_sync_debug_mode,
    stream,
)

from ebmflow.core.energy_model import NOTHING, Chains, ContrastiveModel

Run = Callable[[Chains], Chains]

# Recordings kept; batches of ever new shapes are run one by one.
_MOST_GRAPHS = 8
# More sweeps make graphs that take longer to record than they can save.
_MOST_SWEEPS = 1000


class NotRecordable(Exception):
    """Work that waits for the device cannot be recorded."""


class Recording:
    """Work on chains of one shape, recorded on a GPU.

    Parameters
    ----------
    run : callable
        From chains to chains, by work on the device alone.
    chains : Chains
        Chains of the shape that will be run.
    generator : torch.Generator
        Drawn from by `run`, in the same state afterwards.
    """

    def __init__(self, run: Run, chains: Chains, generator: torch.Generator) -> None:
        self._given = _map(Tensor.clone, chains)
        self._warm(run, generator)
        self._graph = CUDAGraph()
        self._graph.register_generator_state(generator)
        with graph(self._graph):
            self._result = run(self._given)

    def _warm(self, run: Run, generator: torch.Generator) -> None:
        """Run on a stream of its own, as recording demands: compiles kernels, finds waits."""
        side, state, mode = Stream(), generator.get_state(), get_sync_debug_mode()
        side.wait_stream(current_stream())
        try:
            with stream(side):
                run(self._given)
                set_sync_debug_mode("error")
                run(self._given)
        except RuntimeError as error:
            raise NotRecordable(str(error)) from error
        finally:
            set_sync_debug_mode(mode)
            current_stream().wait_stream(side)
            generator.set_state(state)

    def __call__(self, chains: Chains) -> Chains:
        """Chains after the work; they stay as they are when it is done again."""
        for own, given in zip(_tensors(self._given), _tensors(chains), strict=True):
            own.copy_(given)
        self._graph.replay()
        return _map(Tensor.clone, self._result)


class GraphedModel:
    """A model whose `advance` is recorded and replayed; in all else it is the model.

    Attributes
    ----------
    refused : str or None
        Why sweeps were run one by one, the last time they were.
    """

    recorder: type[Recording] = Recording

    def __init__(self, model: ContrastiveModel) -> None:
        self._model = model
        self._recordings: dict[Hashable, Recording | None] = {}
        self.refused: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def advance(
        self,
        chains: Chains,
        sweeps: int,
        generator: torch.Generator,
        *,
        clamp: frozenset[str] = NOTHING,
        beta: float = 1.0,
        **options: Any,
    ) -> Chains:
        """Chains after `sweeps` sweeps, see the model."""

        def run(start: Chains) -> Chains:
            return self._model.advance(start, sweeps, generator, clamp=clamp, beta=beta, **options)

        if sweeps > _MOST_SWEEPS or any(value is not None for value in options.values()):
            self._refuse(f"{sweeps} sweeps with options {sorted(options)} are not recorded")
            return run(chains)
        shapes = tuple((t.shape, t.dtype, t.device) for t in _tensors(chains))
        key = (shapes, sweeps, clamp, beta, id(generator), self._addresses())
        if key not in self._recordings:
            self._recordings[key] = self._record(run, chains, generator)
        recording = self._recordings[key]
        return run(chains) if recording is None else recording(chains)

    def _record(self, run: Run, chains: Chains, generator: torch.Generator) -> Recording | None:
        if sum(r is not None for r in self._recordings.values()) >= _MOST_GRAPHS:
            self._refuse(f"more than {_MOST_GRAPHS} shapes of batches, sweeps or parameters")
            return None
        try:
            return self.recorder(run, chains, generator)
        except NotRecordable as error:
            self._refuse(f"the sweeps wait for the device: {error}")
            return None

    def _addresses(self) -> tuple[Hashable, ...]:
        """What a recording refers to: the tensors' places, and the mode they were made in."""
        tensors = {**self._model.named_parameters(), **self._model.named_buffers()}
        places = tuple(tensor.data_ptr() for tensor in tensors.values())
        return (*places, torch.is_inference_mode_enabled())

    def _refuse(self, reason: str) -> None:
        if reason != self.refused:
            warnings.warn(f"sweeps run one by one: {reason}", RuntimeWarning, stacklevel=3)
        self.refused = reason


def graphed(model: ContrastiveModel, device: torch.device) -> ContrastiveModel | GraphedModel:
    """The model, with recorded sweeps where there are graphs."""
    return GraphedModel(model) if device.type == "cuda" else model


def _map(function: Callable[[Tensor], Tensor], chains: Chains) -> Chains:
    hidden = chains.hidden
    return Chains(
        {group: function(state) for group, state in chains.visible.items()},
        function(hidden) if isinstance(hidden, Tensor) else hidden,
    )


def _tensors(chains: Chains) -> list[Tensor]:
    hidden = [chains.hidden] if isinstance(chains.hidden, Tensor) else []
    return [*chains.visible.values(), *hidden]
