"""The executor for other schedulers, with a command that runs jobs on this machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.workflow_project import Project

pytestmark = [pytest.mark.slow, pytest.mark.workflow]
TRAINED = "results/models/family/small/seed-0/manifest.tsv"
RULE_KEYS = ("groups", "set-threads", "set-resources")
# A scheduler in two lines: run the job script in the background, and print its number.
SUBMIT = """\
#!/bin/sh
echo "$@" >> submitted.txt
for script in "$@"; do :; done
setsid sh "$script" >/dev/null 2>&1 &
echo $!
"""


def test_jobs_go_through_any_command(finished, tmp_path: Path) -> None:
    project = Project(finished.copy(tmp_path / "project"))
    (project.folder / TRAINED).unlink()
    command = project.write("submit.sh", SUBMIT)
    command.chmod(0o755)
    profile = project.folder / "workflow/profiles/generic/config.v9+.yaml"
    lines = yaml.safe_load(profile.read_text())
    asked = lines["cluster-generic-submit-cmd"].removeprefix("qsub")
    lines |= {"cluster-generic-submit-cmd": f"./submit.sh{asked}", "latency-wait": 5}
    del lines["cluster-generic-cancel-cmd"]
    profile.write_text(yaml.safe_dump(lines))
    said = project.snakemake("--workflow-profile", "workflow/profiles/generic", TRAINED)
    assert (project.folder / TRAINED).exists(), said
    asked = (project.folder / "submitted.txt").read_text()
    assert "select=1:ncpus=" in asked
    assert ":mem=" in asked


@pytest.mark.parametrize("profile", ["slurm", "slurm-accounting", "slurm-gpu", "generic"])
def test_every_profile_names_rules_that_exist_and_plans_the_study(fresh, profile: str) -> None:
    folder = f"workflow/profiles/{profile}"
    lines = yaml.safe_load((fresh.folder / folder / "config.v9+.yaml").read_text())
    known = subprocess.run(
        [sys.executable, "-m", "snakemake", "--list-rules"],
        cwd=fresh.folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    named = {name for key in RULE_KEYS for name in lines.get(key, {})}
    assert named <= set(known)
    assert set(lines.get("groups", {}).values()) == set(lines.get("group-components", {}))
    assert ": train: " in fresh.snakemake("-n", "--workflow-profile", folder)
