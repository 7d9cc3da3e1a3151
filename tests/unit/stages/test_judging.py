"""From samples to figures and report through ESMFold, TM-align and ESM-2, on tiny models."""

from __future__ import annotations

import sys
import zipfile

import numpy as np
import pytest

from ebmflow.evaluation.language_models.esm2 import ESM2
from ebmflow.evaluation.structure.esmfold_fair_esm import FairESMFold, worker
from ebmflow.io.dataset_file import write_dataset
from ebmflow.io.table_file import read_frame
from ebmflow.stages.compare_structures import compare_structures
from ebmflow.stages.fold import fold
from ebmflow.stages.plot_plausibility import plot_plausibility
from ebmflow.stages.plot_structure import plot_structure
from ebmflow.stages.report_inputs import read_inputs
from ebmflow.stages.score_plausibility import score_plausibility
from ebmflow.stages.write_pdb import write_pdb
from tests.support.judged import make_dataset, make_samples
from tests.support.tiny_models import save_esm2, save_esmfold

pytest.importorskip("transformers", reason="the extra `fold` is not installed")
pytest.importorskip("esm", reason="the extra `fold` is not installed")
pytest.importorskip("tmtools", reason="the extra `fold` is not installed")
PLACE = "toy/rbm/seed-0/per_label.parquet"


class Folder:
    """Inputs and outputs where a study has them, and the stages on them."""

    def __init__(self, folder):
        self.folder = folder
        self.inputs = {
            "samples": folder / "results/samples" / PLACE,
            "dataset": folder / "results/datasets/toy.parquet",
        }
        make_samples(self.inputs["samples"])
        write_dataset(self.inputs["dataset"], make_dataset())
        self.common = {**self.inputs, "seed": 0, "cache": folder / "cache", "device": "cpu"}

    def path(self, stage):
        return self.folder / "results" / stage / PLACE

    def fold(self, weights, interpreter=None, **options):
        predictor = {"kind": "esmfold", "weights": str(weights), "per_label": 2, **options}
        fold(
            structures=self.path("structures"),
            spec={"predictor": predictor},
            interpreter=interpreter,
            **self.common,
        )
        return read_frame(self.path("structures"), kind="structures")[0]

    def compare(self, **options):
        compare_structures(
            structures=self.path("structures"),
            tm_scores=self.path("tm_scores"),
            spec={"tm_score": options},
            seed=0,
        )
        return read_frame(self.path("tm_scores"), kind="structures")[0]

    def score(self, weights, **options):
        judge = {"kind": "esm2", "weights": str(weights), "per_label": 2, **options}
        output = self.path("plausibility")
        score_plausibility(plausibility=output, spec={"language_model": judge}, **self.common)
        return read_frame(output, kind="structures")[0]


@pytest.fixture
def study(tmp_path):
    return Folder(tmp_path)


def pictures(folder):
    return {"svg": folder / "x.svg", "png": folder / "x.png", "spec": {}}


def test_from_samples_to_structures_tm_scores_and_files(study, tmp_path):
    weights = save_esmfold(tmp_path / "model", as_if_trained=True)
    table = study.fold(weights, pdb=True)
    assert set(table["status"]) == {"ok"}
    assert table["value"].between(0, 100).all()
    assert table["ptm"].between(0, 1).all()
    lengths = table["sequence"].str.len()
    assert (table["coordinates"].str.len() == 3 * lengths).all()
    again = study.fold(weights, pdb=True)
    assert again["pdb"].tolist() == table["pdb"].tolist()
    np.testing.assert_array_equal(again["value"], table["value"])

    scores = study.compare(references=1)
    assert set(scores["status"]) == {"ok"}
    assert scores["value"].between(0, 1).all()
    assert scores["nearest"].isin(table["id"][table["set"] == "natural"]).all()
    assert (scores["nearest"] != scores["id"]).all()
    plot_structure(structures=study.path("tm_scores"), **pictures(tmp_path))

    archive = tmp_path / "pdb.zip"
    write_pdb(structures=study.path("structures"), archive=archive, spec={})
    with zipfile.ZipFile(archive) as packed:
        names = [name for name in packed.namelist() if name.endswith(".pdb")]
        assert len(names) == len(table)
        texts = {packed.read(name).decode() for name in names}
        index = packed.read("index.tsv").decode().splitlines()
    assert texts == set(table["pdb"])
    assert [line.split("\t")[0] for line in index[1:]] == names
    first = archive.read_bytes()
    write_pdb(structures=study.path("structures"), archive=archive, spec={})
    assert archive.read_bytes() == first


def test_fair_esm_folds_in_the_interpreter_that_a_rule_recorded(study, tmp_path, monkeypatch, root):
    monkeypatch.setenv("PYTHONPATH", str(root / "tests" / "support" / "fake_fair_esm"))
    record = tmp_path / "interpreter.txt"
    record.write_text(f"{sys.executable}\n")
    table = study.fold("trained", record, kind="esmfold_fair_esm", pdb=True)
    assert set(table["status"]) == {"ok"}
    assert table["value"].between(0, 100).all()
    assert table["ptm"].between(0, 1).all()
    assert (table["coordinates"].str.len() == 3 * table["sequence"].str.len()).all()
    assert table["pdb"].str.contains("residues").all()
    monkeypatch.setattr(FairESMFold, "predict", lambda *a, **k: pytest.fail("folded again"))
    again = study.fold("trained", record, kind="esmfold_fair_esm", pdb=True)
    assert again["value"].tolist() == table["value"].tolist()
    worker.cache_clear()


def test_without_its_environment_fair_esm_gives_one_sentence_and_no_number(study, tmp_path):
    record = tmp_path / "interpreter.txt"
    record.write_text("")  # no `python` on the path of the rule
    table = study.fold("esmfold_3B_v1", record, kind="esmfold_fair_esm")
    assert set(table["status"]) == {"unavailable"}
    assert table["reason"].nunique() == 1
    assert "workflow/envs/esmfold-fair-esm.yaml" in table["reason"].iloc[0]
    assert table["value"].isna().all()
    assert not {"ptm", "pdb", "coordinates"} & set(table)
    plot_structure(structures=study.path("structures"), **pictures(tmp_path))
    worker.cache_clear()


def test_untrained_and_absent_models_give_no_number_anywhere(study, tmp_path):
    for weights, status in ((save_esmfold(tmp_path / "model"), "untrained"), ("x", "no_weights")):
        if status == "no_weights":
            weights = tmp_path / "empty"
            weights.mkdir()
        table = study.fold(weights)
        scores = study.compare()
        judged = study.score(
            save_esm2(tmp_path) if status == "untrained" else weights / "esm2_x.pt"
        )
        for frame in (table, scores, judged):
            assert set(frame["status"]) == {status}
            numbers = frame.select_dtypes("number")
            assert numbers.isna().all(axis=None)
        plot_structure(structures=study.path("structures"), **pictures(tmp_path))
        plot_structure(structures=study.path("tm_scores"), **pictures(tmp_path))
        plot_plausibility(plausibility=study.path("plausibility"), **pictures(tmp_path))


def test_the_report_says_once_why_nothing_was_folded(study, tmp_path):
    from ebmflow.evaluation.report_tables import unjudged_rows

    study.fold(tmp_path / "nowhere" / "esmfold")
    inputs = read_inputs([study.inputs["dataset"], study.path("structures")], [])
    (line,) = unjudged_rows(inputs.structures, "structures")
    assert line["dataset"] == "toy"
    assert line["count"] == "16"
    assert str(tmp_path / "nowhere") in line["reason"]


def test_scores_and_distances_by_a_language_model(study, tmp_path, monkeypatch):
    weights = save_esm2(tmp_path, as_if_trained=True)
    table = study.score(weights, exact=True)
    assert set(table["score"]) == {"pseudo_log_likelihood"}
    assert (table["value"] < 0).all()
    assert (table["one_pass_log_likelihood"] < 0).all()
    assert (table["embedding_distance"] > 0).all()
    assert (table["embedding"].str.len() == 32).all()
    plot_plausibility(plausibility=study.path("plausibility"), **pictures(tmp_path))
    text = (tmp_path / "x.svg").stat().st_size
    assert text > 10_000
    # The other score is another predictor to the cache; the same one is not computed again.
    assert set(study.score(weights)["score"]) == {"one_pass_log_likelihood"}
    monkeypatch.setattr(ESM2, "predict", lambda *a, **k: pytest.fail("judged again"))
    again = study.score(weights, exact=True)
    for column in ("value", "embedding_distance", "one_pass_log_likelihood"):
        np.testing.assert_array_equal(again[column], table[column])
    np.testing.assert_array_equal(np.stack(again["embedding"]), np.stack(table["embedding"]))


def test_distances_are_to_natural_sequences_of_the_same_label(study, tmp_path):
    table = study.score(save_esm2(tmp_path, as_if_trained=True))
    points = np.stack(table["embedding"]).astype(float)
    for row, line in table.iterrows():
        others = (table["set"] == "natural") & (table["label"] == line["label"])
        if line["set"] == "natural":
            others &= table["sequence"] != line["sequence"]
        distances = np.linalg.norm(points[others.to_numpy()] - points[row], axis=1)
        assert line["embedding_distance"] == pytest.approx(distances.min(), rel=1e-6)
