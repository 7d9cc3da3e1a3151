"""A stored model as metrics see it: NumPy in, NumPy out, so that metrics never import torch."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ebmflow.core.energy_model import Chains
from ebmflow.core.exact import is_mirrored, visible_configurations
from ebmflow.core.gibbs import inputs_from_part
from ebmflow.core.rbm import RBM
from ebmflow.errors import DataError
from ebmflow.io.model_file import age_path, load_chains, load_model
from ebmflow.registry import component
from ebmflow.training.gradients.base import Batch, GradientEstimator
from ebmflow.training.gradients.monte_carlo import Persistent

GROUND_STATE_LIMIT = 1 << 22


class ModelView:
    """What metrics may ask of an RBM.

    Parameters
    ----------
    model : RBM
    estimator : GradientEstimator, optional
        What it was trained with.
    chains : dict of Tensor, optional
        Its persistent chains, group -> codes.
    """

    def __init__(
        self,
        model: RBM,
        estimator: GradientEstimator | None = None,
        chains: dict[str, Tensor] | None = None,
    ) -> None:
        self.model, self.estimator, self.chains = model, estimator, chains or {}

    def reconstruct(
        self, codes: np.ndarray, given: np.ndarray, sweeps: int, keep: bool, seed: int
    ) -> np.ndarray:
        """Rows completed from some of their sites; the other sites send nothing at the start.

        Parameters
        ----------
        codes : ndarray (n, sites)
        given : ndarray of bool (n, sites)
            Sites that are given.
        sweeps : int
            Gibbs sweeps.
        keep : bool
            Whether the given sites are restored after every sweep, or drawn like all others.

        Returns
        -------
        ndarray (n, sites)
        """
        model, generator = self.model, torch.Generator().manual_seed(seed)
        layer, wanted = model.visible["data"], torch.from_numpy(codes)
        known = torch.from_numpy(given)
        with torch.inference_mode():
            rows, inputs = wanted, inputs_from_part(model, wanted, known)
            for _ in range(sweeps):
                hidden = model.hidden.expand(model.hidden.sample(inputs, generator))
                rows = layer.sample(model.inputs_to_visible(hidden, "data"), generator)
                if keep:
                    rows = torch.where(known, wanted, rows)
                inputs = layer.expand(rows) @ model.coupling.weights["data"]
        return rows.numpy()

    def gibbs_energy(self, chains: int, sweeps: int, seed: int) -> np.ndarray:
        """Joint energies (chains,), in nats, after Gibbs sweeps from random states."""
        generator = torch.Generator().manual_seed(seed)
        with torch.inference_mode():
            run = self.model.random_chains(chains, generator)
            return self._energy(self.model.advance(run, sweeps, generator))

    def method_energy(self, rows: np.ndarray, seed: int) -> np.ndarray | None:
        """Joint energies (n,), in nats, of the configurations of the negative phase of training.

        None where the estimator has none (the exact gradient), or where its chains were not kept.

        Parameters
        ----------
        rows : ndarray (n, sites)
            Training rows, in the place of a minibatch.
        """
        model = self.model
        if self.estimator is None or model.visible.keys() != {"data"}:
            return None
        if isinstance(self.estimator, Persistent) and not self.chains:
            return None
        visible, weights = {"data": torch.from_numpy(rows)}, torch.ones(len(rows))
        batch = Batch(visible, weights, visible, weights)
        state, generator = Chains(self.chains, None), torch.Generator().manual_seed(seed)
        with torch.inference_mode():
            found = self.estimator.negative_chains(model, batch, state, generator)
            energies = [self._energy(chains) for chains in found]
        return np.concatenate(energies) if energies else None

    @functools.cached_property
    def ground_energy(self) -> float | None:
        """Lowest joint energy, by enumeration of the visible side; None if that is too large."""
        model = self.model
        count = float(np.prod([layer.configurations() for layer in model.visible.values()]))
        if count > GROUND_STATE_LIMIT:
            return None
        with torch.inference_mode():
            lowest = [
                model.energy(codes, model.likely_hidden(codes)).min()
                for codes in visible_configurations(model.visible, half=is_mirrored(model))
            ]
        return float(torch.stack(lowest).min())

    def singular_values(self) -> np.ndarray:
        """Singular values of the weights of the data group, in decreasing order."""
        return torch.linalg.svdvals(self.model.coupling.weights["data"]).numpy()

    def _energy(self, chains: Chains) -> np.ndarray:
        """Joint energies of chains; where no hidden state is at hand, of the most probable one."""
        hidden = chains.hidden
        if hidden is None or hidden.is_floating_point():  # means, where they drive the chains
            hidden = self.model.likely_hidden(chains.visible)
        return self.model.energy(chains.visible, hidden).double().numpy()


def model_view(models: Path | None, age: int) -> ModelView | None:
    """View of the model of an age; None if it is no RBM.

    Parameters
    ----------
    models : Path or None
        Folder with files ``age-<update>.safetensors``.
    """
    if models is None:
        raise DataError("models", "no folder given", "the folder with the model of each age")
    path = age_path(models, age)
    model, facts = load_model(path)
    if not isinstance(model, RBM):
        return None
    described = dict(facts.get("recipe", {}).get("gradient", {}))
    kind = described.pop("kind", None)
    estimator = component("gradient", kind).model_validate(described) if kind else None
    return ModelView(model, estimator, load_chains(path))
