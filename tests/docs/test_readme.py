"""Commands and files named in the documents exist and work."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

DOCUMENTS = (
    "README.md",
    "docs/README.md",
    "docs/your_own_family.md",
    "docs/running.md",
    "docs/configuration.md",
    "docs/cluster.md",
    "docs/extending.md",
)
# The test study in place of the names of the default study.
NAMES = {"aisnp": "family", "rbm_ff": "small", "EAS": "a", "config/real.yaml": "config/config.yaml"}


def commands(path: Path) -> list[str]:
    """Commands in blocks marked `sh`, comments and line continuations removed."""
    blocks = re.findall(r"^```sh\n(.*?)^```", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    text = "\n".join(blocks).replace("\\\n", " ")
    lines = (re.sub(r"\s+#.*", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def renamed(text: str) -> str:
    for name, other in NAMES.items():
        text = text.replace(name, other)
    return text


def anchors(path: Path) -> set[str]:
    """Names that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("document", ["README.md", "config/README.md", "docs"])
def test_links_lead_somewhere(root: Path, document: str) -> None:
    path = root / document
    wrong = []
    for page in sorted(path.rglob("*.md")) if path.is_dir() else [path]:
        for link, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", page.read_text()):
            if link.startswith("http"):
                continue
            target = page.parent / link if link else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                wrong.append(f"{page.relative_to(root)}: {link}#{anchor}")
    assert not wrong


def test_make_commands_of_the_readme_are_targets(root: Path) -> None:
    makefile = (root / "Makefile").read_text()
    named = [c for c in commands(root / "README.md") if c.startswith("make ")]
    assert named
    for command in named:
        target = command.split()[1]
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), command


@pytest.mark.workflow
@pytest.mark.slow
def test_other_commands_of_the_readme_work(root: Path, finished) -> None:
    rest = [c for c in commands(root / "README.md") if not c.startswith("make ")]
    assert rest
    for command in rest:
        words = shlex.split(renamed(command))
        if words[0] == "snakemake":
            finished.snakemake("-n", *words[1:])
            continue
        if words[0] != "ebmflow":
            continue
        run = [sys.executable, "-m", "ebmflow.cli", *words[1:]]
        done = subprocess.run(run, cwd=finished.folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_readme_has_no_command_that_no_test_runs(root: Path) -> None:
    known = {"make", "snakemake", "ebmflow", "conda", "git", "cd"}
    assert {command.split()[0] for command in commands(root / "README.md")} <= known


@pytest.mark.parametrize("document", DOCUMENTS)
def test_yaml_examples_are_yaml(root: Path, document: str) -> None:
    text = (root / document).read_text()
    for block in re.findall(r"^```yaml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
        assert isinstance(yaml.safe_load(block), dict)


def test_the_dataset_of_the_readme_is_valid(root: Path) -> None:
    from ebmflow.config.dataset import DatasetConfig

    text = (root / "README.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    datasets = [yaml.safe_load(block) for block in blocks if "source:" in block]
    assert datasets
    for dataset in datasets:
        DatasetConfig.model_validate(dataset)


def test_the_picture_of_the_rules_has_all_of_them(root: Path) -> None:
    texts = "\n".join(file.read_text() for file in (root / "rules").glob("*.smk"))
    rules = set(re.findall(r"^rule (\w+):", texts, flags=re.MULTILINE))
    drawn = set(re.findall(r">(\w+)</text>", (root / "docs/images/rules.svg").read_text()))
    assert drawn == rules


def test_no_trace_of_this_machine(root: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True
    ).stdout.split("\0")
    if not any(tracked):
        pytest.skip("no git checkout")
    wrong = []
    for name in filter(None, tracked):
        path = root / name
        if path.suffix in (".parquet", ".png", ".gz") or not path.is_file():
            continue
        text = path.read_text(errors="replace")
        if re.search(r"/(home|root|work)/\w", text) and name != "tests/docs/test_readme.py":
            wrong.append(name)
    assert not wrong
