"""Couplings and receptive fields of chaotic networks: the right matrices, and how symmetric."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ebmflow.errors import DataError
from ebmflow.figures.couplings import draw_couplings, matrix_of
from ebmflow.io.model_file import save_model
from ebmflow.io.table_file import read_frame, read_table
from ebmflow.registry import component
from ebmflow.space import StateSpace
from ebmflow.stages.describe_couplings import describe_couplings
from ebmflow.stages.describe_units import describe_units
from ebmflow.stages.plot_couplings import plot_couplings

SPACE = StateSpace("binary", 6, 2, 0)


def stored(folder, kind, trained=0.0, **options):
    """A network whose trained couplings are `trained` times those of its forward direction."""
    recipe = {"labels": False, **options}
    model = component("model", kind)(**recipe).build(SPACE, None, torch.Generator().manual_seed(1))
    for first, second in model.links.values():
        model.weights[first, second].copy_(trained * model.couplings[first, second])
    save_model(
        folder / "age-7.safetensors",
        model,
        {
            "model": {"kind": kind, **recipe},
            "space": list(SPACE),
            "alphabet": {"kind": "binary", "letters": "01"},
        },
    )
    return model


def described(folder):
    describe_couplings(ages=folder, couplings=folder / "couplings.parquet")
    return read_frame(folder / "couplings.parquet", kind="couplings")


def test_matrices_of_both_directions_are_told(tmp_path):
    model = stored(tmp_path, "chaotic_two_layer", trained=2.0, hidden_units=5)
    table, facts = described(tmp_path)
    assert set(table["link"]) == {"data, hidden"}
    forward, backward = model.couplings["data", "hidden"], model.couplings["hidden", "data"].T
    np.testing.assert_allclose(matrix_of(table, "forward"), forward)
    np.testing.assert_allclose(matrix_of(table, "backward"), backward)
    np.testing.assert_allclose(matrix_of(table, "trained"), 2 * forward)
    expected = np.corrcoef((3 * forward).ravel(), (backward + 2 * forward).ravel())[0, 1]
    assert facts["links"]["data, hidden"]["after"] == pytest.approx(expected)
    assert facts["links"]["data, hidden"]["before"] < 0.6 < expected
    panels = draw_couplings(table, facts).axes
    np.testing.assert_allclose(panels[1].images[0].get_array(), 3 * forward)
    plot_couplings(
        couplings=tmp_path / "couplings.parquet",
        svg=tmp_path / "x.svg",
        png=tmp_path / "x.png",
        spec={},
    )
    assert (tmp_path / "x.svg").stat().st_size > 10_000


def test_a_layer_linked_to_itself_leaves_its_diagonal_out(tmp_path):
    model = stored(tmp_path, "chaotic_unrestricted")
    _, facts = described(tmp_path)
    coupling = model.couplings["data", "data"].numpy()
    there = ~np.eye(6, dtype=bool)
    expected = np.corrcoef(coupling[there], coupling.T[there])[0, 1]
    assert facts["links"]["data, data"]["before"] == pytest.approx(expected, abs=1e-6)
    with pytest.raises(DataError, match="without hidden units"):
        describe_units(ages=tmp_path, units=tmp_path / "units.parquet")


def test_receptive_fields_are_random_and_trained_couplings_of_a_hidden_unit(tmp_path):
    model = stored(tmp_path, "chaotic_two_layer", trained=0.5, hidden_units=5)
    describe_units(ages=tmp_path, units=tmp_path / "units.parquet")
    columns, facts = read_table(tmp_path / "units.parquet", kind="units")
    assert facts["what"] == "receptive fields"
    np.testing.assert_allclose(
        columns["values"], 1.5 * model.couplings["data", "hidden"].T.numpy(), rtol=1e-6
    )
