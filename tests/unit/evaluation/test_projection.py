"""Principal axes against a dense eigendecomposition written out plainly."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.errors import DataError
from ebmflow.evaluation.encodings import make_encoding
from ebmflow.evaluation.label_line import label_line
from ebmflow.evaluation.projection import (
    expand_codes,
    principal_axes,
    project_codes,
    projection_frame,
)
from ebmflow.evaluation.rows import RowSet

SIZES = [("categorical", 6, 4), ("categorical", 25, 4), ("binary", 40, 2), ("real", 45, 0)]


def draw(kind: str, sites: int, states: int, rows: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Rows of two clusters and a gradient, so that leading axes are well separated."""
    rng = np.random.default_rng(5)
    part = rng.integers(0, 2, rows)
    slope = rng.normal(size=rows)
    drive = 2.0 * part[:, None] * (np.arange(sites) % 3 == 0) + slope[:, None] * (
        np.arange(sites) % 3 == 1
    )
    if kind == "real":
        codes = (drive + rng.normal(size=(rows, sites))).astype(np.float32)
    elif kind == "binary":
        codes = (rng.random((rows, sites)) < 1 / (1 + np.exp(1 - 2 * drive))).astype(np.uint8)
    else:
        noisy = np.floor(drive + 1.5 + 0.5 * rng.normal(size=(rows, sites)))
        codes = np.clip(noisy, 0, states - 1).astype(np.uint8)
    return codes, rng.uniform(0.1, 1.0, rows)


def dense(codes: np.ndarray, kind: str, states: int) -> np.ndarray:
    if kind != "categorical":
        return codes.astype(float)
    return np.eye(states)[codes].reshape(len(codes), -1)


def alphabet(kind: str, states: int) -> dict:
    return {"kind": kind, "letters": "ACGT"[:states] if states else ""}


@pytest.mark.parametrize(("kind", "sites", "states"), SIZES)
def test_axes_are_eigenvectors_of_the_weighted_covariance(
    kind: str, sites: int, states: int
) -> None:
    codes, weights = draw(kind, sites, states)
    axes = principal_axes(codes, weights, alphabet(kind, states), components=2)
    x = dense(codes, kind, states)
    covariance = np.cov(x.T, aweights=weights, ddof=0)
    values, vectors = np.linalg.eigh(covariance)
    np.testing.assert_allclose(axes.explained, values[::-1][:2] / values.sum(), rtol=1e-8)
    overlap = np.abs(np.sum(axes.vectors * vectors[:, ::-1][:, :2], axis=0))
    np.testing.assert_allclose(overlap, 1.0, atol=1e-8)
    expected = (x - np.average(x, axis=0, weights=weights)) @ axes.vectors / np.sqrt(sites)
    np.testing.assert_allclose(project_codes(axes, codes), expected, atol=1e-10)


def test_expansion_is_one_hot() -> None:
    codes = np.array([[0, 2], [1, 1]], dtype=np.uint8)
    np.testing.assert_array_equal(
        expand_codes(codes, "categorical", 3).toarray(), dense(codes, "categorical", 3)
    )


def test_a_weight_of_two_is_a_row_twice() -> None:
    codes, _ = draw("binary", 40, 2)
    weights = np.ones(len(codes))
    weights[:20] = 2
    once = principal_axes(codes, weights, alphabet("binary", 2))
    twice = np.concatenate([codes, codes[:20]])
    again = principal_axes(twice, np.ones(len(twice)), alphabet("binary", 2))
    np.testing.assert_allclose(once.vectors, again.vectors, atol=1e-7)
    plain = principal_axes(codes, np.ones(len(codes)), alphabet("binary", 2))
    assert not np.allclose(once.explained, plain.explained, rtol=1e-6)


def test_axes_are_reproducible_and_signed() -> None:
    codes, weights = draw("categorical", 25, 4)
    first, second = (principal_axes(codes, weights, alphabet("categorical", 4)) for _ in range(2))
    np.testing.assert_array_equal(first.vectors, second.vectors)
    largest = first.vectors[np.abs(first.vectors).argmax(axis=0), [0, 1]]
    assert (largest > 0).all()


def test_projection_runs_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, weights = draw("categorical", 25, 4)
    axes = principal_axes(codes, weights, alphabet("categorical", 4))
    whole = project_codes(axes, codes)
    monkeypatch.setattr("ebmflow.evaluation.projection.BLOCK_ROWS", 7)
    np.testing.assert_allclose(project_codes(axes, codes), whole, atol=1e-12)
    assert project_codes(axes, codes[:0]).shape == (0, 2)


def test_frame_names_sets_and_labels() -> None:
    codes, weights = draw("binary", 40, 2, rows=6)
    axes = principal_axes(codes, weights, alphabet("binary", 2))
    data = {
        "codes": codes,
        "label": np.array([0, 1, -1, 0, 1, 1]),
        "weight": weights,
        "split": np.array(["train"] * 5 + ["test"], dtype=object),
    }
    generated = {"codes": codes[:2], "label": np.array([1, 0])}
    frame = projection_frame(axes, data, generated, ["a", "b"])
    assert frame["set"].tolist() == ["data"] * 6 + ["generated"] * 2
    assert frame["label"].iloc[[0, 1, 6, 7]].tolist() == ["a", "b", "b", "a"]
    assert frame["label"].isna().tolist() == [False, False, True] + [False] * 5
    assert frame["weight"].tolist() == [*weights, 1.0, 1.0]
    np.testing.assert_allclose(frame.loc[6, ["pc_1", "pc_2"]], frame.loc[0, ["pc_1", "pc_2"]])


def labelled(data: dict[str, np.ndarray], kind: str, states: int) -> RowSet:
    encoding = make_encoding(kind, data["codes"].shape[1], states)
    return RowSet(data["codes"], encoding, data["weight"], data["label"])


def test_rows_lie_between_the_mean_rows_of_two_labels() -> None:
    codes = np.array([[0, 0, 1], [0, 2, 1], [2, 2, 1], [2, 2, 0]], dtype=np.uint8)
    data = {"codes": codes, "label": np.array([0, 0, 1, 1]), "weight": np.array([3.0, 1, 1, 1])}
    line, _ = label_line(labelled(data, "categorical", 3))
    found = line.places(codes)
    assert found[:2] @ [0.75, 0.25] == pytest.approx(0)
    assert found[2:].mean() == pytest.approx(1)
    # m_1 - m_0 = (-1, 0, 1 | -3/4, 0, 3/4 | 1/2, -1/2, 0), squared length 29/8
    x = dense(codes, "categorical", 3)
    means = [x[:2].T @ [0.75, 0.25], x[2:].mean(0)]
    way = means[1] - means[0]
    np.testing.assert_allclose(found, (x - means[0]) @ way / (way @ way), atol=1e-12)
    assert way @ way == pytest.approx(29 / 8)


def test_a_label_without_rows_or_with_the_same_mean_gives_no_line() -> None:
    codes = np.array([[0, 1], [1, 0], [1, 1], [0, 0]], dtype=np.uint8)
    same = {"codes": codes, "label": np.array([0, 0, 1, 1]), "weight": np.ones(4)}
    assert label_line(labelled(same, "binary", 2))[0] is None
    assert label_line(labelled({**same, "label": np.zeros(4, int)}, "binary", 2))[0] is None


def test_errors_name_the_reason() -> None:
    codes = np.zeros((5, 4), dtype=np.uint8)
    with pytest.raises(DataError, match="all training rows are equal"):
        principal_axes(codes, np.ones(5), alphabet("binary", 2))
    with pytest.raises(DataError, match="fewer than two weighted"):
        principal_axes(codes, np.array([1, 0, 0, 0, 0]), alphabet("binary", 2))
    good, weights = draw("binary", 40, 2)
    axes = principal_axes(good, weights, alphabet("binary", 2))
    data = {"codes": good, "label": np.zeros(len(good), int)}
    with pytest.raises(DataError, match="samples have 4 sites"):
        projection_frame(axes, data, {"codes": codes, "label": np.zeros(5, int)}, ["a"])
