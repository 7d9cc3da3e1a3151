"""ESMFold by its true code path, on tiny models saved and loaded as real ones are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ebmflow.evaluation.structure import esmfold, weights
from ebmflow.evaluation.structure.base import Request
from ebmflow.evaluation.structure.esmfold import ESMFold, load_esmfold
from ebmflow.evaluation.structure.requests import model_identity
from tests.support.tiny_models import save_esmfold

pytest.importorskip("transformers", reason="the extra `fold` is not installed")
SEQUENCES = ["ACDEFGHIKLMN", "WYX", "KKKKKRRRRRDDDDDEEEEEA"]


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    return save_esmfold(tmp_path_factory.mktemp("untrained"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return save_esmfold(tmp_path_factory.mktemp("shaken"), as_if_trained=True)


def fold(folder, sequences=SEQUENCES, **options):
    return ESMFold(weights=str(folder), **options).predict([Request(s) for s in sequences])


def test_weights_never_trained_are_recognised(untrained, trained):
    assert {one.status for one in fold(untrained)} == {"untrained"}
    assert {one.status for one in fold(trained)} == {"ok"}
    reported = fold(untrained)[0].to_report()
    assert np.isnan(reported.value)
    assert reported.details == {}
    assert reported.per_residue is None


def test_missing_parameters_make_a_model_untrained(trained, tmp_path):
    from safetensors.torch import load_file, save_file

    state = load_file(trained / "model.safetensors")
    del state["ptm_head.weight"]
    save_file(state, tmp_path / "model.safetensors", metadata={"format": "pt"})
    (tmp_path / "config.json").write_text((trained / "config.json").read_text())
    assert fold(tmp_path)[0].status == "untrained"


def test_numbers_have_their_units_and_shapes(trained):
    for one, sequence in zip(fold(trained), SEQUENCES, strict=True):
        assert one.per_residue.shape == (len(sequence),)
        assert one.value == pytest.approx(one.per_residue.mean(), rel=1e-6)
        assert 5 < one.value < 95  # 0-100, not 0-1: random heads give about 50
        assert 0 < one.details["ptm"] < 1
        assert one.coordinates.shape == (len(sequence), 3)
        assert one.pdb is None
    # The mean over C-alpha is another number than the mean over atoms.
    assert fold(trained)[0].details["plddt_atoms"] != pytest.approx(fold(trained)[0].value)


def test_scores_are_those_of_the_library(trained):
    model = load_esmfold(str(trained), None, "cpu").model
    sequence = SEQUENCES[0]
    reference = model.infer([sequence])
    one = fold(trained, [sequence])[0]
    np.testing.assert_allclose(one.per_residue, 100 * reference.plddt[0, :, 1], rtol=1e-5)
    assert one.details["ptm"] == pytest.approx(float(reference.ptm), rel=1e-5)


def test_a_batch_gives_what_single_sequences_give(trained):
    together = fold(trained)
    for one, sequence in zip(together, SEQUENCES, strict=True):
        alone = fold(trained, [sequence])[0]
        np.testing.assert_allclose(one.per_residue, alone.per_residue, rtol=1e-5)
        np.testing.assert_allclose(one.coordinates, alone.coordinates, atol=1e-3)
        # The scalar of the library is the first row's: this fails if it were used for all.
        assert one.details["ptm"] == pytest.approx(alone.details["ptm"], rel=1e-5)
    assert together[0].details["ptm"] != pytest.approx(together[2].details["ptm"], rel=1e-3)


def test_recycles_count_extra_passes(trained):
    none, once, model_default = (
        fold(trained, [SEQUENCES[0]], recycles=count)[0].value for count in (0, 1, None)
    )
    assert none != pytest.approx(once, rel=1e-6)
    assert model_default == pytest.approx(none, rel=1e-6)  # max_recycles of the tiny model is one


def test_pdb_has_plddt_as_b_factors_up_to_100(trained):
    one = fold(trained, pdb=True)[0]
    atoms = [line for line in one.pdb.splitlines() if line.startswith("ATOM")]
    alpha = [line for line in atoms if line[12:16].strip() == "CA"]
    assert len(alpha) == len(SEQUENCES[0])  # no padding
    assert [float(line[60:66]) for line in alpha] == pytest.approx(one.per_residue, abs=0.006)
    places = [[float(line[k : k + 8]) for k in (30, 38, 46)] for line in alpha]
    np.testing.assert_allclose(places, one.coordinates, atol=6e-4)


def test_too_long_is_a_status_among_results(trained):
    found = fold(trained, max_length=12)
    assert [one.status for one in found] == ["ok", "ok", "too_long"]
    assert np.isnan(found[2].value)


def test_long_batches_are_computed_in_chunks(trained, monkeypatch):
    model = load_esmfold(str(trained), None, "cpu").model
    asked = []
    monkeypatch.setattr(model.trunk, "set_chunk_size", asked.append)
    fold(trained, chunk_above=21)
    fold(trained, chunk_above=20, chunk_size=64)
    assert asked == [None, 64]


def test_chunks_change_nothing(trained):
    plain, chunked = fold(trained), fold(trained, chunk_above=1, chunk_size=4)
    for one, other in zip(plain, chunked, strict=True):
        np.testing.assert_allclose(one.per_residue, other.per_residue, rtol=1e-4)


def test_short_memory_ends_in_a_status(trained, monkeypatch):
    original = ESMFold._fold

    def crowded(self, loaded, sequences, chunk):
        if max(map(len, sequences)) > 12:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return original(self, loaded, sequences, chunk)

    monkeypatch.setattr(ESMFold, "_fold", crowded)
    found = fold(trained)
    assert [one.status for one in found] == ["ok", "ok", "oom"]
    assert found[2].reason == "21 residues"


def test_numbers_that_are_not_finite_fail(trained, monkeypatch):
    model = load_esmfold(str(trained), None, "cpu").model
    monkeypatch.setattr(model.lddt_head[1].bias, "data", torch.full((16,), torch.nan))
    assert fold(trained)[0].status == "failed"


def test_fingerprint_follows_content_not_place(untrained, trained, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(trained, copy)
    (copy / "README.md").write_text("notes")
    one = ESMFold(weights=str(trained)).fingerprint()
    assert ESMFold(weights=str(copy), tokens=5, per_label=2).fingerprint() == one
    others = [
        ESMFold(weights=str(untrained)),
        ESMFold(weights=str(trained), recycles=2),
        ESMFold(weights=str(trained), pdb=True),
    ]
    assert len({one, *(other.fingerprint() for other in others)}) == 4


def test_a_gpu_means_half_precision(trained, monkeypatch):
    predictor = ESMFold(weights=str(trained))
    assert predictor.precision("cpu") == "full"
    assert predictor.precision("cuda") == "half"
    for present, precision in ((False, "full"), (True, "half")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda present=present: present)
        assert predictor.precision("auto") == precision
    assert model_identity(predictor, "cpu") != model_identity(predictor, "cuda")


def test_a_changed_block_changes_the_digest(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(bytes(3 * weights.BLOCK * weights.BLOCKS))
    first = weights.files_digest([path])
    with open(path, "r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"x")
    assert weights.files_digest([path]) != first


@pytest.mark.parametrize("content", [None, "not json", '{"model_type": "esm"}'])
def test_a_folder_without_usable_weights_says_so(tmp_path, content):
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    found = ESMFold(weights=str(tmp_path)).unavailable("cpu")
    assert found.status == "no_weights"
    assert str(tmp_path) in found.reason
    assert "docs/structure.md" in found.reason


def test_damaged_weights_say_so(trained, tmp_path):
    (tmp_path / "config.json").write_text((trained / "config.json").read_text())
    content = (trained / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(content[: len(content) // 2])
    assert ESMFold(weights=str(tmp_path)).unavailable("cpu").status == "no_weights"


def test_without_network_a_hub_name_is_no_weights(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    predictor = ESMFold(weights="nobody/no_such_model")
    found = predictor.unavailable("cpu")
    assert found.status == "no_weights"
    assert "nobody/no_such_model" in found.reason
    assert "absent" in predictor.fingerprint()


def test_weights_that_do_not_fit_into_memory_are_a_status(monkeypatch):
    def crowded(*_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB")

    monkeypatch.setattr(esmfold, "load_esmfold", crowded)
    found = ESMFold(weights="some/model").unavailable("cpu")
    assert found.status == "oom"
    assert "some/model do not fit into memory (CUDA out of memory" in found.reason


def test_a_missing_package_is_a_status(monkeypatch):
    def absent(*_):
        raise ModuleNotFoundError("No module named 'transformers'")

    monkeypatch.setattr(esmfold, "load_esmfold", absent)
    found = ESMFold().unavailable("cpu")
    assert found.status == "unavailable"
    assert "ebmflow[fold]" in found.reason
