"""The two-dimensional Ising model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from ebmflow.data.counts import Counts
from ebmflow.data.sources.base import Files, Records, Source
from ebmflow.options import Scaled
from ebmflow.registry import register


@register("source", "ising")
class Ising(Source):
    """Configurations of the periodic square lattice; spin -1 has code 0, spin 1 has code 1.

    Annotations: ``sign`` (of the magnetisation: negative or positive; missing if it is zero),
    ``beta`` and ``magnetisation`` (per spin).
    """

    parameter: ClassVar[str] = "inverse temperature"
    parameter_column: ClassVar[str] = "beta"

    side: int = Field(ge=3, description="L: the lattice has L x L sites.")
    betas: tuple[float, ...] = Field(
        min_length=1, description="Inverse temperatures; the critical one is 0.4407."
    )
    rows: Annotated[int, Scaled(least=250)] = Field(
        ge=1, description="Configurations for each inverse temperature."
    )

    def read(self, files: Files, *, generator: np.random.Generator, dataset_dir: Path) -> Records:
        from ebmflow.data.generators.ising import sample_ising  # compiles

        counts, parts = Counts(), []
        for beta in self.betas:
            run = sample_ising(self.side, beta, self.rows, generator)
            parts.append(run.spins.reshape(self.rows, -1))
            note = (
                f"a row every {run.interval} sweeps of one Metropolis pass and {run.clusters} "
                f"clusters; autocorrelation time {run.autocorrelation_time:.2f} sweeps"
            )
            counts.add("read", f"beta {beta:g}", rows=self.rows, note=note)
        spins = np.concatenate(parts)
        magnetisation = spins.mean(axis=1)
        signs = np.array(["negative", None, "positive"], dtype=object)
        counts.step("read", len(spins), {}, sites_out=self.side**2)
        return Records(
            names=[f"beta_{beta:g}_{row + 1}" for beta in self.betas for row in range(self.rows)],
            codes=(spins > 0).astype(np.uint8),
            annotations=pd.DataFrame(
                {
                    "sign": signs[np.sign(magnetisation).astype(int) + 1],
                    "beta": [f"{beta:g}" for beta in np.repeat(self.betas, self.rows)],
                    "magnetisation": [f"{value:.6f}" for value in magnetisation],
                }
            ),
            counts=counts,
            origin=f"ising, L = {self.side}",
        )

    def observables(self, records: Records) -> pd.DataFrame:
        betas = records.annotations[self.parameter_column].astype(float).to_numpy()
        return self.observables_of(records.codes, betas)

    def observables_of(self, codes: np.ndarray, values: np.ndarray) -> pd.DataFrame:
        from ebmflow.data.generators.ising_observables import observables  # compiles

        return observables(codes.astype(np.int8).reshape(-1, self.side, self.side) * 2 - 1, values)

    @property
    def parameter_values(self) -> tuple[float, ...]:
        return self.betas

    @property
    def parameter_family(self) -> str:
        return f"{self.kind}_{self.side}"

    def expected_released_weight(self, values: np.ndarray, order: np.ndarray) -> np.ndarray | None:
        from ebmflow.data.generators.ising_observables import expected_released_weight  # compiles

        return expected_released_weight(values, order)
