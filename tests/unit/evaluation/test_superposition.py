"""TM-scores: of moved, unrelated and shortened structures, and which references are taken."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from ebmflow.errors import DataError
from ebmflow.evaluation.superposition import (
    Backbone,
    TMScoreOptions,
    compare,
    read_template,
    tm_score,
)

pytest.importorskip("tmtools", reason="the extra `fold` is not installed")


def helix(length):
    turn = np.deg2rad(100) * np.arange(length)
    return np.stack([2.3 * np.cos(turn), 2.3 * np.sin(turn), 1.5 * np.arange(length)], axis=1)


def walk(length, seed):
    generator = np.random.default_rng(seed)
    steps = generator.normal(size=(length, 3))
    return (3.8 * steps / np.linalg.norm(steps, axis=1, keepdims=True)).cumsum(axis=0)


def moved(points, seed=0):
    return Rotation.random(rng=np.random.default_rng(seed)).apply(points) + 40


def chain(points, name="x"):
    return Backbone(name, "A" * len(points), points)


def test_a_moved_structure_scores_one():
    points = walk(60, 1)
    assert tm_score(chain(moved(points)), chain(points)) == pytest.approx(1, abs=1e-4)


def test_a_mirror_image_does_not():
    points = walk(60, 1)
    assert tm_score(chain(points * [1, 1, -1]), chain(points)) < 0.6


def test_unrelated_structures_score_low():
    assert tm_score(chain(walk(80, 1)), chain(helix(80))) < 0.4


def test_the_reference_sets_the_length():
    whole = walk(80, 2)
    half = whole[:40]
    assert tm_score(chain(half), chain(whole)) == pytest.approx(0.5, abs=0.01)
    assert tm_score(chain(whole), chain(half)) == pytest.approx(1, abs=1e-4)


def test_the_formula_on_a_known_displacement():
    """Half of the atoms moved far away, the others in place: the sum of 1 / (1 + (d/d0)^2)."""
    length = 100
    points = helix(length)
    other = points.copy()
    other[50:] = walk(50, 3) + 500
    d0 = 1.24 * (length - 15) ** (1 / 3) - 1.8
    distances = np.linalg.norm(points - other, axis=1)
    in_place = (1 / (1 + (distances / d0) ** 2)).mean()
    # The best superposition cannot be worse than leaving the chain where it is.
    assert in_place - 1e-3 <= tm_score(chain(other), chain(points)) < 0.75


def make_table():
    structures = {
        "natural": [walk(30, 10), walk(30, 11), walk(30, 12)],
        "generated": [moved(walk(30, 10)), walk(30, 13)],
    }
    rows = [
        {
            "id": f"{name}_{index}", "set": name, "label": "x", "status": "ok", "reason": None,
            "sequence": 29 * "A" + "LMN"[index], "coordinates": points.ravel(),
        }
        for name, many in structures.items()
        for index, points in enumerate(many)
    ]  # fmt: skip
    rows.append({**rows[3], "id": "bad", "status": "untrained"})
    rows.append({**rows[3], "id": "none", "coordinates": None})
    rows.append({**rows[3], "id": "other", "label": "y"})
    rows.append({**rows[3], "id": "short", "sequence": "ACD", "coordinates": np.zeros(9)})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("threads", [1, 2])
def test_rows_are_compared_with_natural_ones_of_their_label(threads):
    found = compare(
        make_table(), TMScoreOptions(references=3), np.random.default_rng(0), threads=threads
    )
    assert found["nearest"][3] == "natural_0"
    assert found["value"][3] == pytest.approx(1, abs=1e-4)
    assert found["mean"][3] < 0.75
    assert found["value"][4] < 0.6
    # Natural rows are never compared with themselves, rows without a structure or reference never.
    assert (found["value"][:3] < 0.6).all()
    assert found["value"][5:].isna().all()
    assert found["nearest"][5:].isna().all()


def test_references_are_as_many_as_asked_for():
    table = make_table()
    one = compare(table, TMScoreOptions(references=1), np.random.default_rng(0))
    pd.testing.assert_series_equal(one["value"], one["mean"], check_names=False)
    assert set(one["nearest"][:5]) <= {"natural_0", "natural_1", "natural_2"}
    # Generated rows share their reference; natural ones take it too unless they are it.
    assert one["nearest"][3] == one["nearest"][4]


PDB = "ATOM  {0:5d}  CA  {1} {2}{0:4d}    {3:8.3f}{4:8.3f}{5:8.3f}  1.00 50.00           C"


def write_pdb(path, points, chain_name="A"):
    lines = [PDB.format(k + 1, "GLY", chain_name, *point) for k, point in enumerate(points)]
    path.write_text("\n".join([*lines, "TER", "END", ""]))


def test_a_template_is_the_only_reference(tmp_path):
    write_pdb(tmp_path / "known.pdb", walk(30, 10))
    options = TMScoreOptions(template=tmp_path / "known.pdb")
    found = compare(make_table(), options, np.random.default_rng(0))
    assert found["value"][[0, 3]].tolist() == pytest.approx([1, 1], abs=1e-3)
    assert (found["value"][[1, 2, 4]] < 0.6).all()
    assert set(found["nearest"].dropna()) == {"known"}
    assert found["value"][7] == pytest.approx(1, abs=1e-3)  # whatever its label


def test_templates_that_cannot_serve_are_named(tmp_path):
    path = tmp_path / "known.pdb"
    with pytest.raises(DataError, match=r"known\.pdb"):
        read_template(path, None)
    write_pdb(path, walk(30, 1))
    assert read_template(path, None).sequence == "G" * 30
    with pytest.raises(DataError, match="chain 'B'"):
        read_template(path, "B")
    write_pdb(path, walk(3, 1))
    with pytest.raises(DataError, match="3 residues"):
        read_template(path, None)
    path.write_text("no structure\n")
    with pytest.raises(DataError):
        read_template(path, None)
