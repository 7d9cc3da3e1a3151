"""YAML files: safe, without silent losses, errors in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ebmflow.config.yaml_file import read_yaml
from ebmflow.errors import ConfigError


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "x.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_reads_plain_values(tmp_path: Path) -> None:
    assert read_yaml(write(tmp_path, "a: 1\nb: {c: [x, 1e-4, 2.5e3]}\n")) == {
        "a": 1,
        "b": {"c": ["x", 1e-4, 2500.0]},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: key 'a' given twice, first in line 1"),
        ("x: {a: 1, a: 2}\n", "line 1: key 'a' given twice"),
        ("a: [1, 2\nb: 3\n", "line 2"),
        ("a: !!python/object/apply:os.system [ls]\n", "line 1"),
        ("", "is empty or no mapping"),
        ("- a\n- b\n", "is empty or no mapping"),
        (b"a: \xff\xfe\n", "cannot be read"),
        ("? [1, 2]\n: x\n", "line 1"),
        ("a: \x00", "cannot be read"),
    ],
)
def test_refuses_in_one_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    line = str(caught.value)
    assert message in line
    assert str(path) in line
    assert "\n" not in line


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_yaml(tmp_path / "absent.yaml")
    write(tmp_path, "a: 1\n").rename(tmp_path / "enzymes.yaml")
    with pytest.raises(ConfigError, match=r"Did you mean '.*enzymes\.yaml'\?"):
        read_yaml(tmp_path / "enzymez.yaml")
