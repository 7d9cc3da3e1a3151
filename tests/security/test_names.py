"""Names that become parts of paths: only plain ones, whoever wrote the file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ebmflow.config.study import RunBlock
from ebmflow.config.workflow import read_plan
from ebmflow.config.yaml_file import read_yaml
from ebmflow.data.readers.fasta import FastaReader
from ebmflow.errors import ConfigError, DataError
from ebmflow.evaluation.report_samples import Selection, fasta_text

PLAIN = re.compile(r"[a-z0-9][a-z0-9_]*")
HOSTILE = [
    "../x", "/etc/passwd", "a;b", "a\nb", "a\x00b", "-rf", "a b", "a/b", "a\\b", ".", "", "x" * 300,
    "\u0430bc", "a\u202eb", "{x}", "$(x)", "a'b", 'a"b', "a\n", "~", "*",
]  # fmt: skip


@pytest.mark.parametrize("field", ["datasets", "models", "samplings"])
@given(name=st.sampled_from(HOSTILE) | st.text(max_size=80))
def test_names_of_a_study_are_plain_words(field: str, name: str) -> None:
    block = {"datasets": ["a"], "models": ["b"], field: [name]}
    if PLAIN.fullmatch(name) and len(name) <= 60:
        RunBlock.model_validate(block)
    else:
        with pytest.raises(ValidationError):
            RunBlock.model_validate(block)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_study_with_such_a_name_is_refused_in_one_line(
    name: str, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import yaml

    monkeypatch.chdir(root)
    study = yaml.safe_load((root / "config" / "ci.yaml").read_text())
    study["runs"][0]["datasets"] = [name]
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump(study), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_plan(file)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system ['touch pwned']",
        "a: !!python/name:os.system",
        "a: !!python/module:os",
        "a: !<tag:yaml.org,2002:python/object/new:os.system> [x]",
    ],
)
def test_yaml_builds_no_objects(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(text)
    with pytest.raises(
        ConfigError, match=r"study\.yaml, line 1: could not determine a constructor"
    ):
        read_yaml("study.yaml")
    assert not Path("pwned").exists()


# What a FASTA header can hold: one line. Surrogates are no text.
HEADERS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=60)


@given(headers=st.lists(HEADERS, min_size=1, max_size=5))
def test_headers_of_a_fasta_file_are_kept_as_text_or_refused(headers, tmp_path_factory) -> None:
    path = tmp_path_factory.getbasetemp() / "headers.fasta"
    one_line = [" ".join(header.split()) for header in headers]
    text = "".join(f">{header}\nACDE\n" for header in one_line)
    path.write_bytes(text.encode())
    names, refusal = names_or_refusal(path)
    assert "\n" not in refusal
    assert refusal or len(names) == len(headers)
    assert all(name in header for name, header in zip(names, one_line, strict=not refusal))


def names_or_refusal(path: Path) -> tuple[list[str], str]:
    try:
        return list(FastaReader().read(path).names), ""
    except DataError as error:
        return [], str(error)


@given(label=HEADERS)
def test_downloads_hold_one_record_a_row_whatever_the_label(label: str) -> None:
    import numpy as np

    rows = Selection(label, np.array([[1, 2]]), np.array([0]), np.array([1.5]), np.array([2]), 1)
    text = fasta_text(rows, "-AC", "family|model")
    assert text.count("\n") == 2
    assert len(text.splitlines()) == 2
    assert text.count(">") == 1 + label.count(">")
