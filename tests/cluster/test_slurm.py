"""The workflow on a real SLURM: whole studies, and everything that goes wrong on clusters."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ebmflow.stages.write_manifest import verify_manifest
from tests.cluster.project import CHECKPOINT, TRAINED, ClusterProject
from tests.support.slurm import wait_for
from tests.support.workflow_project import copy_of_project, new_project

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.workflow]
GPU_PROFILE = "workflow/profiles/slurm-gpu"
ACCOUNTING = "workflow/profiles/slurm-accounting"
UPDATES = 1500  # five seconds of training or more
DIVERGING = """\
updates: 6
optimiser: {kind: sgd, learning_rate: 1.0e+38}
regularisation: {l2: 1.0e+38}
"""


def trained_here(project: ClusterProject, folder: Path) -> dict[str, bytes]:
    """Machines of the same training without a cluster and without a break."""
    copy = ClusterProject(project.copy(folder), project.cluster)
    copy.snakemake("--cores", "1", TRAINED)
    return copy.ages()


def submitted(said: str) -> list[str]:
    """Numbers of the jobs that Snakemake says it has submitted, in order."""
    return list(dict.fromkeys(re.findall(r"SLURM jobid '?(\d+)", said)))


def test_a_study_from_raw_data_to_report(cluster, root: Path, tmp_path: Path) -> None:
    project = ClusterProject(new_project(tmp_path / "project", root).folder, cluster)
    status, said = project.submit(seconds=800)
    assert status == 0, said[-5000:]
    assert verify_manifest(project.folder / "results" / "summary" / "manifest.tsv") == []
    assert len(submitted(said)) > 10
    assert cluster.jobs() == []


@pytest.mark.long
@pytest.mark.timeout(1800)  # sixty submissions, each of which starts Snakemake twice
def test_the_study_that_touches_every_rule(cluster, root: Path, tmp_path: Path) -> None:
    project = ClusterProject(copy_of_project(tmp_path / "project", root).folder, cluster)
    status, said = project.submit("--configfile", "config/ci.yaml", seconds=1700)
    assert status == 0, said[-5000:]
    assert verify_manifest(project.folder / "results" / "summary" / "manifest.tsv") == []
    assert len(submitted(said)) > 40
    assert cluster.jobs() == []


def test_a_failing_job_is_named_with_its_log(project) -> None:
    project.change("config/models/small.yaml", "updates: 6", DIVERGING)
    status, said = project.submit(TRAINED, "--retries", "0")
    assert status == 1
    assert "results/logs/train/family/small/seed-0.log" in said
    assert re.search(r"SLURM-job '\d+' failed, SLURM status is: 'FAILED'", said), said[-3000:]
    assert any(line.startswith("train: update ") for line in said.splitlines())
    assert not (project.folder / TRAINED).exists()


def test_a_job_killed_for_memory_is_tried_again_with_more(project) -> None:
    """The first attempt has room for the processes of Snakemake, but none for PyTorch."""
    more = ("--set-resources", "train:mem_mb=250 if attempt == 1 else 2000")
    status, said = project.submit(TRAINED, *more)
    assert status == 0, said[-3000:]
    assert "Trying to restart job" in said
    asked = [project.cluster.call("scontrol", "show", "job", job) for job in submitted(said)]
    assert [re.search(r"MinMemoryNode=(\w+)", one)[1] for one in asked] == ["250M", "2000M"]
    assert (project.folder / TRAINED).exists()


def test_training_cut_by_its_time_limit_goes_on_where_it_stopped(project, tmp_path) -> None:
    """The job is stopped by hand until its minute is over: a slow node, without the work."""
    project.long_training(UPDATES)
    shorter = ("--set-resources", "train:runtime=1 if attempt == 1 else 20")
    with project.submitted(TRAINED, *shorter) as process:
        project.wait_for_training()
        for pid in training_processes(project.folder):
            os.kill(pid, signal.SIGSTOP)
        said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said[-3000:]
    assert "TIMEOUT" in said
    log = (project.folder / "results/logs/train/family/small/seed-0.log").read_text()
    assert re.search(r"Resuming after update [1-9]", log)
    assert not list((project.folder / CHECKPOINT).rglob("*.safetensors"))
    assert project.ages() == trained_here(project, tmp_path / "here")


def training_processes(folder: Path) -> list[int]:
    """Processes that run the script of the rule `train` below a folder."""
    found = subprocess.run(
        ["pgrep", "-f", rf"{folder}/.snakemake/scripts/\w+\.train\.py"],
        capture_output=True,
        text=True,
    )
    return [int(pid) for pid in found.stdout.split()]


def test_a_job_cancelled_by_somebody_else_is_named_and_resumes(project, tmp_path) -> None:
    project.long_training(UPDATES)
    with project.submitted(TRAINED, "--retries", "0") as process:
        job = project.wait_for_training()
        project.cluster.call("scancel", job)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert f"SLURM-job '{job}' failed, SLURM status is: 'CANCELLED'" in said
    wait_for(lambda: not training_processes(project.folder), 30, "the process to end")
    assert (project.folder / CHECKPOINT).is_dir(), "SIGTERM leaves a checkpoint"
    status, said = project.submit(TRAINED)
    assert status == 0, said[-3000:]
    assert project.ages() == trained_here(project, tmp_path / "here")


def test_a_node_that_fails_loses_no_result(project, tmp_path) -> None:
    project.long_training(UPDATES)
    with project.submitted(TRAINED) as process:
        job = project.wait_for_training()
        node = project.cluster.call("squeue", "-h", "-o", "%N", "-j", job).strip()
        project.cluster.call("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")
        project.cluster.bring_back(node)
        said, _ = process.communicate(timeout=700)
    assert process.returncode == 0, said[-3000:]
    assert project.ages() == trained_here(project, tmp_path / "here")


def test_a_controller_that_restarts_loses_no_job(project) -> None:
    project.long_training(UPDATES)
    with project.submitted(TRAINED) as process:
        project.wait_for_training()
        project.cluster.stop_controller()
        project.cluster.start()
        said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said[-3000:]
    assert (project.folder / TRAINED).exists()


def test_ctrl_c_leaves_no_job_behind(project) -> None:
    project.long_training(100 * UPDATES)
    with project.submitted(TRAINED) as process:
        job = project.wait_for_training()
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 1, said[-3000:]
    wait_for(lambda: job not in project.cluster.jobs(), 60, "the job to be cancelled")
    wait_for(lambda: not training_processes(project.folder), 30, "the process to end")


@pytest.mark.parametrize(
    ("old", "new", "asked"),
    [
        ("# gpu_model: a100", "gpu_model: fake", "gres:gpu:fake:1"),
        ("gpu: 1 ", 'gpu: 0\n    gres: "gpu:1"', "gres:gpu:1"),
    ],
    ids=["gpu", "gres"],
)
def test_a_gpu_is_asked_for_in_the_forms_of_the_profile(project, old, new, asked) -> None:
    """The GPU of this cluster is an empty one: the job gets it, and trains on the CPU."""
    project.change(f"{GPU_PROFILE}/config.v9+.yaml", old, new)
    status, said = project.submit(TRAINED, "--workflow-profile", GPU_PROFILE)
    assert status == 0, said[-3000:]
    (job,) = submitted(said)
    shown = project.cluster.call("scontrol", "show", "job", job)
    assert re.search(r"Partition=(\w+)", shown)[1] == "gpu"
    assert re.search(rf"TresPer(Job|Node)={asked}$", shown, re.MULTILINE), shown


def test_jobs_are_asked_for_by_accounting(accounted, untrained) -> None:
    """`sacct` names the end of a job, and the run says what its jobs asked for and used."""
    project = ClusterProject(untrained, accounted)
    model = "config/models/small.yaml"
    undo = project.change(model, "updates: 6", DIVERGING)
    status, said = project.submit(TRAINED, "--workflow-profile", ACCOUNTING, "--retries", "0")
    assert status == 1
    assert re.search(r"SLURM-job '\d+' failed, SLURM status is: 'FAILED'", said), said[-3000:]
    undo()
    status, said = project.submit(TRAINED, "--workflow-profile", ACCOUNTING)
    assert status == 0, said[-3000:]
    (job,) = submitted(said)
    told = accounted.call("sacct", "-X", "-n", "-P", "-o", "State,ExitCode", "-j", job)
    assert told.strip() == "COMPLETED|0:0"
    tables = (project.folder / "results/logs").glob("efficiency_report_*")
    assert any(f"{job}.0,python,rule_train" in table.read_text() for table in tables)


def test_jobs_of_a_rule_as_an_array(project) -> None:
    project.change("config/config.yaml", "seeds: [0]", "seeds: [0, 1, 2]")
    targets = [TRAINED.replace("seed-0", f"seed-{seed}") for seed in range(3)]
    status, said = project.submit(*targets, "--slurm-array-jobs", "train")
    assert status == 0, said[-3000:]
    assert all((project.folder / target).exists() for target in targets)
    assert "array" in said.lower()


def test_a_second_run_in_the_same_folder_is_refused(project) -> None:
    project.long_training(100 * UPDATES)
    with project.submitted(TRAINED) as process:
        project.wait_for_training()
        second = subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", "1"],
            cwd=project.folder,
            env=project.environment,
            capture_output=True,
            text=True,
        )
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    assert second.returncode == 1
    assert "Directory cannot be locked" in second.stdout + second.stderr
    wait_for(lambda: not project.cluster.jobs(), 60, "the job to be cancelled")
