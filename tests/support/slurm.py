"""A private SLURM on this machine, started by scripts from outside the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


class Cluster:
    """Clients of a running cluster.

    Parameters
    ----------
    scripts : Path
        Folder with `start-cluster` and `stop-cluster`.
    state : Path
        Folder of the cluster; its path has at most 70 characters.
    *options : str
        Of `start-cluster`, say `--accounting`.
    """

    def __init__(self, scripts: Path, state: Path, *options: str) -> None:
        self.scripts, self.state, self.options = scripts, state, options

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which clients find the cluster."""
        path = f"{self.state / 'bin'}:{os.environ['PATH']}"
        return {"SLURM_CONF": str(self.state / "etc" / "slurm.conf"), "PATH": path}

    def start(self) -> None:
        """Start the daemons that do not run.

        Nodes are as large as the largest rule asks for. A job that is told to end gets the half
        minute that SLURM grants where nothing else is set: two seconds pass on a busy machine.
        """
        self._run("start-cluster", "--nodes", "2", "--cpus", "8", *self.options)
        settings = Path(self.environment["SLURM_CONF"])
        settings.write_text(re.sub(r"(?m)^KillWait=.*$", "KillWait=30", settings.read_text()))
        self.call("scontrol", "reconfigure")

    def stop(self) -> None:
        """Cancel all jobs, end all daemons, and remove the folder."""
        self._run("stop-cluster", "--purge")

    def _run(self, script: str, *arguments: str) -> None:
        command = [str(self.scripts / script), str(self.state), *arguments]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)

    def call(self, *command: str) -> str:
        """Run a client; returns what it printed."""
        done = self._client(*command)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def _client(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | self.environment
        return subprocess.run(
            command, env=environment, check=False, capture_output=True, text=True, timeout=60
        )

    def bring_back(self, node: str) -> None:
        """Let a node that was set down take jobs again.

        A node that answers returns to service by itself (ReturnToService=2), perhaps before it is
        told to; SLURM then refuses to resume what is not down.
        """
        self._client("scontrol", "update", f"NodeName={node}", "State=RESUME")
        state = ("sinfo", "-h", "-o", "%T", "-n", node)
        wait_for(lambda: "down" not in self.call(*state), 60, f"{node} to come back")

    def jobs(self, states: str = "PD,R,CG") -> list[str]:
        """Numbers of jobs in some states."""
        return self.call("squeue", "-h", "-o", "%A", "-t", states).split()

    def stop_controller(self) -> None:
        """End slurmctld; running jobs go on."""
        pid = int((self.state / "run" / "slurmctld.pid").read_text())
        os.kill(pid, 15)
        wait_for(lambda: not Path(f"/proc/{pid}").exists(), 30, "slurmctld to end")


def scripts(root: Path) -> Path:
    """Folder with the scripts: $EBMFLOW_SLURM, or shared/slurm beside the project."""
    return Path(os.environ.get("EBMFLOW_SLURM") or root.parent / "shared" / "slurm")


def why_not(folder: Path, *more: str) -> str:
    """Why no cluster can be started, perhaps one that needs more programs; or nothing."""
    if not (folder / "start-cluster").is_file():
        return f"no start-cluster in {folder}; EBMFLOW_SLURM names another folder"
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    absent = [
        name
        for name in ("slurmctld", "slurmd", "sbatch", "munged", *more)
        if not shutil.which(name, path=path)
    ]
    return f"not installed: {', '.join(absent)}" if absent else ""


def wait_for(happened: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until something has happened; an error after some seconds."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.1)
