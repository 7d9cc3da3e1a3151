"""Sources that read files: sequences, genotypes, pictures."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from ebmflow import registry
from ebmflow.data.fetching.fetcher import Fetcher
from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.data.records import Records, stack_records
from ebmflow.data.sources.base import FileOptions
from ebmflow.errors import DataError, ShapeError


def read(kind: str, roles: dict, seed: int = 0, **options) -> Records:
    source = registry.component("source", kind)(**options)
    return source.read(roles, generator=np.random.default_rng(seed), dataset_dir=Path())


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "name", "urls", "path"),
    [
        ("my/family.fasta", "family.fasta", (), Path("my/family.fasta")),
        ("https://host/a%20b.gz?x=1", "a b.gz", ("https://host/a%20b.gz?x=1",), None),
        ({"url": "https://host/x", "name": "y"}, "y", ("https://host/x",), None),
        (
            {"url": "https://h/x", "urls": ["https://i/x"]},
            "x",
            ("https://h/x", "https://i/x"),
            None,
        ),
    ],
)
def test_a_file_is_described_by_path_address_or_name(given, name, urls, path):
    remote = FileOptions.model_validate(given).remote()
    assert (remote.name, remote.urls, remote.path) == (name, urls, path)


def test_a_file_without_a_place_is_refused():
    with pytest.raises(ValidationError, match="one of path, urls, name is needed"):
        FileOptions.model_validate({"sha256": "00"})


def test_rows_of_several_files_are_joined(tmp_path):
    for name, text in (("a.fa", ">r1\nAC\n"), ("b.fa", ">r2\nAD\n>r3\nEE\n")):
        (tmp_path / name).write_text(text)
    records = read(
        "files", {"sequences": [tmp_path / "a.fa", tmp_path / "b.fa"]},
        sequences=["a.fa", "b.fa"], reader="fasta",
    )  # fmt: skip
    assert records.names.tolist() == ["r1", "r2", "r3"]
    assert list(records.rows) == ["AC", "AD", "EE"]
    assert [line.rows for line in records.counts.lines if line.item == "out"] == [1, 2]


def test_a_name_in_two_records_is_an_error(tmp_path):
    (tmp_path / "a.fa").write_text(">r1\nAC\n>r2\nAC\n>r1 again\nAD\n")
    records = read("files", {"sequences": [tmp_path / "a.fa"]}, sequences="a.fa", reader="fasta")
    with pytest.raises(
        DataError,
        match=re.escape(
            "a.fa, record 3: name 'r1' stands there already as record 1 (1 repeated names in all); "
            "expected every name once. Rename or remove the repeated records"
        ),
    ):
        records.with_unique_names()


def test_records_need_a_value_for_every_name():
    with pytest.raises(ShapeError, match="1 rows; expected 2, one for each name"):
        Records(names=["a", "b"], rows=["AC"])
    with pytest.raises(ShapeError, match="neither or both of letters and codes"):
        Records(names=["a"])


def test_files_of_different_width_cannot_be_stacked():
    parts = [Records(["a"], codes=np.zeros((1, k), np.uint8), origin=f"f{k}") for k in (2, 3)]
    with pytest.raises(DataError, match=re.escape("files differ in columns (f2: 2, f3: 3)")):
        stack_records(parts)


class Writer:
    """An origin that writes some text."""

    def __init__(self, text: str) -> None:
        self.text, self.address = text, f"text {text}"

    def obtain(self, part: Path, fetcher: Fetcher, limit: int) -> None:
        part.write_text(self.text)


def test_files_of_one_name_are_kept_apart_by_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("EBMFLOW_MIRROR", raising=False)
    fetcher = Fetcher(tmp_path)
    found = [
        fetcher.fetch(RemoteFile("train", folder=folder, fallbacks=(Writer(folder),)))
        for folder in ("one", "two", "one")
    ]
    assert [Path(file.path).read_text() for file in found] == ["one", "two", "one"]


def test_mnist_and_fashion_mnist_share_no_download():
    places = [
        (file.folder, file.name)
        for kind in ("mnist", "fashion_mnist")
        for files in registry.component("source", kind)().roles().values()
        for file in files
    ]
    assert len(set(places)) == 8


# -- genotypes -------------------------------------------------------------------------------------

HEAD = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"


def vcf(path: Path, samples: str, sites: dict[int, str]) -> Path:
    """Write a VCF; ``sites`` maps positions to genotypes, separated by blanks."""
    lines = [HEAD + samples.replace(" ", "\t")]
    for position, genotypes in sites.items():
        values = genotypes.replace(" ", "\t")
        lines.append(f"1\t{position}\trs{position}\tA\tG\t.\tPASS\t.\tGT\t{values}")
    path.write_text("\n".join(lines) + "\n")
    return path


def genotypes(*paths: Path, reader: object = "vcf") -> Records:
    return read(
        "genotype", {"genotypes": list(paths)}, genotypes=[p.name for p in paths], reader=reader
    )


def test_vcf_gives_two_rows_a_person(tmp_path):
    records = genotypes(vcf(tmp_path / "x.vcf", "P Q", {1: "0|1 1|1", 2: "0|0 1|0"}))
    assert records.names.tolist() == ["P_A", "P_B", "Q_A", "Q_B"]
    assert records.codes.tolist() == [[0, 0], [1, 0], [1, 1], [1, 0]]
    assert records.annotations["group"].tolist() == ["P", "P", "Q", "Q"]


def test_hapt_and_vcf_of_the_same_people_are_equal(tmp_path):
    hapt = tmp_path / "x.hapt"
    hapt.write_text("Real P_A 0 0\nReal P_B 1 0\nReal  Q_A\t1 1\nReal Q_B 1 0\n")
    from_vcf = genotypes(vcf(tmp_path / "x.vcf", "P Q", {1: "0|1 1|1", 2: "0|0 1|0"}))
    from_hapt = genotypes(hapt, reader="hapt")
    assert from_hapt.names.tolist() == from_vcf.names.tolist()
    assert (from_hapt.codes == from_vcf.codes).all()
    assert from_hapt.annotations["sample"].equals(from_vcf.annotations["sample"])


def test_files_of_the_same_sites_are_more_people(tmp_path):
    one = vcf(tmp_path / "one.vcf", "P", {1: "0|1", 2: "1|1"})
    two = vcf(tmp_path / "two.vcf", "Q", {1: "0|0", 2: "1|0"})
    assert genotypes(one, two).names.tolist() == ["P_A", "P_B", "Q_A", "Q_B"]


def test_one_sample_name_in_two_files_is_two_people(tmp_path):
    one = vcf(tmp_path / "one.vcf", "P", {1: "0|1"})
    two = vcf(tmp_path / "two.vcf", "P", {1: "0|0"})
    records = genotypes(one, two)
    assert records.names.tolist() == ["one.vcf:P_A", "one.vcf:P_B", "two.vcf:P_A", "two.vcf:P_B"]
    assert records.annotations["group"].nunique() == 2
    assert records.annotations["sample"].tolist() == ["P"] * 4
    assert records.with_unique_names() is records


def test_files_of_the_same_people_are_more_sites(tmp_path):
    one = vcf(tmp_path / "one.vcf", "P Q", {1: "0|1 0|0"})
    two = vcf(tmp_path / "two.vcf", "P Q", {7: "1|1 0|1", 8: "0|0 0|0"})
    records = genotypes(one, two)
    assert records.names.tolist() == ["P_A", "P_B", "Q_A", "Q_B"]
    assert records.codes.tolist() == [[0, 1, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0]]


def test_unrelated_genotype_files_are_refused(tmp_path):
    one = vcf(tmp_path / "one.vcf", "P", {1: "0|1"})
    two = vcf(tmp_path / "two.vcf", "Q", {7: "1|1"})
    with pytest.raises(
        DataError, match="neither the sites nor the people of the files are the same"
    ):
        genotypes(one, two)


def test_unusable_sites_are_left_out_and_counted(tmp_path):
    path = vcf(tmp_path / "x.vcf", "P", {1: "0|1", 2: "0/1", 3: ".|1", 4: "1|0", 5: "0/0"})
    records = genotypes(path, reader={"kind": "vcf", "unusable_sites": "drop"})
    assert records.codes.tolist() == [[0, 1], [1, 0]]
    left_out = {line.note: line.sites for line in records.counts.lines if "left out" in line.item}
    assert left_out == {"unphased genotype": 2, "missing genotype": 1}


def test_genotypes_need_a_genotype_reader():
    with pytest.raises(ValidationError, match="the reader must be hapt or vcf"):
        registry.component("source", "genotype")(genotypes="x", reader="fasta")


# -- pictures --------------------------------------------------------------------------------------

PIXELS = np.array([0, 76, 77, 128, 255, 10], np.uint8)  # 0.3 * 255 = 76.5


def idx(path: Path, values: np.ndarray) -> Path:
    head = bytes((0, 0, 8, values.ndim)) + np.array(values.shape, ">u4").tobytes()
    path.write_bytes(gzip.compress(head + values.astype(np.uint8).tobytes()))
    return path


@pytest.fixture
def pictures(tmp_path) -> dict[str, list[Path]]:
    """30 training and 10 test pictures of 2 x 3 pixels; classes 0, 1, 2 in turn."""
    files = {"images": [], "image_classes": []}
    for side, rows in (("train", 30), ("test", 10)):
        pixels = np.tile(PIXELS, (rows, 1)).reshape(rows, 2, 3)
        files["images"].append(idx(tmp_path / f"{side}-images", pixels))
        files["image_classes"].append(idx(tmp_path / f"{side}-classes", np.arange(rows) % 3))
    return files


def images(files: dict, seed: int = 0, **options) -> Records:
    sides, kinds = ("train", "test"), ("images", "labels")
    names = {f"{side}_{kind}": f"{side}-{kind}" for side in sides for kind in kinds}
    return read("images", files, seed, **names, **options)


def test_a_pixel_is_one_above_the_threshold(pictures):
    records = images(pictures, threshold=0.3)
    assert records.codes.dtype == np.uint8
    assert records.codes[0].tolist() == [0, 0, 1, 1, 1, 0]
    assert records.annotations["class"].tolist()[:4] == ["0", "1", "2", "0"]
    assert records.annotations["source_split"].value_counts().to_dict() == {"train": 30, "test": 10}


def test_grey_pixels_are_scaled(pictures):
    grey = images(pictures, range=(-1, 1)).codes
    assert grey.dtype == np.float32
    np.testing.assert_allclose(grey[0], 2 * (PIXELS / 255) - 1, atol=1e-6)
    np.testing.assert_allclose(images(pictures).codes[0], PIXELS / 255, atol=1e-6)


def test_classes_and_rows_are_chosen_and_counted(pictures):
    records = images(pictures, classes=[0, 2], train_rows=7, test_rows=3)
    assert len(records) == 10
    assert set(records.annotations["class"]) == {"0", "2"}
    lines = [line for line in records.counts.lines if line.step == "read"]
    assert [line.rows for line in lines] == [30, 23, 7, 10, 7, 3]
    again = images(pictures, classes=[0, 2], train_rows=7, test_rows=3)
    assert again.names.tolist() == records.names.tolist()
    other = images(pictures, seed=1, classes=[0, 2], train_rows=7, test_rows=3)
    assert other.names.tolist() != records.names.tolist()


def test_half_of_the_pictures_can_be_inverted(pictures):
    records = images(pictures, threshold=0.5, background="both")
    white = (records.annotations["background"] == "white").to_numpy()
    assert white[:30].sum() == 15
    assert (records.codes[~white] == [0, 0, 0, 1, 1, 0]).all()
    # 128 of 255 is above one half and its complement, 127, is not
    assert (records.codes[white] == [1, 1, 1, 0, 0, 1]).all()


def test_class_names_are_used(pictures):
    named = images(pictures, class_names=["shirt", "shoe", "bag"])
    assert named.annotations["class"].tolist()[:3] == ["shirt", "shoe", "bag"]
    with pytest.raises(DataError, match="class 2; expected a number below 2"):
        images(pictures, class_names=["shirt", "shoe"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"train_rows": 31}, "30 pictures of the wanted classes; expected 31 or more"),
        ({"classes": [7]}, "0 pictures of the wanted classes; expected 1 or more"),
    ],
)
def test_too_few_pictures_are_an_error(pictures, options, message):
    with pytest.raises(DataError, match=message):
        images(pictures, **options)


def test_pictures_and_classes_must_belong_together(pictures, tmp_path):
    pictures["image_classes"][0] = idx(tmp_path / "short", np.arange(29))
    with pytest.raises(DataError, match=r"30 pictures, whereas .*short has 29 classes"):
        images(pictures)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"threshold": 0.5, "range": (0, 1)}, "exclude each other"),
        ({"test_labels": None}, "belong together"),
        ({"test_labels": None, "test_images": None, "test_rows": 3}, "test_rows needs test_images"),
    ],
)
def test_contradictory_options_are_refused(options, reason):
    with pytest.raises(ValidationError, match=reason):
        registry.component("source", "mnist")(**options)
