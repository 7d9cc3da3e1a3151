"""Work on a GPU as CUDA graphs: recorded once, replayed with one call and without waiting.

Small batches spend more time in queueing kernels than in kernels. A recording holds for the shapes,
options and parameter tensors it was made with; parameters that training changes in place keep it
valid. Its random numbers are those of the work done step by step, because the generator is
registered with the graph and advances with every replay.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Mapping
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
from ebmflow.core.kernels.gpu import plain

# Tensors in mappings, lists and named tuples.
Tree = Any
Run = Callable[[Tree], Tree]

# Recordings kept; batches of ever new shapes are worked on step by step.
_MOST_GRAPHS = 8
# More sweeps make graphs that take longer to record than they can save.
_MOST_SWEEPS = 1000


class NotRecordable(Exception):
    """Work that cannot be recorded, and why."""


class Recording:
    """Work on tensors of certain shapes, recorded on a GPU.

    Parameters
    ----------
    run : callable
        From tensors to new tensors, by work on the device alone.
    given : tree of Tensor
        Tensors of the shapes that will be worked on.
    generator : torch.Generator
        Drawn from by `run`, in the same state afterwards.

    Raises
    ------
    NotRecordable
        The work waits for the device, or CUDA refuses to record it.
    """

    def __init__(self, run: Run, given: Tree, generator: torch.Generator) -> None:
        self._given = map_tensors(Tensor.clone, given)
        try:
            self._warm(run, generator)
            self._graph = CUDAGraph()
            self._graph.register_generator_state(generator)
            with graph(self._graph):
                self._result = run(self._given)
        except RuntimeError as error:
            raise NotRecordable(str(error)) from error

    def _warm(self, run: Run, generator: torch.Generator) -> None:
        """Run on a stream of its own, as recording demands: compiles kernels, finds waits."""
        side, state, mode = Stream(), generator.get_state(), get_sync_debug_mode()
        side.wait_stream(current_stream())
        try:
            with stream(side), warnings.catch_warnings():
                # torch calls this mode a prototype every time.
                warnings.filterwarnings("ignore", message="Synchronization debug mode")
                run(self._given)
                set_sync_debug_mode("error")
                run(self._given)
        finally:
            set_sync_debug_mode(mode)
            current_stream().wait_stream(side)
            generator.set_state(state)

    def __call__(self, given: Tree) -> Tree:
        """Results, which stay as they are when the work is done again."""
        for own, new in zip(tensors_of(self._given), tensors_of(given), strict=True):
            own.copy_(new)
        self._graph.replay()
        return map_tensors(Tensor.clone, self._result)


class Recordings:
    """Recordings of one kind of work, by all that they depend on.

    Attributes
    ----------
    refused : str or None
        Why work was done step by step, the last time it was.
    """

    recorder: type[Recording] = Recording

    def __init__(self, work: str) -> None:
        self._work = work
        self._made: dict[Hashable, Recording | None] = {}
        self.refused: str | None = None

    def __call__(
        self,
        run: Run,
        given: Tree,
        generator: torch.Generator,
        model: ContrastiveModel,
        options: tuple[Hashable, ...] = (),
    ) -> Recording | None:
        """The recording for tensors of these shapes, or None if the work is done step by step.

        Parameters
        ----------
        model : ContrastiveModel
            Whose parameters the work uses.
        options : tuple
            What else decides what is done.
        """
        tensors = {**model.named_parameters(), **model.named_buffers()}
        places = tuple(tensor.data_ptr() for tensor in tensors.values())
        shapes = tuple((t.shape, t.dtype, t.device) for t in tensors_of(given))
        # Tensors made in inference mode cannot be written to outside it.
        key = (shapes, options, id(generator), places, torch.is_inference_mode_enabled())
        if key not in self._made:
            self._made[key] = self._record(run, given, generator)
        return self._made[key]

    def _record(self, run: Run, given: Tree, generator: torch.Generator) -> Recording | None:
        if sum(recording is not None for recording in self._made.values()) >= _MOST_GRAPHS:
            self.refuse(f"more than {_MOST_GRAPHS} shapes of batches or sets of options")
            return None
        try:
            return self.recorder(run, given, generator)
        except NotRecordable as error:
            self.refuse(f"it cannot be recorded: {error}")
            return None

    def refuse(self, reason: str) -> None:
        """Warn that work is done step by step, once for each reason."""
        if reason != self.refused:
            text = f"{self._work} done step by step: {reason}"
            warnings.warn(text, RuntimeWarning, stacklevel=4)
        self.refused = reason


class GraphedModel:
    """A model whose `advance` is recorded and replayed; in all else it is the model."""

    def __init__(self, model: ContrastiveModel) -> None:
        self._model = model
        self.recordings = Recordings("sweeps")

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
            self.recordings.refuse(f"{sweeps} sweeps, options {sorted(options)}")
            return run(chains)
        recording = self.recordings(run, chains, generator, self._model, (sweeps, clamp, beta))
        return run(chains) if recording is None else recording(chains)


def graphed(model: ContrastiveModel, device: torch.device) -> ContrastiveModel | GraphedModel:
    """The model, with recorded sweeps where they serve."""
    return GraphedModel(model) if serves(device) else model


def serves(device: torch.device) -> bool:
    """Whether work on this device is recorded."""
    return device.type == "cuda" and not plain()


def map_tensors(function: Callable[[Tensor], Tensor], tree: Tree) -> Tree:
    """Apply a function to all tensors; what is neither tensor nor container stays."""
    if isinstance(tree, Tensor):
        return function(tree)
    if isinstance(tree, Mapping):
        return {name: map_tensors(function, part) for name, part in tree.items()}
    if isinstance(tree, list):
        return [map_tensors(function, part) for part in tree]
    if isinstance(tree, tuple):  # named tuples only: their fields are arguments
        return type(tree)(*(map_tensors(function, part) for part in tree))
    return tree


def tensors_of(tree: Tree) -> list[Tensor]:
    """All tensors, in order."""
    found: list[Tensor] = []

    def note(tensor: Tensor) -> Tensor:
        found.append(tensor)
        return tensor

    map_tensors(note, tree)
    return found
