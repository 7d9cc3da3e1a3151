"""Structure predictors: cleaning, repetitions, batches, statuses, exact values."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow import registry
from ebmflow.data.generators.lattice_walks import PAIRS, all_contacts
from ebmflow.evaluation.structure.base import LASTING, STATUSES, Prediction, Request
from ebmflow.evaluation.structure.fake import FakePredictor
from ebmflow.evaluation.structure.lattice import LatticePredictor, target_structure
from ebmflow.evaluation.structure.requests import (
    clean_sequence,
    lasting,
    make_requests,
    predict_missing,
    request_key,
)

SEQUENCE = "KMGCWDDMCCFREENWGKCGFERLYKG"  # 27 residues


class Recorder(FakePredictor):
    """Remembers what it was asked, in batches of two."""

    def batches(self, requests):
        return [list(range(k, min(k + 2, len(requests)))) for k in range(0, len(requests), 2)]

    def predict(self, requests, *, device="cpu", threads=1):
        asked.append([request.sequence for request in requests])
        return super().predict(requests)


asked: list[list[str]] = []


def test_gaps_are_removed_and_letters_raised():
    assert clean_sequence("-ac--D.", FakePredictor()) == "ACD"


def test_unknown_letters_follow_the_policy():
    assert clean_sequence("ACBZ", FakePredictor()) is None
    assert clean_sequence("ACBZ", FakePredictor(unknown="X")) == "ACXX"
    # A predictor that has no X cannot replace anything by it.
    assert clean_sequence("ACBZ", LatticePredictor(unknown="X")) is None
    assert clean_sequence("---", FakePredictor()) is None


def test_labels_matter_only_where_the_predictor_uses_them():
    rows, labels = ["ACD", "ACD"], ["one", "two"]
    assert make_requests(rows, labels, FakePredictor()) == [Request("ACD"), Request("ACD")]
    lattice = make_requests(rows, labels, LatticePredictor())
    assert lattice == [Request("ACD", "one"), Request("ACD", "two")]


def test_keys_depend_on_sequence_label_and_predictor():
    keys = {
        request_key(Request(sequence, label), fingerprint)
        for sequence in ("AC", "CA")
        for label in (None, "x")
        for fingerprint in ("p", "q")
    }
    assert len(keys) == 8


def test_each_distinct_sequence_is_judged_once_and_known_ones_never():
    asked.clear()
    predictor = Recorder()
    requests = [Request(s) for s in ("AAA", "CCC", "AAA", "DDD", "EEE")] + [None]
    done = {request_key(Request("CCC"), predictor.fingerprint()): Prediction("stub", 1.0)}
    batches = list(predict_missing(requests, predictor, done))
    assert asked == [["AAA", "DDD"], ["EEE"]]
    results = {key: value for batch in batches for key, value in batch.items()}
    assert set(results) == {request_key(Request(s), "fake") for s in ("AAA", "DDD", "EEE")}
    again = FakePredictor().predict([Request("DDD")])[0]
    assert results[request_key(Request("DDD"), "fake")].value == again.value


def test_only_lasting_results_are_kept():
    results = {status: Prediction(status) for status in STATUSES}
    assert set(lasting(results)) == LASTING
    assert not LASTING & {"oom", "no_weights", "too_long"}


def test_fake_is_marked_as_stub():
    result = FakePredictor().predict([Request("ACDEF")])[0]
    assert result.status == "stub"
    assert result.per_residue.shape == (5,)
    assert result.value == pytest.approx(result.per_residue.mean())


def test_lattice_value_is_the_exact_probability():
    result = LatticePredictor().predict([Request(SEQUENCE, "fold_67628")])[0]
    from ebmflow.data.generators import lattice_protein as lattice

    codes = lattice.encode_residues([SEQUENCE])[0]
    pairs = lattice.contact_energies()[codes[PAIRS[:, 0]], codes[PAIRS[:, 1]]] / 100
    factors = np.exp(-pairs[all_contacts()].sum(1))
    assert result.status == "ok"
    assert result.value == pytest.approx(factors[67628] / factors.sum(), rel=1e-9)
    assert result.details["best_fold"] == factors.argmax()
    assert result.details["best_p_nat"] == pytest.approx(factors.max() / factors.sum(), rel=1e-9)


def test_lattice_says_why_a_sequence_has_no_value():
    results = LatticePredictor().predict(
        [
            Request(SEQUENCE, "fold_1"),
            Request(SEQUENCE, "bacteria"),
            Request(SEQUENCE, None),
            Request(SEQUENCE[:26], "fold_1"),
            Request(SEQUENCE, "fold_103346"),
        ]
    )
    assert [r.status for r in results] == ["ok", "no_target", "no_target", "invalid", "no_target"]
    assert all(np.isnan(r.value) for r in results[1:])


def test_target_structure_reads_labels():
    assert target_structure("fold_0") == 0
    assert target_structure("fold_103345") == 103_345
    for label in ("fold_103346", "fold_", "Fold_1", "fold_-1", "fold_1 ", "", None):
        assert target_structure(label) is None


# Every registered predictor.


@pytest.mark.parametrize("name", registry.names("predictor"))
def test_predictors_keep_to_the_interface(name):
    options = registry.component("predictor", name)
    fields = options.model_fields
    assert {"per_label", "unknown"} <= set(fields)
    assert all(field.description for field in fields.values())
    assert options.score_name in {"p_nat", "plddt", "pseudo_log_likelihood"}
    assert set("ACDEFGHIKLMNPQRSTVWY") <= set(options.letters)
