"""Fingerprints change with what programs do, and with nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ebmflow import provenance
from ebmflow.io.table_file import read_table, write_table

FORMULA = '''"""Formulas."""
from ebmflow.other import helper


def area(radius):
    """Return the area."""
    return 3.14 * radius**2  # a circle
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small package in place of ours."""
    root = tmp_path / "ebmflow"
    (root / "parts").mkdir(parents=True)
    for name in ("__init__", "parts/__init__", "unrelated", "errors"):
        (root / f"{name}.py").write_text("")
    (root / "formula.py").write_text(FORMULA)
    (root / "other.py").write_text("from ebmflow.parts import one\n\nhelper = one\n")
    (root / "parts" / "one.py").write_text("VALUE = 1\n")
    monkeypatch.setattr(provenance, "ROOT", root)
    forget()
    yield root
    forget()


def forget() -> None:
    provenance._imports.cache_clear()
    provenance._module_digest.cache_clear()


def fingerprint() -> str:
    forget()
    return provenance.code_fingerprint(["ebmflow.formula"])


def test_closure_follows_imports_and_their_packages(package: Path) -> None:
    assert provenance.import_closure(["ebmflow.formula"]) == {
        "ebmflow.formula",
        "ebmflow.other",
        "ebmflow.parts",
        "ebmflow.parts.one",
    }


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("# a circle", "# a disc", False),
        ('"""Return the area."""', '"""Return the area of a disc."""', False),
        ('"""Formulas."""', '"""Formulae."""', False),
        ("3.14 * radius**2", "3.14  *  (radius**2)", False),
        ("3.14", "3.1416", True),
        ("def area(radius)", "def area(radius, scale=1)", True),
    ],
)
def test_only_code_changes_the_fingerprint(
    package: Path, old: str, new: str, changes: bool
) -> None:
    before = fingerprint()
    (package / "formula.py").write_text(FORMULA.replace(old, new))
    assert (fingerprint() != before) == changes


def test_an_imported_module_counts_and_an_unrelated_one_does_not(package: Path) -> None:
    before = fingerprint()
    (package / "unrelated.py").write_text("VALUE = 2\n")
    assert fingerprint() == before
    (package / "parts" / "one.py").write_text("VALUE = 2\n")
    assert fingerprint() != before


def test_option_descriptions_do_not_count_and_defaults_do(package: Path) -> None:
    def with_field(text: str) -> str:
        (package / "formula.py").write_text(f"x: int = Field({text})\n")
        return fingerprint()

    before = with_field("1, description='One.'")
    assert with_field("1, description='Uno.'") == before
    assert with_field("2, description='One.'") != before


def test_type_checking_imports_do_not_count(package: Path) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ebmflow.unrelated\n"
    (package / "formula.py").write_text(text)
    forget()
    assert provenance.import_closure(["ebmflow.formula"]) == {"ebmflow.formula"}


def test_relative_imports_are_followed(package: Path) -> None:
    (package / "parts" / "one.py").write_text("from . import two\nfrom ..unrelated import x\n")
    (package / "parts" / "two.py").write_text("")
    forget()
    closure = provenance.import_closure(["ebmflow.parts.one"])
    assert {"ebmflow.parts.two", "ebmflow.unrelated"} <= closure


def test_a_missing_module_is_an_error(package: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"ebmflow\.absent"):
        provenance.code_fingerprint(["ebmflow.absent"])


def test_spec_digest_ignores_the_order_of_keys() -> None:
    assert provenance.spec_digest({"a": 1, "b": [1, 2]}) == provenance.spec_digest(
        {"b": [1, 2], "a": 1}
    )
    assert provenance.spec_digest({"a": 1, "b": 2}) != provenance.spec_digest({"a": 2, "b": 1})


def test_tables_written_in_a_job_carry_its_record(tmp_path: Path) -> None:
    with provenance.recorded({"provenance": {"rule": "score"}}):
        write_table(tmp_path / "in.parquet", {"x": [1]}, kind="test")
    write_table(tmp_path / "out.parquet", {"x": [1]}, kind="test")
    inside = read_table(tmp_path / "in.parquet", kind="test")[1]
    outside = read_table(tmp_path / "out.parquet", kind="test")[1]
    assert inside["provenance"] == {"rule": "score"}
    assert "provenance" not in outside


def test_environment_record_names_versions_and_no_host() -> None:
    record = provenance.environment_record()
    assert record["torch"].startswith("2.13.0")
    text = json.dumps(record)
    import platform

    assert platform.node() not in text
