"""A small made-up study on disk: every table that report and figures read, no model behind."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pandas as pd

from ebmflow.data.counts import Counts
from ebmflow.io.table_file import write_table

PROTEIN = "-ACDEFGHIKLMNPQRSTVWY"
AGES, TIMES, TRAINED = (10, 100, 1000), (1, 10, 100), 10
STATISTICS = {
    ("nearest_neighbour", "aai_error", "paper"): 0.01,
    ("nearest_neighbour", "p_gg", "paper"): 0.52,
    ("nearest_neighbour", "p_dd", "paper"): 0.55,
    ("spectrum", "spectrum_error", "paper"): 0.5,
    ("entropy", "entropy_error", "paper"): 0.004,
    ("moments", "second_moment_mse", "code"): 2e-4,
    ("novelty", "nearest_distance_ratio", ""): 1.02,
    ("novelty", "copy_rate", "code"): 0.003,
}


def rows_of_labels(
    rng: np.random.Generator, label: np.ndarray, sites: int, states: int, sharpness: float = 0.1
) -> np.ndarray:
    """Draw codes whose site frequencies depend on the label; the same for every call."""
    tables = np.random.default_rng(7).dirichlet(
        np.full(states, sharpness), size=(label.max(initial=0) + 1, sites)
    )
    cumulative = tables.cumsum(axis=2)[label]
    drawn = (rng.random((len(label), sites, 1)) > cumulative).sum(axis=2)
    return np.minimum(drawn, states - 1).astype(np.uint8)


def write_dataset_table(
    path: Path, labels: list[str], letters: str, sites: int, rows: int = 240
) -> None:
    """Write a dataset with its counts."""
    rng = np.random.default_rng(1)
    label = np.arange(rows) % max(len(labels), 1)
    if not labels:
        label = np.full(rows, -1)
    kind = "binary" if letters == "01" else "categorical"
    columns = {
        "name": np.array([f"row{index}" for index in range(rows)], dtype=object),
        "codes": rows_of_labels(rng, np.maximum(label, 0), sites, len(letters)),
        "label": label.astype(np.int64),
        "weight": rng.uniform(0.2, 1.0, rows),
        "group": np.array([f"group{index // 2}" for index in range(rows)], dtype=object),
        "split": np.where(rng.random(rows) < 0.6, "train", "test").astype(object),
    }
    alphabet = {"kind": kind, "letters": letters}
    write_table(
        path, columns, kind="dataset", metadata={"alphabet": alphabet, "label_names": labels}
    )
    counts = Counts()
    counts.step("filter", rows + 3, {"too many gaps": 3})
    near = "test rows with a training row above 80 % identity"
    counts.add("split", near, rows=2, note="20.0% of the test rows")
    counts.warn("split", "no test row of <b>")
    file = path.with_suffix(".counts.tsv")
    counts.frame().to_csv(file, sep="\t", index=False, float_format="%.8g")


def write_samples_table(
    path: Path,
    labels: list[str],
    letters: str,
    sites: int,
    *,
    seed: int = 0,
    rows: int = 60,
    ages: tuple[int, ...] = AGES[-1:],
    times: tuple[int, ...] = (TRAINED,),
) -> None:
    """Write samples of every age and time."""
    rng = np.random.default_rng(100 + seed)
    parts = []
    for age in ages:
        for time in times:
            label = np.arange(rows) % max(len(labels), 1)
            predicted = np.where(rng.random(rows) < 0.95, label, (label + 1) % max(len(labels), 1))
            parts.append(
                {
                    "age": np.full(rows, age, dtype=np.int64),
                    "time": np.full(rows, time, dtype=np.int32),
                    "chain": np.arange(rows, dtype=np.int32),
                    "label": label if labels else np.full(rows, -1),
                    "predicted": predicted if labels else np.full(rows, -1),
                    "codes": rows_of_labels(rng, label, sites, len(letters), 0.1),
                    "free_energy": rng.normal(-50, 3, rows),
                }
            )
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    alphabet = {"kind": "binary" if letters == "01" else "categorical", "letters": letters}
    metadata = {"trained_sweeps": TRAINED, "label_names": labels, "alphabet": alphabet}
    provenance = {"spec_digest": "0123abcd", "code": "fedc9876", "device": "cpu"}
    write_table(path, columns, kind="samples", metadata={**metadata, "provenance": provenance})


def score_table(
    run: dict[str, object], labels: list[str], ages: tuple[int, ...], times: tuple[int, ...]
) -> pd.DataFrame:
    """Return made-up scores, best at ten sweeps, with controls and one missing value."""
    rng = np.random.default_rng(int(run["seed"]))
    lines = []
    for (metric, statistic, convention), base in STATISTICS.items():
        for group in [*labels, "mean" if labels else "all"]:
            for reference, age, time in [
                *(("test", age, time) for age in ages for time in times),
                ("floor", -1, -1),
                ("independent", -1, -1),
            ]:
                controls = {"floor": 0.5, "independent": 9.0}
                factor = controls.get(reference) or 1 + abs(np.log10(time / 10)) + 30 / age
                value = base * (1 + 0.1 * factor * rng.uniform(0.9, 1.1))
                lines.append(
                    {**run, "metric": metric, "statistic": statistic, "convention": convention}
                    | {"reference": reference, "age": age, "time": time, "group": group}
                    | {"value": value, "standard_error": 0.01, "n": 50, "note": ""}
                )
    missing = {"metric": "pairs", "statistic": "pair_pearson", "value": np.nan, "note": "no pairs"}
    return pd.DataFrame([*lines, {**lines[0], **missing}])


def predictions_table(label_names: list[str], ages: tuple[int, ...] = AGES) -> pd.DataFrame:
    """Return predictions that get better with age."""
    rng = np.random.default_rng(3)
    classes = len(label_names)
    parts = []
    for age in ages:
        for method in ("exact", "chain"):
            label = np.arange(90) % classes
            wrong = rng.random(90) < 1 / np.sqrt(age)
            parts.append(
                pd.DataFrame(
                    {
                        "age": age,
                        "time": -1,
                        "row": np.arange(90),
                        "name": [f"row{index}" for index in range(90)],
                        "label": label,
                        "method": method,
                        "predicted": np.where(wrong, (label + 1) % classes, label),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def structures_table(labels: list[str], score: str = "p_nat") -> pd.DataFrame:
    """Return foldability of natural, generated and random sequences; some without prediction."""
    rng = np.random.default_rng(4)
    shapes = {"natural": (14, 1), "generated": (9, 1.4), "random": (1, 9), "profile": (3, 4)}
    parts = [
        pd.DataFrame(
            {
                "id": [f"{kind}-{label}-{index}" for index in range(80)],
                "set": kind,
                "label": label,
                "score": score,
                "value": rng.beta(*shape, 80),
                "status": "ok",
                "reason": None,
            }
        )
        for label in labels
        for kind, shape in shapes.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    bad = table.index[:3]
    table.loc[bad, "status"] = "too_long"
    table.loc[bad, "value"] = np.nan
    return table


def history_table(updates: int = 1000) -> pd.DataFrame:
    """Return a training history that converges."""
    update = np.unique(np.geomspace(1, updates, 40).astype(int))
    return pd.DataFrame(
        {
            "update": update,
            "seconds": update * 0.01,
            "gradient_norm": 3 / np.sqrt(update),
            "label_accuracy": 1 - 0.8 / np.sqrt(update),
            "monitor": 0.1 / update**0.3,
            "gradient.weight.data": 2 / np.sqrt(update),
            "gradient.weight.label": 1 / np.sqrt(update),
            "norm.weight.data": update**0.4,
            "norm.weight.label": update**0.3,
        }
    )


DATASETS = {
    "lattice": {"labels": ["fold A", "fold B"], "letters": PROTEIN[1:], "sites": 27},
    "ancestry": {"labels": ["AFR", "EAS", "EUR"], "letters": "01", "sites": 60},
}
MODELS = ("label_ff", "label_pcd")


def write_study_tables(results: Path, seeds: tuple[int, ...] = (0,)) -> list[Path]:
    """Write all tables of a study with two datasets and two models below `results`."""
    paths = []
    for dataset, facts in DATASETS.items():
        labels, letters, sites = facts["labels"], facts["letters"], facts["sites"]
        paths.append(results / "datasets" / f"{dataset}.parquet")
        write_dataset_table(paths[-1], labels, letters, sites)
        for model in MODELS:
            for seed in seeds:
                place = f"{dataset}/{model}/seed-{seed}"
                run = {"dataset": dataset, "model": model, "seed": seed}
                paths += _write_run(results, place, run, labels, letters, sites)
    return paths


def _write_run(
    results: Path, place: str, run: dict, labels: list[str], letters: str, sites: int
) -> list[Path]:
    paths = [
        results / f"models/{place}/history.parquet",
        results / f"predictions/{place}.parquet",
    ]
    write_table(paths[0], history_table(), kind="history")
    write_table(
        paths[1], predictions_table(labels), kind="predictions", metadata={"label_names": labels}
    )
    plans = {"per_label": (AGES[-1:], (TRAINED,)), "over_time": (AGES, TIMES)}
    for sampling, (ages, times) in plans.items():
        samples = results / f"samples/{place}/{sampling}.parquet"
        write_samples_table(
            samples, labels, letters, sites, seed=run["seed"], ages=ages, times=times
        )
        scores = results / f"scores/{place}/{sampling}/all.parquet"
        table = score_table({**run, "sampling": sampling}, labels, ages, times)
        write_table(scores, table, kind="scores")
        paths += [samples, scores]
    if letters != "01":
        paths.append(results / f"structures/{place}/per_label.parquet")
        write_table(paths[-1], structures_table(labels), kind="structures")
    return paths


STUDY = {
    "title": "Two families, two recipes",
    "file": "config/config.yaml",
    "datasets": {
        "lattice": {"title": "Lattice proteins", "cite": "Lau and Dill 1989", "about": "27-mers."},
        "ancestry": {"title": "Ancestry SNPs", "cite": "1000 Genomes", "about": ""},
    },
    "models": {
        "label_ff": {
            "title": "Fast-and-functional RBM",
            "cite": "arXiv:2307.06797",
            "equations": ["eq. 4", "eq. 5"],
            "deviations": ["the two phases are summed"],
            "recipe": {"gradient": {"kind": "fast_and_functional", "sweeps": 10}},
        },
        "label_pcd": {
            "title": "Persistent contrastive divergence",
            "cite": "",
            "equations": "",
            "deviations": [],
            "recipe": {},
        },
    },
    "samplings": {"per_label": {"times": "trained"}, "over_time": {"times": [1, 10, 100]}},
    "skipped": [{"stage": "fold", "dataset": "ancestry", "model": "", "reason": "no sequences"}],
    "not_run": [{"stage": "images", "dataset": "lattice", "model": "", "reason": "no pictures"}],
    "provenance": {"python": "3.11", "torch": "2.13.0", "commit": "abc123"},
}


PAPERS = [
    ("X-1", "Accuracy", "", 0.96, 0.95, 0.94, 0.96, "seeds", "agrees", ""),
    ("X-2", "Foldability", "generated as natural", np.nan, 0.78, np.nan, np.nan, "none", "deviates",
     "below the limit of 0.9"),
    ("X-3", "Epochs", "", 20.0, 33.0, 33.0, np.inf, "none", "not decided", "not reached"),
    ("X-4", "Faces", "<b>bold</b>", np.nan, np.nan, np.nan, np.nan, "none", "not run", "no faces"),
]  # fmt: skip


def write_papers_table(results: Path) -> Path:
    """Write a table of papers against results with every verdict."""
    names = ["id", "what", "claim", "paper_value", "obtained", "low", "high", "interval"]
    table = pd.DataFrame(PAPERS, columns=[*names, "verdict", "reason"])
    fixed = {"paper": "A paper", "source": "Fig. 1", "unit": "share", "seeds": 3}
    fixed |= {
        "dataset": "lattice",
        "models": "label_ff",
        "data": "stand-in",
        "rule": "at least 0.9",
    }
    path = results / "summary" / "paper_vs_obtained.parquet"
    write_table(path, table.assign(**fixed), kind="paper_vs_obtained")
    return path


def study_of(results: Path, seeds: tuple[int, ...] = (0,)) -> dict:
    """Return the description of the study that `write_study_tables` writes."""
    runs = [
        {"dataset": dataset, "model": model, "seed": seed}
        for dataset in DATASETS
        for model in MODELS
        for seed in seeds
    ]
    return copy.deepcopy({**STUDY, "runs": runs})


def write_study_figures(results: Path, dataset: str, model: str, seed: int = 0) -> list[Path]:
    """Run the figure stages on one run of `write_study_tables`; return the SVG files."""
    from ebmflow.stages.compare_quality import compare_quality
    from ebmflow.stages.draw_logos import draw_logos
    from ebmflow.stages.measure_novelty import measure_novelty
    from ebmflow.stages.plot_accuracy import plot_accuracy
    from ebmflow.stages.plot_confusion import plot_confusion
    from ebmflow.stages.plot_frequencies import plot_frequencies
    from ebmflow.stages.plot_novelty import plot_novelty
    from ebmflow.stages.plot_projection import plot_projection
    from ebmflow.stages.plot_quality import plot_quality
    from ebmflow.stages.plot_structure import plot_structure
    from ebmflow.stages.plot_training import plot_training
    from ebmflow.stages.project import project
    from ebmflow.stages.summarise_sites import summarise_sites

    written: list[Path] = []

    def out(folder: str, name: str) -> dict:
        svg = results / "figures" / folder / f"{name}.svg"
        written.append(svg)
        return {"svg": svg, "png": svg.with_suffix(".png"), "spec": {}}

    def every(stage: str) -> list[Path]:
        return sorted((results / stage / dataset).rglob("*.parquet"))

    place = f"{dataset}/{model}/seed-{seed}"
    here = f"{place}/per_label"
    inputs = {
        "dataset": results / f"datasets/{dataset}.parquet",
        "samples": results / f"samples/{here}.parquet",
        "spec": {},
    }
    projection, logos, novelty, structures = (
        results / f"{stage}/{here}.parquet"
        for stage in ("projections", "logos", "novelty", "structures")
    )
    compare_quality(scores=every("scores"), **out(dataset, "quality"))
    plot_accuracy(predictions=every("predictions"), **out(dataset, "accuracy"))
    plot_training(history=results / f"models/{place}/history.parquet", **out(place, "training"))
    plot_confusion(predictions=results / f"predictions/{place}.parquet", **out(place, "confusion"))
    scores = [results / f"scores/{place}/over_time/all.parquet"]
    plot_quality(scores=scores, **out(f"{place}/over_time", "quality"))
    project(projection=projection, **inputs)
    plot_projection(projection=projection, **out(here, "projection"))
    measure_novelty(novelty=novelty, **inputs)
    plot_novelty(novelty=novelty, **out(here, "novelty"))
    summarise_sites(logos=logos, **inputs)
    if structures.is_file():
        draw_logos(logos=logos, **out(here, "logos"))
        plot_structure(structures=structures, **out(here, "structure"))
    else:
        plot_frequencies(logos=logos, **out(here, "frequencies"))
    return written
