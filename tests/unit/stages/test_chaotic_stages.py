"""Chaotic generators through the same stages as RBMs: train, sample, predict."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.io.table_file import read_frame, read_table
from ebmflow.stages.predict import predict
from ebmflow.stages.sample import sample
from ebmflow.stages.train import train
from tests.support.datasets import write_toy

MODELS = {
    "chaotic_unrestricted": {},
    "chaotic_two_layer": {"hidden_units": 6},
    "chaotic_three_layer": {"hidden_units": 6, "upper_hidden_units": 3},
}
GRADIENTS = {
    "fast_and_functional": {"sweeps": 12},
    "persistent": {"sweeps": 12, "chains": 10},
}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("alphabet", ["binary", "dna"])
def test_train_sample_predict(tmp_path, kind, gradient, alphabet):
    dataset = write_toy(tmp_path / "toy.parquet", alphabet=alphabet, unlabelled=0.2)
    spec = {
        "model": {"kind": kind, "target_time": 12.0, **MODELS[kind]},
        "gradient": {"kind": gradient, **GRADIENTS[gradient]},
        "batch_size": 30,
        "updates": 6,
        "ages": {"count": 2},
    }
    train(
        dataset=dataset,
        ages=tmp_path / "ages",
        manifest=tmp_path / "manifest.tsv",
        history=tmp_path / "history.parquet",
        checkpoint_dir=tmp_path / "checkpoint",
        spec=spec,
        seed=3,
        device="cpu",
    )
    plan = {"start": "random", "clamp": ["label"], "times": [1, 12], "rows": 2}
    sample(
        ages=tmp_path / "ages",
        dataset=dataset,
        samples=tmp_path / "samples.parquet",
        spec=plan,
        seed=3,
        device="cpu",
    )
    rows, facts = read_table(tmp_path / "samples.parquet", kind="samples")
    assert facts["trained_sweeps"] == 12
    assert sorted(set(rows["time"].tolist())) == [1, 12]
    assert np.isnan(rows["free_energy"]).all()
    predict(
        ages=tmp_path / "ages",
        dataset=dataset,
        predictions=tmp_path / "predictions.parquet",
        spec={},
        seed=3,
        device="cpu",
    )
    predicted, _ = read_frame(tmp_path / "predictions.parquet", kind="predictions")
    shares = predicted[[f"p_{c}" for c in range(3)]].to_numpy()
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-5)
