"""ESMFold through fair-esm: the worker and its protocol, with a double of fair-esm on its path.

The double stands in for the network only; worker, interpreter and protocol are real. The real
fair-esm with openfold is tested where $EBMFLOW_FAIR_ESM_PYTHON names an interpreter that has them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ebmflow.errors import ConfigError
from ebmflow.evaluation.structure import esmfold_fair_esm as module
from ebmflow.evaluation.structure.base import Request
from ebmflow.evaluation.structure.esmfold_fair_esm import ENVIRONMENT, FairESMFold, Worker, versions
from ebmflow.evaluation.structure.workers import fold_fair_esm

DOUBLE = Path(__file__).resolve().parents[2] / "support" / "fake_fair_esm"
REAL = os.environ.get("EBMFLOW_FAIR_ESM_PYTHON")


@pytest.fixture(autouse=True)
def kept(monkeypatch):
    """The worker of a test, as a list of one once it is made; the double is on its path."""
    monkeypatch.setenv("PYTHONPATH", str(DOUBLE))
    made = []

    def make(*options):
        if not made:
            made.append(Worker(*options))
        return made[0]

    monkeypatch.setattr(module, "worker", make)
    yield made
    for one in made:
        one.child.close()


def predictor(**options) -> FairESMFold:
    return FairESMFold(python=sys.executable, **options)


def fold(sequences, **options):
    return predictor(**options).predict([Request(one) for one in sequences])


def test_numbers_come_through_with_their_units_and_without_padding(kept):
    short, long = fold(["AC", "ACDEF"], pdb=True)
    assert predictor().unavailable("cpu") is None
    assert {short.status, long.status} == {"ok"}
    np.testing.assert_array_equal(short.per_residue, [ord("A"), ord("C")])  # C-alpha alone
    assert short.value == pytest.approx((ord("A") + ord("C")) / 2)
    # Five atoms exist, one of them the C-alpha, which has one more than the others.
    assert short.details["plddt_atoms"] == pytest.approx(short.value - 4 / 5)
    assert [one.details["ptm"] for one in (short, long)] == pytest.approx([1 / 3, 1 / 6])
    np.testing.assert_array_equal(short.coordinates, [[ord("A")] * 3, [ord("C")] * 3])
    assert "2 residues" in short.pdb
    assert "5 residues" in long.pdb
    # The same worker: options are sent with every batch.
    assert fold(["AC"], recycles=2)[0].value == pytest.approx(short.value + 2)
    assert fold(["AC"])[0].pdb is None
    assert [one.status for one in fold(["ACD", "AC"], max_length=2)] == ["too_long", "ok"]
    assert "chunk 2" in fold(["ACD"], pdb=True, chunk_above=2, chunk_size=2)[0].pdb
    assert "chunk None" in fold(["ACD"], pdb=True)[0].pdb


def test_short_of_memory_the_batch_is_halved_then_the_chunk(kept, monkeypatch):
    monkeypatch.setenv("FAKE_MEMORY", "16")
    few, more, long = "AC", "ACDEFGHIKL", "A" * 33
    never = "TTT"  # the double has no memory for it
    found = fold([few, more, long, more, never], pdb=True)
    assert [one.status for one in found] == ["ok"] * 4 + ["oom"]
    # 33 do not fit whole; halves of it are the first chunks.
    assert "chunk 16" in found[2].pdb
    assert "chunk None" in found[1].pdb
    assert found[4].reason == "3 residues"


def test_a_batch_in_which_the_worker_dies_is_given_up_and_the_next_one_folded(kept):
    died = fold(["WWWA", "ACD"])
    assert [one.status for one in died] == ["failed"] * 2
    assert "ended with status 3" in died[0].reason
    assert np.isnan(died[0].value)
    assert fold(["ACD"])[0].status == "ok"
    assert kept[0].deaths == 0


def test_a_worker_that_always_dies_is_not_started_for_ever(kept, monkeypatch):
    monkeypatch.setattr(module, "MOST_DEATHS", module.TRIES)
    assert fold(["WWWA"])[0].status == "failed"
    assert kept[0].deaths == module.MOST_DEATHS
    assert "2 times in a row" in fold(["ACD"])[0].reason
    assert not kept[0].child.running


def test_a_worker_killed_for_want_of_memory_counts_as_out_of_memory(kept):
    found = fold(["ACD", "HHHA"])
    assert [one.status for one in found] == ["ok", "oom"]
    assert kept[0].deaths == 0


def test_what_fair_esm_refuses_or_spoils_is_a_status(kept):
    (refused,) = fold(["MMMA"])
    assert refused.status == "failed"
    assert "sequence refused" in refused.reason
    (spoilt,) = fold(["YYYA"])
    assert spoilt.status == "failed"
    assert "not finite" in spoilt.reason


@pytest.mark.parametrize(
    ("weights", "status", "said"),
    [
        ("absent", "no_weights", "404"),
        ("too_large", "oom", "12.00 GiB"),
        ("deadly", "unavailable", "by signal 11"),
    ],
)
def test_a_model_that_cannot_be_loaded_says_why(kept, weights, status, said):
    found = predictor(weights=weights).unavailable("cpu")
    assert found.status == status
    assert said in found.reason
    assert not kept[0].child.running


def test_a_gpu_that_is_not_there_is_no_matter_of_weights(kept, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(ConfigError, match=r"device: PyTorch of \S+ finds no CUDA device; expected"):
        predictor().unavailable("cuda")
    assert not kept[0].child.running


def test_the_torch_of_the_other_environment_decides_the_precision(tmp_path):
    for answer, precision in (("True", "half"), ("False", "full"), ("no torch", "full")):
        python = tmp_path / f"python_{answer[:2]}"
        python.write_text(f"#!/bin/sh\necho {answer}\n")
        python.chmod(0o755)
        assert FairESMFold(python=str(python)).precision("auto") == precision
    assert FairESMFold(python="/nowhere/bin/python").precision("auto") == "full"
    assert FairESMFold(python="/nowhere/bin/python").precision("cuda") == "half"


def test_untrained_weights_are_recognised(kept):
    assert fold(["ACD"], weights="untrained")[0].status == "untrained"


def test_on_this_python_the_reason_names_environment_and_remedy(kept, monkeypatch):
    monkeypatch.delenv("PYTHONPATH")  # the installed fair-esm, if any, without openfold
    found = FairESMFold().unavailable("cpu")
    assert found.status == "unavailable"
    assert np.isnan(found.value)
    assert "cannot import esm.esmfold.v1" in found.reason
    assert ENVIRONMENT in found.reason
    assert "--sdm conda" in found.reason
    assert "python:" in found.reason


def test_an_interpreter_that_does_not_exist_says_so(kept):
    lost = FairESMFold(python="/nowhere/bin/python")
    found = lost.unavailable("cpu")
    assert found.status == "unavailable"
    assert "/nowhere/bin/python cannot be started (No such file or directory)" in found.reason
    assert ENVIRONMENT in found.reason
    assert versions("/nowhere/bin/python") == {}
    assert "fair-esm absent" in lost.fingerprint()


def test_fingerprint_follows_weights_and_versions_not_the_interpreters_place(tmp_path, monkeypatch):
    known = {"fair-esm": "2.0.0", "openfold": "1.0.1"}
    monkeypatch.setattr(module, "versions", lambda interpreter: known)
    path = tmp_path / "fold.pt"
    path.write_bytes(b"one")
    one = FairESMFold(weights=str(path)).fingerprint()
    assert FairESMFold(weights=str(path), python="elsewhere", tokens=3).fingerprint() == one
    path.write_bytes(b"two")
    others = [
        FairESMFold(weights=str(path)),
        FairESMFold(weights=str(path), recycles=1),
        FairESMFold(weights=str(path), pdb=True),
    ]
    found = {one, *(other.fingerprint() for other in others)}
    known["openfold"] = "2.0.0"
    found.add(others[0].fingerprint())
    assert len(found) == 5


def test_a_recorded_interpreter_gives_way_to_one_that_is_named():
    assert FairESMFold().needs_interpreter
    assert FairESMFold().in_environment("recorded").interpreter == "recorded"
    named = FairESMFold(python="named")
    assert not named.needs_interpreter
    assert named.in_environment("recorded").interpreter == "named"


def test_the_worker_is_written_for_python_39(root):
    import ast

    text = Path(fold_fair_esm.__file__).read_text()
    tree = ast.parse(text, feature_version=(3, 9))
    names = {
        node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names <= {"__future__", *sys.stdlib_module_names, "torch"}


# -- the real thing --------------------------------------------------------------------------------

needs_real = pytest.mark.skipif(
    not REAL, reason=f"set EBMFLOW_FAIR_ESM_PYTHON to an interpreter of {ENVIRONMENT}"
)


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Models of fair-esm's own classes, where it looks for published ones without network."""
    monkeypatch.delenv("PYTHONPATH")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    maker = DOUBLE.parent / "tiny_fair_esmfold.py"
    subprocess.run([REAL, str(maker), str(tmp_path)], check=True)
    return tmp_path


@needs_real
@pytest.mark.slow
@pytest.mark.parametrize("by_name", [True, False])
def test_the_real_fair_esm_folds(kept, tiny, by_name):
    import json

    weights = "esmfold_3B_v1" if by_name else str(tiny / "hub/checkpoints/esmfold_3B_v1.pt")
    expected = json.loads((tiny / "expected.json").read_text())
    real = FairESMFold(python=REAL, weights=weights, pdb=True)
    assert real.unavailable("cpu") is None
    found = real.predict([Request(one) for one in expected["sequences"]], device="cpu")
    for one, sequence, plddt, ptm in zip(
        found, expected["sequences"], expected["plddt"], expected["ptm"], strict=True
    ):
        assert one.status == "ok"
        np.testing.assert_allclose(one.per_residue, plddt, rtol=1e-4)
        assert one.details["ptm"] == pytest.approx(ptm, rel=1e-4)
        alpha = [line for line in one.pdb.splitlines() if line[12:16] == " CA "]
        assert len(alpha) == len(sequence)
        places = [[float(line[k : k + 8]) for k in (30, 38, 46)] for line in alpha]
        np.testing.assert_allclose(places, one.coordinates, atol=6e-4)
        assert [float(line[60:66]) for line in alpha] == pytest.approx(one.per_residue, abs=6e-3)
