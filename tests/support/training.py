"""Training runs of a moment, on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ebmflow.stages.train import train

FAST = {"kind": "fast_and_functional", "sweeps": 2}


def toy_recipe(gradient: dict[str, Any] = FAST, **options: Any) -> dict[str, Any]:
    """A recipe for the datasets of tests/support/datasets.py."""
    return {
        "model": {"kind": "rbm", "hidden": {"units": 6}},
        "gradient": gradient,
        "optimiser": {"kind": "adam", "learning_rate": 0.01},
        "batch_size": 30,
        "updates": 20,
        "ages": {"count": 4},
        **options,
    }


def train_in(
    folder: Path,
    dataset: Path,
    spec: dict[str, Any],
    seed: int = 3,
    checkpoints: Path | None = None,
) -> Path:
    """Train on the CPU with all outputs in `folder`; returns the folder."""
    train(
        dataset=dataset,
        ages=folder / "ages",
        manifest=folder / "manifest.tsv",
        history=folder / "history.parquet",
        checkpoint_dir=checkpoints or folder / "checkpoint",
        spec=spec,
        seed=seed,
        device="cpu",
    )
    return folder


def ages_of(folder: Path) -> dict[str, bytes]:
    """File name -> content of the trained models of a run."""
    return {path.name: path.read_bytes() for path in (folder / "ages").iterdir()}
