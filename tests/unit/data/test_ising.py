"""The Ising model: exact formulas against enumeration, samples against exact values."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.data.generators import ising, ising_exact
from ebmflow.data.sources.ising import Ising


@pytest.fixture(scope="module")
def all_states():
    """All 65,536 configurations of the 4 x 4 lattice."""
    bits = np.arange(1 << 16)[:, None] >> np.arange(16) & 1
    return (2 * bits - 1).astype(np.int8).reshape(-1, 4, 4)


def test_energy_counts_each_bond_once():
    up = np.ones((5, 5), dtype=np.int8)
    assert ising.energy_per_spin(up) == -2
    up[2, 2] = -1  # breaks four bonds
    assert ising.energy_per_spin(up) == pytest.approx(-2 + 8 / 25)


@pytest.mark.parametrize("beta", [0.1, 0.4, 0.44, 0.5, 1.0])
def test_kaufman_equals_enumeration(beta, all_states):
    energies = ising.energy_per_spin(all_states) * 16
    factors = np.exp(-beta * energies)
    assert ising_exact.log_partition(beta, 4).real == pytest.approx(
        np.log(factors.sum()), rel=1e-12
    )
    mean = (energies * factors).sum() / factors.sum() / 16
    assert ising_exact.finite_energy(beta, 4) == pytest.approx(mean, rel=1e-12)


def test_kaufman_tends_to_onsager():
    for beta in (0.3, 0.5):
        found = ising_exact.finite_energy(beta, 64)
        assert found == pytest.approx(ising_exact.infinite_energy(beta), abs=1e-9)
    assert ising_exact.infinite_energy(ising_exact.CRITICAL_BETA) == pytest.approx(-np.sqrt(2))


def test_yang_magnetisation_at_known_points():
    assert ising_exact.infinite_magnetisation(0.44) == 0
    assert ising_exact.infinite_magnetisation(0.5) == pytest.approx(0.911319, abs=1e-6)
    assert ising_exact.infinite_magnetisation(2.0) == pytest.approx(1, abs=1e-6)


def test_autocorrelation_time_of_known_series():
    generator = np.random.default_rng(0)
    noise = generator.standard_normal(200_000)
    assert ising.autocorrelation_time(noise) == pytest.approx(0.5, abs=0.05)
    series = np.empty_like(noise)
    series[0] = noise[0]
    for k in range(1, len(noise)):
        series[k] = 0.9 * series[k - 1] + noise[k]
    # tau = 1/2 + sum rho^t = 1/2 + 0.9 / 0.1; relative error about sqrt(2 (2M + 1) / n) = 3 %
    assert ising.autocorrelation_time(series) == pytest.approx(9.5, rel=0.12)
    assert ising.autocorrelation_time(np.ones(100)) == 0.5


def test_kernel_leaves_the_distribution_unchanged(all_states):
    """Start exactly at the target and run: nothing may drift (strong coupling, small lattice)."""
    beta, chains = 0.4, 20_000
    generator = np.random.default_rng(11)
    energies = np.rint(ising.energy_per_spin(all_states) * 16).astype(int)
    factors = np.exp(-beta * energies)
    starts = generator.choice(len(all_states), size=chains, p=factors / factors.sum())
    ends = all_states[starts].copy()
    for spins in ends:
        ising._advance(spins, 3, 2, beta, generator)
    assert (ends != all_states[starts]).any(axis=(1, 2)).mean() > 0.9
    levels = np.unique(energies)
    expected = np.array([factors[energies == level].sum() for level in levels]) / factors.sum()
    found = np.rint(ising.energy_per_spin(ends) * 16).astype(int)
    counts = np.array([(found == level).sum() for level in levels])
    likely = expected * chains > 5
    z = (counts - expected * chains)[likely] / np.sqrt(expected * (1 - expected) * chains)[likely]
    assert likely.sum() >= 8
    assert np.abs(z).max() < 4
    up = (ends.sum(axis=(1, 2)) > 0).mean() - (ends.sum(axis=(1, 2)) < 0).mean()
    assert abs(up) < 4 / np.sqrt(chains)


@pytest.mark.parametrize(
    ("side", "beta"), [(8, 0.3), (16, 0.44), pytest.param(32, 0.5, marks=pytest.mark.slow)]
)
def test_sampled_energy_is_kaufmans(side, beta):
    run = ising.sample_ising(side, beta, 1500, np.random.default_rng(4))
    energies = ising.energy_per_spin(run.spins)
    # Rows are two autocorrelation times apart; a factor 1.3 covers what correlation is left.
    error = 1.3 * energies.std() / np.sqrt(len(energies))
    assert abs(energies.mean() - ising_exact.finite_energy(side=side, beta=beta)) < 4 * error
    assert ising.autocorrelation_time(energies) < 1
    signs = np.sign(run.spins.mean(axis=(1, 2)))
    assert abs(signs.mean()) < 4 * 1.3 / np.sqrt(len(signs))
    assert ising.autocorrelation_time(signs) < 1


def test_ordered_phase_has_yangs_magnetisation():
    run = ising.sample_ising(32, 0.5, 500, np.random.default_rng(5))
    moments = np.abs(run.spins.mean(axis=(1, 2)))
    # Corrections to the infinite lattice are exponentially small here.
    error = 1.3 * moments.std() / np.sqrt(len(moments))
    assert abs(moments.mean() - ising_exact.infinite_magnetisation(0.5)) < 4 * error


def test_source_gives_codes_labels_and_counts():
    source = Ising(side=8, betas=(0.3, 0.6), rows=40)
    records = source.read({}, generator=np.random.default_rng(0), dataset_dir=None)
    again = source.read({}, generator=np.random.default_rng(0), dataset_dir=None)
    assert (records.codes == again.codes).all()
    assert records.codes.shape == (80, 64)
    assert set(np.unique(records.codes)) == {0, 1}
    assert records.annotations["beta"].value_counts().to_dict() == {"0.3": 40, "0.6": 40}
    spins = 2 * records.codes.astype(int) - 1
    words = records.annotations["sign"].fillna("missing")
    for total, word in zip(spins.sum(1), words, strict=True):
        assert word == {1: "positive", -1: "negative", 0: "missing"}[int(np.sign(total))]
    table = records.counts.frame()
    assert table[table["item"] == "out"]["rows"].tolist() == [80]
    assert table["item"].tolist()[:2] == ["beta 0.3", "beta 0.6"]
