"""House style of the workflow: Snakemake's linter, formatter, and rules that all look alike."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.workflow
DIRECTIVES = ("output", "log", "benchmark", "params", "threads", "resources", "conda", "message")
# Its environment has a Python too old for the modules of Snakemake: a command, no script.
WITHOUT_SCRIPT = {"find_esmfold"}
MAXIMUM_LINES = 150
MAXIMUM_RULE_LINES = 40
MAXIMUM_SCRIPT_LINES = 20


def rules(root: Path) -> dict[str, str]:
    """Rule -> its text; those that are one command are left out."""
    found = {}
    for path in sorted((root / "rules").glob("*.smk")):
        for part in re.split(r"^(?=rule )", path.read_text(), flags=re.MULTILINE)[1:]:
            found[re.match(r"rule (\w+)", part).group(1)] = part
    return {rule: text for rule, text in found.items() if rule not in WITHOUT_SCRIPT}


def test_linter_is_content(root: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint"], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_formatter_is_content(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "snakefmt", "--check", "workflow", "rules"],
        cwd=root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_every_rule_has_every_directive(root: Path) -> None:
    missing = [
        f"{rule}: {directive}"
        for rule, text in rules(root).items()
        for directive in (*DIRECTIVES, "input", "script")
        if not re.search(rf"^    {directive}:", text, flags=re.MULTILINE)
    ]
    assert not missing


def test_rules_up_to_a_dataset_come_first(root: Path) -> None:
    first = {rule for rule, text in rules(root).items() if "    priority: 1\n" in text}
    data = r'    output:\n        \w+="results/(data|datasets)/'
    assert first == {rule for rule, text in rules(root).items() if re.search(data, text)}
    assert len(first) == 7


def test_rules_that_can_use_a_gpu_ask_for_one(root: Path) -> None:
    asking = {rule for rule, text in rules(root).items() if "gpu=GPUS" in text}
    scripts = (root / "scripts").glob("*.py")
    using = {path.stem for path in scripts if 'config["device"]' in path.read_text()}
    assert asking == using


def test_messages_begin_with_the_rule(root: Path) -> None:
    for rule, text in rules(root).items():
        assert re.search(rf'    message:\n        "{rule}: ', text), rule


def test_every_rule_has_exactly_spec_and_code(root: Path) -> None:
    for rule, text in rules(root).items():
        params = re.search(r"    params:\n((?:        .*\n)+)", text).group(1)
        names = re.findall(r"^        (\w+)=STUDY\.\w+\(\"(\w+)\"\)", params, flags=re.MULTILINE)
        assert names == [("spec", rule), ("code", rule)], rule


def test_every_rule_has_a_script_of_its_name_and_the_reverse(root: Path) -> None:
    for rule, text in rules(root).items():
        assert f'"../scripts/{rule}.py"' in text
    scripts = {path.stem for path in (root / "scripts").glob("*.py")}
    assert scripts == set(rules(root))


def test_rules_and_scripts_stay_thin(root: Path) -> None:
    for path in (root / "rules").glob("*.smk"):
        text = path.read_text()
        assert text.count("\n") <= MAXIMUM_LINES, path.name
        assert "lambda" not in text, path.name
        commands = re.findall(r"^    (?:run|shell):", text, flags=re.MULTILINE)
        assert len(commands) == sum(f"rule {rule}:" in text for rule in WITHOUT_SCRIPT), path.name
    for rule, text in rules(root).items():
        assert text.count("\n") <= MAXIMUM_RULE_LINES, rule
    for path in (root / "scripts").glob("*.py"):
        assert path.read_text().count("\n") <= MAXIMUM_SCRIPT_LINES, path.name


def test_captions_exist(root: Path) -> None:
    text = "".join(path.read_text() for path in (root / "rules").glob("*.smk"))
    captions = set(re.findall(r"workflow/report/(\w+\.rst)", text)) | {"workflow.rst"}
    there = {path.name for path in (root / "workflow" / "report").glob("*.rst")}
    assert captions <= there
