"""The embedded SNPs: what the README states, and that the label can be read off the genotypes."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pandas as pd
import pytest

from ebmflow.data.embedded import FOLDER, embedded_file
from ebmflow.data.sources.embedded import Embedded
from ebmflow.errors import DataError
from ebmflow.io.table_file import read_table


@pytest.fixture(scope="module")
def records():
    source = Embedded(file="aisnp.parquet")
    files = {role: [remote.path for remote in wanted] for role, wanted in source.roles().items()}
    return source.read(files, generator=None, dataset_dir=None)


def test_shape_and_labels(records):
    assert records.codes.shape == (5008, 169)
    assert records.codes.dtype == np.uint8
    assert set(np.unique(records.codes)) == {0, 1}
    continents = records.annotations["continent"].value_counts().to_dict()
    assert continents == {"AFR": 1322, "AMR": 694, "EAS": 1008, "EUR": 1006, "SAS": 978}
    assert records.annotations["population"].nunique() == 26


def test_two_haplotypes_of_2504_people(records):
    sizes = records.annotations["group"].value_counts()
    assert len(sizes) == 2504
    assert (sizes == 2).all()
    assert records.annotations.groupby("group")["haplotype"].agg("".join).eq("AB").all()
    assert len(set(records.names)) == 5008


def test_people_and_labels_are_those_of_the_official_panel(records, shared_data):
    panel = pd.read_csv(
        shared_data / "HGD/integrated_call_samples_v3.20130502.ALL.panel",
        sep="\t", index_col=0, usecols=[0, 1, 2],
    )  # fmt: skip
    official = panel.loc[records.annotations["group"]]
    assert (official["super_pop"].to_numpy() == records.annotations["continent"].to_numpy()).all()
    assert (official["pop"].to_numpy() == records.annotations["population"].to_numpy()).all()


def test_sites_are_sorted_and_distinct():
    _, facts = read_table(embedded_file("aisnp.parquet"), kind="embedded")
    places = [(int(site["chromosome"]), int(site["position"])) for site in facts["sites"]]
    assert len(places) == 169
    assert places == sorted(set(places))
    panels = pd.Series([site["panel"] for site in facts["sites"]])
    assert panels.str.contains("kidd").sum() == 55
    assert panels.str.contains("seldin").sum() == 127


def test_known_allele_frequencies(records):
    # Duffy-null (rs2814778, C): nearly fixed in African genomes, nearly absent elsewhere.
    # EDAR V370A (rs3827760, G): most East Asian genomes, no African one. Numbers as in the VCF.
    _, facts = read_table(embedded_file("aisnp.parquet"), kind="embedded")
    ids = [site["id"] for site in facts["sites"]]
    continent = records.annotations["continent"]
    duffy = pd.Series(records.codes[:, ids.index("rs2814778")]).groupby(continent).mean()
    assert duffy["AFR"] == pytest.approx(0.9637, abs=5e-5)
    assert duffy["EAS"] == 0
    edar = pd.Series(records.codes[:, ids.index("rs3827760")]).groupby(continent).mean()
    assert edar["EAS"] > 0.85
    assert edar["AFR"] < 0.01


def test_continent_can_be_predicted(records):
    from sklearn.linear_model import LogisticRegression

    groups = records.annotations["group"]
    held_out = groups.isin(groups.unique()[::5]).to_numpy()
    labels = records.annotations["continent"].to_numpy()
    model = LogisticRegression(max_iter=300).fit(records.codes[~held_out], labels[~held_out])
    assert model.score(records.codes[held_out], labels[held_out]) > 0.95


@pytest.mark.parametrize("name", ["aisnp.parquet", "lattice.parquet", "miyazawa_jernigan_1996.tsv"])
def test_readme_states_the_checksum(name):
    text = (FOLDER / "README.md").read_text()
    section = text[text.index(f"## {name}") :]
    stated = re.search(r"sha256 `([0-9a-f]{64})`", section)[1]
    assert stated == hashlib.sha256(embedded_file(name).read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["aisn.parquet", "../embedded/aisnp.parquet", ""])
def test_unknown_file_is_named_with_those_there_are(name):
    with pytest.raises(DataError, match=r"no such embedded file; expected one of: aisnp\.parquet"):
        Embedded(file=name).roles()
