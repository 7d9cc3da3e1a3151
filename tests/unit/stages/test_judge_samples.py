"""Rows of one machine scored by another: exact values, labels of chains, refusals."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from ebmflow.errors import DataError
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.model_file import load_model
from ebmflow.io.table_file import read_frame, read_table
from ebmflow.stages.judge_samples import judge_samples
from ebmflow.stages.plot_judged import plot_judged
from ebmflow.stages.sample import sample
from tests.support.datasets import write_toy
from tests.unit.stages.test_likelihood import train_machine

MORPH = {
    "start": "data",
    "clamp": [],
    "rows": 3,
    "times": [0, 2, 4],
    "morph": {"units": 1, "schedule": [{"from_sweep": 0, "state": "start"}]},
}
JUDGES = {"judges": {"b": {"dataset": "toy"}, "a": {"dataset": "toy"}}}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Rows of one machine, and two others that judge them, one of which knows labels."""
    folder = tmp_path_factory.mktemp("judges")
    dataset = write_toy(folder / "toy.parquet", rows=60)
    for name in ("released", "unconstrained", "labelled"):
        train_machine(folder, dataset, name, updates=20)
    generate(folder, dataset, "morph", MORPH)
    generate(folder, dataset, "free", {"clamp": [], "rows": 4})
    return folder, dataset


def generate(folder, dataset, name, plan):
    sample(
        ages=folder / "released" / "ages", dataset=dataset, samples=folder / f"{name}.parquet",
        spec=plan, seed=0, device="cpu",
    )  # fmt: skip


def judge(study, name="morph", ages=("unconstrained", "labelled"), dataset=None):
    folder, own = study
    path = folder / f"judged_{name}.parquet"
    judge_samples(
        samples=folder / f"{name}.parquet",
        dataset=dataset or own,
        ages=[folder / one / "ages" for one in ages],
        judged=path,
        spec=JUDGES,
    )
    return path


def enumerated(model, codes):
    """ln of the sum of exp(-E) over hidden units, and over labels, of one row."""
    values = []
    labels = range(model.visible["label"].states) if "label" in model.visible else [None]
    for label in labels:
        for hidden in itertools.product((0, 1), repeat=model.hidden.sites):
            visible = {"data": torch.tensor(codes[None])}
            if label is not None:
                visible["label"] = torch.tensor([[label]], dtype=torch.uint8)
            state = torch.tensor([hidden], dtype=torch.uint8)
            values.append(-model.energy(visible, state).double())
    return torch.logsumexp(torch.cat(values), 0).item()


@pytest.mark.parametrize(("name", "machine"), [("a", "unconstrained"), ("b", "labelled")])
def test_values_are_sums_over_hidden_units_and_labels(study, name, machine):
    folder, _ = study
    table, _ = read_frame(judge(study), kind="judged")
    columns, _ = read_table(folder / "morph.parquet", kind="samples")
    ages = sorted((folder / machine / "ages").iterdir())
    model, _ = load_model(ages[-1])
    here = table[(table.judge == name) & (table.set == "generated")]
    for row in (0, 5, 20):
        line = here[(here.chain == columns["chain"][row]) & (here.time == columns["time"][row])]
        expected = enumerated(model, columns["codes"][row])
        assert line.log_unnormalised.item() == pytest.approx(expected, abs=1e-4)


def test_chains_carry_the_label_they_started_at_and_data_their_own(study):
    folder, dataset = study
    table, facts = read_frame(judge(study), kind="judged")
    data = read_dataset(dataset)
    columns, _ = read_table(folder / "morph.parquet", kind="samples")
    own = table[(table.judge == "a") & (table.set == "generated")]
    names = np.array(data.label_names)
    assert own.label.tolist() == names[data.labels[columns["start_row"]]].tolist()
    held_out = table[(table.judge == "a") & (table.set == "data")]
    assert (data.split[held_out.chain] == "test").all()
    assert len(held_out) == (data.split == "test").sum()
    assert held_out.label.tolist() == names[data.labels[held_out.chain]].tolist()
    assert facts["changes"] == []


def test_both_kinds_of_figures_are_drawn(study, tmp_path):
    for name in ("morph", "free"):
        picture = tmp_path / f"{name}.png"
        plot_judged(judged=judge(study, name), svg=tmp_path / "x.svg", png=picture, spec={})
        assert picture.stat().st_size > 10_000


def test_a_judge_of_other_sites_is_refused(study, tmp_path):
    longer = write_toy(tmp_path / "toy.parquet", rows=60, sites=11)
    train_machine(tmp_path, longer, "unconstrained", updates=1)
    with pytest.raises(DataError, match="judge a knows 11 sites with binary 01; expected 9 sites"):
        judge(study, ages=(tmp_path / "unconstrained", "labelled"))
