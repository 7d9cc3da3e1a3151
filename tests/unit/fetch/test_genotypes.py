"""The genomes over the network: the dataset file of HGD, its addresses played by a local server."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from ebmflow.config.definitions import Definitions
from ebmflow.config.stage_settings import dataset_specs
from ebmflow.io.dataset_file import read_dataset
from ebmflow.stages.prepare import prepare
from tests.support.fake_server import WEB_PAGE, Answer

CONTINENTS = {"AFR": 1322, "AMR": 694, "EAS": 1008, "EUR": 1006, "SAS": 978}
# The real panel has two empty columns at the end of its header.
HEAD = "sample\tpop\tsuper_pop\tgender\t\t\n"


@pytest.fixture
def build(root, tmp_path, client, server, monkeypatch):
    """Prepare hgd with the addresses of its files replaced by those of the local server."""
    monkeypatch.delenv("EBMFLOW_MIRROR", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ebmflow.data.fetching.fetcher.HttpClient", lambda: client)
    config, _ = Definitions([]).dataset_file(root / "config" / "datasets" / "hgd.yaml")
    specs = dataset_specs("hgd", config)
    genotypes, panel = specs["fetch"]["genotypes"], specs["fetch"]["labels"]
    (file,) = genotypes["source"]["genotypes"]
    assert len(file["urls"]) == 2
    file["urls"] = [f"{server.url}/raw", f"{server.url}/api"]
    panel["labels"]["file"]["urls"] = [f"{server.url}/panel"]

    def run(folder="served", mirror=None, *, pinned=True):
        if not pinned:
            panel["labels"]["file"]["sha256"] = None
        path = prepare(name="hgd", specs=specs, folder=tmp_path / folder, mirror=mirror, threads=1)
        files = {}
        for role in ("genotypes", "labels"):
            text = (tmp_path / folder / "data" / "hgd" / "fetched" / f"{role}.json").read_text()
            files[role] = json.loads(text)["files"][0]
        return read_dataset(path), files

    return run


def _people(number: int) -> tuple[bytes, bytes]:
    """Genotypes of synthetic people in the layout of the real file, and their panel."""
    generator = np.random.default_rng(0)
    lines = [
        f"Real HG{person:05d}_{side} {' '.join(map(str, generator.integers(0, 2, 805)))}\n"
        for person in range(number)
        for side in "AB"
    ]
    panel = [f"HG{n:05d}\tX\t{list(CONTINENTS)[n % 5]}\tmale\n" for n in range(number)]
    return "".join(lines).encode(), (HEAD + "".join(panel)).encode()


def test_the_second_address_an_interrupted_body_and_a_busy_server(server, build, waits):
    hapt, panel = _people(100)
    server.serve("/raw", WEB_PAGE)
    server.serve("/api", Answer(hapt, cut=50_000), Answer(hapt))
    server.serve("/panel", Answer(status=408), Answer(panel))
    dataset, files = build(pinned=False)
    assert dataset.codes.shape == (200, 805)
    assert np.bincount(dataset.labels).tolist() == [40] * 5
    assert files["genotypes"]["source"] == f"{server.url}/api"
    assert files["genotypes"]["bytes"] == len(hapt)
    assert [one.first_byte for one in server.asked if one.path == "/api"] == [0, 50_000]
    assert waits
    sides = pd.DataFrame({"person": dataset.groups, "side": dataset.split})
    assert (sides.groupby("person")["side"].nunique() == 1).all()


def test_a_panel_of_other_content_is_refused(server, build):
    from ebmflow.errors import FetchError

    hapt, panel = _people(20)
    server.serve("/raw", hapt)
    server.serve("/panel", panel)
    with pytest.raises(FetchError, match=r"integrated_call_samples.*\.panel: .*sha256"):
        build()


def test_the_real_files_served_are_those_of_the_mirror(server, build, shared_data):
    folder = shared_data / "HGD"
    with gzip.open(folder / "805_SNP_1000G_real.hapt.gz") as stream:
        server.serve("/raw", stream.read())
    panel = folder / "integrated_call_samples_v3.20130502.ALL.panel"
    server.serve("/panel", panel.read_bytes())
    served, files = build()
    assert files["genotypes"]["source"] == f"{server.url}/raw"
    assert served.codes.shape == (5008, 805)
    rows = dict(zip(served.label_names, np.bincount(served.labels).tolist(), strict=True))
    assert rows == CONTINENTS
    mirrored, files = build("mirrored", mirror=folder)
    assert files["genotypes"]["source"] == "mirror"
    for column in ("codes", "names", "labels", "split"):
        assert np.array_equal(getattr(served, column), getattr(mirrored, column)), column
