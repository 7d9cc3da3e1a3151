"""All that samplers, metrics and the training loop may ask of a model.

RBMs, pairwise models and chaotic generators satisfy these protocols; nothing else is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor

if TYPE_CHECKING:
    from ebmflow.core.gibbs import HeldHidden

NOTHING: frozenset[str] = frozenset()


class Chains(NamedTuple):
    """Parallel chains.

    Attributes
    ----------
    visible : dict of Tensor
        Group -> state, shape (B, sites) for RBMs.
    hidden : Any
        State of the rest: hidden codes of RBMs, unit currents of chaotic generators.
    """

    visible: dict[str, Tensor]
    hidden: Any


class VisibleGroup(Protocol):
    """What may be asked of a visible group, whatever units it is made of."""

    sites: int
    states: int

    @property
    def size(self) -> int:
        """Entries of an expanded configuration."""

    def expand(self, codes: Tensor) -> Tensor:
        """Codes (B, sites) -> float entries (B, size)."""


@runtime_checkable
class ContrastiveModel(Protocol):
    """A model trained by statistics of data minus statistics of its own runs.

    `visible` maps group names (``data``, and ``label`` if the model knows labels) to layers;
    *conditional* means that a group is clamped.
    """

    @property
    def visible(self) -> Mapping[str, VisibleGroup]:
        """Visible groups by name."""

    def named_parameters(self) -> dict[str, Tensor]:
        """Trained tensors by name, changed in place by training."""

    def named_buffers(self) -> dict[str, Tensor]:
        """Fixed tensors that are part of the model (random couplings), by name."""

    def to(self, device: torch.device | str) -> ContrastiveModel:
        """Move all tensors, in place, and rebuild what depends on them."""

    def random_chains(self, batch: int, generator: torch.Generator) -> Chains:
        """Chains from the model's random start."""

    def clamp(self, chains: Chains, values: Mapping[str, Tensor]) -> Chains:
        """Chains with the given groups set to codes (B, sites)."""

    def advance(
        self,
        chains: Chains,
        sweeps: int,
        generator: torch.Generator,
        *,
        clamp: frozenset[str] = NOTHING,
        beta: float = 1.0,
    ) -> Chains:
        """Chains after `sweeps` sweeps, groups in `clamp` unchanged."""

    def codes(self, chains: Chains) -> dict[str, Tensor]:
        """Visible codes of chains, group -> (B, sites)."""

    def data_statistics(
        self, batch: Mapping[str, Tensor], weights: Tensor, generator: torch.Generator
    ) -> Any:
        """Statistics with all visible groups at the batch's codes, weights (B,)."""

    def chain_statistics(self, chains: Chains, weights: Tensor) -> Any:
        """The same statistics of the model's own chains."""

    def gradient(self, positive: Any, negative: Any, *, centred: bool) -> dict[str, Tensor]:
        """Ascent direction of every parameter from two sets of statistics."""

    def refresh(self) -> None:
        """Restore derived tensors and the gauge after the parameters changed."""

    def predict_labels(self, data: Tensor, sweeps: int, generator: torch.Generator) -> Tensor:
        """Label probabilities (B, C) of data codes (B, sites); exact where the model allows it."""


@runtime_checkable
class EnergyModel(ContrastiveModel, Protocol):
    """A contrastive model with an energy."""

    def free_energy(self, visible: Mapping[str, Tensor], beta: float = 1.0) -> Tensor:
        """-(1/beta) ln of the sum over hidden configurations of exp(-beta E), in nats, (B,)."""


class HiddenUnits(Protocol):
    """What may be asked of a hidden layer."""

    sites: int


@runtime_checkable
class HiddenUnitModel(EnergyModel, Protocol):
    """An energy model with hidden units that can be held at states of one's choice."""

    @property
    def hidden(self) -> HiddenUnits:
        """The hidden layer."""

    def likely_hidden(self, visible: Mapping[str, Tensor]) -> Tensor:
        """Most probable hidden codes (B, M) given visible codes."""

    def advance(
        self,
        chains: Chains,
        sweeps: int,
        generator: torch.Generator,
        *,
        clamp: frozenset[str] = NOTHING,
        beta: float = 1.0,
        held_hidden: HeldHidden | None = None,
    ) -> Chains:
        """Chains after `sweeps` sweeps, groups in `clamp` and held hidden units unchanged."""
