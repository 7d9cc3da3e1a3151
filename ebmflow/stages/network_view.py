"""A stored chaotic network as metrics see it: NumPy in, NumPy out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ebmflow.core.chaotic import ChaoticNetwork
from ebmflow.errors import DataError
from ebmflow.io.model_file import age_path, load_model
from ebmflow.stages.describe_units import receptive_fields


class NetworkView:
    """What metrics may ask of a chaotic network with hidden units."""

    def __init__(self, network: ChaoticNetwork) -> None:
        self.network = network

    def reconstruction_errors(self, codes: np.ndarray, steps: int, seed: int) -> np.ndarray:
        """Mean squared error (n,) over the units of each row, of what hidden units bring back."""
        generator = torch.Generator().manual_seed(seed)
        data = torch.from_numpy(codes)
        with torch.inference_mode():
            wanted = self.network.visible["data"].expand(data)
            found = self.network.reconstruct(data, steps, generator)
            return ((found - wanted) ** 2).double().mean(1).numpy()

    def receptive_fields(self) -> np.ndarray:
        """Couplings from each unit of the lowest hidden layer to the data units, (units, N)."""
        return receptive_fields(self.network)


def network_view(models: Path | None, age: int) -> NetworkView | None:
    """View of the network of an age; None if it is no chaotic network with hidden units."""
    if models is None:
        raise DataError("models", "no folder given", "the folder with the model of each age")
    model, _ = load_model(age_path(models, age))
    return NetworkView(model) if isinstance(model, ChaoticNetwork) and model.hidden else None
