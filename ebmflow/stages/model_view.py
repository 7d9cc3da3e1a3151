"""A stored model as metrics see it: NumPy in, NumPy out, so that metrics never import torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ebmflow.core.energy_model import Chains
from ebmflow.core.exact import visible_configurations
from ebmflow.core.rbm import RBM
from ebmflow.errors import DataError
from ebmflow.io.model_file import age_path, load_model

GROUND_STATE_LIMIT = 1 << 22


class ModelView:
    """What metrics may ask of an RBM.

    Parameters
    ----------
    model : RBM
    """

    def __init__(self, model: RBM) -> None:
        self.model = model

    def reconstruct(
        self, codes: np.ndarray, held: int, sweeps: int, keep: bool, seed: int
    ) -> np.ndarray:
        """Rows completed from their first sites; the other sites send nothing at the start.

        Parameters
        ----------
        codes : ndarray (n, sites)
        held : int
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
        layer, given = model.visible["data"], torch.from_numpy(codes)
        with torch.inference_mode():
            entries = layer.expand(given)
            entries[:, held * layer.entries_per_site :] = 0
            rows = given
            for _ in range(sweeps):
                inputs = entries @ model.coupling.weights["data"]
                hidden = model.hidden.expand(model.hidden.sample(inputs, generator))
                rows = layer.sample(model.inputs_to_visible(hidden, "data"), generator)
                if keep:
                    rows[:, :held] = given[:, :held]
                entries = layer.expand(rows)
        return rows.numpy()

    def gibbs_energy(self, chains: int, sweeps: int, seed: int) -> np.ndarray:
        """Joint energies (chains,), in nats, after Gibbs sweeps from random states."""
        generator = torch.Generator().manual_seed(seed)
        with torch.inference_mode():
            run = self.model.random_chains(chains, generator)
            return self._energy(self.model.advance(run, sweeps, generator))

    def pattern_energy(self) -> np.ndarray | None:
        """Least energies (K,) over hidden states at the patterns; None without patterns."""
        patterns = getattr(self.model.coupling, "visible", None)
        if patterns is None:
            return None
        with torch.inference_mode():
            visible = {
                group: layer.mode(patterns[group] - layer.field)
                for group, layer in self.model.visible.items()
            }
            return self._energy(Chains(visible, self.model.likely_hidden(visible)))

    def ground_energy(self) -> float | None:
        """Lowest joint energy, by enumeration of the visible side; None if that is too large."""
        model = self.model
        count = float(np.prod([layer.configurations() for layer in model.visible.values()]))
        if count > GROUND_STATE_LIMIT:
            return None
        with torch.inference_mode():
            lowest = [
                model.energy(codes, model.likely_hidden(codes)).min()
                for codes in visible_configurations(model.visible)
            ]
        return float(torch.stack(lowest).min())

    def singular_values(self) -> np.ndarray:
        """Singular values of the weights of the data group, in decreasing order."""
        return torch.linalg.svdvals(self.model.coupling.weights["data"]).numpy()

    def _energy(self, chains: Chains) -> np.ndarray:
        hidden: Tensor = chains.hidden
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
    model, _ = load_model(age_path(models, age))
    return ModelView(model) if isinstance(model, RBM) else None
