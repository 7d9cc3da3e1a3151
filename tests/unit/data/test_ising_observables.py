"""Observables of Ising configurations: hand-worked values, exact columns, and the stage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebmflow.data.generators import ising_exact
from ebmflow.data.generators.ising_observables import (
    CORRELATION_LENGTH,
    ENERGY,
    HEAT_CAPACITY,
    MAGNETISATION,
    SUSCEPTIBILITY,
    _correlation_length,
    expected_released_weight,
    observables,
)
from ebmflow.data.sources.bars_and_stripes import BarsAndStripes
from ebmflow.data.sources.ising import Ising
from ebmflow.io.aligned_file import write_aligned
from ebmflow.io.table_file import read_frame
from ebmflow.stages.measure_observables import measure_observables
from ebmflow.stages.plot_observables import plot_observables


def points(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["n"] > 0].set_index(["observable", "parameter"])


def test_values_of_known_configurations():
    up = np.ones((4, 5, 5), np.int8)
    up[1, 2, 2] = -1  # breaks four bonds, turns one spin
    up[2] *= -1
    betas = np.array([0.4, 0.4, 0.5, 0.5])
    found = points(observables(up, betas))
    assert found.loc[(ENERGY, 0.4), "measured"] == pytest.approx(-2 + 4 / 25)
    assert found.loc[(MAGNETISATION, 0.4), "measured"] == pytest.approx(1 - 1 / 25)
    assert found.loc[(MAGNETISATION, 0.5), "measured"] == 1
    assert found["n"].tolist() == [2] * 10
    assert np.isnan(found.loc[(CORRELATION_LENGTH, 0.5), "measured"])  # without waves
    # Energies -2 and -2 + 8/25, magnetisations 1 and 1 - 2/25.
    assert found.loc[(HEAT_CAPACITY, 0.4), "measured"] == pytest.approx(0.16 * 25 * (4 / 25) ** 2)
    assert found.loc[(SUSCEPTIBILITY, 0.4), "measured"] == pytest.approx(0.4 * 25 * (1 / 25) ** 2)
    assert found.loc[(SUSCEPTIBILITY, 0.5), "measured"] == pytest.approx(0)
    assert found.loc[(ENERGY, 0.5), "finite"] == ising_exact.finite_energy(0.5, 5)
    assert found.loc[(MAGNETISATION, 0.5), "infinite"] == ising_exact.infinite_magnetisation(0.5)
    assert found.loc[(MAGNETISATION, 0.4), "infinite"] == 0


def test_curves_reach_beyond_the_points_and_measure_nothing():
    table = observables(np.ones((4, 4, 4), np.int8), np.array([0.35, 0.35, 0.5, 0.5]))
    curve = table[(table["n"] == 0) & (table["observable"] == ENERGY)]
    assert curve["parameter"].min() == pytest.approx(0.33)
    assert curve["parameter"].max() == pytest.approx(0.52)
    assert curve["measured"].isna().all()
    assert (np.diff(curve["finite"]) < 0).all(), "the energy falls as it gets colder"


def test_generated_rows_lie_on_the_exact_curve():
    source = Ising(side=8, betas=(0.3, 0.44, 0.5), rows=1500)
    records = source.read({}, generator=np.random.default_rng(3), dataset_dir=None)
    energy = points(source.observables(records)).loc[ENERGY]
    distance = (energy["measured"] - energy["finite"]) / energy["standard_error"]
    assert np.abs(distance).max() < 4
    # the error is that of independent rows, or more
    spins = records.codes[:1500].reshape(-1, 8, 8) * 2.0 - 1
    bonds = spins * (np.roll(spins, 1, 1) + np.roll(spins, 1, 2))
    naive = bonds.mean(axis=(1, 2)).std(ddof=1) / np.sqrt(1500)
    assert naive * 0.99 <= energy.loc[0.3, "standard_error"] < 1.6 * naive


def test_heat_capacities_are_derivatives_and_measured_ones_lie_on_the_curve():
    for beta in (0.3, 0.42, 0.5):
        rise = ising_exact.infinite_energy(beta + 1e-4) - ising_exact.infinite_energy(beta - 1e-4)
        expected = -(beta**2) * rise / 2e-4
        assert ising_exact.infinite_heat_capacity(beta) == pytest.approx(expected, rel=1e-5)
        # Far from the critical point a large lattice is as an infinite one.
        finite = ising_exact.finite_heat_capacity(beta, 64)
        assert finite == pytest.approx(expected, rel=1e-2 if beta != 0.42 else 0.1)
    source = Ising(side=6, betas=(0.3, 0.5), rows=3000)
    records = source.read({}, generator=np.random.default_rng(5), dataset_dir=None)
    found = points(source.observables(records)).loc[HEAT_CAPACITY]
    distance = (found["measured"] - found["finite"]) / found["standard_error"]
    assert np.abs(distance).max() < 4
    assert (found["standard_error"] < 0.1 * found["finite"]).all()


def test_correlation_length_by_hand_and_against_the_exact_one():
    # A wave of one period, and one of two periods: with a quarter, and with half of its power.
    x = 2 * np.pi * np.arange(8) / 8
    waves = np.stack([np.cos(x), np.cos(2 * x) / 2])[:, None, :] * np.ones((2, 8, 1))
    first, second = (2 * np.sin(np.pi / 8)) ** 2, (2 * np.sin(np.pi / 4)) ** 2
    assert np.isnan(_correlation_length(waves)[0])  # falls faster than any length allows
    flat = np.stack([np.cos(x), np.cos(2 * x) / np.sqrt(2)])[:, None, :] * np.ones((2, 8, 1))
    assert _correlation_length(flat)[0] == pytest.approx(np.sqrt(1 / (second - 2 * first)))
    source = Ising(side=24, betas=(0.35,), rows=3000)
    records = source.read({}, generator=np.random.default_rng(7), dataset_dir=None)
    found = points(source.observables(records)).loc[(CORRELATION_LENGTH, 0.35)]
    infinite = 1 / (np.log(1 / np.tanh(0.35)) - 2 * 0.35)  # Onsager 1944: 2.57
    assert found["standard_error"] < 0.2
    assert abs(found["measured"] - infinite) < 4 * found["standard_error"]


def test_the_error_of_a_jackknife_is_that_of_a_mean():
    from ebmflow.data.generators.ising_observables import _jackknife

    series = np.random.default_rng(0).normal(size=(20, 1))
    value, error = _jackknife(series, lambda means: means[..., 0])
    assert value == pytest.approx(series.mean())
    assert error == pytest.approx(series.std(ddof=1) / np.sqrt(20))


def test_expected_weights_by_hand():
    found = expected_released_weight(np.array([0.5, 0.4]), np.array([-0.9, 0.0]))
    assert found.tolist() == pytest.approx([1.8, 0.0])


def test_only_some_sources_know_exact_values():
    bars = BarsAndStripes(side=4)
    assert not bars.parameter
    with pytest.raises(NotImplementedError, match="bars_and_stripes"):
        bars.observables(None)


def test_the_stage_writes_what_the_figure_shows(tmp_path):
    source = Ising(side=4, betas=(0.3, 0.5), rows=50)
    records = source.read({}, generator=np.random.default_rng(0), dataset_dir=None)
    write_aligned(tmp_path / "aligned.parquet", records)
    spec = {"source": {"kind": "ising", "side": 4, "betas": [0.3, 0.5], "rows": 50}}
    table = tmp_path / "observables.parquet"
    measure_observables(aligned=tmp_path / "aligned.parquet", observables=table, spec=spec)
    frame, facts = read_frame(table, kind="observables")
    pd.testing.assert_frame_equal(frame, source.observables(records))
    assert facts["parameter"] == "inverse temperature"
    assert len(pd.read_csv(tmp_path / "observables.tsv", sep="\t")) == len(frame)
    svg, png = tmp_path / "x.svg", tmp_path / "x.png"
    plot_observables(observables=table, svg=svg, png=png, spec={})
    assert svg.stat().st_size > 0
    assert png.stat().st_size > 0
