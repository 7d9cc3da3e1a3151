"""A pairwise (Potts, DCA) model: no hidden units.

E(x) = - field.x - 1/2 x.J x over one-hot entries x; J is symmetric, without couplings in a site.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from ebmflow.core.energy_model import NOTHING, Chains
from ebmflow.core.layers.base import Layer, uniform_numbers
from ebmflow.errors import DataError


class PairMoments(NamedTuple):
    """Weighted means: single entries (N,) and products of two entries (N, N)."""

    visible: Tensor
    pair: Tensor


class PairwiseModel:
    """Fields and couplings of Potts sites.

    Parameters
    ----------
    layer : Layer
        Potts sites; its field is a parameter.
    """

    def __init__(self, layer: Layer) -> None:
        self.visible = {"data": layer}
        self.coupling = torch.zeros(layer.size, layer.size)

    @property
    def layer(self) -> Layer:
        """The only group."""
        return self.visible["data"]

    def named_parameters(self) -> dict[str, Tensor]:
        """``field.data`` (N,) and ``coupling.data`` (N, N)."""
        return {"field.data": self.layer.field, "coupling.data": self.coupling}

    def named_buffers(self) -> dict[str, Tensor]:
        """Fixed tensors: none."""
        return {}

    def to(self, device: torch.device | str) -> PairwiseModel:
        """Move all tensors, in place."""
        self.layer.to(device)
        self.coupling = self.coupling.to(device)
        return self

    def refresh(self) -> None:
        """Restore symmetry and the absence of couplings within a site."""
        self.coupling.copy_((self.coupling + self.coupling.T) / 2)
        self.coupling.mul_(self.other_sites())

    def other_sites(self) -> Tensor:
        """1 where two entries belong to different sites, (N, N)."""
        site = torch.arange(self.layer.size, device=self.coupling.device) // self.layer.states
        return (site[:, None] != site).to(self.coupling.dtype)

    def free_energy(self, visible: Mapping[str, Tensor], beta: float = 1.0) -> Tensor:
        """Energy in nats, (B,), at any `beta`: there is nothing to sum over."""
        x = self.layer.expand(visible["data"])
        return -x @ self.layer.field - ((x @ self.coupling) * x).sum(-1) / 2

    def random_chains(self, batch: int, generator: torch.Generator) -> Chains:
        """Chains with uniform codes."""
        return Chains({"data": self.layer.uniform(batch, generator)}, None)

    def clamp(self, chains: Chains, values: Mapping[str, Tensor]) -> Chains:
        """Chains with the given groups set to codes (B, sites)."""
        return chains._replace(visible={**chains.visible, **values})

    def codes(self, chains: Chains) -> dict[str, Tensor]:
        """Visible codes of chains."""
        return chains.visible

    def advance(
        self,
        chains: Chains,
        sweeps: int,
        generator: torch.Generator,
        *,
        clamp: frozenset[str] = NOTHING,
        beta: float = 1.0,
    ) -> Chains:
        """Chains after `sweeps` sweeps of Gibbs sampling, site after site."""
        if "data" in clamp:
            return chains
        states, codes = self.layer.states, chains.visible["data"].clone()
        x = self.layer.expand(codes)
        for _ in range(sweeps):
            for site in range(self.layer.sites):
                part = slice(site * states, (site + 1) * states)
                fields = beta * (x @ self.coupling[:, part] + self.layer.field[part])
                codes[:, site] = _draw(fields, generator).to(codes.dtype)
                x[:, part] = torch.nn.functional.one_hot(codes[:, site].long(), states).to(x.dtype)
        return Chains({"data": codes}, None)

    def data_statistics(
        self, batch: Mapping[str, Tensor], weights: Tensor, generator: torch.Generator
    ) -> PairMoments:
        """Moments of codes (B, sites) with weights (B,)."""
        return self._moments(batch, weights)

    def chain_statistics(self, chains: Chains, weights: Tensor) -> PairMoments:
        """The same moments of chains."""
        return self._moments(chains.visible, weights)

    def _moments(self, rows: Mapping[str, Tensor], weights: Tensor) -> PairMoments:
        x = self.layer.expand(rows["data"])
        weighted = x * (weights / weights.sum()).unsqueeze(-1)
        return PairMoments(weighted.sum(0), weighted.T @ x)

    def gradient(
        self, positive: PairMoments, negative: PairMoments, *, centred: bool
    ) -> dict[str, Tensor]:
        """Ascent direction; both triangles of the couplings move by the gradient of their pair."""
        field, pair = positive.visible - negative.visible, positive.pair - negative.pair
        if centred:
            mean = positive.visible
            pair = pair - torch.outer(mean, field) - torch.outer(field, mean)
            pair = pair * self.other_sites()
            field = field - pair @ mean
        return {"field.data": field, "coupling.data": pair * self.other_sites()}

    def predict_labels(self, data: Tensor, sweeps: int, generator: torch.Generator) -> Tensor:
        """Raise DataError: the model knows no labels."""
        raise DataError("pairwise model", "it has no labels", "a model with labels")


def _draw(fields: Tensor, generator: torch.Generator) -> Tensor:
    """States (B,) of one site from its fields (B, q)."""
    cumulative = (fields - fields.amax(-1, keepdim=True)).exp().cumsum(-1)
    level = uniform_numbers(fields.shape[:-1], generator) * cumulative[:, -1]
    below = (cumulative <= level.unsqueeze(-1)).sum(-1)
    return below.clamp_(max=fields.shape[-1] - 1)
