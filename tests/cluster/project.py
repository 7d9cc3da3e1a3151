"""A project whose jobs run on a cluster."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.slurm import Cluster, wait_for
from tests.support.workflow_project import Project

# The profile that comes with the project, but for waits that suit a file system of this machine,
# and jobs at a time that suit its cores.
PROFILE = (
    "--workflow-profile", "workflow/profiles/slurm", "--latency-wait", "5",
    "--slurm-init-seconds-before-status-checks", "2", "--jobs", "4",
)  # fmt: skip
TRAINED = "results/models/family/small/seed-0/manifest.tsv"
CHECKPOINT = "results/checkpoints/family/small/seed-0"


class ClusterProject(Project):
    """A project that submits its jobs to a cluster."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        super().__init__(folder)
        self.cluster = cluster

    def long_training(self, updates: int) -> None:
        """Make training last: a thousand updates take three seconds or more."""
        self.change("config/models/small.yaml", "updates: 6", f"updates: {updates}")

    @contextmanager
    def submitted(self, *arguments: str) -> Iterator[subprocess.Popen]:
        """Snakemake in the background; ended if the test leaves it running."""
        process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", *PROFILE, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()
            for job in self.cluster.jobs():
                self.cluster.call("scancel", job)
            # What ran on a node that was set down knows nothing of it.
            subprocess.run(["pkill", "-KILL", "-f", f"{self.folder}/"])

    @property
    def environment(self) -> dict[str, str]:
        """Variables of Snakemake and of its jobs."""
        own = {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        kept = {key: value for key, value in os.environ.items() if key != "EBMFLOW_MIRROR"}
        return kept | own | self.cluster.environment

    def submit(self, *arguments: str, seconds: float = 300) -> tuple[int, str]:
        """Run Snakemake on the cluster; returns its exit status and all that it said."""
        with self.submitted(*arguments) as process:
            said, _ = process.communicate(timeout=seconds)
            return process.returncode, said

    def wait_for_training(self) -> str:
        """Wait until updates are made; returns the number of the job."""
        log = self.folder / "results/logs/train/family/small/seed-0.log"
        wait_for(lambda: log.exists() and "Training " in log.read_text(), 90, "training to start")
        return self.cluster.jobs("R")[0]

    def ages(self) -> dict[str, bytes]:
        """File name -> content of the trained machines."""
        folder = (self.folder / TRAINED).parent / "ages"
        return {path.name: path.read_bytes() for path in folder.iterdir()}
