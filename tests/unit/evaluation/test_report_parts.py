"""Places of files, cells of tables, and the samples offered for download."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebmflow.errors import DataError
from ebmflow.evaluation import report_samples, report_tables
from ebmflow.evaluation.report_places import Place, identify
from ebmflow.evaluation.snapshots import Snapshot
from tests.support import report_study as made

RUN = {"dataset": "d", "model": "ff", "seed": 0, "sampling": "s"}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("results/datasets/hgd.parquet", Place("datasets", "hgd", name="hgd")),
        (
            "/x/results/models/hgd/ff/seed-3/history.parquet",
            Place("models", "hgd", "ff", 3, "", "history"),
        ),
        ("predictions/hgd/ff/seed-0.parquet", Place("predictions", "hgd", "ff", 0, "", "seed-0")),
        (
            "results/samples/hgd/ff/seed-0/free.parquet",
            Place("samples", "hgd", "ff", 0, "free", "free"),
        ),
        (
            "results/scores/hgd/ff/seed-0/free/spectrum.parquet",
            Place("scores", "hgd", "ff", 0, "free", "spectrum"),
        ),
        (
            "results/figures/hgd/ff/seed-12/training.svg",
            Place("figures", "hgd", "ff", 12, "", "training"),
        ),
        (
            "results/figures/hgd/ff/seed-12/free/logos.svg",
            Place("figures", "hgd", "ff", 12, "free", "logos"),
        ),
        ("results/figures/hgd/quality.svg", Place("figures", "hgd", name="quality")),
    ],
)
def test_paths_name_what_they_hold(path: str, place: Place) -> None:
    assert identify(Path(path)) == place


def test_a_path_without_dataset_is_an_error() -> None:
    with pytest.raises(DataError, match="names no dataset"):
        identify("x.parquet")


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0.51234, "3f", "0.512"),
        (0.00012345, "3g", "1.23e-4"),
        (0.012345, "3g", "0.0123"),
        (0.98765, "pct", "98.8 %"),
        (0.0, "3g", "0"),
    ],
)
def test_numbers_as_text(value: float, form: str, text: str) -> None:
    assert report_tables.format_number(value, form) == text


def test_cells_over_seeds() -> None:
    assert report_tables.number_cell([np.nan]) == report_tables.Cell("–")
    cell = report_tables.number_cell([0.1, 0.3, np.nan], "3f")
    assert (cell.text, cell.spread) == ("0.200", "± 0.141")
    assert cell.value == pytest.approx(0.2)
    assert "2 seeds" in cell.remark


def test_snapshot_takes_last_age_trained_time_and_one_reference() -> None:
    table = made.score_table(RUN, ["a"], made.AGES, made.TIMES)
    train = table[table["reference"] == "test"].assign(reference="train", value=9.0)
    key = ("d", "ff", 0, "s")
    found = report_tables.at_snapshot(pd.concat([table, train]), {key: 10})
    assert set(found["age"]) == {1000}
    assert set(found["time"]) == {10}
    assert set(found["reference"]) == {"test"}
    late = report_tables.at_snapshot(table, {key: None})
    assert set(late["time"]) == {100}
    # training rows stand in where no held-out row could be scored
    gone = table.assign(value=np.where(table["reference"] == "test", np.nan, table["value"]))
    stand_in = report_tables.at_snapshot(pd.concat([gone, train]), {key: 10})
    assert set(stand_in[stand_in["value"].notna()]["reference"]) == {"train"}


def test_the_plainest_sampling_plan_makes_the_headline() -> None:
    parts = [
        made.score_table({**RUN, "sampling": "over_time"}, [], made.AGES, made.TIMES),
        made.score_table({**RUN, "sampling": "z_first"}, [], (1000,), (10,)),
        made.score_table({**RUN, "sampling": "a_second"}, [], (1000,), (10,)),
    ]
    chosen = report_tables.main_samplings(pd.concat(parts), ["z_first", "a_second"])
    assert chosen == {("d", "ff"): "z_first"}


def headline(table: pd.DataFrame, structures: pd.DataFrame | None = None) -> list[dict]:
    if structures is None:
        structures = pd.DataFrame(
            columns=["dataset", "model", "seed", "sampling", "set", "score", "mean", "rows"]
        )
    accuracy = pd.DataFrame(
        [{"dataset": "d", "model": "ff", "seed": 0, "label": "", "accuracy": 0.9, "rows": 10}]
    )
    samplings = report_tables.main_samplings(table, [])
    snapshot = report_tables.at_snapshot(table, {("d", "ff", 0, "s"): 10})
    controls = table[report_tables.is_control(table)]
    return report_tables.headline_rows(
        snapshot, controls, samplings, accuracy, structures, [("d", "ff")]
    )


def test_headline_holds_the_numbers_of_the_tables() -> None:
    table = made.score_table(RUN, ["a", "b"], made.AGES, made.TIMES)
    model, floor, independent = headline(table)
    wanted = table.query("statistic == 'p_gg' and group == 'mean' and age == 1000 and time == 10")[
        "value"
    ].item()
    assert model["cells"][0].text == "90.0 %"
    assert model["cells"][1].value == pytest.approx(wanted)
    for line, reference in ((floor, "floor"), (independent, "independent")):
        assert line["control"] == reference
        assert line["cells"][0].text == "–"
        one = (table["reference"] == reference) & (table["group"] == "mean")
        wanted = table.loc[one & (table["statistic"] == "p_gg"), "value"].item()
        assert line["cells"][1].value == pytest.approx(wanted)


def test_empty_cells_say_why() -> None:
    table = made.score_table(RUN, ["a"], (1000,), (10,))
    table.loc[table["statistic"] == "p_dd", ["value", "note"]] = [np.nan, "one row"]
    table = table[table["statistic"] != "entropy_error"]
    cells = headline(table)[0]["cells"]
    assert (cells[2].text, cells[2].remark) == ("–", "one row")
    assert (cells[5].text, cells[5].remark) == ("–", "not scored")


def test_columns_without_any_number_are_left_out() -> None:
    table = made.score_table(RUN, ["a"], (1000,), (10,))
    lines = headline(table[table["statistic"] != "entropy_error"])
    columns = [*report_tables.COLUMNS, *report_tables.structure_columns(table.assign(score="x"))]
    shown = report_tables.without_empty(columns, lines)
    titles = [column.title for column in shown.columns]
    assert titles[:2] == ["accuracy", "P_GG"]
    assert not {"entropy", "x generated", "x natural"} & set(titles)
    # One line with a number is enough: the controls have no accuracy.
    for line, whole in zip(shown.lines, lines, strict=True):
        assert line["cells"] == [
            cell for column, cell in zip(columns, whole["cells"], strict=True)
            if column.title in titles
        ]  # fmt: skip
    assert report_tables.without_empty(columns, []) == ([], [])


def test_rows_by_label_keep_the_order_of_models() -> None:
    parts = [made.score_table({**RUN, "model": m}, ["a", "b"], (1000,), (10,)) for m in ("z", "y")]
    table = pd.concat(parts)
    trained = {("d", model, 0, "s"): 10 for model in "zy"}
    accuracy = pd.DataFrame(
        [{"dataset": "d", "model": "y", "seed": 0, "label": "b", "accuracy": 0.5, "rows": 2}]
    )
    lines = report_tables.label_rows(
        report_tables.at_snapshot(table, trained),
        report_tables.main_samplings(table, []),
        accuracy,
        "d",
        ["z", "y"],
        ["a", "b"],
    )
    assert [(line["label"], line["model"]) for line in lines] == [
        ("a", "z"), ("a", "y"), ("b", "z"), ("b", "y"),
    ]  # fmt: skip
    assert [line["cells"][0].text for line in lines] == ["–", "–", "–", "50.0 %"]
    wanted = parts[1].query("group == 'b' and statistic == 'p_dd' and reference == 'test'")
    assert lines[3]["cells"][2].value == pytest.approx(wanted["value"].item())


def test_structure_cells_weigh_labels_by_their_rows() -> None:
    structures = pd.DataFrame(
        [
            {"set": "generated", "mean": 0.9, "rows": 30},
            {"set": "generated", "mean": 0.5, "rows": 10},
            {"set": "natural", "mean": np.nan, "rows": 0},
        ]
    ).assign(dataset="d", model="ff", seed=0, sampling="s", score="p_nat")
    generated, natural, random = headline(made.score_table(RUN, ["a"], (1000,), (10,)), structures)[
        0
    ]["cells"][-3:]
    assert generated.value == pytest.approx(0.8)
    assert (natural.text, natural.remark) == ("–", "no sequence has status ok")
    assert random.text == "–"


def test_sequences_without_prediction_are_told_once_if_it_was_the_whole_run() -> None:
    place = {"dataset": "d", "model": "ff", "seed": 0, "sampling": "s"}
    rows = [
        {"set": name, "label": "x", "rows": 0, "left_out": 5, "statuses": "5 no_weights"}
        for name in ("generated", "natural")
    ]
    table = pd.DataFrame(rows).assign(**place, reasons="no usable weights of x")
    assert report_tables.unjudged_rows(table, "structures") == [{
        "stage": "structures", "dataset": "d", "model": "ff",
        "reason": "no usable weights of x", "count": "10",
    }]  # fmt: skip
    table.loc[0, "rows"] = 3
    found = report_tables.unjudged_rows(table, "structures")
    assert [line["count"] for line in found] == ["5", "5"]
    assert found[-1]["reason"] == ("natural sequences of x: 5 no_weights (no usable weights of x)")
    assert not report_tables.unjudged_rows(table.assign(left_out=0), "structures")


def test_findings_name_the_best_model() -> None:
    def line(model: str, accuracy: float, aai: float, copies: float) -> dict:
        cells = [report_tables.Cell("–")] * (1 + len(report_tables.SCORES) + 3)
        cells[0] = report_tables.Cell(f"{accuracy}", accuracy)
        cells[3] = report_tables.Cell(f"{aai}", aai)
        cells[8] = report_tables.Cell(f"{copies}", copies)
        control = "floor" if model == "held-out rows" else ""
        return {"model": model, "control": control, "cells": cells}

    lines = [line("ff", 0.9, 0.01, 0.0), line("pcd", 0.95, 0.02, 0.4)]
    text = report_tables.findings([*lines, line("held-out rows", 0.0, 0.001, 0.0)])
    assert text == [
        "Label prediction: pcd labels 0.95 of held-out rows correctly.",
        "Generation: ff has the lowest AAI error, 0.01 (held-out rows: 0.001).",
        "Copies: 0.4 of the rows of pcd are training rows.",
    ]
    assert report_tables.findings(lines[:1])[1] == "Generation: ff has an AAI error, 0.01."
    assert report_tables.findings([]) == []


# -- samples ---------------------------------------------------------------------------------------


def snapshot() -> tuple[Snapshot, np.ndarray]:
    codes = np.array([[0, 1, 2], [1, 1, 1], [1, 1, 1], [2, 2, 2], [2, 0, 1], [0, 0, 1]], np.uint8)
    columns = {
        "codes": codes,
        "label": np.array([0, 0, 0, 0, 0, 1]),
        "requested": np.array([0, 0, 0, 0, 0, 1]),
        "predicted": np.array([0, 0, 0, 0, 1, 1]),
        "chain": np.arange(6),
        "free_energy": np.array([-1.0, -3.0, -2.0, -9.0, -9.0, np.nan]),
    }
    return Snapshot(columns, 5, 10), codes[3:4]


def test_best_samples_follow_the_stated_rule() -> None:
    taken, known = snapshot()
    x, y = report_samples.best_samples(taken, ["x", "y"], known)
    # 3 is a copy of a training row, 4 is predicted otherwise, 2 duplicates 1; lowest energy first
    assert x.chain.tolist() == [1, 0]
    assert x.differs.tolist() == [3, 2]
    assert x.candidates == 5
    assert y.chain.tolist() == [5]
    only = report_samples.best_samples(taken, ["x", "y"], known, most=1)[0]
    assert only.chain.tolist() == [1]


def test_free_samples_need_no_agreement() -> None:
    taken, known = snapshot()
    taken.columns["requested"][:] = -1
    x, _ = report_samples.best_samples(taken, ["x", "y"], known)
    assert x.chain.tolist() == [4, 1, 0]


def test_fasta_has_no_gaps_and_tsv_keeps_them() -> None:
    chosen = report_samples.Selection(
        "my fold|1", np.array([[1, 0, 2]], np.uint8), np.array([7]), np.array([-1.5]),
        np.array([3.0]), 9,
    )  # fmt: skip
    fasta = report_samples.fasta_text(chosen, "-AC", "d|ff")
    assert fasta == ">d|ff|my_fold_1|chain-7 differs=3 free_energy=-1.500\nAC\n"
    assert report_samples.tsv_text(chosen, "-AC").splitlines()[1] == "my fold|1\t7\t-1.5000\t3\tA-C"
    empty = chosen._replace(codes=chosen.codes[:0], chain=chosen.chain[:0],
                            free_energy=chosen.free_energy[:0],
                            differs=chosen.differs[:0])  # fmt: skip
    assert report_samples.fasta_text(empty, "-AC", "d") == ""


def test_long_sequences_are_wrapped() -> None:
    chosen = report_samples.Selection(
        "x", np.ones((1, 200), np.uint8), np.array([0]), np.array([np.nan]), np.array([0]), 1
    )
    lines = report_samples.fasta_text(chosen, "-A", "d").splitlines()
    assert [len(line) for line in lines[1:]] == [80, 80, 40]
    assert "free_energy" not in lines[0]


def test_only_letters_make_sequences() -> None:
    assert report_samples.has_sequences({"kind": "categorical", "letters": "-ACGT"})
    assert not report_samples.has_sequences({"kind": "binary", "letters": "01"})
    assert not report_samples.has_sequences({"kind": "categorical", "letters": "0123"})
