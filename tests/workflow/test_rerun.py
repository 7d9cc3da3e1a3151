"""Rerun only what changed: the promises of docs/configuration.md, read off dry runs.

Each case changes one thing in a finished study, asks Snakemake what it would do, and puts the thing
back. `causes` are the rules that run for a reason of their own; what follows from them runs too.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytestmark = [pytest.mark.workflow, pytest.mark.slow]
DATASET = "config/datasets/family.yaml"
MODEL = "config/models/small.yaml"
STUDY = "config/config.yaml"


def test_nothing_changed(finished) -> None:
    assert not finished.pending()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        # comments, docstrings and descriptions of options
        ("ebmflow/stages/train.py", '"""Stage', '"""Edited: stage'),
        ("ebmflow/data/filtering.py", "Keep columns whose", "Retain columns whose"),
        ("ebmflow/core/rbm.py", "from __future__", "# a comment\nfrom __future__"),
        # wording of errors and logs
        ("ebmflow/errors.py", "expected", "wanted"),
        # where and how fast
        (STUDY, "device: cpu", "device: auto"),
        (STUDY, "device: cpu", "device: cpu\nmirror: /tmp"),
        # the order of keys
        (DATASET, "weights: {identity_threshold: 0.9}\nsplit", "split"),
    ],
    ids=[
        "docstring", "description", "comment", "error text", "device", "mirror",
        "key order",
    ],
)  # fmt: skip
def test_nothing_runs_again(finished, file: str, old: str, new: str, request) -> None:
    undo = finished.change(file, old, new)
    try:
        if "key order" in request.node.callspec.id:
            path = finished.folder / file
            path.write_text(path.read_text() + "weights: {identity_threshold: 0.9}\n")
        assert not finished.pending()
    finally:
        undo()


@pytest.mark.parametrize(
    ("file", "old", "new", "causes"),
    [
        (DATASET, "0.9", "0.8", {"reweight"}),
        (DATASET, "alphabet", "filter: {max_column_gaps: 0.5}\nalphabet", {"filter_gaps"}),
        (DATASET, "0.25", "0.2", {"split_dataset"}),
        (DATASET, "fold=(", "fold=([ab])|f=(?:", {"assemble_labels"}),
        (DATASET, "identity_threshold: 0.9", "identity_threshold: 0.9, balance_classes: true",
         {"assemble_dataset"}),
        (MODEL, "updates: 6", "updates: 7", {"train"}),
        (STUDY, "device", "prediction: {methods: [exact]}\ndevice", {"predict_labels"}),
        (STUDY, "device", "scoring: {floor: false}\ndevice", {"score"}),
        (STUDY, "per_label: 3", "per_label: 4", {"fold"}),
        (STUDY, "widths: [0]", "widths: [0, 2]", {"probe_hidden"}),
        (STUDY, "rounds: 4", "rounds: 5", {"estimate_likelihood"}),
        ("config/samplings/per_label.yaml", "times: trained", "times: [3]", {"sample"}),
        (MODEL, "A small machine", "Another name", {"write_report"}),
        (DATASET, "Two families", "Three families", {"write_report"}),
    ],
    ids=lambda value: value.replace("\n", " ")[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_only_users_of_a_change_run_again(
    finished, file: str, old: str, new: str, causes: set[str]
) -> None:
    undo = finished.change(file, old, new)
    try:
        found = set(finished.causes())
    finally:
        undo()
    # What is known about every file is in the manifest, so it always follows.
    assert found - {"write_manifest"} == causes


@pytest.mark.parametrize(
    ("module", "causes"),
    [
        # what follows from training is not named: its input is remade
        ("core/rbm.py", {"train"}),
        ("core/layers/bernoulli.py", {"train"}),
        ("training/gradients/monte_carlo.py", {"train"}),
        ("evaluation/metrics/spectrum.py", {"score"}),
        ("data/weights.py", {"reweight"}),
        ("data/splits/random.py", {"split_dataset"}),
        ("figures/novelty.py", {"plot_novelty"}),
        ("core/layers/gaussian.py", set()),
        ("evaluation/metrics/entropy.py", set()),
    ],
)
def test_only_users_of_a_module_run_again(finished, module: str, causes: set[str]) -> None:
    undo = finished.append(f"ebmflow/{module}", "\nEDITED = 1\n")
    try:
        found = set(finished.causes())
    finally:
        undo()
    assert found - {"write_manifest"} == causes


def test_a_new_metric_runs_only_its_own_scores(finished) -> None:
    undo = finished.change(STUDY, "[spectrum]", "[spectrum, entropy]")
    try:
        jobs = finished.pending()
    finally:
        undo()
    scores = [job.wildcards for job in jobs if job.rule == "score"]
    assert scores == ["family, small, seed 0, per_label, entropy"]
    following = {"collect_scores", "compare_papers", "plot_quality", "compare_quality"}
    assert {job.rule for job in jobs} == {"score", "write_report", "write_manifest"} | following


def test_a_new_seed_runs_only_its_own_jobs(finished) -> None:
    undo = finished.change(STUDY, "seeds: [0]", "seeds: [0, 1]")
    try:
        jobs = finished.pending()
    finally:
        undo()
    seeds = {word for job in jobs for word in job.wildcards.split(", ") if "seed" in word}
    assert seeds == {"seed 1"}
    assert not {"align", "reweight", "split_dataset"} & {job.rule for job in jobs}


def test_an_edited_input_file_is_read_again(finished) -> None:
    undo = finished.change("config/family.fasta", ">row0 fold=a", ">row0 fold=b")
    try:
        jobs = {job.rule for job in finished.pending()}
    finally:
        undo()
    assert {"fetch", "align", "train"} <= jobs


def test_a_touched_input_file_is_not(finished) -> None:
    path = finished.folder / "config" / "family.fasta"
    stat = path.stat()
    os.utime(path)
    try:
        assert not finished.pending()
    finally:
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_a_deleted_result_is_made_again_alone(finished, tmp_path: Path) -> None:
    score = next((finished.folder / "results" / "scores").rglob("spectrum.parquet"))
    kept = score.rename(tmp_path / score.name)
    try:
        causes = set(finished.causes())
    finally:
        kept.rename(score)
    assert causes == {"score"}
