"""Stage fold: three sets per label, the cache, the table."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.dataset import Dataset
from ebmflow.errors import DataError
from ebmflow.evaluation.independent import draw_independent
from ebmflow.evaluation.structure.base import Prediction
from ebmflow.evaluation.structure.fake import FakePredictor
from ebmflow.evaluation.structure.sets import shuffle_residues
from ebmflow.io import part_cache
from ebmflow.io.dataset_file import write_dataset
from ebmflow.io.part_cache import PartCache
from ebmflow.io.table_file import read_frame, write_table
from ebmflow.stages import fold as stage
from tests.support.judged import LABELS, make_dataset, make_samples

SETS = ("generated", "natural", "random", "profile")


@pytest.fixture
def run(tmp_path):
    def call(dataset=None, kind="fake", per_label=4, seed=0, **samples):
        make_samples(tmp_path / "samples.parquet", **samples)
        write_dataset(tmp_path / "toy.parquet", dataset or make_dataset())
        stage.fold(
            samples=tmp_path / "samples.parquet",
            dataset=tmp_path / "toy.parquet",
            structures=tmp_path / "structures.parquet",
            spec={"predictor": {"kind": kind, "per_label": per_label}},
            seed=seed,
            cache=tmp_path / "cache",
        )
        return read_frame(tmp_path / "structures.parquet", kind="structures")

    return call


def test_table_has_each_set_and_label(run):
    table, facts = run()
    assert table.groupby(["set", "label"]).size().to_dict() == {
        (name, label): 4 for name in SETS for label in LABELS
    }
    assert table["id"].is_unique
    assert set(table["status"]) == {"stub"}
    assert set(table["score"]) == {"plddt"}
    assert facts["predictor"] == {
        "kind": "fake", "per_label": 4, "unknown": "invalid", "pdb": False,
    }  # fmt: skip
    first = table.iloc[0]
    assert len(first["per_residue"]) == len(first["sequence"])
    assert np.mean(first["per_residue"]) == pytest.approx(first["value"], rel=1e-6)
    assert table["ptm"].between(0, 1).all()


def test_generated_are_of_the_last_age_at_the_trained_time(run):
    table, _ = run()
    generated = table[table["set"] == "generated"]
    assert generated["sequence"].str.startswith("A").all()  # code 1, see make_samples
    assert (generated["sequence"].str.len() == 26).all()  # without the gap


def test_natural_are_test_rows_and_random_their_shuffles(run):
    table, _ = run()
    dataset = make_dataset()
    test_names = set(dataset.names[dataset.split == "test"])
    natural = table[table["set"] == "natural"].set_index("id")["sequence"]
    random = table[table["set"] == "random"].set_index("id")["sequence"]
    assert set(natural.index) <= test_names
    assert set(random.index) == {f"random_{name}" for name in natural.index}
    for name, sequence in natural.items():
        assert Counter(random[f"random_{name}"]) == Counter(sequence)
        assert random[f"random_{name}"] != sequence


def test_shuffling_moves_every_residue_everywhere_but_no_gap():
    generator = np.random.default_rng(2)
    rows = [shuffle_residues("A--CDE-", generator) for _ in range(400)]
    assert all(row[1:3] == "--" and row[6] == "-" for row in rows)
    first = Counter(row[0] for row in rows)
    # four residues, 400 draws: expected 100, standard deviation 8.7
    assert all(abs(first[letter] - 100) < 40 for letter in "ACDE")


def test_profile_sites_are_independent_with_the_weighted_frequencies_of_training():
    # Two sites that always agree, a third of the weight on "AA", the rest on "C-" written twice.
    dataset = make_dataset(labels=())
    codes = np.full((40, 27), 3, dtype=np.uint8)
    codes[:20, :2], codes[20:, :2] = 1, [[2, 0]]
    weights = np.where(np.arange(40) < 20, 1.0, 2.0)
    rows = Dataset(**{**dataset.__dict__, "codes": codes, "weights": weights})
    drawn = draw_independent(rows.codes, rows.weights, 3000, np.random.default_rng(0))
    assert drawn.dtype == np.uint8
    assert set(drawn[:, 0]) == {1, 2}
    assert set(drawn[:, 1]) == {0, 1}
    assert (drawn[:, 2:] == 3).all()
    # standard deviation of a share of 1/3 among 3000 is 0.0086; of 1/9, 0.0057
    assert abs((drawn[:, 0] == 1).mean() - 1 / 3) < 0.035
    assert abs((drawn[:, :2] == 1).all(axis=1).mean() - 1 / 9) < 0.023


def test_a_label_without_training_weight_has_no_profile():
    rows = make_dataset(labels=()).rows(np.zeros(40, dtype=bool))
    assert draw_independent(rows.codes, rows.weights, 5, np.random.default_rng(0)).shape == (0, 27)


def test_same_seed_same_table_other_seed_other_draw(run):
    one, _ = run()
    two, _ = run()
    pd.testing.assert_frame_equal(one, two)
    other, _ = run(seed=1)
    assert set(other["id"]) != set(one["id"])


def test_free_samples_go_by_their_predicted_label(run):
    table, _ = run(requested=-1)
    assert table[table["set"] == "generated"]["label"].value_counts().to_dict() == dict.fromkeys(
        LABELS, 4
    )


def test_unlabelled_data_make_one_group(run):
    table, _ = run(dataset=make_dataset(labels=()), labels=(), requested=-1)
    assert table["set"].value_counts().to_dict() == dict.fromkeys(SETS, 4)
    assert table["label"].isna().all()


def test_a_model_without_labels_is_judged_beside_all_labels_together(run):
    table, _ = run(requested=-1, predicted=-1)
    assert table["set"].value_counts().to_dict() == dict.fromkeys(SETS, 4)
    assert table["label"].isna().all()


def test_rows_that_cannot_be_judged_are_kept_with_their_status(run):
    # Generated rows have a gap, so 26 residues: no lattice protein.
    table, _ = run(kind="lattice")
    status = table.groupby("set")["status"].unique().map(list).to_dict()
    assert status == {
        "generated": ["invalid"], "natural": ["ok"], "random": ["ok"], "profile": ["ok"],
    }  # fmt: skip
    assert table.loc[table["status"] != "ok", "value"].isna().all()
    assert table.loc[table["status"] == "ok", "value"].between(0, 1).all()


def test_a_second_run_judges_nothing_again(run, monkeypatch):
    first, _ = run()
    monkeypatch.setattr(FakePredictor, "predict", lambda *a, **k: pytest.fail("judged again"))
    second, _ = run()
    pd.testing.assert_frame_equal(first, second)


def test_a_larger_sample_judges_only_what_is_new(run, monkeypatch):
    first, _ = run(per_label=2)
    asked = []
    original = FakePredictor.predict

    def predict(self, requests, **options):
        asked.extend(request.sequence for request in requests)
        return original(self, requests, **options)

    monkeypatch.setattr(FakePredictor, "predict", predict)
    table, _ = run(per_label=4)
    assert asked
    assert not set(asked) & set(first["sequence"])
    assert len(asked) == len(set(table["sequence"]) - set(first["sequence"]))


def test_a_killed_run_loses_one_batch(run, tmp_path, monkeypatch):
    monkeypatch.setattr(
        FakePredictor, "batches", lambda self, requests: [[k] for k in range(len(requests))]
    )
    original, calls = FakePredictor.predict, []

    def predict(self, requests, **options):
        calls.append(requests)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return original(self, requests, **options)

    monkeypatch.setattr(FakePredictor, "predict", predict)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert not (tmp_path / "structures.parquet").exists()
    calls.clear()
    calls.extend([None] * 6)
    table, _ = run()
    assert len(calls) - 6 == len(table) - 5  # five were done


def test_results_of_one_model_are_no_results_of_another(run, monkeypatch):
    run()
    monkeypatch.setattr(FakePredictor, "fingerprint", lambda self: "other weights")
    asked = []
    original = FakePredictor.predict
    monkeypatch.setattr(
        FakePredictor, "predict", lambda *a, **k: (asked.append(a), original(*a, **k))[1]
    )
    run()
    assert asked


def test_results_of_half_precision_are_none_of_full_precision(run, monkeypatch, caplog):
    asked = []
    original = FakePredictor.predict
    monkeypatch.setattr(
        FakePredictor, "predict", lambda *a, **k: (asked.append(a), original(*a, **k))[1]
    )
    table, _ = run()  # as a version that knew no precision left its results
    assert set(table["precision"]) == {"full"}
    monkeypatch.setattr(FakePredictor, "half_on_gpu", True)
    for gpu, precision in ((False, "full"), (True, "half")):
        monkeypatch.setattr(FakePredictor, "on_gpu", lambda self, device, gpu=gpu: gpu)
        before = len(asked)
        table, facts = run()
        assert len(asked) > before, precision
        assert set(table["precision"]) == {precision}
        assert facts["fingerprint"] == f"fake, {precision} precision"
    before = len(asked)
    run()
    assert len(asked) == before  # known by now


def test_results_that_do_not_say_their_precision_are_refused_in_words(
    run, monkeypatch, caplog, tmp_path
):
    run()
    for path in (tmp_path / "cache").rglob("*.parquet"):
        frame, _ = read_frame(path, kind="predictions_of_structure")
        write_table(path, frame.drop(columns="precision"), kind="predictions_of_structure")
    with caplog.at_level("WARNING"):
        run()
    assert "precision" not in caplog.text  # the device makes no difference to this predictor
    monkeypatch.setattr(FakePredictor, "half_on_gpu", True)
    with caplog.at_level("WARNING"):
        run()
    assert "are not used: an earlier version made them" in caplog.text


def test_without_weights_every_row_says_why_and_nothing_is_kept(run, monkeypatch, tmp_path):
    absent = Prediction("no_weights", reason="no weights of nobody/model at hand")
    with monkeypatch.context() as here:
        here.setattr(FakePredictor, "unavailable", lambda self, device: absent)
        table, _ = run()
    assert set(table["status"]) == {"no_weights"}
    assert set(table["reason"]) == {absent.reason}
    assert table["value"].isna().all()
    assert not list((tmp_path / "cache").rglob("*.parquet"))
    again, _ = run()
    assert set(again["status"]) == {"stub"}
    assert again["reason"].isna().all()


def test_known_results_need_no_weights(run, monkeypatch):
    first, _ = run()
    monkeypatch.setattr(FakePredictor, "unavailable", lambda *a: pytest.fail("asked for weights"))
    second, _ = run()
    pd.testing.assert_frame_equal(first, second)


def test_untrained_models_get_no_number_into_the_table(run, monkeypatch):
    judged = Prediction(
        "untrained", 50.0, np.full(27, 50.0), {"ptm": 0.5}, "ATOM", np.ones((27, 3))
    )
    monkeypatch.setattr(FakePredictor, "predict", lambda self, r, **options: [judged] * len(r))
    for _ in range(2):  # computed, then from the cache
        table, _ = run()
        assert set(table["status"]) == {"untrained"}
        assert table["value"].isna().all()
        assert table["per_residue"].isna().all()
        assert not {"ptm", "pdb", "coordinates"} & set(table)


def test_coordinates_survive_table_and_cache(run, monkeypatch):
    places = np.arange(81, dtype=np.float32).reshape(27, 3)
    judged = Prediction("ok", 50.0, np.full(27, 50.0), {}, None, places)
    monkeypatch.setattr(FakePredictor, "predict", lambda self, r, **options: [judged] * len(r))
    for _ in range(2):
        table, _ = run()
        assert table["coordinates"].iloc[0].tolist() == list(range(81))
        assert "pdb" not in table


def test_parts_are_packed_when_they_are_many(tmp_path):
    cache = PartCache(tmp_path / "cache", "toy")
    assert cache.read().empty
    for k in range(part_cache.PARTS + 1):
        cache.append({"key": [f"k{k}"], "value": [float(k)], "list": [np.arange(k, dtype="f4")]})
    before = cache.read().sort_values("key", ignore_index=True)
    cache.pack()
    assert len(list((tmp_path / "cache").glob("*.parquet"))) == 1
    after = PartCache(tmp_path / "cache", "toy").read().sort_values("key", ignore_index=True)
    assert before["key"].tolist() == after["key"].tolist()
    assert all((a == b).all() for a, b in zip(before["list"], after["list"], strict=True))


def test_pack_leaves_the_parts_of_others_alone(tmp_path):
    other = PartCache(tmp_path, "toy")
    other.append({"key": ["theirs"]})
    mine = PartCache(tmp_path, "toy")
    for k in range(part_cache.PARTS + 1):
        mine.append({"key": [f"k{k}"]})
    mine.pack()
    assert len(list(tmp_path.glob("*.parquet"))) == 2
    assert "theirs" in set(mine.read()["key"])


def test_real_numbers_are_refused(run):
    data = make_dataset(Alphabet.named("real"))
    real = Dataset(**{**data.__dict__, "codes": data.codes.astype(np.float32)})
    with pytest.raises(DataError, match="expected sequences of letters"):
        run(dataset=real)
