"""Model files of other programs: round trips, and energies computed by those programs."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest
import torch

from ebmflow.cli import main
from ebmflow.data.alphabets import Alphabet
from ebmflow.errors import DataError
from ebmflow.io.exchange.machine import Machine, to_model
from ebmflow.io.model_file import load_model, save_model
from ebmflow.stages.convert import convert

PROTEIN = Alphabet.named("protein").letters
ROTATED = PROTEIN[5:] + PROTEIN[:5]
SITES, UNITS, CLASSES, ROWS = 5, 4, 3, 12


def draw_machine(letters=PROTEIN, labelled=True, seed=0):
    rng = np.random.default_rng(seed)
    shape = (SITES,) if letters == "01" else (SITES, len(letters))

    def normal(*size):
        return rng.normal(size=size).astype(np.float32)

    label = (normal(CLASSES), normal(CLASSES, UNITS), ("a", "b", "c")) if labelled else ()
    machine = Machine(normal(*shape), normal(UNITS), normal(*shape, UNITS), letters, *label)
    return machine._replace(update=7)


def write_ours(folder, **options):
    path = folder / "ours.safetensors"
    save_model(path, *to_model(draw_machine(**options), "test"))
    return path


def rows_of(states, seed=1):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, states, (ROWS, SITES)).astype(np.uint8)
    return torch.from_numpy(codes), torch.from_numpy(rng.integers(0, CLASSES, (ROWS, 1)))


@pytest.mark.parametrize("letters", ["01", PROTEIN])
@pytest.mark.parametrize("program", ["rbms", "annadca"])
@pytest.mark.parametrize("theirs", [None, ROTATED])
def test_round_trip_keeps_every_parameter(tmp_path, program, letters, theirs):
    theirs = None if letters == "01" else theirs
    ours = write_ours(tmp_path, letters=letters, labelled=program == "annadca")
    there, back = tmp_path / "there.h5", tmp_path / "back.safetensors"
    convert(source=ours, source_format="ebmflow", target=there, target_format=program,
            alphabet=theirs)  # fmt: skip
    convert(source=there, source_format=program, target=back, alphabet=theirs)
    (first, before), (second, after) = load_model(ours), load_model(back)
    for name, value in first.named_parameters().items():
        assert torch.equal(value, second.named_parameters()[name]), name
    keys = ["space", "alphabet", "update"] + ["label_names"] * (program == "annadca")
    assert [before[key] for key in keys] == [after[key] for key in keys]


def test_states_come_in_the_order_of_the_other_program(tmp_path):
    ours = write_ours(tmp_path, labelled=False)
    convert(source=ours, source_format="ebmflow", target=tmp_path / "x.h5", target_format="rbms",
            alphabet=ROTATED)  # fmt: skip
    field = load_model(ours)[0].visible["data"].field.reshape(SITES, -1)
    with h5py.File(tmp_path / "x.h5") as file:
        stored = file["update_7/params/vbias"][()]
    assert stored[2, ROTATED.index("W")] == field[2, PROTEIN.index("W")]


def test_energies_agree_with_rbms(tmp_path):
    peer = pytest.importorskip("rbms.io", reason="rbms is not installed")
    for letters in ("01", PROTEIN):
        ours = write_ours(tmp_path, letters=letters, labelled=False)
        path = tmp_path / f"{len(letters)}.h5"
        convert(source=ours, source_format="ebmflow", target=path, target_format="rbms")
        machine = peer.load_params(str(path), 7, torch.device("cpu"), torch.float32)
        codes, _ = rows_of(len(letters))
        theirs = machine.compute_energy_visibles(codes.float())
        torch.testing.assert_close(load_model(ours)[0].free_energy({"data": codes}), theirs,
                                   rtol=1e-4, atol=1e-3)  # fmt: skip


def test_energies_agree_with_annadca(tmp_path):
    peer = pytest.importorskip("annadca.io", reason="annaDCA is not installed")
    from annadca.rbm.binary import statmech as binary
    from annadca.rbm.categorical import statmech as categorical

    for letters, theirs in (("01", binary), (PROTEIN, categorical)):
        ours = write_ours(tmp_path, letters=letters)
        path = tmp_path / f"{len(letters)}.h5"
        convert(source=ours, source_format="ebmflow", target=path, target_format="annadca")
        update, params = peer._load_model(str(path), torch.device("cpu"), torch.float32)
        assert update == 7
        codes, labels = rows_of(len(letters))
        one_hot = torch.nn.functional.one_hot
        x = codes.float() if letters == "01" else one_hot(codes.long(), len(letters)).float()
        label = one_hot(labels[:, 0], CLASSES).float()
        expected = theirs._compute_energy_visibles_labels(x, label, params)
        visible = {"data": codes, "label": labels.to(torch.uint8)}
        torch.testing.assert_close(load_model(ours)[0].free_energy(visible), expected,
                                   rtol=1e-4, atol=1e-3)  # fmt: skip


def draw_parameters(letters=PROTEIN, seed=0):
    rng = np.random.default_rng(seed)
    q = len(letters)
    coupling = rng.normal(size=(SITES, q, SITES, q))
    coupling = coupling + coupling.transpose(2, 3, 0, 1)
    coupling[np.arange(SITES), :, np.arange(SITES)] = 0
    return rng.normal(size=(SITES, q)), coupling


def write_text(path, field, coupling, letters, both=False):
    lines = ["# parameters"]
    for i in range(SITES):
        for j in range(SITES):
            if i == j or (j < i and not both):
                continue
            lines += [f"J {i} {j} {a} {b} {coupling[i, x, j, y]:.9g}"
                      for x, a in enumerate(letters) for y, b in enumerate(letters)]  # fmt: skip
    lines += [f"h {i} {a} {field[i, x]:.9g}" for i in range(SITES) for x, a in enumerate(letters)]
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("both", [False, True])
def test_a_parameter_file_becomes_a_pairwise_model(tmp_path, both):
    field, coupling = draw_parameters()
    write_text(tmp_path / "p.dat", field, coupling, PROTEIN, both)
    target = tmp_path / "p.safetensors"
    assert main(["convert", str(tmp_path / "p.dat"), str(target), "--from", "adabmdca"]) == 0
    model, metadata = load_model(target)
    codes, _ = rows_of(len(PROTEIN))
    expected = [
        -sum(field[i, row[i]] for i in range(SITES))
        - sum(coupling[i, row[i], j, row[j]] for i in range(SITES) for j in range(i + 1, SITES))
        for row in codes.numpy()
    ]
    np.testing.assert_allclose(model.free_energy({"data": codes}).numpy(), expected, rtol=1e-4)
    assert metadata["alphabet"]["letters"] == PROTEIN


def test_energies_agree_with_adabmdca(tmp_path):
    peer = pytest.importorskip("adabmDCA.io", reason="adabmDCA is not installed")
    from adabmDCA.statmech import compute_energy

    field, coupling = draw_parameters("ACGU-")
    values = {"bias": field, "coupling_matrix": coupling}
    tensors = {name: torch.tensor(value, dtype=torch.float32) for name, value in values.items()}
    peer.save_params(str(tmp_path / "p.dat"), tensors, "ACGU-")
    convert(source=tmp_path / "p.dat", source_format="adabmdca", target=tmp_path / "p.safetensors",
            alphabet="rna")  # fmt: skip
    codes, _ = rows_of(5)
    read = peer.load_params(str(tmp_path / "p.dat"), "-ACGU", torch.device("cpu"))
    theirs = compute_energy(torch.nn.functional.one_hot(codes.long(), 5).float(), read)
    model, _ = load_model(tmp_path / "p.safetensors")
    torch.testing.assert_close(model.free_energy({"data": codes}), theirs, rtol=1e-4, atol=1e-4)


def test_what_a_format_cannot_hold_is_refused(tmp_path):
    ours = write_ours(tmp_path)
    with pytest.raises(DataError, match="knows labels"):
        convert(source=ours, source_format="ebmflow", target=tmp_path / "x", target_format="rbms")
    assert not (tmp_path / "x").exists()
    (tmp_path / "p.dat").write_text("h 0 A 0.5\nJ 0 1 A\n")
    with pytest.raises(DataError, match="line 2"):
        convert(source=tmp_path / "p.dat", source_format="adabmdca", target=tmp_path / "x")
    (tmp_path / "p.h5").write_text(json.dumps({}))
    with pytest.raises(DataError, match="cannot be read"):
        convert(source=tmp_path / "p.h5", source_format="rbms", target=tmp_path / "x")
