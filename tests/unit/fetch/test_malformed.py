"""Whatever a file holds, a reader returns data or one readable line."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ebmflow.data.fetching.cazy import families_by_accession
from ebmflow.data.fetching.transport import Failure
from ebmflow.data.profiles import read_profile
from ebmflow.data.sources.cazy import Cazy
from ebmflow.data.sources.celeba import read_attributes
from ebmflow.data.sources.pfam import Pfam
from ebmflow.data.taxonomy import read_lineages, read_species
from ebmflow.errors import EbmflowError
from ebmflow.stages.fetch import read_fetched

GOOD = {
    "species": b"codes currently defined: 1.\nHUMAN E    9606: N=Homo sapiens\n",
    "lineages": b'{"accession": "A", "name": "A_HUMAN", "lineage": ["Eukaryota"]}\n',
    "attributes": b"1\nSmiling Young\n000001.jpg -1 1\n",
    "cazy": b">A.1|GH5_1\nACD\n>B.1|GH5\nACD\n>C.1|GH5_1|GH5_2\nACD\n",
    "pfam": b"# STOCKHOLM 1.0\nA/1-3 AC-\nB/1-3 A-C\n//\n",
    "fetched": b'{"role": "x", "files": []}',
    "profile": b"HMMER3/f [3.3 | Nov 2019]\nNAME  toy\nLENG  3\nALPH  amino\n",
}


def _source(source, role: str):
    def read(path):
        generator = np.random.default_rng(0)
        return source.read({role: [path]}, generator=generator, dataset_dir=path.parent)

    return read


READERS = {
    "species": read_species,
    "lineages": read_lineages,
    "attributes": read_attributes,
    "cazy": _source(Cazy(family="GH5"), "sequences"),
    "pfam": _source(Pfam(accession="PF00001"), "alignment"),
    "fetched": read_fetched,
    "profile": read_profile,
}


def _complaint(function, *arguments) -> str:
    """Return the sentence a function ends with, or nothing if it succeeds."""
    try:
        function(*arguments)
    except (EbmflowError, Failure) as error:
        return str(error)
    return ""


@st.composite
def damaged(draw, good: bytes) -> bytes:
    """A good file with a piece replaced, cut off, or packed and then damaged."""
    data = gzip.compress(good) if draw(st.booleans()) else good
    start = draw(st.integers(0, len(data)))
    stop = draw(st.integers(start, len(data)))
    return data[:start] + draw(st.binary(max_size=20)) + data[stop:]


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_end_in_one_line(name, tmp_path):
    path = tmp_path / "file"

    @settings(max_examples=60, deadline=None, derandomize=True,
              suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
    @given(damaged(GOOD[name]) | st.binary(max_size=80))
    def check(content: bytes) -> None:
        path.write_bytes(content)
        assert "\n" not in _complaint(READERS[name], path)

    check()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(["", "GH5_1", "GH5_2", "GH5_1|GH5_2", "CBM2"]),
                          st.integers(1, 6)), min_size=1, max_size=8),
       st.integers(1, 4), st.integers(1, 3), st.sampled_from(["keep", "drop"]))  # fmt: skip
def test_rows_in_are_rows_kept_and_rows_dropped(tmp_path_factory, rows, shortest, smallest, bare):
    text = "".join(f">A{n // 2}|{label}\n{'A' * size}\n" for n, (label, size) in enumerate(rows))
    path = tmp_path_factory.mktemp("cazy") / "x.faa"
    path.write_text(text)
    source = Cazy(family="GH5", shortest=shortest, minimum_size=smallest, without_subfamily=bare)
    read = _source(source, "sequences")
    if complaint := _complaint(read, path):
        assert f"no row is left of {len(rows)}" in complaint
        return
    records = read(path)
    lines = records.counts.lines
    total = {item: sum(line.rows for line in lines if line.item == item)
             for item in ("in", "dropped", "out")}  # fmt: skip
    assert total["in"] == len(rows) == total["dropped"] + total["out"]
    assert total["out"] == len(records)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.binary(max_size=30), max_size=5))
def test_cazy_tables(lines):
    complaint = _complaint(families_by_accession, lines, "GH5")
    assert not complaint or "columns instead of" in complaint
