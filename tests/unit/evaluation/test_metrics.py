"""Metrics against formulas written out naively, and against values worked out by hand."""

from __future__ import annotations

import gzip
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebmflow.evaluation.covariance import covariance_products
from ebmflow.evaluation.metrics.energy import Energy
from ebmflow.evaluation.metrics.entropy import Entropy, bytes_per_row
from ebmflow.evaluation.metrics.lengths import Lengths
from ebmflow.evaluation.metrics.moments import Moments
from ebmflow.evaluation.metrics.nearest_neighbour import NearestNeighbour
from ebmflow.evaluation.metrics.novelty import Novelty
from ebmflow.evaluation.metrics.pairs import Pairs
from ebmflow.evaluation.metrics.spectrum import SpectrumError
from ebmflow.evaluation.rows import RowSet
from ebmflow.evaluation.singular_values import singular_values
from ebmflow.registry import component
from tests.support.metric_cases import (
    KINDS,
    draw_rows,
    inputs_of,
    rows_of,
    scores_of,
    visible_vectors,
)

SHAPES = [(40, 7), (15, 30), (300, 3), (2, 5)]  # more rows than entries, and the reverse


def naive_covariance(x: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    return np.cov(x, rowvar=False, aweights=weights).reshape(x.shape[1], -1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "sites"), SHAPES)
def test_moments_equal_full_matrices(kind, n, sites):
    data, generated = draw_rows(kind, n, sites, 1), draw_rows(kind, n + 3, sites, 2)
    found = scores_of(Moments(), inputs_of(data, generated))
    x, y = visible_vectors(data), visible_vectors(generated)
    first = np.mean((x.mean(axis=0) - y.mean(axis=0)) ** 2)
    assert found["first_moment_mse", "code"].value == pytest.approx(first, rel=1e-9)
    difference = naive_covariance(x) - naive_covariance(y)
    second = found["second_moment_mse", "code"].value
    assert second == pytest.approx(np.mean(difference**2), rel=1e-9)
    scale = 1 if kind == "real" else 2
    width = x.shape[1]
    pairs = np.triu_indices(width, k=1)
    e2 = np.sum((difference * scale**2)[pairs] ** 2) / (width * (width - 1))
    assert found["second_moment_e2", "chaotic"].value == pytest.approx(e2, rel=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "sites"), [(40, 7), (15, 30)])
def test_weighted_moments_use_the_weights_of_the_data(kind, n, sites):
    plain, generated = draw_rows(kind, n, sites, 1), draw_rows(kind, n, sites, 2)
    weights = np.random.default_rng(0).uniform(0.1, 1, n)
    data = RowSet(plain.codes, plain.encoding, weights, plain.labels)
    found = scores_of(Moments(), inputs_of(data, generated))
    x, y = visible_vectors(data), visible_vectors(generated)
    mean = (weights @ x) / weights.sum()
    first = found["first_moment_mse", "weighted"].value
    assert first == pytest.approx(np.mean((mean - y.mean(axis=0)) ** 2), rel=1e-9)
    p = weights / weights.sum()
    covariance = (x - mean).T @ ((x - mean) * p[:, None]) / (1 - np.sum(p**2))
    expected = np.mean((covariance - naive_covariance(y)) ** 2)
    assert found["second_moment_mse", "weighted"].value == pytest.approx(expected, rel=1e-9)
    unweighted = scores_of(Moments(), inputs_of(plain, generated))
    assert found["second_moment_mse", "code"] == unweighted["second_moment_mse", "code"]


def test_covariance_by_hand():
    # Two sites, two rows each: data 00, 11 (covariance 1/2 everywhere), generated 01, 10.
    found = scores_of(Moments(), inputs_of(rows_of([[0, 0], [1, 1]]), rows_of([[0, 1], [1, 0]])))
    assert found["first_moment_mse", "code"].value == 0
    # only the two off-diagonal entries differ, by 1: mean of (0, 1, 1, 0)
    assert found["second_moment_mse", "code"].value == pytest.approx(0.5)
    # +-1 values: covariances differ by 4, one pair, divided by 2 (2 - 1)
    assert found["second_moment_e2", "chaotic"].value == pytest.approx(8.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "sites"), [(60, 5), (12, 20)])
def test_pair_agreement_equals_full_matrices(kind, n, sites):
    data, generated = draw_rows(kind, n, sites, 1), draw_rows(kind, n + 1, sites, 2)
    found = scores_of(Pairs(), inputs_of(data, generated))
    a, b = (naive_covariance(visible_vectors(rows)) for rows in (data, generated))
    site = np.repeat(np.arange(sites), data.encoding.entry_group)
    between = site[:, None] != site
    pearson = np.corrcoef(a[between], b[between])[0, 1]
    assert found["pair_pearson", ""].value == pytest.approx(pearson, abs=1e-9)
    slope = np.polyfit(a[between], b[between], 1)[0]
    assert found["pair_slope", ""].value == pytest.approx(slope, rel=1e-7)


def test_pair_agreement_says_when_nothing_varies():
    constant, varied = rows_of([[0, 1, 0]] * 5), draw_rows("binary", 5, 3, 0)
    found = scores_of(Pairs(), inputs_of(constant, varied))
    assert found["pair_pearson", ""].value is None
    assert "do not vary" in found["pair_pearson", ""].note
    found = scores_of(Pairs(), inputs_of(varied, constant))
    assert found["pair_slope", ""].value == pytest.approx(0, abs=1e-12)
    assert "generated" in found["pair_pearson", ""].note


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "sites"), [*SHAPES, (1, 4), (3, 1), (700, 4)])
@pytest.mark.parametrize("signed", [False, True])
def test_singular_values_equal_lapack(kind, n, sites, signed):
    rows = draw_rows(kind, n, sites, 3)
    x = visible_vectors(rows)
    if signed and kind != "real":
        x = 2 * x - 1
    found = singular_values(rows, signed=signed)
    tolerance = 1e-7 * max(np.linalg.norm(x), 1)
    np.testing.assert_allclose(found.raw, np.linalg.svd(x)[1], atol=tolerance)
    centred = np.linalg.svd(x - x.mean(axis=0))[1]
    np.testing.assert_allclose(found.centred, centred, atol=tolerance)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "sites"), [(40, 7), (12, 30)])
def test_spectrum_in_each_convention(kind, n, sites):
    data, generated = draw_rows(kind, n, sites, 1), draw_rows(kind, n, sites, 2)
    metric = SpectrumError(conventions=("paper", "code", "chaotic"))
    found = scores_of(metric, inputs_of(data, generated))
    x, y = visible_vectors(data), visible_vectors(generated)

    def squares(a, b):
        return np.sum((np.linalg.svd(a)[1] - np.linalg.svd(b)[1]) ** 2)

    terms = min(n, x.shape[1])
    paper = squares(x, y) / terms
    assert found["spectrum_error", "paper"].value == pytest.approx(paper, rel=1e-6)
    code = squares((x - x.mean(axis=0)) / n**0.5, (y - y.mean(axis=0)) / n**0.5) / terms
    assert found["spectrum_error", "code"].value == pytest.approx(code, rel=1e-6)
    signs = (x, y) if kind == "real" else (2 * x - 1, 2 * y - 1)
    assert found["spectrum_error", "chaotic"].value == pytest.approx(squares(*signs) / n, rel=1e-6)


def test_spectrum_by_hand():
    # X = identity (singular values 1, 1) against rows 11, 11 (2, 0)
    inputs = inputs_of(rows_of([[1, 0], [0, 1]]), rows_of([[1, 1], [1, 1]]))
    found = scores_of(SpectrumError(), inputs)
    assert found["spectrum_error", "paper"].value == pytest.approx((1 + 1) / 2)
    # centred: the identity keeps one value, 1, and divided by sqrt(2) it is 0.5 when squared
    assert found["spectrum_error", "code"].value == pytest.approx(0.5 / 2)


def test_spectrum_thins_the_larger_set():
    data, generated = draw_rows("binary", 30, 5, 1), draw_rows("binary", 20, 5, 2)
    found = scores_of(SpectrumError(), inputs_of(data, generated))
    assert found["spectrum_error", "paper"].n == 20
    assert data.memo == {}  # what was computed belongs to the thinned rows


def test_entropy_is_the_gzip_size_of_stated_bytes():
    data, generated = draw_rows("categorical", 50, 20, 1), draw_rows("categorical", 30, 20, 2)
    found = scores_of(Entropy(), inputs_of(data, generated))
    for convention, width in (("paper", np.uint8), ("code", np.int32)):
        sizes = [
            len(gzip.compress(rows.codes.astype(width).tobytes(), 9)) / len(rows)
            for rows in (data, generated)
        ]
        ratio = sizes[1] / sizes[0] - 1
        assert found["entropy_ratio", convention].value == pytest.approx(ratio)
        assert found["entropy_error", convention].value == pytest.approx(ratio**2)


def test_entropy_sees_collapse_and_depends_on_row_order():
    data = draw_rows("categorical", 200, 40, 1)
    collapsed = data.take(np.zeros(200, dtype=int))
    found = scores_of(Entropy(conventions=("paper",)), inputs_of(data, collapsed))
    assert found["entropy_ratio", "paper"].value < -0.8
    ordered = data.take(np.lexsort(data.codes.T[::-1]))
    assert bytes_per_row(ordered, "paper") < bytes_per_row(data, "paper")


def test_entropy_of_numbers_is_not_a_number():
    rows = draw_rows("real", 10, 4, 1)
    found = scores_of(Entropy(), inputs_of(rows, rows))
    assert {score.value for score in found.values()} == {None}
    assert "real" in found["entropy_error", "code"].note


def naive_own_shares(data, generated, ties):
    """P_GG and P_DD from the full matrix of distances of all rows."""
    x = np.concatenate([data.codes, generated.codes]).astype(float)
    if data.codes.dtype == np.uint8:
        d = (x[:, None] != x).sum(axis=2).astype(float)
    elif ties == "other":
        r = np.rint(x)
        d = (r[:, None] != r).sum(axis=2).astype(float)
    else:
        d = ((x[:, None] - x) ** 2).sum(axis=2)
    np.fill_diagonal(d, np.inf)
    n = len(data)
    is_generated = np.arange(2 * n) >= n
    shares = []
    for i in range(2 * n):
        nearest = np.flatnonzero(d[i] == d[i].min())
        own = is_generated[nearest] == is_generated[i]
        shares.append(own.mean() if ties == "shared" else float(own.all()))
    return np.mean(shares[n:]), np.mean(shares[:n])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "sites"), [(40, 6), (300, 9), (2, 3)])
@pytest.mark.parametrize("threads", [1, 3])
def test_nearest_neighbours_equal_the_full_matrix(kind, n, sites, threads):
    data, generated = draw_rows(kind, n, sites, 1), draw_rows(kind, n, sites, 2)
    found = scores_of(NearestNeighbour(), inputs_of(data, generated, threads=threads))
    for convention, ties, factor in (("paper", "shared", 0.5), ("code", "other", 1.0)):
        p_gg, p_dd = naive_own_shares(data, generated, ties)
        assert found["p_gg", convention].value == pytest.approx(p_gg)
        assert found["p_dd", convention].value == pytest.approx(p_dd)
        error = factor * ((p_gg - 0.5) ** 2 + (p_dd - 0.5) ** 2)
        assert found["aai_error", convention].value == pytest.approx(error)


def test_ties_by_hand():
    # data 000, 011; generated 001, 111. Distances: 000-011 2, 000-001 1, 000-111 3, 011-001 1,
    # 011-111 1, 001-111 2. Nearest: 000 -> 001 (G); 011 -> 001, 111 (both G); 001 -> 000, 011 (D);
    # 111 -> 011 (D): never the own set.
    inputs = inputs_of(rows_of([[0, 0, 0], [0, 1, 1]]), rows_of([[0, 0, 1], [1, 1, 1]]))
    found = scores_of(NearestNeighbour(), inputs)
    assert (found["p_gg", "paper"].value, found["p_dd", "paper"].value) == (0, 0)
    assert found["aai_error", "paper"].value == pytest.approx(0.25)
    assert found["aai_error", "code"].value == pytest.approx(0.5)


def test_a_tie_counts_for_the_other_set_or_is_shared():
    # data 00, 01 and generated 10, 11: every row has one nearest row in each set, at distance 1.
    inputs = inputs_of(rows_of([[0, 0], [0, 1]]), rows_of([[1, 0], [1, 1]]))
    found = scores_of(NearestNeighbour(), inputs)
    assert (found["p_gg", "paper"].value, found["p_dd", "paper"].value) == (0.5, 0.5)
    assert found["aai_error", "paper"].value == 0
    assert (found["p_gg", "code"].value, found["p_dd", "code"].value) == (0, 0)
    assert found["aai_error", "code"].value == pytest.approx(0.5)


def test_copies_of_the_data_are_caught():
    data = draw_rows("categorical", 60, 30, 1)
    found = scores_of(NearestNeighbour(), inputs_of(data, data.take(np.arange(60))))
    assert found["p_dd", "paper"].value == 0
    assert found["aai_error", "paper"].value == pytest.approx(0.25)


def test_novelty_by_hand():
    train = rows_of([[0, 0, 0, 0], [1, 1, 1, 1]])
    test = rows_of([[0, 0, 0, 1], [0, 0, 1, 1]])  # distances 1 and 2
    generated = rows_of([[0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 1, 1], [0, 0, 1, 1]])  # 0, 0, 1, 2
    found = scores_of(Novelty(), inputs_of(test, generated, train))
    assert found["nearest_distance_mean", ""].value == pytest.approx(3 / 4 / 4)
    assert found["nearest_distance_min", ""].value == 0
    assert found["nearest_distance_ratio", ""].value == pytest.approx((3 / 4) / (3 / 2))
    assert found["duplicate_rate", "code"].value == pytest.approx(1 / 4)
    assert found["copy_rate", "code"].value == pytest.approx(1 / 3)
    assert found["copy_rate", "code"].n == 3


def test_training_rows_as_reference_look_for_other_training_rows():
    train = rows_of([[0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 1]])  # nearest others: 1, 3, 1
    of_label = train.take(np.array([1, 0]))
    generated = rows_of([[0, 1, 1, 0], [0, 1, 1, 1]])  # 2, 1
    found = scores_of(Novelty(), inputs_of(of_label, generated, train))
    assert found["nearest_distance_ratio", ""].value == pytest.approx(1.5 / 2)


def test_novelty_without_training_rows():
    rows = rows_of([[0, 1], [1, 1]])
    found = scores_of(Novelty(), inputs_of(rows, rows, rows.take(np.array([], dtype=int))))
    assert found["duplicate_rate", "code"].value == 0
    assert found["copy_rate", "code"].value is None
    assert found["copy_rate", "code"].note == "no training rows"


def test_energy_ratio_and_shift():
    data = rows_of([[0, 1], [1, 1]]).with_energies(np.array([-4.0, -2.0]))
    generated = rows_of([[0, 1], [1, 1]]).with_energies(np.array([-1.0, -1.0]))
    found = scores_of(Energy(), inputs_of(data, generated))
    assert found["energy_error", "code"].value == pytest.approx((1 / 3 - 1) ** 2)
    assert found["energy_shift", ""].value == pytest.approx(2 / np.sqrt(2))
    missing = scores_of(Energy(), inputs_of(data, generated.with_energies(np.array([1, np.nan]))))
    assert missing["energy_shift", ""].note == "no free energy of generated rows"


def test_lengths_count_sites_without_gap():
    data, generated = rows_of([[0, 1, 2], [1, 1, 1]], 3), rows_of([[0, 0, 1], [0, 0, 0]], 3)
    found = scores_of(Lengths(), inputs_of(data, generated, gap=0))
    assert found["length_mean", ""].value == 0.5
    assert found["length_shift", ""].value == -2
    assert scores_of(Lengths(), inputs_of(data, generated))["length_mean", ""].value is None


def test_results_on_the_data_are_computed_once():
    data = draw_rows("binary", 20, 5, 1)
    inputs = inputs_of(data, draw_rows("binary", 20, 5, 2))
    scores_of(SpectrumError(), inputs)
    before = data.memo["singular values, signed=False"]
    scores_of(SpectrumError(), inputs_of(data, draw_rows("binary", 20, 5, 3)))
    assert data.memo["singular values, signed=False"] is before


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12), st.integers(2, 6), st.integers(2, 5), st.integers(0, 10**6))
def test_covariance_norms_by_rows_equal_those_by_matrices(n, sites, states, seed):
    rng = np.random.default_rng(seed)
    sets = [rows_of(rng.integers(0, states, (n, sites)), max(states, 3)) for _ in range(2)]
    products = covariance_products(*sets, weighted=False, threads=1)
    a, b = (naive_covariance(visible_vectors(rows)) for rows in sets)
    np.testing.assert_allclose(products.aa, np.sum(a**2), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(products.ab, np.sum(a * b), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(products.sum_a, a.sum(), atol=1e-9)
    np.testing.assert_allclose(products.diagonal, np.sum((a - b).diagonal() ** 2), atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 30), st.integers(1, 70), st.integers(0, 10**6))
def test_probabilities_are_shares_of_rows(n, sites, seed):
    rng = np.random.default_rng(seed)
    data, generated = (rows_of(rng.integers(0, 2, (n, sites))) for _ in range(2))
    found = scores_of(NearestNeighbour(), inputs_of(data, generated))
    for name in ("p_gg", "p_dd"):
        strict, shared = found[name, "code"].value, found[name, "paper"].value
        assert 0 <= strict <= shared <= 1
        assert strict * n == pytest.approx(round(strict * n))


# -- between two labels ----------------------------------------------------------------------------


def test_places_between_the_mean_rows_of_two_labels_by_hand() -> None:
    train = rows_of([[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]])
    weights, labels = np.array([3.0, 1, 1, 1]), np.array([0, 0, 1, 1])
    train = replace(train, weights=weights, labels=labels, memo={})
    # m_0 = (1/4, 1/4, 0, 0), m_1 = 1: way (3/4, 3/4, 1, 1), squared length 25/8, m_0.way = 3/8
    generated = rows_of([[0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 1]])
    expected = (np.array([0, 1.5, 1, 3.5]) - 0.375) / 3.125  # -0.12, 0.36, 0.2, 1
    found = scores_of(component("metric", "between_labels")(), inputs_of(train, generated, train))
    assert found["between_share", ""].value == 0.25
    assert found["between_share_data", ""].value == 0.25
    assert found["between_mean", ""].value == pytest.approx(expected.mean())
    assert found["between_mean", ""].standard_error == pytest.approx(expected.std(ddof=1) / 2)


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [0, 1, 2, 1], [-1, -1, -1, -1]])
def test_other_numbers_of_labels_have_nothing_in_between(labels) -> None:
    train = replace(draw_rows("binary", 4, 5, 1), labels=np.array(labels), memo={})
    found = scores_of(component("metric", "between_labels")(), inputs_of(train, train, train))
    assert {score.note for score in found.values()} == {"the training rows do not have two labels"}
