"""Neighbour counts from clusters of MMseqs2: what is refused, and what becomes of its answer."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from ebmflow.data.clusters import LETTERS, cluster_sizes
from ebmflow.data.neighbours import count_neighbours
from ebmflow.errors import ConfigError, DataError
from ebmflow.io.table_file import read_table, write_table
from ebmflow.stages.reweight import reweight

# Stands in for the program: rows with the same first letter are a cluster; row 3 is left out.
STAND_IN = """#!/bin/sh
awk 'NR % 2 {row = substr($0, 2)} !(NR % 2) && row != 3 {
  letter = substr($0, 1, 1)
  if (!(letter in first)) first[letter] = row
  print first[letter] "\\t" row
}' "$2" > "$3_cluster.tsv"
"""
CODES = np.array([[1, 2, 3], [0, 1, 5], [4, 4, 4], [4, 4, 4], [1, 0, 0]], dtype=np.uint8)


def put(folder, monkeypatch, text):
    (folder / "mmseqs").write_text(text)
    (folder / "mmseqs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_sizes_of_clusters(tmp_path, monkeypatch):
    put(tmp_path, monkeypatch, STAND_IN)
    assert cluster_sizes(CODES, LETTERS, 0.8).tolist() == [3, 3, 1, 1, 3]


def test_a_missing_program_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match="apt-get install mmseqs2"):
        cluster_sizes(CODES, LETTERS, 0.8)


def test_only_proteins(monkeypatch):
    with pytest.raises(ConfigError, match="proteins"):
        cluster_sizes(CODES, "-ACGT", 0.8)


def test_a_failure_is_told(tmp_path, monkeypatch):
    put(tmp_path, monkeypatch, "#!/bin/sh\necho no room >&2\nexit 3\n")
    with pytest.raises(DataError, match="status 3: no room"):
        cluster_sizes(CODES, LETTERS, 0.8)


@pytest.mark.parametrize(("above", "expected"), [(4, [3, 3, 1, 1, 3]), (5, [1, 1, 2, 2, 1])])
def test_the_option_says_from_which_size_on(above, expected, tmp_path, monkeypatch):
    put(tmp_path, monkeypatch, STAND_IN)
    facts = {"alphabet": {"kind": "categorical", "letters": LETTERS}}
    columns = {"name": [str(i) for i in range(5)], "codes": CODES}
    write_table(tmp_path / "filtered.parquet", columns, kind="filtered", metadata=facts)
    spec = {"weights": {"identity_threshold": 0.8, "clusters_above": above}}
    result = tmp_path / "weights.parquet"
    reweight(filtered=tmp_path / "filtered.parquet", weights=result, spec=spec)
    found, facts = read_table(result, kind="weights")
    assert found["neighbours"].tolist() == expected
    assert ("approximate" in str(facts["counts"])) == (above == 4)


@pytest.mark.skipif(shutil.which("mmseqs") is None, reason="the program mmseqs is not installed")
def test_clusters_of_the_program():
    """Families whose members differ at 5 % of the sites, far apart: clusters are the families."""
    generator = np.random.default_rng(0)
    centres = generator.integers(1, 21, (30, 100))
    codes = np.repeat(centres, 5, axis=0)
    changed = generator.random(codes.shape) < 0.05
    codes = np.where(changed, generator.integers(1, 21, codes.shape), codes).astype(np.uint8)
    sizes = cluster_sizes(codes, LETTERS, 0.7)
    assert (count_neighbours(codes, 30) == 5).all()
    assert (sizes == 5).mean() > 0.9
