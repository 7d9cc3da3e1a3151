"""From training to figures with metrics that look at the machine, without the workflow."""

from __future__ import annotations

import numpy as np
import pytest

from ebmflow.data.alphabets import Alphabet
from ebmflow.data.dataset import Dataset
from ebmflow.data.generators.bars_and_stripes import bars
from ebmflow.errors import ConfigError
from ebmflow.io.dataset_file import write_dataset
from ebmflow.io.model_file import age_path, load_chains, load_model
from ebmflow.io.table_file import read_frame, read_table
from ebmflow.stages.describe_units import describe_units
from ebmflow.stages.plot_learning import plot_learning
from ebmflow.stages.plot_singular_values import plot_singular_values
from ebmflow.stages.plot_units import plot_units
from ebmflow.stages.sample import sample
from ebmflow.stages.score import score
from ebmflow.stages.train import train

SPINS = {"kind": "rbm", "visible": "spin", "labels": False, "fields": False}
HIDDEN = {"hidden": {"kind": "spin", "units": 40}}
PATTERNS = {**SPINS, **HIDDEN, "coupling": {"kind": "patterns", "patterns": 3}}
DENSE = {**SPINS, **HIDDEN, "coupling": {"kind": "dense", "initial_scale": 0.01}}
RECIPES = {
    "rapid": {
        "model": PATTERNS,
        "gradient": {"kind": "pattern_induced"},
        "optimiser": {"kind": "sgd", "learning_rate": 0.1},
    },
    "pcd": {
        "model": DENSE,
        "gradient": {"kind": "persistent", "sweeps": 1, "chains": 7, "centred": False},
        "optimiser": {"kind": "adam", "learning_rate": 0.01},
    },
    "exact": {
        "model": DENSE,
        "gradient": {"kind": "exact"},
        "optimiser": {"kind": "adam", "learning_rate": 0.01},
    },
}
METRICS = {
    "reconstruction": {"kind": "reconstruction", "held": 3, "repeats": 5},
    "accessibility": {"kind": "accessibility", "chains": 4, "sweeps": 2},
    "weight_spectrum": {"kind": "weight_spectrum", "values": 4},
}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Bars of 3 x 3 pixels, three machines, all scores."""
    folder = tmp_path_factory.mktemp("bars")
    pictures, _ = bars(3)
    rows = len(pictures)
    data = Dataset(
        name="bars",
        alphabet=Alphabet.named("binary"),
        codes=pictures,
        names=np.array([f"bar{i}" for i in range(rows)], dtype=object),
        labels=np.full(rows, -1),
        label_names=(),
        weights=np.ones(rows),
        groups=np.full(rows, None, dtype=object),
        split=np.where(np.arange(rows) % 3 < 2, "train", "test").astype(object),
    )
    write_dataset(folder / "bars.parquet", data)
    for name, recipe in RECIPES.items():
        run_machine(folder, name, recipe)
    return folder


def run_machine(folder, name, recipe):
    place = folder / name
    ages = {"count": 3, "multiple": 2, "chains": True}
    train(
        dataset=folder / "bars.parquet",
        ages=place / "ages",
        manifest=place / "manifest.tsv",
        history=place / "history.parquet",
        checkpoint_dir=place / "checkpoint",
        spec={**recipe, "batch_size": 2, "updates": 8, "ages": ages},
        seed=0,
        device="cpu",
    )
    sample_into(folder, name, place / "samples.parquet", {"ages": "all", "clamp": [], "rows": 1})
    for metric, options in METRICS.items():
        score(
            samples=place / "samples.parquet",
            dataset=folder / "bars.parquet",
            scores=place / f"{metric}.parquet",
            spec={"metric": options},
            run={"dataset": "bars", "model": name, "seed": 0, "sampling": "ages"},
            models=place / "ages",
        )


def sample_into(folder, name, path, plan):
    sample(
        ages=folder / name / "ages",
        dataset=folder / "bars.parquet",
        samples=path,
        spec=plan,
        seed=0,
        device="cpu",
    )


def values(study, machine, metric, statistic, **where):
    frame, _ = read_frame(study / machine / f"{metric}.parquet", kind="scores")
    rows = frame[frame["statistic"] == statistic]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    return rows.set_index("age")["value"]


@pytest.mark.parametrize("machine", RECIPES)
def test_every_age_is_completed_against_all_rows_of_both_sides(study, machine):
    frame, _ = read_frame(study / machine / "reconstruction.parquet", kind="scores")
    paper = frame[frame["convention"] == "paper"]
    assert paper["age"].unique().tolist() == [2, 4, 8]
    # One generated row thins neither side: 4 training and 2 held-out pictures are completed.
    assert paper.groupby("reference")["n"].unique().to_dict() == {"train": [4], "test": [2]}
    assert paper["value"].between(0, 1).all()


def test_what_a_method_reaches_is_known_where_it_has_a_negative_phase(study):
    where = {"metric": "accessibility", "statistic": "method_accessibility", "reference": "train"}
    reached = {machine: values(study, machine, **where) for machine in RECIPES}
    assert reached["rapid"].between(0.3, 1 + 1e-6).all()
    assert reached["pcd"].between(-1, 1 + 1e-6).all()
    assert reached["exact"].isna().all()
    assert set(load_chains(age_path(study / "pcd" / "ages", 8))) == {"data"}
    assert load_chains(age_path(study / "exact" / "ages", 8)) == {}


def test_singular_values_are_those_of_the_stored_weights(study):
    model, _ = load_model(age_path(study / "rapid" / "ages", 8))
    expected = np.linalg.svd(model.coupling.weights["data"].numpy(), compute_uv=False)[:4]
    found = [
        values(study, "rapid", "weight_spectrum", f"singular_value_{k}", reference="test")[8]
        for k in (1, 2, 3, 4)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert found[3] == pytest.approx(0, abs=1e-4)  # three patterns


@pytest.mark.parametrize(
    ("machine", "what", "rows"), [("rapid", "patterns", 3), ("pcd", "weights", 40)]
)
def test_units_are_tabled_and_drawn(study, tmp_path, machine, what, rows):
    describe_units(ages=study / machine / "ages", units=tmp_path / "units.parquet")
    columns, facts = read_table(tmp_path / "units.parquet", kind="units")
    assert (facts["what"], facts["age"], columns["values"].shape) == (what, 8, (rows, 9))
    model, _ = load_model(age_path(study / machine / "ages", 8))
    weights = model.coupling.weights["data"].numpy()
    if what == "weights":
        np.testing.assert_array_equal(columns["values"], weights.T)
    plot_units(
        units=tmp_path / "units.parquet", svg=tmp_path / "u.svg", png=tmp_path / "u.png",
        spec={"shape": [3, 3]},
    )  # fmt: skip
    assert (tmp_path / "u.svg").stat().st_size > 1000


def test_figures_are_drawn_from_the_tables(study, tmp_path):
    sizes = dict.fromkeys(RECIPES, 2)
    tables = [study / name / f"{metric}.parquet" for name in RECIPES for metric in METRICS]
    plot_learning(
        scores=tables, dataset=study / "bars.parquet", svg=tmp_path / "l.svg",
        png=tmp_path / "l.png", spec={"batch_sizes": sizes},
    )  # fmt: skip
    plot_singular_values(scores=tables, svg=tmp_path / "s.svg", png=tmp_path / "s.png", spec={})
    assert (tmp_path / "l.svg").stat().st_size > 1000
    assert (tmp_path / "s.svg").stat().st_size > 1000


def test_chains_start_from_one_pattern(study, tmp_path):
    model, _ = load_model(age_path(study / "rapid" / "ages", 8))
    wanted = model.coupling.visible["data"][1].numpy() > 0
    plan = {"start": "pattern", "pattern": 1, "times": [0, 3], "clamp": [], "rows": 5}
    sample_into(study, "rapid", tmp_path / "s.parquet", plan)
    columns, _ = read_table(tmp_path / "s.parquet", kind="samples")
    assert (columns["codes"][columns["time"] == 0] == wanted).all()
    assert (columns["time"] == 3).sum() == 5


@pytest.mark.parametrize(
    ("machine", "pattern", "said"), [("pcd", 0, "without patterns"), ("rapid", 3, "pattern 3 of 3")]
)
def test_absent_patterns_are_refused(study, tmp_path, machine, pattern, said):
    plan = {"start": "pattern", "pattern": pattern, "clamp": []}
    with pytest.raises(ConfigError, match=said):
        sample_into(study, machine, tmp_path / "s.parquet", plan)
