"""CelebA from an archive at hand."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from ebmflow.data.sources.celeba import CelebA, read_attributes
from ebmflow.errors import DataError

TABLE = """\
4
Eyeglasses Smiling Young
000001.jpg -1  1  1
000002.jpg  1  1 -1
000003.jpg -1 -1  1
000004.jpg  1 -1 -1
"""


def _jpeg(number: int) -> bytes:
    # a bright stripe on the right; a border above and below that cutting to a square removes
    values = np.zeros((218, 178), np.uint8)
    values[:, 120:] = 40 * number
    values[:20] = values[-20:] = 255
    out = io.BytesIO()
    Image.fromarray(values).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.fixture
def files(tmp_path):
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as box:
        for number in range(1, 5):
            box.writestr(f"img_align_celeba/{number:06d}.jpg", _jpeg(number))
    (tmp_path / "attributes.txt").write_text(TABLE)
    return {
        "pictures": [tmp_path / "pictures.zip"],
        "attributes": [tmp_path / "attributes.txt"],
    }


def _read(files, tmp_path, **options):
    generator = np.random.default_rng(1)
    return CelebA(**options).read(files, generator=generator, dataset_dir=tmp_path)


def test_pictures_become_black_and_white_squares(files, tmp_path):
    records = _read(files, tmp_path, side=16)
    assert records.codes.shape == (4, 256)
    assert records.codes.dtype == np.uint8
    assert list(records.names) == [f"{n:06d}" for n in range(1, 5)]
    assert records.annotations["Eyeglasses"].tolist() == [
        "no Eyeglasses", "Eyeglasses", "no Eyeglasses", "Eyeglasses",
    ]  # fmt: skip
    last = records.codes[3].reshape(16, 16)
    assert (last[:, 12:] == 1).all()
    assert (last[:, :10] == last[0, 0]).all()
    assert last[0, 0] == 0


def test_a_random_part_is_reproducible(files, tmp_path):
    first, second = (_read(files, tmp_path, rows=2, side=8) for _ in range(2))
    assert list(first.names) == list(second.names)
    assert len(first) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("4\n", "5\n", "holds 4 pictures; expected 5"),
        ("4\n", "faces\n", "line 1: found 'faces'"),
        ("000002.jpg  1  1 -1", "000002.jpg  1  1", "line 4: found '000002.jpg"),
        ("000002.jpg  1  1 -1", "000002.jpg  1  1 0", "expected a file name and 3 values"),
    ],
)
def test_bad_tables_name_the_line(files, old, new, message):
    path = files["attributes"][0]
    path.write_text(TABLE.replace(old, new))
    with pytest.raises(DataError, match=message):
        read_attributes(path)


def test_missing_and_damaged_pictures(files, tmp_path):
    with pytest.raises(DataError, match="no attribute 'Hat'; expected one of Eyeglasses"):
        _read(files, tmp_path, labels=("Hat",))
    archive = files["pictures"][0]
    with zipfile.ZipFile(archive, "w") as box:
        box.writestr("000001.jpg", b"no picture")
    with pytest.raises(DataError, match=r"picture 000001\.jpg: cannot be read"):
        _read(files, tmp_path)
    archive.write_bytes(b"PK but no archive")
    with pytest.raises(DataError, match="damaged archive"):
        _read(files, tmp_path)


def test_the_files_are_looked_up_by_name():
    roles = CelebA().roles()
    assert roles["pictures"][0].name == "img_align_celeba.zip"
    assert roles["attributes"][0].name == "list_attr_celeba.txt"
