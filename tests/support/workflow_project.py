"""A copy of the project with a study of a few seconds, and Snakemake on it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from filelock import FileLock

CODE = ("ebmflow", "rules", "scripts", "workflow", "environment.yml")
ALL = ("config", "resources/embedded")
# Messages of rules begin with the name of the rule.
JOB = re.compile(r"^Job \d+: (\w+): (.*)\nReason: (.*)$", re.MULTILINE)

STUDY = """\
title: A test
runs:
  - datasets: [family]
    models: [small]
    seeds: [0]
    structure: {kind: fake, per_label: 3, pdb: true}
    tm_score: {references: 2}
    language_model: {kind: fake, per_label: 3}
    probe: {widths: [0]}
    likelihood: {temperatures: 10, chains: 8, rungs: 2, rounds: 4}
    costs: {unconstrained: small, others: {partial_erasure: small}}
samplings: [per_label]
metrics: [spectrum]
device: cpu
"""
DATASET = """\
title: Two families
source: {kind: files, sequences: config/family.fasta, reader: fasta}
alphabet: protein
labels: {kind: regex, pattern: "fold=(\\\\w+)"}
weights: {identity_threshold: 0.9}
split: {kind: random, test_fraction: 0.25}
"""
MODEL = """\
title: A small machine
model: {kind: rbm, hidden: {kind: bernoulli, units: 4}}
gradient: {kind: fast_and_functional, sweeps: 2}
batch_size: 40
updates: 6
ages: {count: 2}
"""


class Job(NamedTuple):
    """A job of a dry run: rule, wildcards in order, why it would run."""

    rule: str
    wildcards: str
    reason: str


class Project:
    """A copy of the project in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def copy(self, folder: Path) -> Path:
        """Copy everything, times and Snakemake's records included."""
        return shutil.copytree(self.folder, folder)

    def write(self, name: str, text: str) -> Path:
        """Write a file below the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def change(self, name: str, old: str, new: str) -> Callable[[], None]:
        """Replace a text where it first stands; returns what undoes it, times included."""
        before = (self.folder / name).read_text()
        assert old in before, f"{old!r} is not in {name}"
        return self._replace(name, before.replace(old, new, 1))

    def append(self, name: str, text: str) -> Callable[[], None]:
        """Add text to the end of a file; returns what undoes it."""
        return self._replace(name, (self.folder / name).read_text() + text)

    def _replace(self, name: str, text: str) -> Callable[[], None]:
        path = self.folder / name
        before, stat = path.read_text(), path.stat()
        path.write_text(text)

        def undo() -> None:
            path.write_text(before)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

        return undo

    def snakemake(self, *arguments: str, check: bool = True, cwd: Path | None = None) -> str:
        """Run Snakemake; returns all that it said."""
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("EBMFLOW_MIRROR", None)
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=cwd or self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if check and done.returncode:
            pytest.fail(f"snakemake {' '.join(arguments)}\n{done.stdout[-6000:]}")
        return done.stdout

    def pending(self, *arguments: str) -> list[Job]:
        """Jobs that a run would do now."""
        said = self.snakemake("-n", *arguments)
        jobs = [Job(*found) for found in JOB.findall(said)]
        total = re.search(r"^total +(\d+)$", said, re.MULTILINE)
        # The rule `all` has no message.
        assert len(jobs) == (int(total[1]) - 1 if total else 0), said
        return jobs

    def causes(self, *arguments: str) -> dict[str, str]:
        """Rules whose jobs would run for a reason of their own, not because an input is remade."""
        return {
            job.rule: job.reason
            for job in self.pending(*arguments)
            if not job.reason.startswith(("Input files updated by another job", "Rules with"))
        }

    def rules(self, *arguments: str) -> Counter:
        """Number of jobs of each rule that would run."""
        return Counter(job.rule for job in self.pending(*arguments))


def family() -> str:
    """120 aligned rows of two families that differ at most sites."""
    generator = np.random.default_rng(7)
    lines = []
    for number in range(120):
        fold = "ab"[number % 2]
        usual = "ACDEFGHIKLMN" if fold == "a" else "NMLKIHGFEDCA"
        noise = generator.choice(list("ACDEFGHIKLMNPQRSTVWY-"), size=len(usual))
        keep = generator.random(len(usual)) < 0.7
        row = "".join(u if k else n for u, n, k in zip(usual, noise, keep, strict=True))
        lines += [f">row{number} fold={fold}", row]
    return "\n".join(lines) + "\n"


def copy_of_project(folder: Path, root: Path, settings: tuple[str, ...] = ALL) -> Project:
    """A copy of the project, with all of its settings and data or with some."""
    ignore = shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc")
    for name in (*CODE, *settings):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=ignore)
        else:
            shutil.copy2(root / name, folder / name)
    return Project(folder)


def new_project(folder: Path, root: Path) -> Project:
    """A copy of the project, with a small study in place of its own."""
    project = copy_of_project(folder, root, ("config/samplings",))
    project.write("config/config.yaml", STUDY)
    project.write("config/datasets/family.yaml", DATASET)
    project.write("config/models/small.yaml", MODEL)
    project.write("config/family.fasta", family())
    return project


def finished_project(folder: Path, root: Path) -> Project:
    """A project whose study is done; the first process that asks runs it, the others wait."""
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            project = new_project(folder / "project", root)
            project.snakemake("--cores", "2")
            (folder / "done").touch()
    return Project(folder / "project")
