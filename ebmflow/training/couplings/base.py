"""The interface of coupling options: sizes in, initialised coupling out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch

from ebmflow.core.couplings.base import Coupling
from ebmflow.core.layers.base import Layer
from ebmflow.options import Options


class CouplingOptions(Options):
    """Builds a coupling between visible groups and hidden units."""

    kind: ClassVar[str]  # set when the class is registered

    @abstractmethod
    def build(
        self, visible: Mapping[str, Layer], hidden: Layer, generator: torch.Generator
    ) -> Coupling:
        """Coupling with random initial parameters, on the CPU."""
