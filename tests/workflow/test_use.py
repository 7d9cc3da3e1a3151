"""The workflow from elsewhere: other folders, other studies, as a module, on a cluster profile."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

pytestmark = [pytest.mark.workflow, pytest.mark.slow]
STUDY = "config/config.yaml"


def test_bare_dry_run(fresh) -> None:
    rules = fresh.rules()
    assert rules["train"] == 1
    assert rules["write_manifest"] == 1


def test_a_study_of_ones_own_in_another_folder(fresh, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(fresh.folder / "config", own / "config")
    shutil.rmtree(fresh.folder / "config" / "datasets")
    shutil.rmtree(fresh.folder / "config" / "models")
    (own / "config" / "config.yaml").rename(own / "study.yaml")
    snakefile = str(fresh.folder / "workflow" / "Snakefile")
    said = fresh.snakemake("-n", "-s", snakefile, "--configfile", "study.yaml", cwd=own)
    assert ": train: family, small, seed 0" in said
    assert not (own / "results").exists()


def test_as_a_module_with_a_prefix(fresh, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(fresh.folder / "config", own / "config")
    (own / "Snakefile").write_text(
        "configfile: 'config/config.yaml'\n"
        "module models:\n"
        f"    snakefile: '{fresh.folder}/workflow/Snakefile'\n"
        "    config: config\n"
        "    prefix: 'sub'\n"
        "use rule * from models as models_*\n"
        "rule mine:\n"
        "    default_target: True\n"
        "    input: rules.models_all.input\n"
    )
    said = fresh.snakemake("-n", cwd=own)
    assert ": train: family, small, seed 0" in said
    assert "sub/results/models/family/small/seed-0/history.parquet" in said


def test_one_setting_on_the_command_line(fresh) -> None:
    assert ": train: " in fresh.snakemake("-n", "--config", "device=cpu")
    said = fresh.snakemake("-n", "--config", "device=gpu", check=False)
    assert "device: found 'gpu'; expected one of: auto, cpu, cuda" in said


def test_slurm_profile_parses(fresh) -> None:
    said = fresh.snakemake("-n", "--workflow-profile", "workflow/profiles/slurm")
    assert ": train: " in said


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (STUDY, "metrics", "metrcs", f"{STUDY}, metrcs: unknown key 'metrcs'"),
        ("config/models/small.yaml", "units", "unit",
         "config/models/small.yaml, model.hidden.unit: unknown key 'unit'"),
        ("config/datasets/family.yaml", "random", "randm",
         "config/datasets/family.yaml, split.kind: unknown kind 'randm'"),
        ("config/samplings/per_label.yaml", "start: random", "start: randm",
         "config/samplings/per_label.yaml, start: found 'randm'"),
        (STUDY, "device: cpu", "device: cpu\ndevice: auto", "key 'device' given twice"),
    ],
)  # fmt: skip
def test_a_typo_stops_before_the_first_job(
    fresh, file: str, old: str, new: str, sentence: str
) -> None:
    fresh.change(file, old, new)
    said = fresh.snakemake("--cores", "1", check=False)
    assert sentence in said
    assert ": train: " not in said
    assert not (fresh.folder / "results").exists()


def test_the_file_named_is_the_one_that_holds_the_setting(fresh) -> None:
    study = yaml.safe_load((fresh.folder / STUDY).read_text())
    fresh.write("mine.yaml", yaml.safe_dump({**study, "device": "gpu"}))
    said = fresh.snakemake("-n", "--configfile", "mine.yaml", check=False)
    assert "mine.yaml, device: found 'gpu'" in said


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("config/family.fasta", ">row1 ", ">row0 ", "name 'row0' stands there already"),
        ("config/family.fasta", "A", "7", "letter '7'"),
        ("config/datasets/family.yaml", "family.fasta", "absent.fasta", "absent.fasta"),
        ("config/datasets/family.yaml", "fold=", "flod=", "matches no row"),
    ],
)
def test_bad_input_ends_in_one_line_and_leaves_nothing(
    fresh, file: str, old: str, new: str, sentence: str
) -> None:
    fresh.change(file, old, new)
    said = fresh.snakemake("--cores", "1", "results/datasets/family.parquet", check=False)
    # What Snakemake adds comes after the sentence.
    assert any(sentence in line for line in said.strip().splitlines()[-5:]), said[-3000:]
    assert "Traceback (most" not in said
    assert not (fresh.folder / "results" / "datasets").exists() or not list(
        (fresh.folder / "results" / "datasets").iterdir()
    )
    assert not list((fresh.folder / "results").rglob("*.part"))
