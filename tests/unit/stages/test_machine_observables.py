"""Observables of generated rows: stage by stage, on configurations whose values are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebmflow.data.generators.ising_observables import ENERGY, MAGNETISATION
from ebmflow.errors import DataError
from ebmflow.evaluation.report_places import identify
from ebmflow.evaluation.tables import score_frame
from ebmflow.io.table_file import read_frame, write_table
from ebmflow.stages.collect_observables import AREA, WEIGHT, collect_observables
from ebmflow.stages.compare_observables import compare_observables
from ebmflow.stages.compare_papers import _facts
from ebmflow.stages.observe_samples import observe_samples

SOURCE = {"kind": "ising", "side": 4, "betas": [0.5], "rows": 10}
MACHINE = "ising/machine/seed-3"


def write_samples(path, *, labels=(-1, -1), names=()):
    """Two times of two rows: all spins up, and with one turned; random ones before."""
    up = np.ones((2, 16), np.uint8)
    up[1, 5] = 0
    columns = {
        "age": np.full(4, 10),
        "time": np.array([1, 1, 100, 100], np.int32),
        "chain": np.array([0, 1, 0, 1], np.int32),
        "label": np.tile(labels, 2).astype(np.int64),
        "predicted": np.full(4, -1),
        "codes": np.concatenate([np.tile(np.arange(16, dtype=np.uint8) % 2, (2, 1)), up]),
    }
    facts = {"label_names": list(names), "trained_sweeps": 10}
    write_table(path, columns, kind="samples", metadata=facts)


def observed(tmp_path, **samples):
    path = tmp_path / "results/observables" / f"{MACHINE}/long.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    source = samples.pop("source", SOURCE)
    write_samples(tmp_path / "samples.parquet", **samples)
    observe_samples(samples=tmp_path / "samples.parquet", observables=path, spec={"source": source})
    return path


def test_generated_rows_are_measured_at_the_last_time(tmp_path):
    frame, facts = read_frame(observed(tmp_path), kind="observables")
    values = frame.set_index("observable")
    assert values.loc[ENERGY, "measured"] == pytest.approx(-2 + 8 / 16 / 2)
    assert values.loc[MAGNETISATION, "measured"] == pytest.approx(1 - 1 / 16)
    assert set(frame["parameter"]) == {0.5}
    assert (facts["age"], facts["time"]) == (10, 100)


def test_labels_say_the_parameter_where_there_are_several(tmp_path):
    source = {**SOURCE, "betas": [0.4, 0.5]}
    path = observed(tmp_path, source=source, labels=(1, 0), names=("0.4", "0.5"))
    frame, _ = read_frame(path, kind="observables")
    sizes = frame[frame["observable"] == MAGNETISATION].set_index("parameter")["measured"]
    assert sizes.to_dict() == pytest.approx({0.5: 1.0, 0.4: 1 - 2 / 16})
    with pytest.raises(DataError, match="label does not say their inverse temperature"):
        observed(tmp_path, source=source, labels=(0, 0), names=("cold", "warm"))


def test_data_machines_classifiers_and_weights_are_joined(tmp_path):
    samples = observed(tmp_path)
    results = tmp_path / "results"
    data = results / "observables/ising/observables.parquet"
    frame, facts = read_frame(samples, kind="observables")
    write_table(data, frame.assign(n=7), kind="observables", metadata=facts)
    probes = results / f"probes/{MACHINE}/scores.parquet"
    vectors = results / f"release/{MACHINE}/vectors.parquet"
    for path in (probes, vectors):
        path.parent.mkdir(parents=True)
    areas = {"logistic_on_inputs": 0.6, "two_layer_8_on_inputs": 0.8, "logistic_on_data": 0.9}
    write_table(
        probes,
        score_frame(
            {
                "dataset": "ising", "model": "machine", "seed": 3, "sampling": name, "age": 10,
                "time": -1, "metric": "probe", "statistic": "auc", "convention": "", "group": label,
                "reference": "test", "value": value, "standard_error": None, "n": 4, "note": "",
            }
            for name, value in areas.items()
            for label in ("negative", "positive")
        ),
        kind="scores",
    )  # fmt: skip
    weights = pd.DataFrame({"series": "weights: unit 1", "value": [-1.0, -2.0, -3.0]})
    write_table(vectors, weights, kind="label_vectors", metadata={"released": 1})
    collected = results / "observables/ising/by_machine.parquet"
    collect_observables(
        data=[data],
        samples=[samples],
        probes=[probes],
        releases=[vectors],
        collected=collected,
        spec={"sources": {"ising": SOURCE}},
    )
    table, _ = read_frame(collected, kind="observables_by_machine")
    found = table.set_index(["model", "observable"])["value"]
    assert found["machine", AREA] == 0.8  # of inputs, not of the data
    assert found["machine", WEIGHT] == pytest.approx(2.0)
    assert found["data", WEIGHT] == pytest.approx(4 * 0.5 * (1 - 1 / 16))
    assert found["machine", ENERGY] == found["data", ENERGY]
    assert set(table[table["model"] == "machine"]["seed"]) == {3}
    facts = _facts(identify(collected), collected)
    peaks = [row for row in facts if row["statistic"].endswith("_peak")]
    assert {row["note"] for row in peaks} == {
        "5 values of the parameter at least are needed, not 1"
    }
    weights = {row["model"]: row for row in facts if row not in peaks}
    assert set(weights) == {"", "machine"}  # other observables stand in tables of their own
    assert weights["machine"]["value"] == pytest.approx(2.0)
    assert (weights["machine"]["seed"], weights[""]["seed"]) == (3, -1)
    assert weights[""]["statistic"] == "weight_of_the_released_unit"
    svg, png = tmp_path / "x.svg", tmp_path / "x.png"
    compare_observables(collected=collected, curves=[data], svg=svg, png=png, spec={})
    assert svg.stat().st_size > 10_000
