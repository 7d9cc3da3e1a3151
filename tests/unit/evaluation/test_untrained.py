"""Random machines that have learnt nothing: how near the ground state chains come."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from ebmflow.core.couplings.patterns import Patterns
from ebmflow.core.rbm import RBM
from ebmflow.errors import ConfigError
from ebmflow.evaluation.untrained import UntrainedOptions, glorot_deviation, reached
from ebmflow.figures.untrained import draw_untrained
from ebmflow.io.table_file import read_frame
from ebmflow.stages.measure_untrained import measure_untrained
from ebmflow.training.families.base import make_layer
from tests.support.datasets import write_toy


def one_pattern(sites=6, units=30):
    """A Mattis machine: a single pattern, whose states are the two ground states."""
    visible = {"data": make_layer("spin", sites, 2, False)}
    generator = torch.Generator().manual_seed(1)
    parts = [2.0 * torch.randint(2, (1, n), generator=generator) - 1 for n in (sites, units)]
    coupling = Patterns({"data": parts[0]}, parts[1])
    return RBM(visible, make_layer("spin", units, 2, False), coupling, gauge="none")


def accessibility(ensemble, deviation):
    options = UntrainedOptions(deviations=[deviation], chains=200)
    generator = torch.Generator().manual_seed(2)
    (found,) = reached(one_pattern(), ensemble, 0, options, generator)
    assert found[:4] == (ensemble, 0, 6, deviation)
    return found.accessibility


def test_one_pattern_is_always_found_when_cold_and_never_when_hot():
    assert accessibility("recipe", 5.0) == pytest.approx(1.0, abs=1e-6)
    # Random spins: the energy of 200 chains is 0 within 1 / sqrt(6 x 30 x 200) of the ground state.
    assert accessibility("recipe", 1e-4) == pytest.approx(0.0, abs=5 / math.sqrt(6 * 30 * 200))


def test_independent_weights_are_frustrated():
    assert 0.5 < accessibility("normal", 5.0) < 0.999
    assert 0.5 < accessibility("uniform", 5.0) < 0.999
    assert glorot_deviation(one_pattern()) == pytest.approx(math.sqrt(2 / 36))


RECIPE = {
    "model": {
        "kind": "rbm",
        "visible": "spin",
        "labels": False,
        "fields": False,
        "hidden": {"kind": "spin", "units": 20},
        "coupling": {"kind": "patterns", "patterns": 2},
    },
    "gradient": {"kind": "pattern_induced"},
    "updates": 1,
}


def test_table_and_figure(tmp_path):
    options = {"draws": 3, "deviations": [0.1, 1.0, 10.0], "chains": 2}
    dataset = write_toy(tmp_path / "toy.parquet", sites=8, alphabet="binary")
    table = tmp_path / "machine.parquet"
    measure_untrained(dataset=dataset, untrained=table, spec={"recipe": RECIPE, "options": options})
    frame, facts = read_frame(table, kind="untrained")
    assert len(frame) == 3 * 3 * 3
    assert (facts["visible"], facts["hidden"]) == (8, 20)
    figure = draw_untrained({"machine": (frame, facts)})
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    wanted = frame.query("ensemble == 'recipe'").groupby("deviation")["accessibility"].mean()
    np.testing.assert_allclose(lines["machine"].get_ydata(), wanted)
    assert {"normal weights", "uniform weights", "Glorot initialisation"} <= set(lines)


def test_other_sizes_have_lines_of_their_own(tmp_path):
    options = {"draws": 3, "deviations": [0.1, 10.0], "chains": 2, "sizes": [4, 8, 11]}
    dataset = write_toy(tmp_path / "toy.parquet", sites=8, alphabet="binary")
    table = tmp_path / "machine.parquet"
    measure_untrained(dataset=dataset, untrained=table, spec={"recipe": RECIPE, "options": options})
    frame, facts = read_frame(table, kind="untrained")
    found = frame.groupby(["visible", "deviation"]).size().to_dict()
    # Eight sites are those of the data, and looked at once.
    assert found == {(4, 10.0): 9, (8, 0.1): 9, (8, 10.0): 9, (11, 10.0): 9}
    left, right = draw_untrained({"machine": (frame, facts)}).axes
    for axes, column, chosen in (
        (left, "deviation", frame.visible == 8),
        (right, "visible", frame.deviation == 10),
    ):
        wanted = frame[chosen & (frame.ensemble == "recipe")].groupby(column)["accessibility"]
        line = axes.get_lines()[0]
        np.testing.assert_allclose(line.get_ydata(), wanted.mean())
        assert list(line.get_xdata()) == list(wanted.mean().index)


def test_a_site_of_many_states_is_one_unit(tmp_path):
    model = {"kind": "rbm", "hidden": {"kind": "bernoulli", "units": 4}}
    recipe = {"model": model | {"labels": False, "fields": False}, "gradient": {"kind": "exact"}}
    options = {"draws": 2, "deviations": [0.1, 1.0], "chains": 2}
    dataset = write_toy(tmp_path / "toy.parquet", sites=3, alphabet="dna")
    spec = {"recipe": recipe | {"updates": 1}, "options": options}
    measure_untrained(dataset=dataset, untrained=tmp_path / "x.parquet", spec=spec)
    frame, facts = read_frame(tmp_path / "x.parquet", kind="untrained")
    assert set(frame.visible) == {facts["visible"]} == {3}
    axes = draw_untrained({"machine": (frame, facts)}).axes[0]
    assert list(axes.get_lines()[0].get_xdata()) == [0.1, 1.0]


def test_other_sizes_leave_the_machines_of_the_data_as_they_were(tmp_path):
    dataset = write_toy(tmp_path / "toy.parquet", sites=8, alphabet="binary")
    tables = []
    for sizes in ([], [4]):
        options = {"draws": 2, "deviations": [1.0], "chains": 2, "sizes": sizes}
        spec = {"recipe": RECIPE, "options": options}
        measure_untrained(dataset=dataset, untrained=tmp_path / "x.parquet", spec=spec)
        frame = read_frame(tmp_path / "x.parquet", kind="untrained")[0]
        tables.append(frame[frame.visible == 8].reset_index(drop=True))
    assert tables[0].equals(tables[1])


def test_one_pattern_is_found_whatever_the_number_of_sites():
    for sites in (4, 12):
        options = UntrainedOptions(deviations=[5.0], chains=50)
        generator = torch.Generator().manual_seed(3)
        (found,) = reached(one_pattern(sites), "recipe", 0, options, generator)
        assert found.visible == sites
        assert found.accessibility == pytest.approx(1.0, abs=1e-6)


def test_machines_with_fields_are_refused(tmp_path):
    recipe = {**RECIPE, "model": {**RECIPE["model"], "fields": True}}
    dataset = write_toy(tmp_path / "toy.parquet", sites=8, alphabet="binary")
    with pytest.raises(ConfigError, match="fields"):
        measure_untrained(
            dataset=dataset,
            untrained=tmp_path / "x.parquet",
            spec={"recipe": recipe, "options": {}},
        )
