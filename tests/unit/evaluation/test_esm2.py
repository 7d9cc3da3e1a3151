"""ESM-2 by its true code path, on tiny models saved and loaded as real ones are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from ebmflow.evaluation.language_models.esm2 import ESM2, load_esm2, masked_scores
from ebmflow.evaluation.structure.base import Request
from ebmflow.evaluation.structure.embeddings import nearest_natural
from tests.support.tiny_models import save_esm2

pytest.importorskip("esm", reason="the extra `fold` is not installed")
SEQUENCES = ["ACDEFGHIKLMN", "WYXA", "KKKKKRRRRRDDDDDEEEEEA"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return save_esm2(tmp_path_factory.mktemp("shaken"), as_if_trained=True)


def judge(file, sequences=SEQUENCES, **options):
    return ESM2(weights=str(file), **options).predict([Request(s) for s in sequences])


def test_untrained_weights_are_recognised(trained, tmp_path):
    assert {one.status for one in judge(save_esm2(tmp_path))} == {"untrained"}
    assert {one.status for one in judge(trained)} == {"ok"}


def test_exact_score_masks_each_residue_in_turn(trained):
    """One residue at a time, written out, against the batched masks."""
    loaded = load_esm2(str(trained), "cpu")
    mask, sequence = loaded.alphabet.mask_idx, SEQUENCES[0]
    tokens = loaded.encode([sequence])
    expected = []
    for place in range(1, len(sequence) + 1):
        hidden = tokens.clone()
        hidden[0, place] = mask
        with torch.no_grad():
            logits = loaded.model(hidden)["logits"][0, place]
        expected.append(float(logits[tokens[0, place]] - torch.logsumexp(logits, 0)))
    one = judge(trained, [sequence], exact=True)[0]
    np.testing.assert_allclose(one.per_residue, expected, rtol=1e-4)
    assert one.value == pytest.approx(np.mean(expected), rel=1e-5)
    for rows in (1, 5, 100):
        np.testing.assert_allclose(masked_scores(loaded, sequence, rows), expected, rtol=1e-4)


def test_the_one_pass_score_is_another_number_with_another_name(trained):
    exact = judge(trained, exact=True)[0]
    quick = judge(trained)[0]
    assert quick.value == pytest.approx(exact.details["one_pass_log_likelihood"], rel=1e-5)
    assert quick.value != pytest.approx(exact.value, rel=1e-3)
    assert ESM2(exact=True).score_name == "pseudo_log_likelihood"
    assert ESM2().score_name == "one_pass_log_likelihood"
    assert "pseudo_log_likelihood" not in quick.details


def test_one_pass_is_ln_p_of_the_residues_seen(trained):
    loaded = load_esm2(str(trained), "cpu")
    tokens = loaded.encode([SEQUENCES[0]])
    with torch.no_grad():
        output = loaded.model(tokens, repr_layers=[2])
    scores = output["logits"][0].log_softmax(-1)
    expected = [float(scores[k, tokens[0, k]]) for k in range(1, 13)]
    one = judge(trained, [SEQUENCES[0]])[0]
    np.testing.assert_allclose(one.per_residue, expected, rtol=1e-4)
    mean = output["representations"][2][0, 1:13].mean(0)
    np.testing.assert_allclose(one.embedding, mean, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("exact", [False, True])
def test_a_batch_gives_what_single_sequences_give(trained, exact):
    for one, sequence in zip(judge(trained, exact=exact), SEQUENCES, strict=True):
        alone = judge(trained, [sequence], exact=exact)[0]
        np.testing.assert_allclose(one.per_residue, alone.per_residue, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(one.embedding, alone.embedding, rtol=1e-4, atol=1e-5)


def test_unknown_residues_do_not_count(trained):
    one = judge(trained, ["WYXA"])[0]
    assert one.value == pytest.approx(one.per_residue[[0, 1, 3]].mean(), rel=1e-6)
    assert judge(trained, ["XX"])[0].status == "failed"


def test_too_long_and_short_of_memory_are_statuses(trained, monkeypatch):
    original = ESM2._judge

    def crowded(self, loaded, sequences, rows):
        if max(map(len, sequences)) > 12:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return original(self, loaded, sequences, rows)

    monkeypatch.setattr(ESM2, "_judge", crowded)
    assert [one.status for one in judge(trained)] == ["ok", "ok", "oom"]
    assert [one.status for one in judge(trained, max_length=4)] == ["too_long", "ok", "too_long"]


def test_a_gpu_changes_no_precision(trained):
    assert ESM2(weights=str(trained)).precision("cuda") == "full"


def test_fingerprint_follows_the_content(trained, tmp_path):
    one = ESM2(weights=str(trained)).fingerprint()
    assert ESM2(weights=str(save_esm2(tmp_path, seed=1))).fingerprint() != one
    assert ESM2(weights=str(trained), exact=True).fingerprint() != one
    assert ESM2(weights=str(trained), tokens=7).fingerprint() == one


def test_a_file_that_is_no_esm2_is_no_weights(tmp_path, trained):
    path = tmp_path / "esm2_none.pt"
    assert ESM2(weights=str(path)).unavailable("cpu").status == "no_weights"
    path.write_bytes(b"nothing")
    assert ESM2(weights=str(path)).unavailable("cpu").status == "no_weights"
    assert ESM2(weights=str(trained)).unavailable("cpu") is None


def test_files_that_would_run_code_are_refused(tmp_path):
    import pickle

    path = tmp_path / "esm2_evil.pt"
    path.write_bytes(pickle.dumps({"model": pytest.fail}))
    found = ESM2(weights=str(path)).unavailable("cpu")
    assert found.status == "no_weights"


def test_a_published_file_at_hand_needs_no_network(trained, tmp_path, monkeypatch):
    import shutil

    name = "esm2_t6_8M_UR50D"
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    shutil.copy(trained, folder / f"{name}.pt")
    regression = trained.with_name("esm2_tiny-contact-regression.pt")
    shutil.copy(regression, folder / f"{name}-contact-regression.pt")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    assert ESM2(weights=name).unavailable("cpu") is None
    load_esm2.cache_clear()


# -- distances -------------------------------------------------------------------------------------


def test_distances_by_hand():
    table = pd.DataFrame(
        {
            "set": ["natural", "natural", "natural", "generated", "generated", "random"],
            "label": ["x", "x", "y", "x", "y", "x"],
            "sequence": ["A", "C", "D", "A", "E", "F"],
            "embedding": [[0, 0], [3, 4], [9, 9], [0, 0], [9, 8], None],
        }
    )
    # A natural row is compared with the others; y has no other. Copies among generated count.
    found = nearest_natural(table)
    np.testing.assert_allclose(found, [5, 5, np.nan, 0, 1, np.nan])
    unlabelled = nearest_natural(table.assign(label=None))
    np.testing.assert_allclose(unlabelled, [5, 5, np.sqrt(61), 0, 1, np.nan])


def test_copies_of_a_natural_sequence_are_no_neighbours():
    table = pd.DataFrame(
        {
            "set": "natural",
            "label": None,
            "sequence": ["A", "A", "C"],
            "embedding": [[0.0], [0.0], [2.0]],
        }
    )
    assert nearest_natural(table).tolist() == [2, 2, 2]
