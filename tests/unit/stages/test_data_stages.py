"""From files to a dataset, stage by stage, on small files and on the real ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebmflow.config.definitions import Definitions
from ebmflow.config.stage_settings import dataset_specs
from ebmflow.errors import EbmflowError
from ebmflow.io.aligned_file import read_aligned
from ebmflow.io.dataset_file import read_dataset
from ebmflow.io.table_file import read_frame, read_table
from ebmflow.stages.prepare import prepare

FASTA = """\
>P1_ECOLI/1-6
ACdDE-F
>P2_ECOLI/1-6
AC.DE-G
>P3_HUMAN/2-7
ACkkDB-F
>P4_HUMAN/2-7
AWDE-F
>P5_MOUSE/2-7
A-D---
>P6_MOUSE/2-7
AWDE-F
>P7_YEAST
WWWWAW
"""
RECIPE = """\
title: toy
source: {{kind: files, sequences: {{path: {folder}/rows.a2m}}, reader: a3m}}
alphabet: protein
filter:
  {{max_column_gaps: 0.5, strict_columns: true, max_row_gaps: 0.5, unknown: gap, duplicates: drop}}
labels: {{kind: table, file: {{path: {folder}/labels.tsv}}, column: kingdom}}
weights: {{identity_threshold: 0.8, strict: false, balance_classes: true}}
split: {{kind: stratified, test_fraction: 0.34}}
"""
LABELS = {
    "P1_ECOLI/1-6": "Bacteria",
    "P2_ECOLI/1-6": "Bacteria",
    "P3_HUMAN/2-7": "Eukaryota",
    "P4_HUMAN/2-7": "Eukaryota",
    "P5_MOUSE/2-7": "Eukaryota",
    "P6_MOUSE/2-7": "Eukaryota",
    "P7_YEAST": "",
}


def labels_text(labels):
    return "name\tkingdom\n" + "".join(f"{name}\t{label}\n" for name, label in labels.items())


def run(recipe: Path, folder: Path, mirror: Path | None = None, threads: int = 1):
    config, path = Definitions([]).dataset_file(recipe)
    specs = dataset_specs(path.stem, config)
    return prepare(name=path.stem, specs=specs, folder=folder, mirror=mirror, threads=threads)


@pytest.fixture
def toy(tmp_path):
    """A recipe and its files, in a folder of their own."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "rows.a2m").write_text(FASTA)
    (folder / "labels.tsv").write_text(labels_text(LABELS))
    recipe = folder / "toy.yaml"
    recipe.write_text(RECIPE.format(folder=folder))
    return recipe


def counts_of(dataset: Path) -> pd.DataFrame:
    return pd.read_csv(dataset.with_suffix(".counts.tsv"), sep="\t")


def test_a_toy_family_step_by_step(toy, tmp_path):
    dataset = run(toy, tmp_path)
    steps = tmp_path / "data" / "toy"
    assert list(read_aligned(steps / "aligned.parquet").rows) == [
        "ACDE-F", "ACDE-G", "ACDB-F", "AWDE-F", "A-D---", "AWDE-F", "WWWWAW",
    ]  # fmt: skip
    columns, facts = read_table(steps / "filtered.parquet", kind="filtered")
    assert facts["kept_columns"] == [0, 1, 2, 3, 5]
    # P5 has three gaps of five sites, and P6 equals P4.
    assert [name[:2] for name in columns["name"]] == ["P1", "P2", "P3", "P4", "P7"]
    letters = facts["alphabet"]["letters"]
    rows = ["".join(letters[code] for code in row) for row in columns["codes"]]
    assert rows == ["ACDEF", "ACDEG", "ACD-F", "AWDEF", "WWWWW"]
    weights, _ = read_frame(steps / "weights.parquet", kind="weights")
    # One mismatch of five sites is a neighbour at 80 %: P1 has three, others only P1.
    assert weights["neighbours"].tolist() == [4, 2, 2, 2, 1]
    whole = read_dataset(dataset)
    assert whole.label_names == ("Bacteria", "Eukaryota")
    assert whole.labels.tolist() == [0, 0, 1, 1, -1]
    plain = np.array([1 / 4, 1 / 2, 1 / 2, 1 / 2])
    expected = plain * np.repeat(plain.sum() / 2 / np.array([0.75, 1.0]), 2)
    np.testing.assert_allclose(whole.weights, [*expected, 1.0], rtol=1e-12)
    assert {len(whole.part(side)) for side in ("train", "test")} == {3, 2}


def test_the_counts_table_balances(toy, tmp_path):
    counts = counts_of(run(toy, tmp_path))
    assert list(counts.columns) == ["step", "item", "label", "rows", "sites", "note"]
    rows = {}
    for step in ("read", "filter", "assemble"):
        lines = counts[counts["step"] == step]
        rows[step] = [
            lines.loc[lines["item"] == item, "rows"].sum() for item in ("in", "dropped", "out")
        ]
        assert rows[step][0] == rows[step][1] + rows[step][2]
    assert rows == {"read": [7, 0, 7], "filter": [7, 2, 5], "assemble": [5, 0, 5]}
    labelled = counts.query("step == 'labels' and item == 'labelled'").set_index("label")["rows"]
    assert labelled.to_dict() == {"Bacteria": 2, "Eukaryota": 4}
    meff = counts.query("item == 'Meff' and step == 'assemble'").set_index("label")["rows"]
    assert meff.to_dict() == {"Bacteria": 0.75, "Eukaryota": 1.0}
    sides = counts.query("step == 'split' and label.isna() and item in ('train', 'test')")
    unlabelled = counts.query("step == 'split' and item.str.contains('unlabelled')")["rows"].sum()
    assert sides["rows"].sum() == 5
    assert unlabelled == 1
    reasons = set(counts.query("item == 'dropped'")["note"])
    assert reasons == {"more than 0.5 gaps", "equal to an earlier row"}


def test_a_dataset_is_the_same_again(toy, tmp_path):
    first, second = run(toy, tmp_path / "a"), run(toy, tmp_path / "b", threads=2)
    for suffix in (".parquet", ".counts.tsv"):
        digests = {
            hashlib.sha256(path.with_suffix(suffix).read_bytes()).hexdigest()
            for path in (first, second)
        }
        assert len(digests) == 1, suffix


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("rows.a2m", "AWDE-F", "AWDE-", r"rows\.a2m, record 4 \(P4_HUMAN/2-7\): 5 columns, .* 6"),
        ("rows.a2m", "AWDE-F", "AWD1-F", r"rows\.a2m, record 4 .*, column 4: letter '1'"),
        ("rows.a2m", ">P2_ECOLI", ">P1_ECOLI", r"record 2: name 'P1_ECOLI/1-6' stands there"),
        ("rows.a2m", ">P1", "P1", r"rows\.a2m: begins with 'P1_ECOLI.*a FASTA header"),
        ("rows.a2m", "WWWWAW\n", "", r"rows\.a2m, line 13, record 7 \(P7_YEAST\): has no sequence"),
        ("labels.tsv", "P7_YEAST\t\n", "", r"labels\.tsv: no line for 'P7_YEAST' \(1 of 7 rows"),
        ("labels.tsv", "P7_YEAST", "P8_YEAST", r"labels\.tsv: no line for 'P7_YEAST'"),
        ("labels.tsv", "P7_YEAST\t", "P7_YEAST\t\nP9\t", r"1 lines match no row, such as 'P9'"),
        ("labels.tsv", "kingdom", "kingdoms", r"no column 'kingdom'.*Did you mean 'kingdoms'"),
        (
            "labels.tsv",
            "P2_ECOLI/1-6\tBacteria",
            "P2_ECOLI/1-6\tArchaea",
            r"class 'Archaea' has 1 row.*at least 2",
        ),
        (
            "toy.yaml",
            "split: {kind: stratified, test_fraction: 0.34}",
            "split: {kind: per_label, test: {Bacteria: 0}}",
            r"dataset toy, split: no test row among 5; expected rows on both sides",
        ),
        ("toy.yaml", "unknown: gap", "unknown: error", r"record 3 .*, column 4: letter 'B'"),
        (
            "toy.yaml",
            "alphabet: protein",
            "alphabet: protein\npicture: [2, 3]",
            r"dataset toy, picture: 2 x 3 pixels for the 5 sites of a row; expected .* is 5\. Corr",
        ),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_dataset(toy, tmp_path, file, old, new, message):
    path = toy.parent / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(EbmflowError, match=message) as caught:
        run(toy, tmp_path)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("*.parquet"))
    assert not list(tmp_path.rglob("*.part"))


def test_a_row_with_a_label_of_a_filtered_class(toy, tmp_path):
    text = (toy.parent / "labels.tsv").read_text()
    text = text.replace("P5_MOUSE/2-7\tEukaryota", "P5_MOUSE/2-7\tArchaea")
    (toy.parent / "labels.tsv").write_text(text)
    # The only Archaeon is too gappy: no class is left of it, and nothing to complain about.
    assert read_dataset(run(toy, tmp_path)).label_names == ("Bacteria", "Eukaryota")


# -- real files -----------------------------------------------------------------------------------

CONTINENTS = {"AFR": 1322, "AMR": 694, "EAS": 1008, "EUR": 1006, "SAS": 978}


@pytest.fixture(scope="module")
def real(shared_data, root, tmp_path_factory):
    """Prepare a dataset file of the project from the mirror, once."""
    folder, done = tmp_path_factory.mktemp("real"), {}

    def prepared(name):
        if name not in done:
            recipe = root / "config" / "datasets" / f"{name}.yaml"
            done[name] = run(recipe, folder, mirror=shared_data, threads=2)
        return done[name]

    return prepared


def by_label(dataset):
    return {
        name: int((dataset.labels == number).sum())
        for number, name in enumerate(dataset.label_names)
    }


def test_hgd_from_hapt_and_panel(real):
    hgd = read_dataset(real("hgd"))
    assert hgd.codes.shape == (5008, 805)
    assert by_label(hgd) == CONTINENTS
    assert hgd.space.kind == "binary"
    # Two haplotypes of a person are on one side.
    sides = pd.DataFrame({"person": hgd.groups, "side": hgd.split}).drop_duplicates()
    assert len(sides) == 2504
    for label in CONTINENTS:
        chosen = hgd.labels == hgd.label_names.index(label)
        assert abs((hgd.split[chosen] == "test").mean() - 0.1) < 0.005


def test_hgd_from_vcf_is_the_same_set_of_labelled_rows(real):
    both = [read_dataset(real(name)) for name in ("hgd", "hgd_vcf")]
    multisets = []
    for dataset in both:
        labels = dataset.labels[:, None].astype(np.uint8)
        rows = np.concatenate([dataset.codes, labels], axis=1)
        multisets.append(sorted(row.tobytes() for row in rows))
    assert both[0].label_names == both[1].label_names
    assert multisets[0] == multisets[1]


def test_hgd_with_the_numbers_of_the_paper(real):
    hgd = read_dataset(real("hgd_paper"))
    assert len(hgd.part("train")) == 4507
    assert len(hgd.part("test")) == 501
    leaks = counts_of(real("hgd_paper")).set_index("item")["rows"]
    assert leaks["groups on both sides"] > 400


def test_pdz(real):
    pdz = read_dataset(real("pdz"))
    counts = counts_of(real("pdz"))
    read = counts[(counts["step"] == "read") & (counts["item"] == "out")].iloc[0]
    assert (read["rows"], read["sites"]) == (36690, 82)
    labelled = counts[counts["item"] == "labelled"].set_index("label")["rows"]
    assert labelled.to_dict() == {"Bacteria": 1502, "Eukaryota": 35187}
    filtered = counts[counts["step"] == "filter"]
    dropped = filtered.loc[filtered["item"] == "dropped", "rows"].sum()
    assert len(pdz) == 36690 - dropped
    assert len(np.unique(pdz.codes, axis=0)) == len(pdz)
    totals = [pdz.weights[pdz.labels == label].sum() for label in (0, 1)]
    np.testing.assert_allclose(totals[0], totals[1], rtol=1e-12)
    # Clusters stay whole: no test row is within 20 % of a training row.
    train, test = pdz.part("train"), pdz.part("test").codes[::97]
    nearest = [(train.codes != row).sum(axis=1).min() for row in test]
    assert min(nearest) > 0.2 * pdz.codes.shape[1]


def test_mnist(real):
    mnist = read_dataset(real("mnist"))
    assert mnist.codes.shape == (12000, 784)
    assert len(mnist.part("test")) == 2000
    assert mnist.label_names == tuple("0123456789")
    assert set(np.unique(mnist.codes)) == {0, 1}
    assert 0.05 < mnist.codes.mean() < 0.25
