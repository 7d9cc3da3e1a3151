"""Whatever a file holds, a reader returns data or one readable line."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ebmflow.config.definitions import Definitions
from ebmflow.data.fetching.archives import extract_member
from ebmflow.data.fetching.cazy import families_by_accession
from ebmflow.data.fetching.transport import Failure
from ebmflow.data.labellers.table import TableLabeller
from ebmflow.data.profiles import read_profile
from ebmflow.data.sources.cazy import Cazy
from ebmflow.data.sources.celeba import CelebA, read_attributes
from ebmflow.data.sources.images import ImageSource
from ebmflow.data.sources.pfam import Pfam
from ebmflow.data.taxonomy import read_lineages, read_species
from ebmflow.errors import EbmflowError
from ebmflow.stages.fetch import read_fetched


def _idx(*shape: int) -> bytes:
    """An IDX file of the given shape, filled with 0, 1, 2 in turn."""
    head = bytes((0, 0, 8, len(shape))) + np.array(shape, ">u4").tobytes()
    return head + (np.arange(np.prod(shape)) % 3).astype(np.uint8).tobytes()


def _faces() -> bytes:
    """An archive of three small pictures, named as CelebA's are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for number in range(1, 4):
            picture = io.BytesIO()
            Image.new("L", (4, 5), 80 * number).save(picture, "PNG")
            box.writestr(f"img_align_celeba/{number:06d}.jpg", picture.getvalue())
    return out.getvalue()


ATTRIBUTES = b"3\nEyeglasses Smiling\n000001.jpg -1 1\n000002.jpg 1 1\n000003.jpg 1 -1\n"


def _archive(packed: str) -> bytes:
    """A zip or tar archive with one table in it."""
    out, table = io.BytesIO(), b"GH5\tx\ty\tz\n" * 9
    if packed == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
            box.writestr("table.txt", table)
    else:
        with tarfile.open(fileobj=out, mode="w:gz") as box:
            info = tarfile.TarInfo("table.txt")
            info.size = len(table)
            box.addfile(info, io.BytesIO(table))
    return out.getvalue()


SETTINGS = b"""\
title: Mine
source: {kind: files, sequences: mine.fasta, reader: {kind: table, name: id}}
alphabet: "-HPC"
filter: {max_column_gaps: 0.5, duplicates: drop}
labels: {kind: regex, pattern: "x=(.)", classes: [a, b]}
split: {kind: per_label, test: {a: 1}}
"""
GOOD = {
    "labels": b"name,fold\nr1,a\nr2,b\nr3,a\n",
    "settings": SETTINGS,
    "zip": _archive("zip"),
    "tar": _archive("tar"),
    "image classes": _idx(6),
    "images": _idx(6, 2, 2),
    "pictures": _faces(),
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


def _beside(source, role: str, other: str, good: bytes):
    """Read a source that needs two files, of which one is good."""

    def read(path):
        companion = path.with_name("good")
        companion.write_bytes(good)
        files = {role: [path], other: [companion]}
        generator = np.random.default_rng(0)
        records = source.read(files, generator=generator, dataset_dir=path.parent)
        _check_balance(records)

    return read


def _check_balance(records) -> None:
    """Nothing is lost silently: rows in = rows out + rows dropped with a reason."""
    lines = [line for line in records.counts.lines if line.label is None]
    total = {item: sum(line.rows for line in lines if line.item == item)
             for item in ("in", "dropped", "out")}  # fmt: skip
    assert total["in"] == total["dropped"] + total["out"]
    assert total["out"] == len(records)
    assert all(line.note for line in lines if line.item == "dropped")


PICTURES = ImageSource(train_images="x", train_labels="y", threshold=0.3, classes=(0, 1))


def _member(path):
    """The member of an archive, as the fetcher takes it out."""
    extract_member(path, "table.txt", path.parent / "out", 1 << 20)


def _labels(path) -> None:
    """A table of labels for three rows; every row gets a label, or there is a complaint."""
    names = np.array(["r1", "r2", "r3"], dtype=object)
    labeller = TableLabeller(file="x", column="fold")
    found = labeller.label(names, pd.DataFrame(index=range(3)), {"labels": [path]})
    assert len(found.labels) == 3


def _settings(path) -> None:
    Definitions([]).dataset_file(path)


READERS = {
    "labels": _labels,
    "settings": _settings,
    "zip": _member,
    "tar": _member,
    "image classes": _beside(PICTURES, "image_classes", "images", _idx(6, 2, 2)),
    "images": _beside(PICTURES, "images", "image_classes", _idx(6)),
    "pictures": _beside(CelebA(side=2), "pictures", "attributes", ATTRIBUTES),
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
